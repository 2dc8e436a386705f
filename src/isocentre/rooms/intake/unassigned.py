"""Scans of no research study, and scans left out by little: with what may be the answer and why, and a person's word.

The answers are made anew for each page of the list (`core.proposals`), in so many statements however many scans wait.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from isocentre.core import proposals
from isocentre.core.actor import Actor
from isocentre.core.checks import Checks
from isocentre.core.days import parse_day
from isocentre.core.proposals import NEAR_DAYS, Known, Proposal
from isocentre.core.routing import StudyRules
from isocentre.rooms.intake import accessions, decisions, persons, studies, viewing
from isocentre.rooms.intake.facts import for_routing
from isocentre.rooms.intake.models import UNASSIGNED, Decision, Disposition, Enrolment, LedgerRow
from isocentre.rooms.intake.reroute import Router
from isocentre.rooms.intake.scans import Name, named, representatives

ASSIGNED, PERMISSION = "assigned", "held_act"
CAUSES = ("not_part", *proposals.NEAR_MISSES)
MOST_ALIKE = 500
"""People of the same birth dates that are compared with one page of scans."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One scan of the list: the row it is shown by, its images, and what may be the answer, the likeliest first."""

    row: LedgerRow
    images: int
    proposals: tuple[Proposal, ...]


def waiting(by: Actor, *, cause: str = "", research_study: str = "") -> QuerySet[LedgerRow]:
    """Rows of scans somebody may assign: their originals are here, and they were left out by little at most."""
    rows = viewing.visible(by).filter(_here(studies.rules()), arrival__erased_at=None)
    rows = rows.filter(cause=cause) if cause else rows
    return rows.filter(research_study=research_study) if research_study else rows


def listed(by: Actor, **narrowed: str) -> QuerySet[LedgerRow]:
    """One row a scan of `waiting`."""
    return representatives(waiting(by, **narrowed))


def _here(rules: Iterable[StudyRules]) -> Q:
    held = Q(disposition=Disposition.HELD, cause__in=("not_part", "two_visits"))
    near = Q(pk__in=[])
    for study in rules:
        for planned in study.planned:
            wide = (planned.first_day - NEAR_DAYS, planned.last_day + NEAR_DAYS)
            within = Q(cause__in=("other_body_part", "other_procedure", "not_listed"),
                       study_day__range=(planned.first_day, planned.last_day))  # fmt: skip
            near |= Q(research_study=study.slug) & (Q(cause="no_visit", study_day__range=wide) | within)
    return held | (Q(disposition=Disposition.LEFT_OUT, cause__in=CAUSES) & near)


def by_cause(by: Actor) -> list[tuple[str, int]]:
    """(cause, scans), the most first."""
    scans = waiting(by).order_by().values_list("cause", "research_study", "study_uid").distinct()
    return Counter(cause for cause, _, _ in scans).most_common()


def shown(by: Actor, page: Sequence[LedgerRow]) -> list[Waiting]:
    """The scans these rows stand for, with their proposals."""
    counted = waiting(by).filter(named({(r.research_study, r.study_uid) for r in page}))
    grouped = counted.order_by().values("research_study", "study_uid").annotate(n=Count("pk"))
    images: dict[Name, int] = {(one["research_study"], one["study_uid"]): one["n"] for one in grouped}
    asked = _Proposing(by, page)
    return [Waiting(r, images.get((r.research_study, r.study_uid), 0), tuple(asked.of(r))) for r in page]


