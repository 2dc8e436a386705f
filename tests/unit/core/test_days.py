"""A day as people type it."""

from __future__ import annotations

from datetime import date

import pytest

from isocentre.core.days import parse_day


@pytest.mark.parametrize("text", ["2026-03-04", "4/3/2026", "04.03.2026", "4 March  2026", "4 Mar 2026", "20260304"])
def test_a_day_is_read_as_people_here_write_it(text: str) -> None:
    assert parse_day(text) == date(2026, 3, 4)


def test_a_day_that_is_none_is_none() -> None:
    assert [parse_day(t) for t in ("", "31/02/2026", "3/3/26", "soon")] == [None] * 4
