"""Which private elements the second check admits: its own reading of the list, sharing no code with the engine."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from struct import unpack_from
from typing import TypeAlias

from isocentre.core.deid._safe_private import CSA, ELEMENTS, TERMS

Row: TypeAlias = tuple[str, int, int, str]
"""VR, least and most values, action."""

_LONGEST, _LONGEST_TEXT, _SHORT = 1024 * 1024, 64 * 1024, 128
_WIDTH = {"US": 2, "SS": 2, "UL": 4, "SL": 4, "FL": 4, "AT": 4, "FD": 8}
_SPELLED = re.compile(rb"[A-Za-z^ ]{10}|[0-9]{8}")
_TIME = re.compile(r"\d{8}(\d\d){0,3}(\.\d{1,6})?([+-]\d{4})?", re.ASCII)
_OURS = re.compile(r"2\.25\.[1-9]\d{0,38}|1\.2\.840\.10008\.[0-9.]{1,17}", re.ASCII)


@dataclass(slots=True)
class Level:
    """The private elements of one data set as they are met. `blocks`: what a creator may have, by group and block."""

    blocks: dict[int, dict[int, Row] | None] = field(default_factory=dict)
    where: dict[int, int] = field(default_factory=dict)
    used: set[int] = field(default_factory=set)
    twice: set[int] = field(default_factory=set)

    def creator(self, tag: int, vr: bytes, value: bytes) -> None:
        """Note who reserves a block; twice reserved is reserved by nobody."""
        name = value.rstrip(b" \0").decode("latin-1") if vr in (b"", b"LO", b"UN") and len(value) <= 64 else ""
        place = tag >> 16 << 8 | tag & 0xFF
        if place in self.blocks:
            self.twice.add(place)
        self.blocks[place] = None if place in self.twice else ELEMENTS.get(name)
        self.where[place] = tag

    def action(self, tag: int, vr: bytes) -> Row | None:
        """The row for an element under its creator (VR, least and most values, action); None when there is none."""
        place = tag >> 16 << 8 | tag >> 8 & 0xFF
        row = (self.blocks.get(place) or {}).get(tag >> 16 << 8 | tag & 0xFF)
        fit = None if row is None else _fitting(row, vr)
        if fit is not None:
            self.used.add(place)
        return fit

    def idle(self) -> list[int]:
        """Tags of creators under which nothing may stay, or of two for one block: their text says what it likes."""
        return [tag for place, tag in self.where.items() if place not in self.used or place in self.twice]


@lru_cache(maxsize=4096)
def _fitting(row: Row, vr: bytes) -> Row | None:
    """The row with the one VR that the element has, or that the row names first; None when it may not be there."""
    said = row[0].split("/")
    if row[3] == "drop" or (vr not in (b"", b"UN") and vr.decode("latin-1") not in said):
        return None
    return (said[0] if vr in (b"", b"UN") else vr.decode(), *row[1:])


def admits(row: Row, value: bytes) -> bool:
    """Whether a value, no sequence, is as its row says."""
    # The slices of a series, and the frames of an object, share most of their values.
    return _admitted(row, value) if len(value) <= _SHORT else _admits(row, value)


def _admits(row: Row, value: bytes) -> bool:
    vr, low, high, action = row
    if len(value) > _LONGEST:
        return False
    if action == "csa":
        return _csa(value)
    if vr in _WIDTH:
        many = len(value) // _WIDTH[vr]
        whole = many * _WIDTH[vr] == len(value)
        return whole and (not many or _number_of(many, low, high)) and _SPELLED.search(value) is None
    if len(value) > _LONGEST_TEXT:
        return False
    text = value.removesuffix(b"\0").decode("latin-1")
    if not text.strip(" "):
        return True
    parts = text.split("\\")
    return _number_of(len(parts), low, high) and all(_says(vr, part) for part in parts)


_admitted = lru_cache(maxsize=8192)(_admits)


def _number_of(many: int, low: int, high: int) -> bool:
    return low <= many <= (high or many)


def _says(vr: str, part: str) -> bool:
    """Whether one value of a text VR is a number, a coded word, a UID or a date, as the VR asks."""
    if vr == "UI":
        return len(part) <= 64 and set(part) <= _DOTTED
    word = part.strip(" ")
    if vr == "CS":
        return word in TERMS or (len(word) <= 3 and set(word) <= _CODED)
    if vr == "DT":
        return _TIME.fullmatch(word) is not None
    if vr in ("IS", "DS"):
        return not word or _number(word, vr == "DS", 6) or (vr == "IS" and _raised(word))
    return word in TERMS or _plain(word)


def ours(value: bytes) -> bool:
    """Whether every UID of a value was made by us, or is the standard's own."""
    parts = value.removesuffix(b"\0").decode("latin-1").split("\\")
    return all(not part or _OURS.fullmatch(part) for part in parts)


