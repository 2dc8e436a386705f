"""Mistakes of enrolment mended: corrected or removed while it has no scan, with a reason; undone for a while.

With a scan it stays: under its key images may have been sent on, and those are not moved here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from isocentre.audit import door as audit
from isocentre.core import subjects
from isocentre.core.actor import Actor
from isocentre.core.checks import Checks, Unfit
from isocentre.core.deid.identity import canonical_key
from isocentre.core.subjects import Identity
from isocentre.rooms.intake import enrolling, persons, rerouting, viewing
from isocentre.rooms.intake.models import Enrolment, EnrolmentChange, Person
from isocentre.rooms.intake.undoing import UNDO_FOR

CORRECTED, REMOVED = "corrected", "removed"
IDENTITY = ("hospital_number", "issuer", "nhs_number")
PERSON = ("key", *IDENTITY, "name", "birth_date", "other_names")
ENROLMENT = (
    "research_study", "person_id", "key_used", "subject_id", "consented_on", "consent_version", "consent_scope",
    "day_zero", "prior_imaging", "status", "enrolled_on_arrival", "enrolled_at", "withdrawal", "withdrawn_on",
    "withdrawal_told", "subject_doubt", "subject_by", "subject_settled", "subject_given", "consent_untold",
)  # fmt: skip
_BLANK = {"nhs_number": "", "name": "", "birth_date": None}
HAS_SCANS = "A scan belongs to this enrolment, so its numbers and subject id stay as they are"


@dataclass(frozen=True, slots=True)
class Mended:
    """A change of the last minutes that can be undone; `title`: the subject id it was about."""

    pk: int
    action: str
    title: str
    by: str
    at: datetime


def mendable(one: Enrolment) -> bool:
    """Whether no scan belongs to the enrolment."""
    return not one.rows.exists()


def correct(*, by: Actor, enrolment: int, typed: Mapping[str, str], reason: str) -> dict[str, int]:
    """Put numbers, name, birth date and subject id right; held scans are then looked at again: images by where they
    went. Unfit with a sentence by field.

    Where the right numbers are of a person known here the enrolment becomes theirs; where the wrong ones are also in
    another research study, that one keeps them.
    """
    with transaction.atomic():
        one = _mine(by, enrolment)
        facts = _checked(one, typed, reason)
        was = _snapshot(one)
        was["learnt"] = _apply(by, one, facts)
        changed = sorted(name for name, before in _said(was).items() if before != _said(_snapshot(one))[name])
        if not changed:
            raise Unfit({"subject_id": "Nothing was changed"})
        _keep(by, one, CORRECTED, was, reason, {"fields": ", ".join(changed)})
    return rerouting.reroute_enrolled(by=by, enrolments=[one])


def remove(*, by: Actor, enrolment: int, reason: str) -> None:
    """Take the person out of the research study; of one who is in no other nothing is kept once it is past undoing."""
    with transaction.atomic():
        one = _mine(by, enrolment)
        checks = Checks()
        _reason(checks, reason, persons.identity(one.person))
        checks.done()
        _keep(by, one, REMOVED, _snapshot(one), reason, {})
        person = one.person
        one.delete()
        _forget(person)


def undoable(by: Actor) -> list[Mended]:
    """What can still be undone, in the actor's research studies, the newest first."""
    if not by.may("enrolment_edit"):
        return []
    recent = EnrolmentChange.objects.filter(at__gte=timezone.now() - UNDO_FOR).order_by("-at", "-pk")
    wanted = viewing.slugs(by)
    recent = recent if wanted is None else recent.filter(research_study__in=wanted)
    return [Mended(c.pk, c.action, c.was["enrolment"]["subject_id"], c.by, c.at) for c in recent[:20]]


