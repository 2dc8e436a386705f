"""A calendar as RFC 5545 wants it: whole days, escaped, folded by octets, the same entry under the same name."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from isocentre.core.ics import Days, calendar

MADE = datetime(2026, 3, 29, 1, 30, tzinfo=timezone(timedelta(hours=1)))


def lines(*entries: Days, name: str = "Visits") -> list[str]:
    text = calendar(name, entries, MADE)
    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", "")
    return text.split("\r\n")[:-1]


def test_an_entry_is_whole_days_with_the_end_after_the_last() -> None:
    said = lines(Days("a@x", date(2026, 3, 22), date(2026, 3, 29), "LUM-001: Week 8 CT"))
    assert said[0] == "BEGIN:VCALENDAR"
    assert said[-1] == "END:VCALENDAR"
    assert said[6:14] == [
        "BEGIN:VEVENT", "UID:a@x", "DTSTAMP:20260329T003000Z", "DTSTART;VALUE=DATE:20260322",
        "DTEND;VALUE=DATE:20260330", "SUMMARY:LUM-001: Week 8 CT", "TRANSP:TRANSPARENT", "END:VEVENT",
    ]  # fmt: skip
    assert said[2] == "PRODID:-//Isocentre//Visits//EN"


def test_without_entries_it_is_a_calendar_all_the_same() -> None:
    assert lines()[-2:] == ["X-WR-CALNAME:Visits", "END:VCALENDAR"]


def test_signs_with_a_meaning_are_escaped() -> None:
    said = lines(Days("a", date(2026, 1, 1), date(2026, 1, 1), "a,b;c\\d\r\ne\0"), name="x;y")
    assert "SUMMARY:a\\,b\\;c\\\\d\\ne" in said
    assert "X-WR-CALNAME:x\\;y" in said


@pytest.mark.parametrize("letter", ["a", "ł", "山", "😀"])
def test_long_lines_are_folded_by_octets_and_no_letter_is_cut(letter: str) -> None:
    text = calendar("n", [Days("a", date(2026, 1, 1), date(2026, 1, 1), letter * 200)], MADE.astimezone(UTC))
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert f"SUMMARY:{letter * 200}\r\n" in text.replace("\r\n ", "")


def test_the_last_day_of_all_has_no_day_after_it() -> None:
    assert "DTEND;VALUE=DATE:99991231" in lines(Days("a", date.max, date.max, "x"))
    assert "DTSTART;VALUE=DATE:00010101" in lines(Days("a", date.min, date.min, "x"))
