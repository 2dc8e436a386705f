"""Find the frames of a pixel value without decoding it: native, and encapsulated (PS3.5 8.1 and A.4)."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from isocentre.core.dicom.walk import MalformedDicom

ReadAt = Callable[[int, int], bytes]
"""`read_at(offset, length)` of the stored file."""

MAX_FRAGMENTS = 1_000_000
_ITEM, _END = 0xE000, 0xE0DD


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes of the stored file: offset and length."""

    offset: int
    length: int


def native_frame(offset: int, length: int, frames: int, number: int) -> Span:
    """Where frame `number` (from 1) of a native pixel value of `frames` frames lies; MalformedDicom when it does not.

    Frames of one bit a pixel that do not fill whole bytes have no place of their own (PS3.5 8.1.1).
    """
    # An odd total is padded by one byte (PS3.5 section 8.1.1).
    size = length // frames
    if length - size * frames > 1 or not 1 <= number <= frames:
        raise MalformedDicom("pixel data", "the frames do not divide the pixel value")
    return Span(offset + (number - 1) * size, size)


def fragments(read_at: ReadAt, offset: int, length: int) -> tuple[bytes, list[Span]]:
    """The basic offset table and the place of each fragment of an encapsulated pixel value at `offset`.

    Reads eight bytes a fragment. Raises MalformedDicom when the items cannot be followed.
    """
    end = offset + length
    found: list[Span] = []
    while offset + 8 <= end and len(found) <= MAX_FRAGMENTS:
        group, number, size = struct.unpack("<HHL", read_at(offset, 8))
        if group != 0xFFFE or number not in (_ITEM, _END):
            break
        if number == _END:
            if not found:
                break
            table = read_at(found[0].offset, found[0].length)
            return table, found[1:]
        found.append(Span(offset + 8, size))
        offset += 8 + size
    raise MalformedDicom("pixel data", "the fragments cannot be followed to their end")


def by_table(read_at: ReadAt, offset: int, length: int, frames: int, wanted: Sequence[int]) -> list[list[Span]] | None:
    """Fragments of some frames (from 1) straight from the basic offset table, reading nothing of the others.

    None where there is no table of `frames` offsets, or it does not point at fragments: then all must be followed.
    """
    end = offset + length
    first = _item(read_at, offset, end)
    if first is None or first.length != 4 * frames:
        return None
    base = first.offset + first.length
    offsets = [*struct.unpack(f"<{frames}L", read_at(first.offset, first.length)), end - base]
    found: list[list[Span]] = []
    for number in wanted:
        at, stop = base + offsets[number - 1], base + offsets[number]
        spans: list[Span] = []
        while at < stop and (span := _item(read_at, at, end)) is not None:
            spans.append(span)
            at = span.offset + span.length
        # The last frame ends at the delimiter, eight bytes before the end of the value.
        if not spans or at != (stop if number < frames else end - 8):
            return None
        found.append(spans)
    return found


def _item(read_at: ReadAt, at: int, end: int) -> Span | None:
    """The content of the item at `at`; None where there is none."""
    if at + 8 > end:
        return None
    group, number, size = struct.unpack("<HHL", read_at(at, 8))
    return Span(at + 8, size) if (group, number) == (0xFFFE, _ITEM) and at + 8 + size <= end else None


def encapsulated_frames(
    table: bytes, found: Sequence[Span], frames: int, read_at: ReadAt, extended: bytes = b""
) -> list[list[Span]]:
    """Fragments of each frame, by the extended or basic offset table, or where there is none: one fragment a frame.

    Without a table, several fragments a frame are told apart by the end-of-image marker that closes a frame's last
    fragment (JPEG family, PS3.5 A.4.1). MalformedDicom when that does not give `frames` frames.
    """
    if frames == 1:
        return [list(found)]
    offsets = list(struct.unpack(f"<{len(extended) // 8}Q", extended[: len(extended) // 8 * 8]))
    if len(offsets) != frames:
        offsets = list(struct.unpack(f"<{len(table) // 4}L", table[: len(table) // 4 * 4]))
    if len(offsets) == frames and found:
        return _by_offsets(offsets, found)
    if len(found) == frames:
        return [[span] for span in found]
    grouped: list[list[Span]] = [[]]
    for span in found:
        grouped[-1].append(span)
        if b"\xff\xd9" in read_at(span.offset + max(0, span.length - 10), min(10, span.length)):
            grouped.append([])
    if not grouped[-1]:
        grouped.pop()
    if len(grouped) != frames:
        raise MalformedDicom("pixel data", "the fragments do not give the number of frames")
    return grouped


def _by_offsets(offsets: list[int], found: Sequence[Span]) -> list[list[Span]]:
    # Offsets count from the first fragment's item tag, eight bytes before its value.
    starts = {offset: number for number, offset in enumerate(offsets)}
    base = found[0].offset - 8
    grouped: list[list[Span]] = [[] for _ in offsets]
    current = -1
    for span in found:
        current = starts.get(span.offset - 8 - base, current)
        if current < 0:
            raise MalformedDicom("pixel data", "the offset table does not begin at the first fragment")
        grouped[current].append(span)
    if not all(grouped):
        raise MalformedDicom("pixel data", "the offset table points between fragments")
    return grouped


def frame_numbers(text: str, frames: int) -> list[int] | None:
    """The frames a path names (`1,3,2`), in the order asked; None when one is not a number from 1 to `frames`."""
    out = []
    for part in text.split(","):
        if not (part.isascii() and part.isdigit()) or len(part) > 9 or not 1 <= int(part) <= frames:
            return None
        out.append(int(part))
    return out
