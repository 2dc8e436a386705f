"""A subject id that may tell who the person is: accepted by a second person, or another given; undone while nothing of
theirs was sent on under it. Until one of both, their scans are held."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from isocentre.audit import door as audit
from isocentre.core import routing, subjects
from isocentre.core.actor import Actor
from isocentre.core.checks import Checks, Unfit
from isocentre.core.days import parse_day
from isocentre.core.subjects import Identity
from isocentre.jobs import wake
from isocentre.rooms.intake import decisions, persons, rerouting, viewing
from isocentre.rooms.intake.models import Disposition, Enrolment, LedgerRow

ACCEPT, GIVE = "subjects_accept", "enrolment_edit"
ACCEPTED, GIVEN = "accepted", "stand_in"
LOOKED_AT = 20
"""Held images whose headers are read for what a subject id may tell."""
BORN = "A birth date never leaves the hospital, nor does the second check let it: give another subject id"
OWN = "You gave this subject id yourself, so somebody else must accept it"
SENT = "Images of this person were sent on under this subject id, so it stays: tell the study team"
GOING = "An image of this person is being sent on right now. Try again in a minute"


def open_ones(by: Actor) -> QuerySet[Enrolment]:
    """Enrolments in the actor's scope whose subject id waits for a decision, the oldest first."""
    held = LedgerRow.objects.filter(
        enrolment=OuterRef("pk"), disposition=Disposition.HELD, cause=decisions.TELLS
    )  # fmt: skip
    waiting = Q(subject_settled="") & (~Q(subject_doubt="") | Exists(held))
    return viewing.enrolments(by).filter(waiting).order_by("enrolled_at", "pk")


def is_open(one: Enrolment) -> bool:
    """Whether the subject id waits for a decision."""
    held = LedgerRow.objects.filter(enrolment=one, disposition=Disposition.HELD, cause=decisions.TELLS)
    return not one.subject_settled and (bool(one.subject_doubt) or held.exists())


def tells(one: Enrolment) -> tuple[str, ...]:
    """What the subject id may tell, by what is known of the person and what their held scans say."""
    told = {*one.subject_doubt.split(","), *_by_scans(one)}
    return tuple(kind for kind in subjects.DOUBTS if kind in told)


def _by_scans(one: Enrolment) -> set[str]:
    told: set[str] = set()
    held = LedgerRow.objects.filter(enrolment=one, disposition=Disposition.HELD, cause=decisions.TELLS)
    for row in held.select_related("arrival")[:LOOKED_AT]:
        name, born = (row.arrival.facts.get(key, "") for key in ("patient_name", "birth_date"))
        said = Identity(name.split("=")[0], birth_date=parse_day(born))
        told.update(subjects.doubts(one.subject_id, said))
    return told


def sent(one: Enrolment) -> bool:
    """Whether an image of the person was sent on in this research study."""
    return one.rows.exclude(sent_at=None).exists()


def stand_in(one: Enrolment) -> str:
    """The next subject id that says nothing, in the research study of this enrolment."""
    taken = Enrolment.objects.filter(research_study=one.research_study).values_list("subject_id", flat=True)
    return subjects.next_stand_in(taken)


def accept(*, by: Actor, enrolment: int, reason: str) -> dict[str, int]:
    """A second person accepts it; held scans go on: images by where they went. Audited, Unfit by field."""

    def change(one: Enrolment, checks: Checks) -> None:
        checks.that(not by.same_person(one.subject_by), "reason", OWN)
        checks.that("birth_date" not in tells(one), "reason", BORN)
        one.subject_settled = ACCEPTED

    return _settle(by, ACCEPT, enrolment, reason, "subject_id_accepted", change)


