"""Walk the elements of a DICOM data set in a read-only buffer, bounded, never decoding or copying a value.

Encoding rules: PS3.5 section 7.1 (explicit and implicit VR, byte order), 7.5 (sequences), A.4 (encapsulation).
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from struct import Struct
from typing import NamedTuple, TypeAlias

Buffer: TypeAlias = bytes | bytearray | memoryview | mmap.mmap

MAX_DEPTH = 64
"""Deepest nesting of sequences that is followed; deeper data sets are refused, not guessed at."""

UNDEFINED = 0xFFFFFFFF
ITEM = 0xFFFEE000
ITEM_END = 0xFFFEE00D
SEQUENCE_END = 0xFFFEE0DD
PIXEL_DATA = 0x7FE00010
PIXEL_TAGS = frozenset({0x7FE00008, 0x7FE00009, PIXEL_DATA})

LONG_VRS = frozenset({b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"})
"""Value representations with a 32-bit length field (PS3.5 table 7.1-1)."""
SHORT_VRS = frozenset(
    {b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FD", b"FL", b"IS", b"LO", b"LT", b"PN", b"SH", b"SL", b"SS"}
    | {b"ST", b"TM", b"UI", b"UL", b"US"}
)
"""Value representations with a 16-bit length field (PS3.5 table 7.1-2)."""


class MalformedDicom(ValueError):
    """Bytes that cannot be read as DICOM; says in which phase and why, and never quotes a value."""

    def __init__(self, phase: str, reason: str) -> None:
        super().__init__(f"{phase}: {reason}")
        self.phase = phase
        self.reason = reason

    def __reduce__(self) -> tuple[type[MalformedDicom], tuple[str, str]]:
        return type(self), (self.phase, self.reason)


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a data set is written: explicit or implicit VR, little- or big-endian."""

    explicit: bool
    little: bool


EXPLICIT_LE = Encoding(explicit=True, little=True)
IMPLICIT_LE = Encoding(explicit=False, little=True)
EXPLICIT_BE = Encoding(explicit=True, little=False)


class Element(NamedTuple):
    """One element in the buffer: `start` of its tag, `value` and `stop` of its content, `end` after any delimiter.

    All positions are byte offsets into the buffer. `vr` is empty under implicit VR.
    """

    tag: int
    vr: bytes
    start: int
    value: int
    stop: int
    end: int
    undefined: bool


class Item(NamedTuple):
    """One sequence item: `start` of its tag, `value` and `stop` of its content, `end` after any delimiter."""

    start: int
    value: int
    stop: int
    end: int
    undefined: bool


class _Reader(NamedTuple):
    head: Struct
    tagged: Struct
    long: Struct


_LE = _Reader(Struct("<HH2sH"), Struct("<HHL"), Struct("<L"))
_BE = _Reader(Struct(">HH2sH"), Struct(">HHL"), Struct(">L"))
_new = tuple.__new__  # a named tuple's own takes three times as long


def short_reader(encoding: Encoding) -> Callable[[Buffer, int], tuple[int, int, bytes, int]] | None:
    """What reads (group, element, VR, length) of an element of a short explicit VR; None under implicit VR."""
    return (_LE if encoding.little else _BE).head.unpack_from if encoding.explicit else None


def tag_text(tag: int) -> str:
    """The tag as people write it, `(gggg,eeee)`."""
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"


def elements(
    buffer: Buffer, start: int, end: int, encoding: Encoding, *, depth: int = 0, phase: str = "data set"
) -> Iterator[Element]:
    """Yield the elements of one data set lying in `buffer[start:end]`, not descending into sequences.

    Raises MalformedDicom when the bytes cannot be followed to `end` exactly.
    """
    pos = start
    head = (_LE if encoding.little else _BE).head.unpack_from
    last = end - 8 if encoding.explicit else -1
    while pos < end:
        if pos <= last:
            # By far the most: a short explicit VR whose value fits. All else, and what is wrong, goes the long way.
            group, number, vr, length = head(buffer, pos)
            stop = pos + 8 + length
            if vr in SHORT_VRS and stop <= end and group != 0xFFFE:
                yield _new(Element, (group << 16 | number, vr, pos, pos + 8, stop, stop, False))
                pos = stop
                continue
        element = _element(buffer, pos, end, encoding, depth, phase)
        if element.tag >> 16 == 0xFFFE:
            raise MalformedDicom(phase, f"a delimiter {tag_text(element.tag)} where an element should be")
        yield element
        pos = element.end


def locate(buffer: Buffer, pos: int, end: int, encoding: Encoding, depth: int = 0) -> Element:
    """The element that starts at `pos`, with its end found; MalformedDicom when it does not fit before `end`."""
    return _element(buffer, pos, end, encoding, depth, "data set")


