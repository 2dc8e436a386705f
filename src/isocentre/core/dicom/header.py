"""Read the header of a DICOM object fast: file meta, where the data set and its pixel value lie, text by tag."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from isocentre.core.dicom import text as _text
from isocentre.core.dicom.stretches import LARGEST, NEVER, PICTURE, At, Stretch, follow, learned
from isocentre.core.dicom.walk import (
    EXPLICIT_BE,
    EXPLICIT_LE,
    IMPLICIT_LE,
    PIXEL_TAGS,
    SHORT_VRS,
    Buffer,
    Encoding,
    MalformedDicom,
    elements,
    short_reader,
    tag_text,
)

IMPLICIT_VR_LE = "1.2.840.10008.1.2"
EXPLICIT_VR_LE = "1.2.840.10008.1.2.1"
DEFLATED_LE = "1.2.840.10008.1.2.1.99"
EXPLICIT_VR_BE = "1.2.840.10008.1.2.2"
_DEFLATED = frozenset({DEFLATED_LE, "1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.4.205"})
_STANDARD = "1.2.840.10008.1.2"

MAX_HEAD = 32 * 1024 * 1024
"""Most bytes outside the pixel value: they are held in memory, several times over, to be searched for identifiers."""
MAX_VALUE = 16 * 1024 * 1024
"""Longest value that is read, the pixel value apart."""
MAX_INFLATED = 128 * 1024 * 1024
"""Most bytes a deflated data set may grow to: it is held in memory, unlike every other."""
MAX_RATIO = 200
_RATIO_FREE = 16 * 1024 * 1024
_STEP = 1024 * 1024
_KIND, _LONGEST_UID = 0x00080016, 64
_new = tuple.__new__  # a named tuple's own takes three times as long


class Span(NamedTuple):
    """Where the value of an element lies: its VR (empty under implicit VR), offset and length in bytes."""

    vr: bytes
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Header:
    """Top-level elements of one object and where they lie.

    `buffer` is what the spans of `elements` and `pixel_*` refer to: the input, or the inflated data set when the
    transfer syntax is deflated. `dataset_offset` is always an offset into the input. The pixel value is that of
    (7FE0,0010), (7FE0,0008) or (7FE0,0009), fragments and delimiters included; None when there is none.
    """

    buffer: Buffer = field(repr=False)
    transfer_syntax: str
    encoding: Encoding
    dataset_offset: int
    start: int
    end: int
    meta: dict[int, bytes] = field(repr=False)
    elements: dict[int, Span] = field(repr=False)
    pixel_offset: int | None
    pixel_length: int | None

    @property
    def deflated(self) -> bool:
        """True when the data set was deflated and `buffer` is its inflated form."""
        return self.transfer_syntax in _DEFLATED

    def bytes(self, tag: int) -> bytes:
        """Value of a top-level element as it lies; empty when absent. MalformedDicom when it is over `MAX_VALUE`."""
        span = self.elements.get(tag)
        if span is None:
            return b""
        if span.length > MAX_VALUE:
            raise MalformedDicom("data set", f"{tag_text(tag)} is too long to be read")
        return bytes(self.buffer[span.offset : span.offset + span.length])

    def text(self, tag: int) -> str:
        """Text of a top-level element by the object's character set, padding removed; empty when absent."""
        value = self.bytes(tag)
        if not value or (value.isascii() and b"\x1b" not in value):
            return value.decode("ascii").strip(" \0")
        return _text.decode(value, self.bytes(0x00080005)).strip(" ")

    def __contains__(self, tag: int) -> bool:
        return tag in self.elements


def encoding_of(transfer_syntax: str) -> Encoding:
    """Encoding of the data set under a transfer syntax (PS3.5 annex A); MalformedDicom when it is no standard one."""
    if transfer_syntax == IMPLICIT_VR_LE:
        return IMPLICIT_LE
    if transfer_syntax == EXPLICIT_VR_BE:
        return EXPLICIT_BE
    if transfer_syntax.startswith(_STANDARD):
        return EXPLICIT_LE
    raise MalformedDicom("file meta", "the transfer syntax is missing or not a standard one")


def is_deflated(transfer_syntax: str) -> bool:
    """True for the transfer syntaxes whose data set is deflated (PS3.5 A.5)."""
    return transfer_syntax in _DEFLATED


