"""A data set as a tree that can be broken: each element knows its bytes in every encoding, and lies when it is told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from struct import pack

IMPLICIT, EXPLICIT, BIG = "implicit", "explicit", "big"
ENCODINGS = (EXPLICIT, IMPLICIT, BIG)
OPEN = 0xFFFFFFFF
LONG = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"})
_WIDTHS = {b"US": 2, b"SS": 2, b"OW": 2, b"AT": 2, b"UL": 4, b"SL": 4, b"FL": 4, b"OF": 4, b"OL": 4, b"FD": 8, b"OD": 8}


@dataclass(frozen=True, slots=True)
class Elem:
    """One element. `items`: a sequence of data sets; `length` lies about its length; `after` follows it as it is.

    `is_open`: of undefined length, its items too; `ends` whether their delimiters are there.
    """

    tag: int
    vr: bytes
    value: bytes = b""
    items: tuple[tuple[Elem, ...], ...] | None = None
    is_open: bool = False
    length: int | None = None
    after: bytes = b""
    ends: bool = True
    made: dict[str, bytes] = field(default_factory=dict, compare=False, repr=False)

    def bytes(self, encoding: str) -> bytes:
        """The element as it is written in an encoding; made once."""
        found = self.made.get(encoding)
        if found is None:
            found = self.made[encoding] = self._bytes(encoding)
        return found

    def but(self, **changes: object) -> Elem:
        """The element with something changed."""
        return replace(self, made={}, **changes)  # type: ignore[arg-type]  # any of its fields

    def _bytes(self, encoding: str) -> bytes:
        body = self._body(encoding)
        length = self.length if self.length is not None else OPEN if self.is_open else len(body)
        ending = mark(0xE0DD, 0, encoding) if self.is_open and self.ends else b""
        return head(self.tag, self.vr, length, encoding) + body + ending + self.after

    def _body(self, encoding: str) -> bytes:
        if self.items is None:
            value = self.value + b"\0" * (len(self.value) & 1)
            return value if encoding != BIG else _swapped(value, _WIDTHS.get(self.vr, 1))
        out = []
        for one in self.items:
            body = written(one, encoding)
            out += [mark(0xE000, OPEN if self.is_open else len(body), encoding), body]
            if self.is_open and self.ends:
                out.append(mark(0xE00D, 0, encoding))
        return b"".join(out)


def written(elems: Iterable[Elem], encoding: str) -> bytes:
    """A data set as it is written."""
    return b"".join([one.made.get(encoding) or one.bytes(encoding) for one in elems])


def head(tag: int, vr: bytes, length: int, encoding: str) -> bytes:
    """The header of an element; a length that has no room is cut."""
    order = ">" if encoding == BIG else "<"
    place = pack(order + "HH", tag >> 16 & 0xFFFF, tag & 0xFFFF)
    if encoding == IMPLICIT:
        return place + pack("<L", length & OPEN)
    if vr in LONG:
        return place + vr + pack(order + "HL", 0, length & OPEN)
    return place + vr[:2].ljust(2, b" ") + pack(order + "H", length & 0xFFFF)


def mark(number: int, length: int, encoding: str) -> bytes:
    """An item or a delimiter."""
    return pack((">" if encoding == BIG else "<") + "HHL", 0xFFFE, number, length & OPEN)


def fragments(parts: Sequence[bytes]) -> Elem:
    """Compressed pixel data: an empty offset table, then the fragments."""
    body = b"".join(mark(0xE000, len(one), EXPLICIT) + one for one in (b"", *parts))
    return Elem(0x7FE00010, b"OB", body, is_open=True)


def _swapped(value: bytes, width: int) -> bytes:
    if width == 1 or len(value) % width:
        return value
    out = bytearray(len(value))
    for at in range(width):
        out[at::width] = value[width - 1 - at :: width]
    return bytes(out)
