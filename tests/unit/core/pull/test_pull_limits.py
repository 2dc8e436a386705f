"""Hours, rate and nights: as a PACS manager reads them on the wall, also when clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isocentre.core.pull.limits import LONDON, Limits, estimate, next_request, nights, size_of

NIGHT = Limits(19, 7)


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=LONDON)


@pytest.mark.parametrize(
    ("limits", "hour", "may"),
    [(NIGHT, 18, False), (NIGHT, 19, True), (NIGHT, 0, True), (NIGHT, 6, True), (NIGHT, 7, False),
     (Limits(9, 17), 9, True), (Limits(9, 17), 16, True), (Limits(9, 17), 17, False), (Limits(5, 5), 12, True)],
)  # fmt: skip
def test_hours_may_go_past_midnight(limits, hour, may):
    assert limits.open_at(at(2026, 1, 5, hour, 30)) is may


def test_summer_time_is_the_wall_clock():
    assert not NIGHT.open_at(datetime(2026, 7, 1, 17, 59, tzinfo=UTC))
    assert NIGHT.open_at(datetime(2026, 7, 1, 18, 0, tzinfo=UTC)), "19:00 in London"
    assert NIGHT.opens(at(2026, 3, 29, 0, 30)) == at(2026, 3, 29, 0, 30), "the night that loses an hour"


def test_it_opens_at_the_full_hour():
    assert NIGHT.opens(at(2026, 1, 5, 8, 12)) == at(2026, 1, 5, 19, 0)


@given(st.integers(0, 23), st.integers(0, 23), st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)))  # noqa: DTZ001 - a zone is put on below
def test_when_it_opens_it_is_open(first, last, moment):
    limits, now = Limits(first, last), moment.replace(tzinfo=UTC)
    opens = limits.opens(now)
    assert limits.open_at(opens)
    assert timedelta(0) <= opens.astimezone(UTC) - now <= timedelta(hours=48)


def test_an_hour_that_the_night_loses_is_not_there_and_one_that_comes_twice_is_open_twice():
    lost, twice = Limits(1, 2), datetime(2026, 10, 25, 0, 0, tzinfo=UTC)
    before = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
    assert lost.opens(before).astimezone(UTC) == datetime(2026, 3, 30, 0, 0, tzinfo=UTC), "01:00 of the next night"
    asked = [before + timedelta(minutes=each) for each in range(0, 180, 10)]
    assert not any(lost.open_at(one) for one in asked)
    asked = [twice + timedelta(minutes=each) for each in range(-60, 180, 10)]
    assert [one for one in asked if lost.open_at(one)] == [
        twice + timedelta(minutes=each) for each in range(0, 120, 10)
    ]
    assert NIGHT.opens(datetime(2026, 10, 25, 12, 0, tzinfo=UTC)) == at(2026, 10, 25, 19, 0)


def test_the_rate_spaces_requests():
    now = at(2026, 1, 5, 20)
    assert next_request(Limits(images_a_minute=60), now, 300) == now + timedelta(minutes=5)
    assert next_request(NIGHT, now, 300) == now


def test_nights_are_counted_by_rate_and_hours():
    assert nights(Limits(19, 7, 1, 60), 0) == 0
    assert nights(Limits(19, 7, 1, 60), 60 * 60 * 12) == 1
    assert nights(Limits(19, 7, 1, 60), 60 * 60 * 12 + 1) == 2
    assert nights(Limits(20, 20, 2), 86_400) == 1


def test_an_estimate_sums_its_parts():
    made = estimate(NIGHT, [("CT", 1, 100), ("XX", 1, 10), ("MR", 1, 2)], scans=1, nearline=1, seen={"MR": 1e6})
    assert (made.scans, made.series, made.images, made.nearline, made.nights) == (1, 3, 112, 1, 1)
    assert made.size == size_of("CT", 100, {}) + size_of("XX", 10, {}) + 2_000_000