def undo(*, by: Actor, change: int) -> None:
    """Put an enrolment back as it was; Unfit when it is too late, or something stands in its place."""
    viewing.require(by, "enrolment_edit")
    with transaction.atomic():
        mine = {one.pk for one in undoable(by)}
        done = EnrolmentChange.objects.select_for_update().filter(pk=change).first()
        if done is None or done.pk not in mine:
            raise Unfit({"change": "That can no longer be undone"})
        _restore(done)
        detail = {"research_study": done.research_study}
        entry = audit.Entry("enrolment_change_undone", "enrolment", str(done.enrolment), detail)
        done.delete()
        audit.record(by=by, entries=[entry])


def forget(now: datetime | None = None) -> int:
    """Let go of how enrolments were, once that can no longer be undone; returns how many."""
    limit = (now or timezone.now()) - UNDO_FOR
    return EnrolmentChange.objects.filter(at__lt=limit).delete()[0]


def _mine(by: Actor, enrolment: int) -> Enrolment:
    viewing.require(by, "enrolment_edit")
    one = Enrolment.objects.select_for_update().filter(pk__in=viewing.enrolments(by).filter(pk=enrolment)).first()
    if one is None:
        raise PermissionDenied("There is no such enrolment in your scope.")
    if not mendable(one):
        raise Unfit({"subject_id": HAS_SCANS})
    return one


def _checked(one: Enrolment, typed: Mapping[str, str], reason: str) -> dict[str, Any]:
    """The facts as they should be; Unfit with a sentence by field."""
    said = {name: typed.get(name, "").strip() for name in (*IDENTITY, "surname", "birth_date", "subject_id")}
    checks = Checks()
    numbers = said["hospital_number"] or said["nhs_number"]
    checks.filled("hospital_number", numbers, "Give the hospital number, or the NHS number", most=64)
    for name, most in (("subject_id", 64), ("issuer", 64), ("surname", 200)):
        checks.brief(name, said[name], most=most)
    nhs = enrolling.read_nhs(checks, said["nhs_number"])
    born = enrolling.read_day(checks, "birth_date", said["birth_date"])
    enrolling.in_order(checks, {"birth_date": born, "consented_on": one.consented_on})
    right = Identity(said["surname"], said["hospital_number"], nhs, born)
    _reason(checks, reason, right, persons.identity(one.person))
    subjects.check(checks, subject_id=said["subject_id"], consent_version=one.consent_version, person=right)
    others = Enrolment.objects.filter(research_study=one.research_study).exclude(pk=one.pk)
    taken = bool(said["subject_id"]) and others.filter(subject_id=said["subject_id"]).exists()
    checks.that(not taken, "subject_id", "Another person has this subject id in this research study")
    if not checks.errors:
        known = _known(said["hospital_number"], said["issuer"], nhs)
        words = "These numbers are of different people known here. Check them with the patient's record"
        checks.that(len(known) < 2, "hospital_number", words)
        twice = others.filter(person__in=known).exists()
        checks.that(not twice, "hospital_number", "The person with this number is enrolled here already")
    checks.done()
    facts = {name: said[name] for name in ("hospital_number", "issuer", "subject_id")}
    return {**facts, "name": said["surname"], "birth_date": born, "nhs_number": nhs}


def _known(hospital_number: str, issuer: str, nhs: str) -> set[Person]:
    """People known here by either number."""
    found = (
        persons.known(hospital_number="", nhs_number=nhs) if nhs else None,
        persons.known(hospital_number=hospital_number, issuer=issuer) if hospital_number else None,
    )
    return {person for person in found if person is not None}


def _reason(checks: Checks, reason: str, *people: Identity) -> None:
    checks.filled("reason", reason, "Say why, in a few words", most=300)
    known = [value for one in people for value in (one.name, one.hospital_number, one.nhs_number)]
    checks.nobody("reason", reason, known=known)


