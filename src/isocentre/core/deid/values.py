"""Change one value: shift dates, cap ages, make dummies. Bytes in, bytes out, by the VR's own form (PS3.5 6.2)."""

from __future__ import annotations

import re
from datetime import date, timedelta

DUMMIES = {
    b"AE": b"REMOVED", b"AS": b"000D", b"CS": b"REMOVED", b"DA": b"19000101", b"DS": b"0", b"DT": b"19000101000000",
    b"IS": b"0", b"LO": b"REMOVED", b"LT": b"REMOVED", b"PN": b"REMOVED", b"SH": b"REMOVED", b"ST": b"REMOVED",
    b"TM": b"000000", b"UC": b"REMOVED", b"UR": b"about:blank", b"UT": b"REMOVED",
    b"AT": bytes(4), b"FD": bytes(8), b"FL": bytes(4), b"OB": bytes(2), b"OD": bytes(8), b"OF": bytes(4),
    b"OL": bytes(4), b"OV": bytes(8), b"OW": bytes(2), b"SL": bytes(4), b"SS": bytes(2), b"SV": bytes(8),
    b"UL": bytes(4), b"UN": bytes(2), b"US": bytes(2), b"UV": bytes(8),
}  # fmt: skip
"""A value that says nothing, by VR; UI and SQ have none (a UID is keyed, a sequence gets `CODE_DUMMY`)."""

_DUMMIES_OF = {0x00080201: b"+0000"}
"""Where a value must have a form of its own: the offset of a time zone."""


def dummy(tag: int, vr: bytes) -> bytes:
    """A value that says nothing, fit for this attribute."""
    return _DUMMIES_OF.get(tag, DUMMIES[vr])


_DATE = re.compile(rb"(\d{4})(\d\d)(\d\d)|(\d{4})\.(\d\d)\.(\d\d)")
_DATETIME = re.compile(rb"(\d{8})((?:\d\d){0,3}(?:(?<=\d{14})\.\d{1,6})?(?:[+-]\d{4})?)")
_AGE = re.compile(rb"(\d{3})([DWMY])")
_OLDEST = {b"D": 89 * 366, b"W": 89 * 53, b"M": 89 * 12 + 11, b"Y": 89}


def shift_date(value: bytes, weeks: int) -> bytes | None:
    """Each DA of a value (multi-valued too) `weeks` whole weeks earlier; None when one is no date.

    The old form with dots (ACR-NEMA) is read and written in today's form. Empty stays empty.
    """
    out: list[bytes] = []
    for part in value.rstrip(b" \0").split(b"\\"):
        text = part.strip(b" ")
        if text:
            shifted = _shifted(text, weeks)
            if shifted is None:
                return None
            text = shifted
        out.append(text)
    return b"\\".join(out)


def _shifted(text: bytes, weeks: int) -> bytes | None:
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    year, month, day = (int(group) for group in match.groups() if group is not None)
    try:
        moved = date(year, month, day) - timedelta(weeks=weeks)
    except (ValueError, OverflowError):
        return None
    return b"%04d%02d%02d" % (moved.year, moved.month, moved.day)


def shift_datetime(value: bytes, weeks: int) -> bytes | None:
    """Each DT of a value `weeks` whole weeks earlier, time and offset untouched; None when one has no whole date."""
    out: list[bytes] = []
    for part in value.rstrip(b" \0").split(b"\\"):
        text = part.strip(b" ")
        if text:
            match = _DATETIME.fullmatch(text)
            moved = _shifted(match[1], weeks) if match else None
            if match is None or moved is None:
                return None
            text = moved + match[2]
        out.append(text)
    return b"\\".join(out)


def cap_age(value: bytes) -> bytes | None:
    """An AS value with every age over 89 years as 090Y; None when it is no age."""
    text = value.strip(b" \0")
    if not text:
        return b""
    match = _AGE.fullmatch(text)
    if match is None:
        return None
    return b"090Y" if int(match[1]) > _OLDEST[match[2]] else text
