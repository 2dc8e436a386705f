"""People of research studies under section 251 support: whose numbers are asked about, and scans that wait for that.

Nobody asks about a person who consented to the research study: whether they also opted out is not for us to know.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet
from django.utils import timezone

from isocentre.core.actor import Actor
from isocentre.core.ids import NhsNumber
from isocentre.core.optout import applies
from isocentre.core.optout import consented as given
from isocentre.rooms.intake import persons, rerouting
from isocentre.rooms.intake.models import Enrolment, ResearchStudy

ACTIVE = "active"
"""Status of an enrolment that was not withdrawn."""


def under_section_251() -> list[str]:
    """Slugs of the research studies in force here whose legal basis is section 251 support."""
    found = ResearchStudy.objects.exclude(accepted=None).values_list("slug", "accepted")
    return [slug for slug, accepted in found if applies((accepted or {}).get("legal_basis", ""), "")]


def consented(enrolment: Enrolment | None) -> bool:
    """True while this person's own consent to this research study is recorded and not withdrawn."""
    return enrolment is not None and given(
        consented_on=enrolment.consented_on, withdrawn=enrolment.status != ACTIVE, today=timezone.localdate()
    )


def number_of(research_study: str, patient_id: str) -> tuple[bool, str]:
    """(whether they consented to this research study, their NHS number) of who has this hospital or NHS number.

    A number nobody here is known by is taken as an NHS number, which it may be or not.
    """
    person = persons.find(patient_id=patient_id)
    if person is None:
        return False, patient_id
    enrolment = person.enrolments.filter(research_study=research_study).first()
    return consented(enrolment), person.nhs_number


def _without_consent() -> QuerySet[Enrolment]:
    """Enrolments in those research studies for which the opt-out is looked up: `consented`, for many rows at once."""
    rows = Enrolment.objects.filter(research_study__in=under_section_251(), status=ACTIVE)
    return rows.exclude(consented_on__lte=timezone.localdate())


def numbers_to_ask() -> frozenset[NhsNumber]:
    """NHS numbers of the people enrolled in those research studies who did not consent to them."""
    rows = _without_consent()
    numbers = rows.exclude(person__nhs_number="").values_list("person__nhs_number", flat=True).distinct()
    return frozenset(_valid(numbers))


def needed() -> bool:
    """True when anybody is enrolled whom the opt-out concerns."""
    return _without_consent().exists()


def without_number() -> int:
    """People enrolled there whose NHS number is not known: nobody can be asked about them."""
    return _without_consent().filter(person__nhs_number="").values("person").distinct().count()


def _valid(numbers: Iterable[str]) -> Iterable[NhsNumber]:
    for number in numbers:
        try:
            yield NhsNumber.parse(number)
        except ValueError:  # recorded before numbers were checked: one bad line would make the service refuse all
            continue


def look_again(*, by: Actor, causes: tuple[str, ...]) -> dict[str, int]:
    """Route scans held for these causes again, once what held them has changed; images by where they went."""
    return rerouting.reroute_held(by=by, causes=causes, action="opt_out_checked", reason="A new answer was taken in.")
