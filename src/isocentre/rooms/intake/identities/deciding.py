"""A person says what becomes of a question about numbers: both are one person's, one is somebody else's, or nothing.

What was sent on stays under the subject it was sent on as: whether a scan is of the wrong patient is said of the scan.
"""

from __future__ import annotations

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from isocentre.audit import door as audit
from isocentre.core.actor import Actor
from isocentre.core.checks import Checks, Unfit
from isocentre.core.hl7.notices import Kind
from isocentre.jobs import wake
from isocentre.rooms.intake import persons, rerouting, viewing
from isocentre.rooms.intake.identities import asking, moving
from isocentre.rooms.intake.identities.rows import IdentityQuestion
from isocentre.rooms.intake.models import Enrolment, LedgerRow, Person

PERMISSION = "identities_decide"
UNDO_FOR = timedelta(minutes=10)
JOIN, RIGHT, BEFORE, KEEP = "join", "right", "before", "keep"
CHANGED = "changed"
BOTH_ACTIVE = (
    "Both are enrolled in one research study. One person is one subject: agree with the study team which of them ends, "
    "record that on that person's page as a withdrawal, and then decide here"
)
SENT = "Scans under these numbers were sent on since: those of another person have to be taken back, each on its page"


def visible(by: Actor) -> QuerySet[IdentityQuestion]:
    """Questions about people enrolled in the actor's scope."""
    mine = viewing.enrolments(by).values("person")
    return IdentityQuestion.objects.filter(Q(right_person__in=mine) | Q(before_person__in=mine))


def options(one: IdentityQuestion) -> dict[str, str]:
    """What can be said to a question, in words, by key."""
    right, before = (", ".join(number for number, _ in some) for some in (one.right, one.before))
    keep = {KEEP: "Nothing changes here: it is wrong, or it does not concern these people"}
    if one.kind in (Kind.MERGE, CHANGED):
        both = {JOIN: f"They are one person: {right} and {before} are both theirs"}
        return both | keep
    if one.kind == Kind.MOVE:
        return {RIGHT: f"{before} is not that person's: scans under it are of {right} from now on"} | keep
    if one.kind == Kind.UNLINK and one.right_person_id == one.before_person_id:
        return {
            BEFORE: f"{before} is somebody else's from now on; {right} stays theirs",
            RIGHT: f"{right} is somebody else's from now on; {before} stays theirs",
        } | keep
    return keep


def decide(*, by: Actor, pk: int, decision: str, reason: str) -> dict[str, int]:
    """Carry a decision out; scans that waited are looked at again: images by where they went. Unfit by field."""
    viewing.require(by, PERMISSION)
    with transaction.atomic():
        one = _open(by, pk)
        checks = Checks()
        checks.one_of("decision", decision, options(one), "Choose what is right")
        checks.filled("reason", reason, "Say why, in a few words", most=300)
        checks.nobody("reason", reason, known=_known(one))
        if decision == JOIN:
            checks.that(not moving.both_active(one.right_person, one.before_person), "decision", BOTH_ACTIVE)
        checks.done()
        people = _carry_out(one, decision)
        one.state = IdentityQuestion.KEPT if decision == KEEP else IdentityQuestion.SETTLED
        one.decision, one.reason, one.decided_by, one.decided_at = decision, reason, by.name, timezone.now()
        one.save()
        detail = {"kind": one.kind, "decision": decision}
        audit.record(by=by, entries=[audit.Entry("identity_decided", "identity", str(one.pk), detail, reason)])
        transaction.on_commit(wake.wake)
    return _again(by, people)


def undoable(one: IdentityQuestion) -> bool:
    """Whether the decision can still be undone."""
    return one.decided_at is not None and one.decided_at >= timezone.now() - UNDO_FOR


def undo(*, by: Actor, pk: int) -> None:
    """As before the decision, and their scans wait again; Unfit when it is too late, or scans were sent on since."""
    viewing.require(by, PERMISSION)
    with transaction.atomic():
        one = IdentityQuestion.objects.select_for_update().exclude(state=IdentityQuestion.OPEN).filter(pk=pk).first()
        if one is None or not visible(by).filter(pk=pk).exists() or not undoable(one):
            raise Unfit({"question": "That can no longer be undone"})
        if IdentityQuestion.objects.filter(digest=one.digest, state=IdentityQuestion.OPEN).exists():
            raise Unfit({"question": "The same was asked again meanwhile: decide about that one"})
        numbers = [number for number, _ in (*one.right, *one.before)]
        if LedgerRow.objects.filter(arrival__patient_id__in=numbers, sent_at__gte=one.decided_at).exists():
            raise Unfit({"question": SENT})
        moving.restore(one)
        one.state, one.decision, one.decided_by, one.decided_at, one.reason = IdentityQuestion.OPEN, "", "", None, ""
        one.was = {}
        one.save()
        asking.hold(one)
        audit.record(by=by, entries=[audit.Entry("identity_reopened", "identity", str(one.pk), {"kind": one.kind})])


def _carry_out(one: IdentityQuestion, decision: str) -> list[Person]:
    """Change numbers and enrolments; the people whose scans are looked at again."""
    if decision == JOIN:
        return moving.join(one)
    if decision in (RIGHT, BEFORE):
        return moving.give_away(one, decision)
    return [person for person in (one.right_person, one.before_person) if person is not None]


def _again(by: Actor, people: list[Person]) -> dict[str, int]:
    """Scans held for want of an enrolment, or while this was asked, routed again."""
    mine = list(Enrolment.objects.filter(person__in=people).select_related("person"))
    return rerouting.reroute_identified(by=by, enrolments=mine) if mine else {}


def _open(by: Actor, pk: int) -> IdentityQuestion:
    mine = visible(by).filter(pk=pk, state=IdentityQuestion.OPEN)
    one = IdentityQuestion.objects.select_for_update(of=("self",)).filter(pk__in=mine.values("pk")).first()
    if one is None:
        raise PermissionDenied("There is no such question in your scope, or it was answered.")
    return one


def _known(one: IdentityQuestion) -> set[str]:
    numbers = {number for number, _ in (*one.right, *one.before)}
    for person in (one.right_person, one.before_person):
        if person is not None:
            who = persons.identity(person)
            numbers |= {who.name, who.hospital_number, who.nhs_number}
    return {number for number in numbers if number}
