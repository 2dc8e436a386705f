"""The visit calendar: when planned imaging of the people enrolled is due, and what came. It stays in the hospital.

Read from what is in force (planned events), the enrolments (day 0) and the ledger (what came), so nothing of it is
kept or can differ from them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from django.db.models import Min
from django.utils import timezone

from isocentre.core import ics
from isocentre.core import visits as rules
from isocentre.core.actor import Actor
from isocentre.core.visits import DONE, Made, Planned, Visit
from isocentre.jobs import door as jobs
from isocentre.rooms.intake import decisions, opting_out, subject_ids, viewing
from isocentre.rooms.intake.models import Arrival, Disposition, Enrolment, LedgerRow, ResearchStudy

CAME = (Disposition.PENDING, Disposition.SENT_ON, Disposition.HELD)
CHUNK = 500
MISSED = timedelta(30)
"""How long a visit that was missed stays on the worklist."""
_NAMES = UUID("5f1c2f0e-6a0b-4a0e-9d5e-0d6b5f7c1a11")


@dataclass(frozen=True, slots=True)
class Due:
    """One planned event of one person. `pk`: its stable name in a list."""

    pk: str
    enrolment: int
    subject: str
    research_study: str
    event: str
    time_point: str
    first: date
    last: date
    state: str
    made: Made | None
    modalities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a calendar is narrowed to; empty or None: all. `since`, `until`: days its window reaches into."""

    research_study: str = ""
    state: str = ""
    subject: str = ""
    since: date | None = None
    until: date | None = None


def calendar(by: Actor, wanted: Wanted = Wanted()) -> list[Due]:
    """Visits of the people in the actor's scope who have a day 0, the earliest first; of who withdrew what was done."""
    people = viewing.enrolments(by).exclude(day_zero=None)
    if wanted.research_study:
        people = people.filter(research_study=wanted.research_study)
    if wanted.subject:
        people = people.filter(subject_id__icontains=wanted.subject)
    found = _of(people, wanted)
    return sorted(found, key=lambda one: (one.first, one.last, one.subject, one.pk))


def of_person(one: Enrolment) -> list[Due]:
    """The visits of one enrolment, the earliest first; none without a day 0."""
    return _of([one], Wanted()) if one.day_zero else []


def _of(people: Iterable[Enrolment], wanted: Wanted) -> list[Due]:
    planned, quiet = _planned(), set(opting_out.under_section_251())
    today = timezone.localdate()
    windows = []
    for one in people:
        for event, first, last in rules.windows(one.day_zero or today, planned.get(one.research_study, ())):
            if (wanted.since is None or last >= wanted.since) and (wanted.until is None or first <= wanted.until):
                windows.append((one, event, first, last))
    came = _came({one.pk for one, *_ in windows})
    found = []
    for one, event, first, last in windows:
        chased = one.research_study not in quiet
        visit = rules.standing(event, first, last, came.get(one.pk, ()), today, chased=chased)
        stays = one.status == opting_out.ACTIVE or visit.state == DONE
        if stays and wanted.state in ("", visit.state):
            found.append(_due(one, visit, event))
    return found


def _due(one: Enrolment, visit: Visit, event: Planned) -> Due:
    return Due(f"{one.pk}-{visit.event}", one.pk, one.subject_id, one.research_study, visit.name, visit.time_point,
               visit.first, visit.last, visit.state, visit.made, tuple(sorted(event.modalities)))  # fmt: skip


def _planned() -> dict[str, list[Planned]]:
    """The planned events in force here, by research study."""
    accepted = ResearchStudy.objects.exclude(accepted=None).values_list("slug", "accepted")
    return {slug: [_event(each) for each in (config or {}).get("planned_events", ())] for slug, config in accepted}


def _event(said: Mapping[str, Any]) -> Planned:
    first, last = said["window"]
    return Planned(said["id"], said["name"], said["time_point"], frozenset(said["modalities"]), first, last)


def _came(enrolments: set[int]) -> dict[int, list[Made]]:
    """The scans of these people that stand at a time point, one of each."""
    found: dict[int, list[Made]] = defaultdict(list)
    ids = sorted(enrolments)
    for at in range(0, len(ids), CHUNK):
        rows = LedgerRow.objects.filter(enrolment__in=ids[at : at + CHUNK], disposition__in=CAME)
        rows = rows.exclude(disposition=Disposition.HELD, cause=decisions.DIFFERS)  # it may be of somebody else
        scans = list(
            rows.exclude(time_point="").values("enrolment", "time_point", "study_uid", "disposition")
            .annotate(arrived=Min("arrival")).values_list("enrolment", "time_point", "disposition", "arrived")
        )  # fmt: skip
        facts = _facts([arrival for *_, arrival in scans])
        for enrolment, point, disposition, arrival in scans:
            said = facts.get(arrival, {})
            on = date.fromisoformat(said["acquired"]) if said.get("acquired") else None
            held = disposition == Disposition.HELD
            found[enrolment].append(Made(point, said.get("modality", ""), on, held))
    return found


def _facts(arrivals: list[int]) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = {}
    for at in range(0, len(arrivals), CHUNK):
        found |= dict(Arrival.objects.filter(pk__in=arrivals[at : at + CHUNK]).values_list("pk", "facts"))
    return found


def to_do(by: Actor) -> tuple[list[Due], list[Due]]:
    """What is due now, and what was missed in the last month, of people in the actor's scope."""
    today = timezone.localdate()
    near = calendar(by, Wanted(since=today - MISSED, until=today))
    return [one for one in near if one.state == rules.DUE], [one for one in near if one.state == rules.OVERDUE]


def as_ics(by: Actor, visits: Iterable[Due], made: datetime) -> str:
    """The visits as a calendar of whole days: subject id and event, no name. One without a subject id, or with one that
    may tell who the person is and waits for a decision, goes by the number of the enrolment."""
    doubted = set(subject_ids.open_ones(by).values_list("pk", flat=True))
    here = ",".join(map(str, jobs.recall("sites", [])))  # two hospitals may have an enrolment of one number
    days = (_days(one, here, one.enrolment in doubted) for one in visits)
    return ics.calendar("Planned imaging", days, made)


def _days(one: Due, here: str, doubted: bool) -> ics.Days:
    who = one.subject if one.subject and not doubted else f"Enrolment {one.enrolment}"
    uid = f"urn:uuid:{uuid5(_NAMES, f'{here}|{one.pk}')}"
    return ics.Days(uid, one.first, one.last, f"{who}: {one.event}")
