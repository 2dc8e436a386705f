"""When planned imaging of a person is due: day 0 and the windows of planned events as real days, and how each stands.

All days are days at the hospital (Europe/London): none has a clock time, so no change of the clocks moves one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

DONE, DUE, OVERDUE, UPCOMING, OVER = "done", "due", "overdue", "upcoming", "over"
STATES = {
    DUE: "Due now", OVERDUE: "Overdue", UPCOMING: "Upcoming", DONE: "Done", OVER: "Window is over",
}  # fmt: skip
"""How a visit stands, and its words; `over` where nobody is to chase what did not come."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A planned imaging event: its window in days from day 0, both included. No modalities: any counts."""

    id: str
    name: str
    time_point: str
    modalities: frozenset[str]
    first_day: int
    last_day: int


@dataclass(frozen=True, slots=True)
class Made:
    """A scan that came for a time point; `on`: the day it was made, None where its header names none."""

    time_point: str
    modality: str
    on: date | None
    held: bool = False


@dataclass(frozen=True, slots=True)
class Visit:
    """A planned event of one person: the days from `first` to `last` on which it is due, and the scan that came."""

    event: str
    name: str
    time_point: str
    first: date
    last: date
    state: str
    made: Made | None = None


def windows(day_zero: date, planned: Iterable[Planned]) -> list[tuple[Planned, date, date]]:
    """Each planned event with the first and the last day on which it is due, the earliest first."""
    found = [(one, _after(day_zero, one.first_day), _after(day_zero, one.last_day)) for one in planned]
    return sorted(found, key=lambda each: (each[1], each[2], each[0].id))


def standing(
    planned: Planned, first: date, last: date, made: Iterable[Made], today: date, *, chased: bool = True
) -> Visit:  # fmt: skip
    """How one visit stands. Not `chased`: a scan that did not come may be an opt-out, which is nobody's to look for."""
    fits = [
        one for one in made
        if one.time_point == planned.time_point and (not planned.modalities or one.modality in planned.modalities)
    ]  # fmt: skip
    # One that goes on before one that is held, then the earliest.
    best = min(fits, key=lambda one: (one.held, one.on or date.max), default=None)
    if best is not None:
        state = DONE
    elif today < first:
        state = UPCOMING
    else:
        state = DUE if today <= last else OVERDUE if chased else OVER
    return Visit(planned.id, planned.name, planned.time_point, first, last, state, best)


def _after(day: date, days: int) -> date:
    try:
        return day + timedelta(days)
    except OverflowError:  # a day 0 at the end of the calendar was mistyped; its visits stand at that end
        return date.max if days > 0 else date.min
