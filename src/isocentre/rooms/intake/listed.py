"""The lists of intake as programs ask for them: the rows of the pages, masked as those are, and people to enrol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from isocentre.audit import door as audit
from isocentre.core.actor import Actor
from isocentre.core.checks import Unfit
from isocentre.rooms.intake import accessions, enrolling, held, life_steps, scans, viewing, visits
from isocentre.rooms.intake.enrolment_views import values_of
from isocentre.rooms.intake.models import Disposition, Enrolment, LedgerRow, ListedAccession
from isocentre.rooms.intake.views import balance

__all__ = ["balance"]


@dataclass(frozen=True, slots=True)
class Listed:
    """A scan in a list: no name or number, for a patient could stand behind the screen.

    `subject` is the subject id; empty for a new person, a phantom and a scan of nobody enrolled. `images`: by state.
    """

    id: int
    title: str
    research_study: str
    subject: str
    site: str
    scanner: str
    images: dict[str, int]
    sent_again: int
    at: datetime | None
    reason: str = ""


def arrivals(by: Actor, chosen: Mapping[str, str]) -> QuerySet[LedgerRow]:
    """One row a scan that arrived; `chosen` narrows by research study, state, modality and day."""
    return scans.arrived(by, {**chosen, "disposition": chosen.get("state", "")})


def arrived(by: Actor, page: Sequence[LedgerRow]) -> list[Listed]:
    """The scans these rows stand for."""
    counted = scans.numbers(by, page)
    return [_arrived(row, counted[row.research_study, row.study_uid]) for row in page]


def _arrived(row: LedgerRow, counts: Mapping[str, int]) -> Listed:
    images = {state: counts[state] for state in Disposition.values if counts.get(state)}
    return _listed(row, images, counts["duplicates"], row.arrival.arrived_at)


def held_scans(by: Actor, cause: str, page: Sequence[LedgerRow]) -> list[Listed]:
    """The scans these rows stand for, as far as they are held for the cause; `at`: since when, `reason`: in words."""
    counted = held.counted(by=by, cause=cause, rows=list(page))
    found = [counted.get((row.research_study, row.study_uid)) for row in page]
    return [
        _listed(one.row, {"held": one.images}, one.row.duplicates, one.since, one.row.words)
        for one in found
        if one is not None
    ]


def _listed(
    row: LedgerRow, images: dict[str, int], again: int, at: datetime | None, reason: str = ""
) -> Listed:  # fmt: skip
    subject = row.enrolment.subject_id if row.enrolment else ""
    return Listed(
        row.pk, life_steps.title(row), row.research_study, subject, row.site, row.scanner, images, again, at, reason
    )  # fmt: skip


def enrolments(by: Actor, *, research_study: str = "", scans: str = "", state: str = "") -> QuerySet[Enrolment]:
    """People enrolled, each with `images`; `scans`: none or some. Who looks is in the audit trail."""
    which = research_study or "every research study"
    audit.record_read(by=by, action="enrolment_viewed", object_type="list", object_id=which, form="program")
    rows = viewing.enrolments(by).annotate(images=Count("rows"))
    rows = rows.filter(research_study=research_study) if research_study else rows
    rows = rows.filter(status=state) if state else rows
    return rows.filter(Q(images=0) if scans == "none" else ~Q(images=0)) if scans else rows


def enrolled(one: Enrolment) -> dict[str, Any]:
    """The columns of the list, as a list is taken in again, and how the person stands in the research study."""
    images: int = getattr(one, "images")  # noqa: B009 - annotated, unknown to the model's type
    more = {"id": one.pk, "research_study": one.research_study, "images": images, "state": one.status}
    return {**values_of(one), **more, "withdrawn_on": one.withdrawn_on, "withdrawal": one.withdrawal}


def accessions_named(by: Actor, *, research_study: str = "") -> QuerySet[ListedAccession]:
    """Accession numbers named for research studies of the actor's scope. Who looks is in the audit trail."""
    audit.record_read(by=by, action="enrolment_viewed", object_type="list", object_id="accession lists", form="program")
    rows = accessions.visible(by)
    return rows.filter(research_study=research_study) if research_study else rows


def name_accessions(
    *, by: Actor, research_study: str, named: Sequence[tuple[str, str]]
) -> tuple[int, dict[str, int]]:  # fmt: skip
    """Name scans by (accession number, issuer or ""), all or none; Unfit with a sentence by `accessions.0`.

    Returns how many are new on the list, and where images that were left out went. Safe to repeat.
    """
    viewing.require(by, accessions.PERMISSION)
    if not 0 < len(named) <= accessions.MOST_LINES:
        raise Unfit({"accessions": f"Send 1 to {accessions.MOST_LINES:,} accession numbers at once"})
    lines = [accessions.line(number, list(one)) for number, one in enumerate(named)]
    errors = {f"accessions.{one.number}": one.error for one in lines if one.error}
    if errors:
        raise Unfit(errors)
    return accessions.add(by=by, research_study=research_study, named=[one.named for one in lines])


def visit_calendar(
    by: Actor, *, research_study: str = "", state: str = "", since: date | None = None, until: date | None = None
) -> list[visits.Due]:  # fmt: skip
    """Planned imaging of people enrolled, the earliest first. Who looks is in the audit trail."""
    audit.record_read(by=by, action="enrolment_viewed", object_type="list", object_id="visit calendar", form="program")
    return visits.calendar(by, visits.Wanted(research_study, state, since=since, until=until))


def enrol_people(
    *, by: Actor, research_study: str, people: Sequence[Mapping[str, str]]
) -> tuple[int, dict[str, int], dict[str, str]]:  # fmt: skip
    """Enrol everybody or nobody, after the checks of a list; Unfit with a sentence by `people.0.nhs_number`.

    Returns how many, where images that were held for want of it went, and what to look at, by place. Safe to repeat.
    """
    viewing.require(by, "enrolment_edit")
    if research_study not in [slug for slug, _ in viewing.accepted(by)]:
        raise Unfit({"research_study": "Choose the research study they take part in"})
    if not 0 < len(people) <= enrolling.MOST_LINES:
        raise Unfit({"people": f"Send 1 to {enrolling.MOST_LINES:,} people at once"})
    lines = enrolling.checked_lines(research_study, enumerate(people), enrolling.needed(research_study))
    errors = {f"people.{line.number}.{name}": words for line in lines for name, words in line.errors.items()}
    if errors:
        raise Unfit(errors)
    count, images = enrolling.enrol_lines(by=by, research_study=research_study, facts=[line.facts for line in lines])
    doubts = {f"people.{line.number}.{name}": words for line in lines for name, words in line.doubts.items()}
    return count, images, doubts