def inflate(data: Buffer, offset: int = 0, *, limit: int = MAX_INFLATED, ratio: int = MAX_RATIO) -> bytes:
    """Inflate the raw deflate stream at `data[offset:]` within `limit` bytes and, past 16 MiB, `ratio` to one.

    Raises MalformedDicom for a stream that is broken, cut short or grows too much (a bomb).
    """
    view = memoryview(data)[offset:]
    machine = zlib.decompressobj(-zlib.MAX_WBITS)
    out: list[bytes] = []
    size = 0
    pending: bytes | memoryview = view
    try:
        while not machine.eof:
            piece = machine.decompress(pending, _STEP)
            pending = machine.unconsumed_tail
            if not piece and not pending and not machine.eof:
                raise MalformedDicom("deflated data set", "the deflated data is cut short")
            size += len(piece)
            if size > limit or (size > _RATIO_FREE and size > ratio * len(view)):
                raise MalformedDicom("deflated data set", "it inflates to more than is allowed")
            out.append(piece)
    except zlib.error as error:
        raise MalformedDicom("deflated data set", "it cannot be inflated") from error
    finally:
        view.release()
    return b"".join(out)


def read_meta(buffer: Buffer) -> tuple[dict[int, bytes], int]:
    """File meta elements (group 0002, by tag) of a Part 10 file and the offset of its data set.

    The group length is not believed: the group is walked (PS3.10 section 7.1). MalformedDicom when it is no DICOM file.
    """
    size = len(buffer)
    if size < 132 or buffer[128:132] != b"DICM":
        raise MalformedDicom("file", "not a DICOM file: no DICM after the preamble")
    meta: dict[int, bytes] = {}
    pos = 132
    while pos + 8 <= size and buffer[pos : pos + 2] == b"\x02\x00":
        element = next(elements(buffer, pos, size, EXPLICIT_LE, phase="file meta"))
        if element.stop - element.value > MAX_VALUE:
            raise MalformedDicom("file meta", f"{tag_text(element.tag)} is too long to be read")
        meta[element.tag] = bytes(buffer[element.value : element.stop])
        pos = element.end
    return meta, pos


def read_header(buffer: Buffer, *, offset: int | None = None, transfer_syntax: str | None = None) -> Header:
    """Read the header of a Part 10 file, or of a bare data set when `offset` and `transfer_syntax` are given.

    Raises MalformedDicom when the bytes cannot be followed to their end, or a top-level element comes twice or out
    of order.
    """
    meta: dict[int, bytes] = {}
    if offset is None:
        meta, offset = read_meta(buffer)
    syntax = transfer_syntax or meta.get(0x00020010, b"").rstrip(b" \0").decode("ascii", "replace")
    encoding = encoding_of(syntax)
    if offset > len(buffer):
        raise MalformedDicom("file", "the data set begins after the end of the file")
    body, start = (inflate(buffer, offset), 0) if is_deflated(syntax) else (buffer, offset)
    found, pixel = _top_level(body, start, len(body), encoding)
    return Header(
        buffer=body,
        transfer_syntax=syntax,
        encoding=encoding,
        dataset_offset=offset,
        start=start,
        end=len(body),
        meta=meta,
        elements=found,
        pixel_offset=pixel.offset if pixel else None,
        pixel_length=pixel.length if pixel else None,
    )


def _top_level(buffer: Buffer, start: int, end: int, encoding: Encoding) -> tuple[dict[int, Span], Span | None]:
    """The elements and the picture; what lies as in headers of its kind before is not looked at again."""
    at, found = At(start, 0x0007FFFF), _Found({}, None)

    def ordinary(until: int) -> None:
        _elements(buffer, at, end, encoding, found, until)

    ordinary(_KIND + 1)
    kind = found.spans.get(_KIND)
    if kind is None or not encoding.little or kind.length > _LONGEST_UID:
        ordinary(NEVER)
        return found.spans, found.pixel
    kept = _remembered(encoding, bytes(buffer[kind.offset : kind.offset + kind.length]))
    begin = at.pos

    def take(one: Stretch[_Place]) -> None:
        stop = at.pos + len(one.data)
        if one.done is None:
            mine = _Found({}, None)
            _elements(buffer, At(at.pos, at.last), stop, encoding, mine, NEVER)
            one.done = at.pos, mine.spans
        spans = _moved(one, at.pos)
        found.spans |= spans
        found.taken += len(spans)
        at.pos, at.last = stop, one.last

    kept.stretches = follow(kept.stretches, buffer, at, ordinary, take)
    if found.taken * 2 >= len(found.spans):
        kept.misses = 0
        return found.spans, found.pixel
    kept.misses += 1
    if kept.misses > 1:  # little lies as it did: this one is remembered instead
        kept.stretches, kept.misses = learned(buffer, [_run(buffer, begin, end, encoding)]), 0
    return found.spans, found.pixel


