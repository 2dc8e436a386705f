"""Due days of planned imaging from day 0, and how each visit stands, with nothing that a change of the clocks moves."""

from __future__ import annotations

from datetime import date

import pytest

from isocentre.core import visits
from isocentre.core.visits import Made, Planned

WEEK8 = Planned("wk8", "Week 8 CT", "WK8", frozenset({"CT"}), 49, 63)
BASE = Planned("base", "Baseline", "BASE", frozenset(), -28, 0)
ZERO = date(2026, 2, 1)


def stands(today: date, *made: Made, chased: bool = True, planned: Planned = WEEK8) -> str:
    [(one, first, last)] = visits.windows(ZERO, [planned])
    return visits.standing(one, first, last, made, today, chased=chased).state


def test_windows_are_real_days_in_order_over_the_change_of_the_clocks() -> None:
    found = visits.windows(ZERO, [WEEK8, BASE])
    assert [(one.id, first, last) for one, first, last in found] == [
        ("base", date(2026, 1, 4), date(2026, 2, 1)), ("wk8", date(2026, 3, 22), date(2026, 4, 5)),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("today", "state"),
    [(date(2026, 3, 21), "upcoming"), (date(2026, 3, 22), "due"), (date(2026, 3, 29), "due"),
     (date(2026, 4, 5), "due"), (date(2026, 4, 6), "overdue")],
)  # fmt: skip
def test_a_visit_is_due_from_its_first_day_to_its_last(today: date, state: str) -> None:
    assert stands(today) == state
    assert stands(today, chased=False) == state.replace("overdue", "over")
    assert state in visits.STATES


def test_a_scan_of_its_time_point_and_modality_makes_it_done() -> None:
    ct, sr = Made("WK8", "CT", date(2026, 3, 30)), Made("WK8", "SR", date(2026, 3, 30))
    assert stands(date(2026, 5, 1), ct) == "done"
    assert stands(date(2026, 5, 1), sr) == "overdue", "a dose report is no scan"
    assert stands(date(2026, 5, 1), Made("BASE", "CT", None)) == "overdue"
    assert stands(date(2026, 5, 1), Made("BASE", "MR", None), planned=BASE) == "done"
    held, later = Made("WK8", "CT", date(2026, 3, 25), True), Made("WK8", "CT", None)
    best = visits.standing(WEEK8, ZERO, ZERO, [held, later, ct], ZERO).made
    assert best == ct, "what goes on counts before what is held, and the first before the next"


def test_a_mistyped_day_zero_stays_in_the_calendar() -> None:
    [(_, first, last)] = visits.windows(date(9999, 12, 30), [WEEK8])
    assert (first, last) == (date.max, date.max)
    assert visits.windows(date(1, 1, 2), [BASE])[0][1] == date.min