def _apply(by: Actor, one: Enrolment, facts: Mapping[str, Any]) -> list[str]:
    """Put the facts where they belong; names of what was learnt of another person by it, forgotten if it is undone."""
    person = one.person
    hospital_number, issuer, nhs = (facts[name] for name in IDENTITY)
    key = str(canonical_key(patient_id=hospital_number, issuer=issuer, nhs_number=nhs))
    other = next(iter(_known(hospital_number, issuer, nhs) - {person}), None)
    moved = (person.hospital_number, person.issuer, person.nhs_number) != (hospital_number, issuer, nhs)
    learnt: list[str] = []
    if other is not None:
        learnt = persons.learn(other, {name: facts[name] for name in ("nhs_number", "name", "birth_date")})
        one.person, one.key_used = other, other.key
        _forget(person, but=one)
    elif moved and person.enrolments.exclude(pk=one.pk).exists():
        told = {name: facts[name] for name in (*IDENTITY, "name", "birth_date")}
        one.person = Person.objects.create(key=key, **told)
        one.key_used = key
    else:
        for name in (*IDENTITY, "name", "birth_date"):
            setattr(person, name, facts[name])
        if moved:
            person.key = one.key_used = key
        person.save()
    given = by.name if one.subject_id != facts["subject_id"] or one.person != person else ""
    one.subject_id = facts["subject_id"]
    persons.doubt_subject(one, by=given)
    one.save()
    return learnt


def _forget(person: Person, but: Enrolment | None = None) -> None:
    """A person who is in no research study here is not kept."""
    left = person.enrolments.all() if but is None else person.enrolments.exclude(pk=but.pk)
    if not left.exists():
        if but is not None:
            but.save()
        person.delete()


def _snapshot(one: Enrolment) -> dict[str, Any]:
    """How enrolment and person are, as JSON; people of the hospital stay in its own database."""
    return {
        "person": {"pk": one.person_id, **{name: plain(getattr(one.person, name)) for name in PERSON}},
        "enrolment": {name: plain(getattr(one, name)) for name in ENROLMENT},
    }


def plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _said(was: Mapping[str, Any]) -> dict[str, Any]:
    """What a person typed of it, by field."""
    person = was["person"]
    known = {name: person[name] for name in (*IDENTITY, "birth_date")}
    return {**known, "surname": person["name"], "subject_id": was["enrolment"]["subject_id"]}


def _keep(by: Actor, one: Enrolment, action: str, was: dict[str, Any], reason: str, detail: dict[str, Any]) -> None:
    EnrolmentChange.objects.create(
        action=action, enrolment=one.pk, research_study=one.research_study, by=by.name, at=timezone.now(), was=was
    )
    detail = {"research_study": one.research_study, **detail}
    audit.record(by=by, entries=[audit.Entry(f"enrolment_{action}", "enrolment", str(one.pk), detail, reason)])


def _restore(done: EnrolmentChange) -> None:
    person, fields = dict(done.was["person"]), done.was["enrolment"]
    one = Enrolment.objects.filter(pk=done.enrolment).first()
    if one is not None and not mendable(one):
        raise Unfit({"change": HAS_SCANS})
    pk, key = person.pop("pk"), person["key"]
    others = Enrolment.objects.filter(research_study=done.research_study).exclude(pk=done.enrolment)
    same = others.exclude(subject_id="").filter(subject_id=fields["subject_id"]) | others.filter(person=pk)
    if same.exists() or Person.objects.filter(key=key).exclude(pk=pk).exists():
        raise Unfit({"change": "Meanwhile another person has that number or subject id: correct it by hand"})
    Person.objects.update_or_create(pk=pk, defaults=person)
    before = one.person if one is not None else None
    Enrolment.objects.update_or_create(pk=done.enrolment, defaults=fields)
    # Its own moment, which a new row would not keep.
    Enrolment.objects.filter(pk=done.enrolment).update(enrolled_at=fields["enrolled_at"])
    if before is not None and before.pk != pk:
        Person.objects.filter(pk=before.pk).update(**{name: _BLANK[name] for name in done.was["learnt"]})
        _forget(before)