_DOTTED = frozenset("0123456789.")
_CODED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")


def _raised(word: str) -> bool:
    """GE writes a b value with 10^9 added to it."""
    return len(word) == 10 and word.startswith("10000") and word.isascii() and word.isdigit()


def _number(word: str, point: bool, longest: int, places: int = 14) -> bool:
    """A number of at most `longest` digits before the point and `places` after it; an exponent only when `point`."""
    mantissa, exponent, power = word.replace("E", "e").partition("e")
    whole, dot, rest = mantissa[1:].partition(".") if mantissa[:1] in ("+", "-") else mantissa.partition(".")
    if (dot or exponent) and not point:
        return False
    if exponent and not re.fullmatch("[+-]?[0-9]{1,2}", power):
        return False
    digits = whole + rest
    return bool(digits) and digits.isascii() and digits.isdigit() and len(whole) <= longest and len(rest) <= places


def _plain(word: str) -> bool:
    """A bare number, as text VRs carry it: a pitch like 0.98:1 or a version like 1.0; or nothing."""
    word = word.removesuffix(":1").removeprefix("/")
    if word[:1] in ("+", "-"):
        word = word[1:]
    whole, dot, rest = word.partition(".")
    return len(whole) <= 6 and set(whole + rest) <= _DIGITS and (not dot or 1 <= len(rest) <= 10)


_DIGITS = frozenset("0123456789")


def _csa(value: bytes) -> bool:
    """Whether a CSA header is one of those the engine writes: listed fields, numbers, nothing in between."""
    if value[:8] != b"SV10\4\3\2\1" or len(value) < 20:
        return False
    fields, mark = unpack_from("<LL", value, 8)
    pos = 16
    for _ in range(fields):
        if pos + 84 > len(value):
            return False
        pos = _csa_field(value, pos)
        if not pos:
            return False
    return 0 < fields <= 512 and mark == 77 and value[pos:] in (bytes(4), bytes(5))


def _csa_field(value: bytes, pos: int) -> int:
    """Where a field of a CSA header ends; 0 when something in it may not be there."""
    padded, vm, vr, kind, items, mark = unpack_from("<64sl4slll", value, pos)
    name = padded.rstrip(b"\0").decode("latin-1")
    known = CSA.get(name)
    if known is None or vr != known[0].encode().ljust(4, b"\0") or mark != (77 if items else 205):
        return 0
    if not (0 <= vm <= 4096 and 0 <= items <= 4096 and 3 <= kind <= 22):
        return 0
    pos += 84
    for _ in range(items):
        if pos + 16 > len(value):
            return 0
        first, size, mark, last = unpack_from("<4l", value, pos)
        pos += 16
        end = pos + size + -size % 4
        if not (first == size == last and 0 <= size <= 65 and mark == (77 if size else 205) and end <= len(value)):
            return 0
        if size and not _csa_value(known[1], value[pos : pos + size], value[pos + size : end]):
            return 0
        pos = end
    return pos


def _csa_value(form: str, value: bytes, padding: bytes) -> bool:
    if value[-1] or any(padding):
        return False
    text = value[:-1].decode("latin-1")
    if form == "number":
        return _number(text, True, 7, 10)
    return re.fullmatch(form, text) is not None