def _run(buffer: Buffer, start: int, end: int, encoding: Encoding) -> tuple[list[tuple[int, int]], int]:
    """The elements that are remembered: (tag, where it begins), and where the last one ends."""
    marks, last = list[tuple[int, int]](), start
    for one in elements(buffer, start, end, encoding):
        if one.tag >= PICTURE or one.end - start > LARGEST:
            break
        marks.append((one.tag, one.start))
        last = one.end
    return marks, last


@dataclass(slots=True)
class _Found:
    """Elements found so far, the picture among them, and how many were taken from what is remembered."""

    spans: dict[int, Span]
    pixel: Span | None
    taken: int = 0


_Place = tuple[int, dict[int, Span]]
"""Where a stretch was last, and the spans of its elements there."""


@dataclass(slots=True, eq=False)
class _Kept:
    """Stretches of the last headers of one kind; `misses`: headers since of which little lay there."""

    stretches: tuple[Stretch[_Place], ...] = ()
    misses: int = 0


@lru_cache(maxsize=32)
def _remembered(encoding: Encoding, kind: bytes) -> _Kept:
    return _Kept()


def _moved(one: Stretch[_Place], pos: int) -> dict[int, Span]:
    """The spans of a stretch that lies at `pos`; mostly that is where it lay in the header before."""
    offset, spans = one.done or (pos, {})
    if offset != pos:
        by = pos - offset
        spans = {tag: _new(Span, (vr, at + by, length)) for tag, (vr, at, length) in spans.items()}
        one.done = pos, spans
    return spans


def _elements(buffer: Buffer, at: At, end: int, encoding: Encoding, found: _Found, until: int) -> None:
    """Note the elements from `at` to the first of tag `until` or above."""
    last, pos, spans = at.last, at.pos, found.spans
    short = short_reader(encoding)
    while pos < end:
        if pos + 8 <= end and short is not None:
            # By far the most, as in `elements`: a short explicit VR whose value fits, after the one before.
            group, number, vr, length = short(buffer, pos)
            tag, stop = group << 16 | number, pos + 8 + length
            if tag >= until:
                break
            if vr in SHORT_VRS and stop <= end and last < tag < 0xFFFE0000:
                spans[tag] = _new(Span, (vr, pos + 8, length))
                last, pos = tag, stop
                continue
        one = next(elements(buffer, pos, end, encoding))
        if one.tag >= until:
            break
        _in_order(one.tag, last)
        spans[one.tag] = _new(Span, (one.vr, one.value, one.stop - one.value))
        if one.tag in PIXEL_TAGS and found.pixel is None:
            found.pixel = Span(one.vr, one.value, one.end - one.value)
        last, pos = one.tag, one.end
    at.pos, at.last = pos, last


def _in_order(tag: int, last: int) -> None:
    if tag < 0x00080000:
        raise MalformedDicom("data set", f"{tag_text(tag)} may not be in a data set")
    if tag <= last:
        what = "comes twice" if tag == last else "is out of order"
        raise MalformedDicom("data set", f"{tag_text(tag)} {what}")


def hashes(buffer: Buffer, header: Header) -> tuple[str, str]:
    """SHA-256 (hex) of the data set outside the pixel value, and of the pixel value, in flat memory.

    Equal both: the same object again. Equal second only: other headers on the same pixels, a correction.
    A deflated data set is hashed inflated, so `buffer` must be the one `header` was read from.
    """
    outside, pixel = hashlib.sha256(), hashlib.sha256()
    body = header.buffer if header.deflated else buffer
    with memoryview(body) as view:
        if header.pixel_offset is None or header.pixel_length is None:
            outside.update(view[header.start : header.end])
        else:
            stop = header.pixel_offset + header.pixel_length
            outside.update(view[header.start : header.pixel_offset])
            outside.update(view[stop : header.end])
            pixel.update(view[header.pixel_offset : stop])
    return outside.hexdigest(), pixel.hexdigest()
