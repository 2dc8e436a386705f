"""Words and numbers as ux.md asks for them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from isocentre.web import formats

MOMENT = datetime(2026, 3, 3, 14, 5, tzinfo=UTC)


def test_dates_and_clock():
    assert formats.date(date(2026, 3, 3)) == "3 March 2026"
    assert formats.date(MOMENT) == "3 March 2026"
    assert formats.clock(MOMENT) == "14:05"
    assert formats.clock(time(9, 7)) == "09:07"
    assert formats.moment(MOMENT) == "3 March 2026, 14:05"
    assert formats.moment(datetime(2026, 7, 1, 23, 30, tzinfo=UTC)) == "2 July 2026, 00:30"


def test_nothing_stays_nothing():
    assert [f(None) for f in (formats.date, formats.clock, formats.moment, formats.ago)] == ["", "", "", ""]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "just now"),
        (30, "just now"),
        (60, "1 minute ago"),
        (59 * 60, "59 minutes ago"),
        (3600, "1 hour ago"),
        (23 * 3600, "23 hours ago"),
        (48 * 3600, "2 days ago"),
        (400 * 86400, "400 days ago"),
    ],
)
def test_ago(seconds, words):
    assert formats.ago(MOMENT - timedelta(seconds=seconds), now=MOMENT) == words


def test_numbers():
    assert formats.pounds(1234.56) == "£1,234.56"
    assert formats.pounds(-5) == "-£5.00"
    assert formats.msv(9.94) == "9.9 mSv"
    assert formats.number(1234567) == "1,234,567"
    assert [formats.filesize(n) for n in (0, 525_000, 1_500, 3_900_000_000)] == [
        "0 bytes",
        "525 KB",
        "1.5 KB",
        "3.9 GB",
    ]
    assert [formats.plural(n, "scan") for n in (0, 1, 34)] == ["0 scans", "1 scan", "34 scans"]
    assert formats.plural(2, "research study", "research studies") == "2 research studies"


def test_a_title_inside_a_sentence():
    assert formats.lower_first("Research radiographer") == "research radiographer"
    assert formats.lower_first("PACS manager") == "PACS manager"


def test_study_days_are_counted_from_day_0_with_a_minus_sign() -> None:
    assert [formats.study_day(day) for day in (0, 7, -7, 2.5)] == ["day 0", "day 7", "day −7", "day 2.5"]
    assert formats.study_days(-14, 7) == "day −14 to day 7"
    assert formats.study_days(0, 0) == "day 0"
