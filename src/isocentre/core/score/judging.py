"""The ten checks: is this answer right in this output? One function an action."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, TypeAlias

from isocentre.core.score import text
from isocentre.core.score.model import ANYWHERE, Answer, Maps, Verdict
from isocentre.core.score.reading import Found

_DATE = re.compile(r"(\d{4})\.?(\d\d)\.?(\d\d)")
_BOX = re.compile(r"\d+(?:,\d+){3}")
Check: TypeAlias = Callable[[Answer, Found, Maps], Verdict]


def judge(answer: Answer, found: Found, maps: Maps) -> Verdict:
    """The verdict on one answer; KeyError when the action is none of the ten."""
    return CHECKS[answer.action](answer, found, maps)


def _tag_retained(answer: Answer, found: Found, _: Maps) -> Verdict:
    there = found.at(answer.path)
    return Verdict(there is not None, there or "")


def _text_notnull(answer: Answer, found: Found, _: Maps) -> Verdict:
    there = found.at(answer.path) or ""
    return Verdict(bool(there), there)


def _text_retained(answer: Answer, found: Found, _: Maps) -> Verdict:
    there = found.at(answer.path)
    if there is None:
        return Verdict(False)
    if answer.how == "exact":
        return Verdict(_same(there, answer.text), there)
    return Verdict(bool(there) and text.retained(answer.text, there), there)


def _same(one: str, other: str) -> bool:
    return one == other or [p.strip() for p in one.split("\\")] == [p.strip() for p in other.split("\\")]


def _text_removed(answer: Answer, found: Found, _: Maps) -> Verdict:
    if answer.path == ANYWHERE:
        return _nowhere(answer, found)
    there = found.at(answer.path) or ""
    return Verdict(not there or text.removed(answer.text, there), there)


def _nowhere(answer: Answer, found: Found) -> Verdict:
    """The verdict on a text that may be nowhere in the file; says the first place where it is."""
    if not text.holds(found.everything, answer.text):
        return Verdict(True)
    places = [path for path, value in found.values.items() if text.holds(text.folded(value), answer.text)]
    return Verdict(False, places[0] if places else "in its name, or in the bytes outside every value")


def _date_shifted(answer: Answer, found: Found, _: Maps) -> Verdict:
    there = found.at(answer.path)
    if answer.how != "weeks":
        return Verdict(there is None or answer.text.replace("\\", "") not in there.replace("\\", ""), there or "")
    if there is None:
        return Verdict(False)
    old, new = _days(answer.text), _days(there)
    if old is None or new is None or len(old) != len(new):
        return Verdict(there in ("", "REMOVED"), there)
    moved = {a - b for a, b in zip(old, new, strict=True)}
    days = moved.pop()
    return Verdict(not moved and days > 0 and days % 7 == 0, there, days)


def _days(value: str) -> list[int] | None:
    """Day numbers of a date value, one or several; None when one is no date."""
    out: list[int] = []
    for part in value.split("\\"):
        match = _DATE.match(part.strip())
        try:
            out.append(date(*(int(group) for group in match.groups())).toordinal() if match else -1)
        except ValueError:
            return None
    return None if -1 in out else out


def _uid_changed(answer: Answer, found: Found, _: Maps) -> Verdict:
    if answer.path == ANYWHERE:
        return _nowhere(answer, found)
    there = found.at(answer.path) or ""
    return Verdict(not set(there.split("\\")) & set(answer.text.split("\\")) - {""}, there)


def _uid_consistent(answer: Answer, found: Found, maps: Maps) -> Verdict:
    return _mapped(answer, found, maps.uids)


def _patid_consistent(answer: Answer, found: Found, maps: Maps) -> Verdict:
    return _mapped(answer, found, maps.patients)


def _mapped(answer: Answer, found: Found, new: Mapping[str, str]) -> Verdict:
    there = found.at(answer.path)
    if there is None:
        return Verdict(True)
    wanted = [new.get(part.strip(), "") for part in answer.text.split("\\")]
    return Verdict(there.split("\\") == wanted and "" not in wanted, there)


def _pixels_retained(answer: Answer, found: Found, _: Maps) -> Verdict:
    if not answer.how:
        digest = found.digest(answer.text)
        return Verdict(digest == answer.text, digest)
    outside = outside_box(found, answer.how)
    return Verdict(None) if outside is None else Verdict(outside == answer.text, outside)


def _pixels_hidden(answer: Answer, found: Found, _: Maps) -> Verdict:
    """Hidden is a box of one colour. What text a box of another form held is for a person, or a reader of text."""
    if not _BOX.fullmatch(answer.text):
        return Verdict(None)
    frames = _frames(found)
    if frames is None:
        return Verdict(None)
    left, top, right, bottom = (int(edge) for edge in answer.text.split(","))
    box = frames[:, top:bottom, left:right]
    even = bool((box.max(axis=(1, 2)) == box.min(axis=(1, 2))).all())
    return Verdict(even, "one colour" if even else "several colours")


def outside_box(found: Found, boxes: str) -> str | None:
    """Digest of the decoded picture with the boxes (`;` between them) black; None when it cannot be decoded here."""
    frames = _frames(found)
    if frames is None:
        return None
    blackened = frames.copy()
    for box in boxes.split(";"):
        left, top, right, bottom = (int(edge) for edge in box.split(","))
        blackened[:, top:bottom, left:right] = 0
    return hashlib.sha256(blackened.tobytes()).hexdigest()


def _frames(found: Found) -> Any:
    """The picture as an array of frame, row, column (and sample); None when it cannot be decoded here."""
    try:
        pixels = found.pixels()
    except (ImportError, RuntimeError, ValueError, AttributeError, NotImplementedError, KeyError):
        return None
    many = found.at("(0028,0008)") not in (None, "", "1")
    return pixels if many else pixels[None]


CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        "tag_retained": _tag_retained,
        "text_notnull": _text_notnull,
        "text_retained": _text_retained,
        "text_removed": _text_removed,
        "date_shifted": _date_shifted,
        "uid_changed": _uid_changed,
        "uid_consistent": _uid_consistent,
        "patid_consistent": _patid_consistent,
        "pixels_hidden": _pixels_hidden,
        "pixels_retained": _pixels_retained,
    }
)