class _Proposing:
    """What a page of scans is compared with, read once."""

    def __init__(self, by: Actor, page: Sequence[LedgerRow]) -> None:
        self._rules = studies.rules()
        self._listed: dict[tuple[str, str], frozenset[str]] = accessions.listed_for_many(
            (r.arrival.facts["accession"], r.arrival.facts.get("accession_issuer", "")) for r in page
        )
        born = {day for r in page if r.cause == "not_part" and (day := _born(r)) is not None}
        mine = viewing.enrolments(by)
        alike = mine.filter(person__birth_date__in=born)[:MOST_ALIKE] if born else mine.none()
        own = mine.filter(pk__in=[r.enrolment_id for r in page if r.enrolment_id])
        self._alike: dict[date | None, list[Known]] = {}
        for one in alike:
            self._alike.setdefault(one.person.birth_date, []).append(_known(one))
        self._own = {one.pk: _known(one) for one in own}

    def of(self, row: LedgerRow) -> list[Proposal]:
        """The proposals for one scan."""
        facts = row.arrival.facts
        listed_for = self._listed.get((facts["accession"], facts.get("accession_issuer", "")), frozenset())
        scan = for_routing(facts, listed_for=listed_for)
        if row.cause == "not_part":
            return proposals.of_somebody(scan, facts["patient_id"], self._rules, self._alike.get(_born(row), []))
        study = next((one for one in self._rules if one.slug == row.research_study), None)
        known = self._own.get(row.enrolment_id or 0)
        return proposals.of_enrolled(scan, row.cause, study, known) if study is not None and known is not None else []


def _born(row: LedgerRow) -> date | None:
    return parse_day(row.arrival.facts.get("birth_date", ""))


def _known(one: Enrolment) -> Known:
    mine = next(e for e in persons.enrolled(one.person, of=(one,)))
    return Known(mine, one.subject_id, one.person.hospital_number, one.person.issuer)


def find(by: Actor, key: int) -> Waiting | None:
    """The scan a row belongs to, while it waits; None where it does not in the actor's scope."""
    rows = waiting(by).filter(pk=key).select_related("arrival", "enrolment__person")
    return next(iter(shown(by, list(rows))), None)


def assign(*, by: Actor, key: int, proposal: str, reason: str) -> decisions.Decided:
    """A person says whose the scan is and for which visit: its rows of the same cause go there, unless consent or
    anything else about that person holds them. Undone as every decision; of two people who do it at once, the second
    finds nothing to decide about."""
    viewing.require(by, PERMISSION)
    one = find(by, key)
    if one is None:
        return decisions.Decided(None, 0, 1)
    offered = {p.key: p for p in one.proposals if p.enrolment_id is not None}
    rows = _rows(by, one.row)
    checks = Checks()
    checks.one_of("proposal", proposal, list(offered), "Choose whose scan it is")
    checks.filled("reason", reason, "Say why, in a few words", most=300)
    checks.nobody("reason", reason, known=decisions.people_of(rows))
    checks.done()
    chosen = offered[proposal]
    assert chosen.enrolment_id is not None
    enrolment = Enrolment.objects.select_related("person").get(pk=chosen.enrolment_id)
    router = Router()
    planned = {}
    for row in rows:
        there = copy.copy(row)
        there.assigned, there.enrolment = True, enrolment
        there.research_study, there.time_point = chosen.research_study, chosen.time_point
        change = decisions.routed(row, router.placed(there), moved=True)
        assert change is not None
        change.fields |= {"assigned": True}
        planned[row.pk] = change
    decision = Decision(
        action=ASSIGNED, cause=one.row.cause, research_study=chosen.research_study, reason=reason, by=by.name,
        at=timezone.now(),
    )  # fmt: skip
    work = decisions.carry_out(by, decision, planned, (one.row.cause,))
    return decisions.Decided(decision.pk, int(bool(work.rows)), int(not work.rows), dict(work.counts))


def _rows(by: Actor, row: LedgerRow) -> list[LedgerRow]:
    """What is decided about: the images of the scan that are where they are for the same cause."""
    same: Mapping[str, Any] = {"research_study": row.research_study, "study_uid": row.study_uid, "cause": row.cause}
    mine = viewing.visible(by).filter(**same, disposition__in=decisions.OPEN, arrival__erased_at=None)
    return list(mine.select_related("arrival", "enrolment__person").order_by("pk"))


__all__ = ["CAUSES", "UNASSIGNED", "assign", "by_cause", "find", "listed", "shown", "waiting"]
