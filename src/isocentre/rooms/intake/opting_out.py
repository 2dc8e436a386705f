"""People of research studies under section 251 support: whose numbers are asked about, and scans that wait for that."""

from __future__ import annotations

from collections.abc import Iterable

from isocentre.core.actor import Actor
from isocentre.core.ids import NhsNumber
from isocentre.core.optout import applies
from isocentre.rooms.intake import decisions
from isocentre.rooms.intake.models import Enrolment, ResearchStudy


def under_section_251() -> list[str]:
    """Slugs of the research studies in force here whose legal basis is section 251 support."""
    found = ResearchStudy.objects.exclude(accepted=None).values_list("slug", "accepted")
    return [slug for slug, accepted in found if applies((accepted or {}).get("legal_basis", ""), "")]


def numbers_to_ask() -> frozenset[NhsNumber]:
    """NHS numbers of the people enrolled in those research studies."""
    rows = Enrolment.objects.filter(research_study__in=under_section_251(), status="active")
    numbers = rows.exclude(person__nhs_number="").values_list("person__nhs_number", flat=True).distinct()
    return frozenset(_valid(numbers))


def needed() -> bool:
    """True when anybody is enrolled whom the opt-out concerns."""
    return Enrolment.objects.filter(research_study__in=under_section_251(), status="active").exists()


def without_number() -> int:
    """People enrolled there whose NHS number is not known: nobody can be asked about them."""
    rows = Enrolment.objects.filter(research_study__in=under_section_251(), status="active", person__nhs_number="")
    return rows.values("person").distinct().count()


def _valid(numbers: Iterable[str]) -> Iterable[NhsNumber]:
    for number in numbers:
        try:
            yield NhsNumber.parse(number)
        except ValueError:  # recorded before numbers were checked: one bad line would make the service refuse all
            continue


def look_again(*, by: Actor, causes: tuple[str, ...]) -> dict[str, int]:
    """Route scans held for these causes again, once what held them has changed; images by where they went."""
    return decisions.reroute_held(by=by, causes=causes, action="opt_out_checked", reason="A new answer was taken in.")
