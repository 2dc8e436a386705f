"""Private elements under option 113111: by creator, never by block number, and only in the form the table gives them.

A creator is kept only where something under it stays. A value that is not as the table says goes (PS3.15 E.3.10).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from struct import Struct
from types import MappingProxyType
from typing import NamedTuple, Protocol, TypeAlias

from isocentre.core.deid import _safe_private, csa, write
from isocentre.core.deid.plan import Piece
from isocentre.core.deid.profile import Dates
from isocentre.core.dicom.stretches import NEVER
from isocentre.core.dicom.walk import (
    LONG_VRS,
    SHORT_VRS,
    UNDEFINED,
    Buffer,
    Element,
    Encoding,
    MalformedDicom,
    locate,
    tag_text,
)

LONGEST = 1024 * 1024
"""Longest private value that is looked at; a longer one goes, unless it is a picture that is kept unseen."""
_LONGEST_TEXT = 64 * 1024


class Keyed(Protocol):
    """What a private rule needs of the person's keys."""

    def uid(self, raw: bytes) -> bytes:
        """The keyed UIDs that stand for a UI value."""

    def datetime(self, raw: bytes) -> bytes | None:
        """The shifted DT value; None when it has no whole date."""


class Rule(NamedTuple):
    """What may stay of one private element: VRs, least and most values (0: any number), and the action."""

    vrs: tuple[bytes, ...]
    low: int
    high: int
    action: str


Rules: TypeAlias = MappingProxyType[int, Rule]
Inside: TypeAlias = Callable[[Element], list[Piece] | None]

_ITEM = {True: b"\xfe\xff\x00\xe0", False: b"\xff\xfe\xe0\x00"}
_EIGHT, _LONG = Struct("<Q").unpack_from, Struct("<L").unpack_from
_VRS = {int.from_bytes(vr, "little"): (vr, vr in LONG_VRS) for vr in LONG_VRS | SHORT_VRS}
_SIZES = {b"US": 2, b"SS": 2, b"UL": 4, b"SL": 4, b"FL": 4, b"AT": 4, b"FD": 8}
_TERMS = frozenset(term.encode() for term in _safe_private.TERMS)
# Numbers of up to six digits before the point; GE adds 10^9 to a b value. Longer ones may be a date, an NHS or a
# hospital number; a coded word may be a name unless it is too short. Spaces around a value are no part of it.
_FORMS = {
    b"IS": re.compile(rb"([+-]?[0-9]{1,6}|10000[0-9]{5})?"),
    b"DS": re.compile(rb"([+-]?([0-9]{1,6}(\.[0-9]{0,14})?|\.[0-9]{1,14})([eE][+-]?[0-9]{1,2})?)?"),
    b"CS": re.compile(rb"[A-Z0-9_]{0,3}"),
    b"DT": re.compile(rb"[0-9]{8}([0-9]{2}){0,3}(\.[0-9]{1,6})?([+-][0-9]{4})?"),
}
_BARE = frozenset({b"IS", b"DS", b"DT"})
_UID = re.compile(rb"[0-9.]{0,64}")
_PLAIN = re.compile(rb"/?[+-]?[0-9]{0,6}(\.[0-9]{1,10})?(:1)?")
_WORDS = re.compile(rb"[A-Za-z^ ]{10}|[0-9]{8}")


@cache
def rules() -> MappingProxyType[bytes, Rules]:
    """Rules by creator, then by group and last two digits of the element (as `ggggee`)."""
    return MappingProxyType(
        {
            creator.encode(): MappingProxyType(
                {
                    key: Rule(tuple(vr.encode().split(b"/")), low, high, action)
                    for key, (vr, low, high, action) in found.items()
                }
            )
            for creator, found in _safe_private.ELEMENTS.items()
        }
    )


