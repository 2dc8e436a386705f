"""Words and numbers as people read them (ux.md): 24-hour clock, "3 March 2026", £1,234.56, mSv with one decimal."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

_STEPS = ((60, "second"), (60, "minute"), (24, "hour"), (0, "day"))


def _local(value: dt.datetime) -> dt.datetime:
    return timezone.localtime(value) if timezone.is_aware(value) else value


def date(value: dt.date | dt.datetime | None) -> str:
    """`3 March 2026`; nothing for None."""
    if value is None:
        return ""
    day = _local(value).date() if isinstance(value, dt.datetime) else value
    return f"{day.day} {day:%B %Y}"


def clock(value: dt.datetime | dt.time | None) -> str:
    """`14:05`, 24-hour, local time; nothing for None."""
    if value is None:
        return ""
    return f"{(_local(value) if isinstance(value, dt.datetime) else value):%H:%M}"


def moment(value: dt.datetime | None) -> str:
    """`3 March 2026, 14:05`; nothing for None."""
    return "" if value is None else f"{date(value)}, {clock(value)}"


def plural(count: int, one: str, many: str = "") -> str:
    """`1 scan`, `34 scans`."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def ago(value: dt.datetime | None, now: dt.datetime | None = None) -> str:
    """`just now`, `4 minutes ago`, `3 days ago`; nothing for None. A moment in the future is `just now`."""
    if value is None:
        return ""
    count = int(((now or timezone.now()) - value).total_seconds())
    if count < 60:
        return "just now"
    for size, word in _STEPS:
        if not size or count < size:
            return f"{plural(count, word)} ago"
        count //= size
    raise AssertionError("the last step has no size")


def number(value: int) -> str:
    """`1,234`."""
    return f"{value:,}"


def study_day(value: float) -> str:
    """`day 0`, `day −14`, `day 2.5`: counted from day 0, with the minus sign people read."""
    return f"day {value:g}".replace("-", "−")


def study_days(first: float, last: float) -> str:
    """`day −14 to day 7`; one day where they are the same."""
    return study_day(first) if first == last else f"{study_day(first)} to {study_day(last)}"


def pounds(value: float) -> str:
    """`£1,234.56`, minus before the sign."""
    return f"{'-' if value < 0 else ''}£{abs(value):,.2f}"


def msv(value: float) -> str:
    """`9.9 mSv`, one decimal."""
    return f"{value:.1f} mSv"


def filesize(value: int) -> str:
    """`525 KB`, powers of 1,000, three figures at most."""
    size = float(value)
    for unit in ("bytes", "KB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            return f"{size:,.0f} {unit}" if unit == "bytes" or size >= 10 else f"{size:.1f} {unit}"
        size /= 1000
    raise AssertionError("the last unit always returns")


def lower_first(text: str) -> str:
    """`Research radiographer` inside a sentence; an abbreviation stays (`PACS manager`)."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]