def give(*, by: Actor, enrolment: int, subject_id: str, reason: str) -> dict[str, int]:
    """Another subject id, that tells nothing, instead; held scans go on under it. Audited, Unfit by field."""

    def change(one: Enrolment, checks: Checks) -> None:
        wanted = subject_id.strip()
        checks.filled("subject_id", wanted, "Give the other subject id", most=64)
        checks.that(wanted != one.subject_id, "subject_id", "This is the one it has")
        subjects.check(checks, subject_id=wanted, consent_version="", person=persons.identity(one.person))
        others = Enrolment.objects.filter(research_study=one.research_study, subject_id=wanted).exclude(pk=one.pk)
        checks.that(not others.exists(), "subject_id", "Another person has this subject id in this research study")
        checks.that(not sent(one), "subject_id", SENT)
        was, one.subject_id = one.subject_id, wanted
        checks.that(not _by_scans(one) and not _doubt(one), "subject_id", "It may tell who the person is, too")
        one.subject_given, one.subject_settled = was, GIVEN  # who gave the one before stays noted, for an undo

    return _settle(by, GIVE, enrolment, reason, "subject_id_given", change)


def undo(*, by: Actor, enrolment: int, reason: str) -> int:
    """As before the decision, while nothing was sent on; images that waited their turn are held. Returns how many.

    Whoever decides about one or the other may: it only holds back.
    """
    if not by.may(GIVE):
        viewing.require(by, ACCEPT)
    with transaction.atomic():
        one = _mine(by, enrolment)
        checks = _reason(one, reason)
        checks.that(bool(one.subject_settled), "reason", "Nothing was decided about this subject id")
        checks.that(not sent(one), "reason", SENT)
        mine = LedgerRow.objects.filter(enrolment=one, disposition=Disposition.PENDING)
        waiting = mine.filter(claimed_by="", attempts=0)
        checks.that(waiting.count() == mine.count(), "reason", GOING)
        checks.done()
        one.subject_id = one.subject_given or one.subject_id
        one.subject_settled = one.subject_given = ""
        persons.doubt_subject(one)
        one.save()
        held = waiting.update(
            disposition=Disposition.HELD, cause=decisions.TELLS, words=routing.TELLS, decided_at=timezone.now(),
            not_before=None,
        )  # fmt: skip
        detail = {"research_study": one.research_study, "images": held}
        audit.record(by=by, entries=[audit.Entry("subject_id_reopened", "enrolment", str(one.pk), detail, reason)])
    return held


def _settle(
    by: Actor, permission: str, enrolment: int, reason: str, action: str, change: Callable[[Enrolment, Checks], None]
) -> dict[str, int]:  # fmt: skip
    viewing.require(by, permission)
    with transaction.atomic():
        one = _mine(by, enrolment)
        if not is_open(one):
            raise Unfit({"reason": "Nothing about this subject id waits for a decision"})
        detail = {"research_study": one.research_study, "tells": ", ".join(tells(one))}
        checks = _reason(one, reason)
        change(one, checks)
        checks.done()
        one.subject_doubt = ""
        one.save()
        audit.record(by=by, entries=[audit.Entry(action, "enrolment", str(one.pk), detail, reason)])
        transaction.on_commit(wake.wake)
    return rerouting.reroute_settled(by=by, enrolment=one)


def _doubt(one: Enrolment) -> str:
    """What a new subject id may tell by what is known of the person."""
    fresh = Enrolment(person=one.person, subject_id=one.subject_id)
    persons.doubt_subject(fresh)
    return fresh.subject_doubt


def _mine(by: Actor, enrolment: int) -> Enrolment:
    one = Enrolment.objects.select_for_update().filter(pk__in=viewing.enrolments(by).filter(pk=enrolment)).first()
    if one is None:
        raise PermissionDenied("There is no such enrolment in your scope.")
    return one


def _reason(one: Enrolment, reason: str) -> Checks:
    checks, who = Checks(), persons.identity(one.person)
    checks.filled("reason", reason, "Say why, in a few words", most=300)
    checks.nobody("reason", reason, known=(who.name, who.hospital_number, who.nhs_number))
    return checks