def items(buffer: Buffer, element: Element, encoding: Encoding, *, depth: int = 0) -> Iterator[Item]:
    """Yield the items of a sequence element; `depth` is the depth of the data set that holds it.

    Inside a UN element the encoding may differ: pass `content_encoding(buffer, element, encoding)`. Raises
    MalformedDicom as `elements` does.
    """
    pos = element.value
    while pos < element.stop:
        tag, length = _tagged(buffer, pos, element.stop, encoding)
        if tag != ITEM:
            raise MalformedDicom("sequence", f"{tag_text(tag)} where a sequence item should be")
        item = _item(buffer, pos, length, element.stop, encoding, depth + 1)
        yield item
        pos = item.end


def content_encoding(buffer: Buffer, element: Element, encoding: Encoding) -> Encoding:
    """The encoding of the items inside a sequence element.

    A sequence sent as UN is implicit little-endian (PS3.5 section 6.2.2). Some writers only change the VR and leave
    the items explicit (seen from PixelMed): where the first element of the first item shows a VR, that is believed.
    """
    if element.vr != b"UN":
        return encoding
    vr = bytes(buffer[element.value + 12 : element.value + 14])
    return encoding if vr in SHORT_VRS or vr in LONG_VRS else IMPLICIT_LE


def _tagged(buffer: Buffer, pos: int, end: int, encoding: Encoding) -> tuple[int, int]:
    if pos + 8 > end:
        raise MalformedDicom("sequence", "the data ends inside an item header")
    group, number, length = (_LE if encoding.little else _BE).tagged.unpack_from(buffer, pos)
    return group << 16 | number, length


def _element(buffer: Buffer, pos: int, end: int, encoding: Encoding, depth: int, phase: str) -> Element:
    """Read the element that starts at `pos` and find its end."""
    if pos + 8 > end:
        raise MalformedDicom(phase, "the data ends inside an element header")
    reader = _LE if encoding.little else _BE
    group, number, vr, length = reader.head.unpack_from(buffer, pos)
    tag = group << 16 | number
    value = pos + 8
    if group == 0xFFFE or not encoding.explicit:
        vr = b""
        (length,) = reader.long.unpack_from(buffer, pos + 4)
    elif vr in LONG_VRS:
        value = pos + 12
        if value > end:
            raise MalformedDicom(phase, f"the data ends inside the header of {tag_text(tag)}")
        (length,) = reader.long.unpack_from(buffer, pos + 8)
    elif vr not in SHORT_VRS:
        raise MalformedDicom(phase, f"{tag_text(tag)} has no known value representation")
    if length == UNDEFINED and group != 0xFFFE:
        return _undefined(buffer, Element(tag, vr, pos, value, 0, 0, True), end, encoding, depth)
    stop = value + length
    if stop > end:
        raise MalformedDicom(phase, f"{tag_text(tag)} says it is longer than the data")
    return _new(Element, (tag, vr, pos, value, stop, stop, False))


def _undefined(buffer: Buffer, element: Element, end: int, encoding: Encoding, depth: int) -> Element:
    """Find the end of an element of undefined length: encapsulated pixel data or a sequence."""
    pos = element.value
    inner = content_encoding(buffer, element, encoding)
    fragments = element.vr in (b"OB", b"OW") or element.tag == PIXEL_DATA
    if not fragments and element.vr not in (b"", b"SQ", b"UN"):
        raise MalformedDicom("data set", f"{tag_text(element.tag)} may not be of undefined length")
    while True:
        tag, length = _tagged(buffer, pos, end, inner)
        if tag == SEQUENCE_END:
            return element._replace(stop=pos, end=pos + 8)
        if tag != ITEM:
            raise MalformedDicom("sequence", f"{tag_text(element.tag)} has no delimiter where its items end")
        if fragments:
            pos += 8 + length
            if pos > end:
                raise MalformedDicom("pixel data", "a fragment says it is longer than the data")
        else:
            pos = _item(buffer, pos, length, end, inner, depth + 1).end


def _item(buffer: Buffer, pos: int, length: int, end: int, encoding: Encoding, depth: int) -> Item:
    """Find the end of the item whose tag is at `pos`."""
    if depth > MAX_DEPTH:
        raise MalformedDicom("sequence", f"sequences are nested deeper than {MAX_DEPTH}")
    value = pos + 8
    if length != UNDEFINED:
        if value + length > end:
            raise MalformedDicom("sequence", "an item says it is longer than the data")
        return Item(pos, value, value + length, value + length, False)
    at = value
    while True:
        element = _element(buffer, at, end, encoding, depth, "sequence item")
        if element.tag == ITEM_END:
            return Item(pos, value, at, at + 8, True)
        if element.tag >> 16 == 0xFFFE:
            raise MalformedDicom("sequence", "an item of undefined length has no delimiter")
        at = element.end
