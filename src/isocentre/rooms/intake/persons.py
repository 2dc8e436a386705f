"""Persons and enrolments: a person is known by the key first used, and enrolled in a research study once."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from django.db import transaction

from isocentre.audit import door as audit
from isocentre.core import subjects
from isocentre.core.actor import Actor
from isocentre.core.deid.identity import canonical_key
from isocentre.core.routing import Enrolled
from isocentre.core.subjects import Identity
from isocentre.rooms.intake.models import Enrolment, IdentityQuestion, Person, PersonNumber


def find(*, patient_id: str, issuer: str = "") -> Person | None:
    """The person of a hospital number, or of an NHS number given as patient id."""
    if not patient_id:
        return None
    said = _said(patient_id, issuer)
    if said is not None:
        return said.person
    key = str(canonical_key(patient_id=patient_id, issuer=issuer))
    return (
        Person.objects.filter(key=key).first()
        or Person.objects.filter(hospital_number=patient_id.strip(), issuer__in=("", issuer)).first()
        or Person.objects.filter(nhs_number=patient_id.replace(" ", "")).exclude(nhs_number="").first()
    )


def _said(number: str, issuer: str) -> PersonNumber | None:
    """What a person here said of a number: it goes before what enrolments say (`identities`)."""
    held = PersonNumber.objects.filter(value=number.strip(), issuer__in={"", issuer}).select_related("person")
    return held.order_by("-issuer").first()


def known(*, hospital_number: str, issuer: str = "", nhs_number: str = "") -> Person | None:
    """The person of an NHS number, else of the hospital number: a later number never makes a second person."""
    number = nhs_number.replace(" ", "")
    for said in (_said(number, ""), _said(hospital_number, issuer)):
        if said is not None:
            return said.person
    by_number = Person.objects.filter(nhs_number=number).first() if number else None
    return by_number or find(patient_id=nhs_number, issuer=issuer) or find(patient_id=hospital_number, issuer=issuer)


def other_names(person: Person) -> tuple[str, ...]:
    """Former names and other spellings somebody noted."""
    return tuple(name for one in person.other_names.split(";") if (name := one.strip()))


def identity(person: Person) -> Identity:
    """What is known of the person that no subject id may say."""
    return Identity(person.name, person.hospital_number, person.nhs_number, person.birth_date)


def learn(person: Person, facts: Mapping[str, object]) -> list[str]:
    """Keep what was not known of the person yet; what is known stays. Returns the names of what was learnt."""
    new = {name: value for name, value in facts.items() if value and not getattr(person, name)}
    for name, value in new.items():
        setattr(person, name, value)
    if new:
        person.save(update_fields=list(new))
    return list(new)


def doubt_subject(one: Enrolment, *, by: str = "") -> None:
    """Note on the enrolment, which the caller saves, what its subject id may tell of the person. `by`: who gave it now,
    so that what was decided about the one before counts no more."""
    if by:
        one.subject_by, one.subject_settled, one.subject_given = by, "", ""
    names = (one.person.name, *other_names(one.person))
    told = {
        kind for name in names for kind in subjects.doubts(one.subject_id, replace(identity(one.person), name=name))
    }
    one.subject_doubt = "" if one.subject_settled else ",".join(kind for kind in subjects.DOUBTS if kind in told)


def enrol(
    *, by: Actor, research_study: str, hospital_number: str, issuer: str = "", nhs_number: str = "", name: str = "",
    birth_date: date | None = None, subject_id: str = "", consented_on: date | None = None,
    day_zero: date | None = None, prior_imaging: bool = False, on_arrival: bool = False, consent_version: str = "",
    consent_scope: str = "",
) -> Enrolment:  # fmt: skip
    """Enrol a person in a research study; the same person again updates the consent facts, never the key used."""
    key = str(canonical_key(patient_id=hospital_number, issuer=issuer, nhs_number=nhs_number))
    with transaction.atomic():
        person = known(hospital_number=hospital_number, issuer=issuer, nhs_number=nhs_number)
        if person is None:
            person = Person.objects.create(key=_free(key), hospital_number=hospital_number.strip(), issuer=issuer)
            # A number that was said to be of nobody enrolled here is of somebody now.
            PersonNumber.objects.filter(person=None, value=person.hospital_number, issuer=issuer).update(person=person)
        learn(person, {"nhs_number": nhs_number, "name": name, "birth_date": birth_date})
        enrolment, made = Enrolment.objects.get_or_create(
            research_study=research_study, person=person,
            defaults={"key_used": person.key, "enrolled_on_arrival": on_arrival},
        )  # fmt: skip
        changes = {"subject_id": subject_id, "consented_on": consented_on, "day_zero": day_zero,
                   "consent_version": consent_version, "consent_scope": consent_scope}  # fmt: skip
        agreed = (enrolment.consent_version, enrolment.consent_scope)
        new_subject = bool(subject_id) and subject_id != enrolment.subject_id
        for field, value in changes.items():
            if value:
                setattr(enrolment, field, value)
        doubt_subject(enrolment, by=by.name if new_subject else "")
        if agreed != (enrolment.consent_version, enrolment.consent_scope):
            # Where nothing was sent on, the first images tell it.
            enrolment.consent_untold = enrolment.rows.exclude(sent_at=None).exists()
        enrolment.prior_imaging = enrolment.prior_imaging or prior_imaging
        enrolment.save()
        if made or not on_arrival:
            audit.record(
                by=by,
                entries=[audit.Entry("person_enrolled", "enrolment", str(enrolment.pk),
                                     {"research_study": research_study, "new_person": on_arrival})],
            )  # fmt: skip
    return enrolment


def _free(key: str) -> str:
    """The key, or one beside it where it is another person's: a number that was taken from them and given out again
    must not bring their pseudonym along."""
    taken = set(Person.objects.filter(key__startswith=key).values_list("key", flat=True))
    taken |= set(Enrolment.objects.filter(key_used__startswith=key).values_list("key_used", flat=True))
    return next(one for one in itertools.chain([key], (f"{key}#{n}" for n in itertools.count(2))) if one not in taken)


MOST_TOLD = 200
"""Names and numbers of a person that are kept from headers of their scans."""


def remember(said: Iterable[tuple[int, Iterable[str]]]) -> None:
    """Keep what headers said of the persons of these enrolments, for their other scans; in the caller's transaction.

    A later scan may name them as an earlier one did: by a former name, or the number of another hospital.
    """
    new: dict[int, dict[str, None]] = {}
    for enrolment, values in said:
        new.setdefault(enrolment, {}).update(dict.fromkeys(values))
    for enrolment, values in sorted(new.items()):
        person = Person.objects.select_for_update().get(enrolments=enrolment)
        told = dict.fromkeys(person.told or ())
        if values.keys() - told.keys():
            person.told = [*(one for one in told if one not in values), *values][-MOST_TOLD:]
            person.save(update_fields=["told"])


def known_of(enrolment: Enrolment | None) -> tuple[str, ...]:
    """What is known of an enrolled person: from lists, and from the headers of all their scans; nothing of nobody."""
    if enrolment is None:
        return ()
    person = enrolment.person
    born = person.birth_date.strftime("%Y%m%d") if person.birth_date else ""
    names = (person.name, *other_names(person))
    known = dict.fromkeys((person.hospital_number, person.nhs_number, *names, born, *(person.told or ())))
    return tuple(one for one in known if one)


def enrolled(person: Person | None, of: Iterable[Enrolment] | None = None) -> list[Enrolled]:
    """The person's enrolments as routing reads them; `of`: those of them that are at hand."""
    if person is None:
        return []
    # The name of who was enrolled by a scan is the scan's own word, and nothing to compare with.
    names = (person.name, *other_names(person)) if person.name else ()
    asked = IdentityQuestion.holding([person]).exists()
    return [
        Enrolled(e.pk, e.research_study, e.consented_on, e.day_zero, e.prior_imaging, e.status,
                 () if e.enrolled_on_arrival else names, person.birth_date,
                 "" if e.subject_settled else e.subject_id, bool(e.subject_doubt and not e.subject_settled),
                 asked)
        for e in (person.enrolments.all() if of is None else of)
    ]  # fmt: skip
