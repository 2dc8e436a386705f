"""Persons and enrolments: a person is known by the key first used, and enrolled in a research study once."""

from __future__ import annotations

from datetime import date

from django.db import transaction

from isocentre.audit import door as audit
from isocentre.core.actor import Actor
from isocentre.core.deid.identity import canonical_key
from isocentre.core.routing import Enrolled
from isocentre.rooms.intake.models import Enrolment, Person


def find(*, patient_id: str, issuer: str = "") -> Person | None:
    """The person of a hospital number, or of an NHS number given as patient id."""
    if not patient_id:
        return None
    key = str(canonical_key(patient_id=patient_id, issuer=issuer))
    return (
        Person.objects.filter(key=key).first()
        or Person.objects.filter(hospital_number=patient_id.strip(), issuer__in=("", issuer)).first()
        or Person.objects.filter(nhs_number=patient_id.replace(" ", "")).exclude(nhs_number="").first()
    )


def enrol(
    *, by: Actor, research_study: str, hospital_number: str, issuer: str = "", nhs_number: str = "", name: str = "",
    birth_date: date | None = None, subject_id: str = "", consented_on: date | None = None,
    day_zero: date | None = None, prior_imaging: bool = False, on_arrival: bool = False,
) -> Enrolment:  # fmt: skip
    """Enrol a person in a research study; the same person again updates the consent facts, never the key used."""
    key = str(canonical_key(patient_id=hospital_number, issuer=issuer, nhs_number=nhs_number))
    with transaction.atomic():
        person = find(patient_id=nhs_number or hospital_number, issuer=issuer) or Person.objects.create(
            key=key, hospital_number=hospital_number.strip(), issuer=issuer, nhs_number=nhs_number, name=name,
            birth_date=birth_date,
        )  # fmt: skip
        enrolment, made = Enrolment.objects.get_or_create(
            research_study=research_study, person=person,
            defaults={"key_used": person.key, "enrolled_on_arrival": on_arrival},
        )  # fmt: skip
        changes = {"subject_id": subject_id, "consented_on": consented_on, "day_zero": day_zero}
        for field, value in changes.items():
            if value:
                setattr(enrolment, field, value)
        enrolment.prior_imaging = enrolment.prior_imaging or prior_imaging
        enrolment.save()
        if made or not on_arrival:
            audit.record(
                by=by,
                entries=[audit.Entry("person_enrolled", "enrolment", str(enrolment.pk),
                                     {"research_study": research_study, "new_person": on_arrival})],
            )  # fmt: skip
    return enrolment


def enrolled(person: Person | None) -> list[Enrolled]:
    """The person's enrolments as routing reads them."""
    if person is None:
        return []
    return [
        Enrolled(e.pk, e.research_study, e.consented_on, e.day_zero, e.prior_imaging, e.status)
        for e in person.enrolments.all()
    ]
