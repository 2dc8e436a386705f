"""What a researcher computes of one object or one series: values of pixels, Hounsfield units, uptake, diffusion."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from isocentre.core.score.reading import Found

_LARGEST = 4_000_000
_WRONG = (
    ImportError,
    RuntimeError,
    ValueError,
    AttributeError,
    NotImplementedError,
    KeyError,
    TypeError,
    OverflowError,
)
_B_VALUES = (
    "(0018,9087)", '(0019,"SIEMENS MR HEADER",0C)', '(0043,"GEMS_PARM_01",39)', '(2001,"PHILIPS IMAGING DD 001",03)',
)  # fmt: skip
_MEDICINE = "(0054,0016)[0]"


def compared(old: Found, new: Found) -> Iterator[tuple[str, bool]]:
    """Kinds of quantities that are computed of this object, and whether each is the same before and after."""
    if (before := old.digest("")) or new.digest(""):
        yield "pictures", before == new.digest("") or _same_pixels(old, new)
    if (was := hounsfield(old)) is not None:
        yield "Hounsfield units", equal(was, hounsfield(new))
    if (factor := uptake(old)) is not None:
        yield "uptake factors", factor == uptake(new)
    moved = intervals(old, new)
    if moved:
        yield "intervals", len(moved) == 1 and (next(iter(moved)).days % 7 == 0)


def equal(one: Any, other: Any) -> bool:
    """Whether two arrays are the same, number by number."""
    import numpy

    return other is not None and bool(numpy.array_equal(one, other, equal_nan=True))


def pixels(found: Found) -> Any:
    """The values of the picture; None when it has none of a size and kind that is decoded here."""
    size = found.dataset.get_item(0x7FE00010).value if 0x7FE00010 in found.dataset else b""
    if not size or len(size) > _LARGEST:
        return None
    try:
        return found.pixels()
    except _WRONG:
        return None


def _same_pixels(old: Found, new: Found) -> bool:
    was = pixels(old)
    return was is not None and equal(was, pixels(new))


def hounsfield(found: Found) -> Any:
    """Mean, deviation and percentiles of a CT slice in Hounsfield units; None where it is none."""
    import numpy

    if found.values.get("(0008,0060)") != "CT" or not found.values.get("(0028,1053)"):
        return None
    stored = pixels(found)
    slope, intercept = _number(found, "(0028,1053)"), _number(found, "(0028,1052)")
    if stored is None or slope is None or intercept is None:
        return None
    values = stored * slope + intercept
    return numpy.array([values.mean(), values.std(), *numpy.percentile(values, range(0, 101, 10))])


def uptake(found: Found) -> float | None:
    """By what a stored value is multiplied to make SUVbw (QIBA's way for DECY to the start of the series)."""
    told = [
        _number(found, path)
        for path in ("(0010,1030)", f"{_MEDICINE}(0018,1074)", f"{_MEDICINE}(0018,1075)", "(0028,1053)")
    ]
    start = _time(found, "(0008,0021)", "(0008,0031)")
    injected = _moment(found.values.get(f"{_MEDICINE}(0018,1078)", "")) or _time(
        found, "(0008,0021)", f"{_MEDICINE}(0018,1072)"
    )
    if None in told or start is None or injected is None or not told[1] or not told[2]:
        return None
    weight, dose, half, slope = (one or 0.0 for one in told)
    waited = (start - injected).total_seconds() / half
    return float(slope * weight * 1000 / (dose * 2.0**-waited)) if abs(waited) < 1000 else None


def intervals(old: Found, new: Found) -> set[timedelta]:
    """By how much the dates of an object went back: of all that are still dates."""
    out = set()
    for path, value in old.values.items():
        if old.vrs[path] in ("DA", "DT") and "\\" not in value:
            was, now = _moment(value), _moment(new.values.get(path, ""))
            if was is not None and now is not None:
                out.add(was - now)
    return out


def b_value(found: Found) -> float | None:
    """The b value of a slice, as the standard or its maker says it (GE counts from 10^9)."""
    for path in _B_VALUES:
        text = found.values.get(path, "").split("\\")[0]
        try:
            return float(text) % 1e9
        except ValueError:
            continue
    return None


def diffusion(series: Sequence[Found]) -> Any:
    """Diffusion coefficients of two slices of one series with the least and the greatest b value; None without such."""
    import numpy

    known = [(b, one) for one in series if (b := b_value(one)) is not None]
    if len({b for b, _ in known}) < 2:
        return None
    (low, first), (high, last) = min(known, key=lambda one: one[0]), max(known, key=lambda one: one[0])
    was, then = pixels(first), pixels(last)
    if was is None or then is None or was.shape != then.shape:
        return None
    with numpy.errstate(all="ignore"):
        return numpy.log(was / then) / (high - low)


def _number(found: Found, path: str) -> float | None:
    try:
        return float(found.values.get(path, ""))
    except ValueError:
        return None


def _time(found: Found, day: str, time: str) -> datetime | None:
    return _moment(found.values.get(day, "") + found.values.get(time, ""))


def _moment(text: str) -> datetime | None:
    match = re.match(r"(\d{8})(\d{6})?(\.\d{1,6})?", text)
    if match is None:
        return None
    try:
        day = datetime.strptime(match[1] + (match[2] or "000000"), "%Y%m%d%H%M%S")  # noqa: DTZ007 - two of one clock
    except ValueError:
        return None
    return day + timedelta(seconds=float(match[3] or 0))
