"""Calendars that other programs read (iCalendar, RFC 5545): whole days only, which no time zone and no change of the
clocks can move."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

MOST_OCTETS = 75
"""Of a line without its end; a longer one goes on after a line break and a space (3.1)."""
_ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": None})


@dataclass(frozen=True, slots=True)
class Days:
    """An entry from `first` to `last`, both included; `uid` stays the same when the entry is fetched again."""

    uid: str
    first: date
    last: date
    summary: str


def calendar(name: str, entries: Iterable[Days], made: datetime) -> str:
    """The text of a calendar; `made`: an aware moment, when the entries were as they are."""
    return "".join(f"{part}\r\n" for line in _lines(name, entries, made) for part in _folded(line))


def _lines(name: str, entries: Iterable[Days], made: datetime) -> Iterator[str]:
    yield from ("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Isocentre//Visits//EN", "CALSCALE:GREGORIAN",
                "METHOD:PUBLISH", f"X-WR-CALNAME:{_text(name)}")  # fmt: skip
    for one in entries:
        # The end is the first day that is not part of it (3.6.1); the last of all days has none after it.
        end = one.last if one.last == date.max else one.last + timedelta(1)
        yield from ("BEGIN:VEVENT", f"UID:{_text(one.uid)}", f"DTSTAMP:{made.astimezone(UTC):%Y%m%dT%H%M%SZ}",
                    f"DTSTART;VALUE=DATE:{_day(one.first)}", f"DTEND;VALUE=DATE:{_day(end)}",
                    f"SUMMARY:{_text(one.summary)}", "TRANSP:TRANSPARENT", "END:VEVENT")  # fmt: skip
    yield "END:VCALENDAR"


def _day(day: date) -> str:
    return day.isoformat().replace("-", "")


def _text(value: str) -> str:
    """A value of TEXT (3.3.11), without control characters."""
    return "".join(sign for sign in value.translate(_ESCAPED) if sign.isprintable())


def _folded(line: str) -> Iterator[str]:
    """The line in parts of at most 75 octets; no letter of UTF-8 is cut in two."""
    part = ""
    for sign in line:
        if len((part + sign).encode()) > MOST_OCTETS:
            yield part
            part = " "
        part += sign
    yield part
