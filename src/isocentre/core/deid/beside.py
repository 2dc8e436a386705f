"""An object before and after, attribute by attribute, as a person reads it: to be looked at, never to be kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from struct import unpack

from isocentre.core.deid.plan import Plan
from isocentre.core.dicom import dictionary, text
from isocentre.core.dicom.header import Header, inflate, read_header, read_meta
from isocentre.core.dicom.walk import (
    PIXEL_TAGS,
    Buffer,
    Element,
    Encoding,
    MalformedDicom,
    content_encoding,
    elements,
    items,
    tag_text,
)

MOST_HEADER = 4 * 1024 * 1024
"""Longest header, in bytes, that is laid beside another: a person looks at it, and it is all held in memory."""
MOST_TEXT = 160
_CHARSET = 0x00080005
_NUMBERS = {"US": "H", "SS": "h", "UL": "I", "SL": "i", "FL": "f", "FD": "d", "SV": "q", "UV": "Q"}
_BYTES = {"H": 2, "h": 2, "I": 4, "i": 4, "f": 4, "d": 8, "q": 8, "Q": 8}
_BINARY = frozenset(("AT", "OB", "OD", "OF", "OL", "OV", "OW", "UN"))
KEPT, REMOVED, ADDED, EMPTIED, CHANGED = "Kept", "Removed", "Written", "Emptied", "Changed"
NOTHING = "Nothing"

Path = tuple[tuple[int, int], ...]
"""(tag, number of the item the next tag is in) from the top down; the last number is 0."""


@dataclass(frozen=True, slots=True)
class Line:
    """One element: where it is, and its value before and after; None where it is not there."""

    path: Path
    old: str | None
    new: str | None
    done: str

    @property
    def tag(self) -> int:
        """Its tag."""
        return self.path[-1][0]

    @property
    def code(self) -> str:
        """Its tag as people write it, in sequences with what leads to it."""
        return " › ".join(tag_text(tag) + (f" {item}" if item else "") for tag, item in self.path)


@dataclass(frozen=True, slots=True)
class _Value:
    shown: str
    raw: bytes


def beside(buffer: Buffer, plan: Plan) -> list[Line]:
    """Every element before the pixel value, of the object lying in `buffer` and of the one the plan makes of it.

    MalformedDicom when a header is too long to be looked at.
    """
    header = _short(buffer)
    old = dict(_flat(header.buffer, header.start, header.end, header.encoding))
    head = plan.head(buffer)
    _, start = read_meta(head)
    end = len(head)
    if header.deflated:
        head, start = inflate(head, start), 0
        end = len(head)
    elif plan.head_pieces < len(plan.pieces):
        end -= 12 if header.encoding.explicit else 8  # the head of the pixel element, whose value is not there
    new = dict(_flat(head, start, end, header.encoding))
    return [_line(path, old.get(path), new.get(path)) for path in sorted(old.keys() | new.keys())]


def untouched(buffer: Buffer) -> list[Line]:
    """Every element before the pixel value of an object of which nothing is made; MalformedDicom as `beside`."""
    header = _short(buffer)
    found = _flat(header.buffer, header.start, header.end, header.encoding)
    return [Line(path, value.shown, None, NOTHING) for path, value in sorted(found, key=lambda one: one[0])]


def _short(buffer: Buffer) -> Header:
    header = read_header(buffer)
    until = header.end if header.pixel_offset is None else header.pixel_offset
    if until - header.start > MOST_HEADER:
        raise MalformedDicom("header", f"it is over {MOST_HEADER >> 20} MB, too long to be looked at")
    return header


def _line(path: Path, old: _Value | None, new: _Value | None) -> Line:
    if old is None or new is None:
        done = ADDED if old is None else REMOVED
    elif old.raw == new.raw:
        done = KEPT
    else:
        done = CHANGED if new.raw else EMPTIED
    return Line(path, old.shown if old else None, new.shown if new else None, done)


def _flat(
    buffer: Buffer, start: int, end: int, encoding: Encoding, charset: bytes = b"", above: Path = (), depth: int = 0
) -> Iterator[tuple[Path, _Value]]:
    """Every element up to the pixel value, those of items after the sequence they are in."""
    for element in elements(buffer, start, end, encoding, depth=depth):
        if element.tag in PIXEL_TAGS and not above:
            return
        if element.tag == _CHARSET:
            charset = bytes(buffer[element.value : element.stop])
        here = (*above, (element.tag, 0))
        vr = _vr(element)
        if vr == "SQ":
            yield from _sequence(buffer, element, encoding, charset, above, depth)
        elif element.undefined:
            yield here, _Value("Fragments, not shown", bytes(buffer[element.value : element.stop]))
        else:
            raw = bytes(buffer[element.value : element.stop])
            yield here, _Value(_shown(raw, vr, charset, encoding.little), raw)


def _sequence(
    buffer: Buffer, element: Element, encoding: Encoding, charset: bytes, above: Path, depth: int
) -> Iterator[tuple[Path, _Value]]:
    inner = content_encoding(buffer, element, encoding)
    found = list(items(buffer, element, inner, depth=depth))
    words = f"{len(found)} item{'' if len(found) == 1 else 's'}" if found else ""
    yield (*above, (element.tag, 0)), _Value(words, words.encode())
    for number, item in enumerate(found, 1):
        path = (*above, (element.tag, number))
        yield from _flat(buffer, item.value, item.stop, inner, charset, path, depth + 1)


def _vr(element: Element) -> str:
    """The VR in the file, else the dictionary's; UN when nobody knows."""
    said = element.vr.decode()
    if said not in ("", "UN"):
        return said
    known = dictionary.vr(element.tag).split(" or ")[0] if dictionary.keyword(element.tag) else "UN"
    return "SQ" if element.undefined and known == "UN" else known


def _shown(raw: bytes, vr: str, charset: bytes, little: bool) -> str:
    """A value as a person reads it, cut where it is long."""
    if vr not in _BINARY and vr not in _NUMBERS:
        shown = text.decode(raw, charset).strip(" \0")
    elif vr in _NUMBERS and len(raw) % _BYTES[_NUMBERS[vr]] == 0:
        kind = _NUMBERS[vr]
        count = min(len(raw) // _BYTES[kind], MOST_TEXT)
        numbers = unpack(f"{'<' if little else '>'}{count}{kind}", raw[: count * _BYTES[kind]])
        shown = "\\".join(f"{number:.10g}" if kind in "fd" else str(number) for number in numbers)
    else:
        shown = f"{len(raw):,} bytes" if raw else ""
    return shown if len(shown) <= MOST_TEXT else f"{shown[:MOST_TEXT]}…"
