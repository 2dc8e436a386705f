"""Where the frames of a stored object lie, and one cut out as an object of its own; never the whole in memory."""

from __future__ import annotations

from functools import lru_cache

from isocentre.core.dicom.native import NATIVE
from isocentre.core.dicom.walk import MalformedDicom
from isocentre.core.dicomweb import frames
from isocentre.core.dicomweb.frames import Span
from isocentre.core.dicomweb.single import single_frame
from isocentre.rooms.archive.describing import Head
from isocentre.rooms.archive.models import Instance
from isocentre.rooms.archive.ports import ports

REMEMBERED = 20_000
"""Most fragments of an object whose places are kept for the next question."""


def spans(one: Instance, wanted: list[int]) -> list[list[Span]]:
    """Where these frames (from 1) lie in the stored file; MalformedDicom when they cannot be told apart."""
    offset, length = one.pixel_offset or 0, one.pixel_length or 0
    if one.transfer_syntax in NATIVE:
        return [[frames.native_frame(offset, length, one.frames, number)] for number in wanted]
    read_at = _reader(one.blob_key)
    found = frames.by_table(read_at, offset, length, one.frames, wanted)
    if found is not None:
        return found
    grouped = _grouped(one.blob_key, offset, length, one.frames)
    return [grouped[number - 1] for number in wanted]


def _grouped(key: str, offset: int, length: int, number: int) -> list[list[Span]]:
    """Every frame's fragments, found by going from one to the next; a second question costs nothing."""
    if number <= REMEMBERED:
        return _remembered(key, offset, length, number)
    return _walked(key, offset, length, number)


def _walked(key: str, offset: int, length: int, number: int) -> list[list[Span]]:
    read_at = _reader(key)
    table, found = frames.fragments(read_at, offset, length)
    return frames.encapsulated_frames(table, found, number, read_at)


# A blob never changes under its key, so what was found once holds.
_remembered = lru_cache(maxsize=16)(_walked)


def _reader(key: str) -> frames.ReadAt:
    return lambda offset, length: b"".join(ports().blobs.read(key, offset, length))


def alone(one: Instance, number: int, most: int) -> tuple[bytes, int]:
    """Frame `number` as a Part 10 object of its own, of at most `most` bytes, and its number in that.

    The whole object where its frames have no places of their own (deflated, or one bit a pixel). MalformedDicom when it
    cannot be cut, OverflowError when it would be too large, KeyError when the file is gone.
    """
    if one.pixel_offset is None or (one.bits == 1 and one.frames > 1):
        _fits(one.size, most)
        return b"".join(ports().blobs.read(one.blob_key)), number
    if not one.pixel_length:
        raise MalformedDicom("pixel data", "it is empty")
    [places] = spans(one, [number])
    _fits(one.pixel_offset + sum(place.length for place in places), most)
    head = Head(one, ports().blobs)
    value = b"".join(_reader(one.blob_key)(place.offset, place.length) for place in places)
    made = single_frame(
        head.buffer, head.start, head.end, head.encoding, number=number, pixel_tag=head.pixel_tag,
        pixel_vr=head.pixel_vr.encode(), value=value, encapsulated=one.transfer_syntax not in NATIVE,
    )  # fmt: skip
    return made, 1


def _fits(size: int, most: int) -> None:
    if size > most:
        raise OverflowError("this picture is too large to be drawn here")