@dataclass(slots=True)
class Group:
    """The elements of one odd group in one data set, in the order they lie. `add` them or `scan`, then take `pieces`.

    `inside` walks a sequence and returns its pieces, None when nothing in it changed. `actions` counts what was done.
    """

    buffer: Buffer
    number: int
    begin: int
    encoding: Encoding
    keys: Keyed
    dates: Dates
    keep_uids: bool
    inside: Inside
    actions: dict[str, int]
    blocks: dict[int, Rules | None] = field(default_factory=dict)
    creators: dict[int, Element] = field(default_factory=dict)
    made: list[tuple[int, Piece]] = field(default_factory=list)

    def add(self, element: Element) -> None:
        """Take one element: a creator is noted, any other kept, changed or dropped."""
        number = element.tag & 0xFFFF
        if 0x10 <= number <= 0xFF:
            self._creator(number, element)
            return
        known = self.blocks.get(number >> 8)
        rule = known.get(element.tag >> 8 & 0xFFFF00 | number & 0xFF) if known else None
        pieces = self._judged(rule, element) if rule else []
        if not pieces:
            self.count("X")
        self.made += [(number >> 8, piece) for piece in pieces]

    def scan(self, pos: int, end: int, depth: int, last: int = -1, until: int = NEVER) -> tuple[int, int]:
        """Take the elements of the group from little-endian bytes; returns where that ended, and the last tag.

        It ends with the group, or before the first tag `until` or above. At depth 0 the elements must ascend, from
        `last` on. Raises MalformedDicom.
        """
        buffer, blocks, explicit, group = self.buffer, self.blocks, self.encoding.explicit, self.number
        dropped, vr, long = 0, b"", False
        while pos < end:
            if pos + 8 > end:
                raise MalformedDicom("data set", "the data ends inside an element header")
            (head,) = _EIGHT(buffer, pos)
            if head & 0xFFFF != group:
                break
            number = head >> 16 & 0xFFFF
            tag = group << 16 | number
            if tag >= until:
                break
            if tag <= last and depth == 0:
                raise MalformedDicom("data set", f"{tag_text(tag)} comes twice or out of order")
            last, value, length = tag, pos + 8, head >> 32
            if explicit:
                vr, long = _VRS.get(length & 0xFFFF, (b"", False))
                length >>= 16
                if long:
                    value = pos + 12
                    length = _LONG(buffer, pos + 8)[0] if value <= end else UNDEFINED
            after = value + length
            if length == UNDEFINED or after > end or (explicit and not vr):
                element = locate(buffer, pos, end, self.encoding, depth)  # finds the end, or says what is wrong
                self.add(element)
                pos = element.end
                continue
            known = blocks.get(number >> 8)
            if number < 0x100 or (known and known.get(group << 8 | number & 0xFF)):
                self.add(Element(tag, vr, pos, value, after, after, False))
            else:
                dropped += 1
            pos = after
        if dropped:
            self.count("X", dropped)
        return pos, last

    def count(self, action: str, more: int = 1) -> None:
        """Note what was done to `more` elements."""
        self.actions[action] = self.actions.get(action, 0) + more

    def pieces(self) -> list[Piece]:
        """What stays of the group: creators of blocks of which something stays, then the elements; spans joined."""
        used = {block for block, _ in self.made}
        if gone := len(self.blocks.keys() - used):
            self.count("X", gone)
        out: list[Piece] = []
        for block, element in self.creators.items():
            if block in used:
                _join(out, (element.start, element.end - element.start))
        for _, piece in self.made:
            _join(out, piece)
        return out

    def _creator(self, block: int, element: Element) -> None:
        """Note who reserved a block. One that is reserved twice belongs to nobody."""
        if block in self.blocks:
            self.blocks[block] = None
            self.count("X")
            return
        fits = element.vr in (b"", b"LO", b"UN") and not element.undefined and element.stop - element.value <= 64
        name = bytes(self.buffer[element.value : element.stop]).rstrip(b" \0") if fits else b""
        self.blocks[block] = rules().get(name)
        self.creators[block] = element

    def _judged(self, rule: Rule, element: Element) -> list[Piece]:
        """What stays of an element that has a rule; empty when it goes."""
        vr = rule.vrs[0] if element.vr in (b"", b"UN") else element.vr
        whole: list[Piece] = [(element.start, element.end - element.start)]
        if vr not in rule.vrs:
            return []
        if rule.action == "walk":
            start = bytes(self.buffer[element.value : min(element.stop, element.value + 4)])
            if start not in (b"", _ITEM[self.encoding.little]):
                return []
            inner = self.inside(element)
            return whole if inner is None else inner
        if element.undefined:
            return []
        if vr == b"OB" and rule.action == "keep":
            return whole
        if element.stop - element.value > LONGEST:
            return []
        raw = bytes(self.buffer[element.value : element.stop])
        value = self._value(rule, vr, raw)
        if value is None:
            return []
        return whole if value == raw else [write.element(element.tag, element.vr or vr, value, self.encoding)]

    def _value(self, rule: Rule, vr: bytes, raw: bytes) -> bytes | None:
        """The new value, the same one when it stays as it is, None when it goes."""
        if rule.action == "csa":
            return self._counted("C", csa.rewrite(raw))
        if not fits(rule, vr, raw):
            return None
        if rule.action == "key" and not self.keep_uids:
            return self._counted("U", self.keys.uid(raw))
        if rule.action != "shift" or self.dates == "full":
            return raw
        if self.dates == "removed":
            return None
        return self._counted("C", self.keys.datetime(raw))

    def _counted(self, action: str, value: bytes | None) -> bytes | None:
        if value is not None:
            self.count(action)
        return value


def fits(rule: Rule, vr: bytes, raw: bytes) -> bool:
    """Whether a value has the form and the number of values its rule allows. An empty value always fits."""
    size = _SIZES.get(vr)
    if size:
        count, rest = divmod(len(raw), size)
        return not rest and _counts(rule, count) and not _WORDS.search(raw)
    text = raw[:-1] if raw[-1:] == b"\0" else raw
    if not text.strip(b" "):
        return True
    parts = text.split(b"\\") if len(raw) <= _LONGEST_TEXT else []
    return bool(parts) and _counts(rule, len(parts)) and all(_says(vr, part) for part in parts)


def _says(vr: bytes, part: bytes) -> bool:
    """Whether one value of a text VR is what the VR asks; free text only when it is a number or a known term."""
    if vr == b"UI":
        return _UID.fullmatch(part) is not None
    word = part.strip(b" ")
    return _FORMS.get(vr, _PLAIN).fullmatch(word) is not None or (vr not in _BARE and word in _TERMS)


def _counts(rule: Rule, count: int) -> bool:
    return not count or (rule.low <= count and (not rule.high or count <= rule.high))


def _join(out: list[Piece], piece: Piece) -> None:
    """Put a piece at the end; two spans that lie one behind the other become one."""
    if out and isinstance(piece, tuple) and isinstance(out[-1], tuple) and sum(out[-1]) == piece[0]:
        out[-1] = (out[-1][0], out[-1][1] + piece[1])
    else:
        out.append(piece)
