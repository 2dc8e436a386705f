"""Store a compressed picture again once boxes are black: RLE Lossless, or native where that is smaller.

Never with loss, so that no pixel outside the boxes changes. RLE is what every reader of DICOM undoes (PS3.5 annex G).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import accumulate
from struct import pack

from isocentre.core.deid.pixels import black
from isocentre.core.deid.pixels.black import Box
from isocentre.core.deid.pixels.layout import Layout
from isocentre.core.deid.plan import Made, Piece
from isocentre.core.deid.rules import Held
from isocentre.core.dicom.walk import ITEM, SEQUENCE_END, Buffer
from isocentre.core.ports import PixelDecoder

RLE = "1.2.840.10008.1.2.5"
KEPT = 64 * 1024 * 1024
"""Bytes of a picture that are kept between planning and streaming; a larger one is made anew, frame by frame."""
LONGEST = 0xFFFFFFFE
"""Bytes that a value of stated length can have (PS3.5 7.1.1)."""


def stored(
    source: Layout, now: Layout, boxes: Iterable[Box], decoder: PixelDecoder, buffer: Buffer
) -> tuple[Layout, tuple[Piece, ...]]:
    """The new value of a compressed picture, and how it lies; `now`: the layout of its decoded frames.

    One frame at a time is in memory. Held when it is too long for any value.
    """
    black_boxes = tuple(boxes)
    lengths: list[int] = []
    kept: list[bytes] = []
    total = 0
    for frame in _frames(source, black_boxes, decoder, buffer):
        packed = item(decoder.pack(now, frame))
        lengths.append(len(packed))
        total += len(packed)
        kept = [] if total > KEPT else kept
        kept += [packed] if total <= KEPT else []
    native = now.frames * now.frame_bytes
    if total < native:
        return replace(now, syntax=RLE), _encapsulated(source, now, black_boxes, decoder, lengths, kept)
    if native > LONGEST:
        raise Held("pixels_unreadable", "Its picture is over 4 GB without compression.")
    if native <= KEPT:
        made: list[Piece] = list(_frames(source, black_boxes, decoder, buffer))
    else:
        made = [Made(native, lambda given: _frames(source, black_boxes, decoder, given))]
    return now, (*made, b"\0") if native & 1 else tuple(made)


def _encapsulated(
    source: Layout, now: Layout, boxes: tuple[Box, ...], decoder: PixelDecoder, lengths: list[int],
    kept: list[bytes],
) -> tuple[Piece, ...]:  # fmt: skip
    if kept:
        return encapsulated(kept)
    begin, end = _around(lengths)

    def again(buffer: Buffer) -> Iterator[bytes]:
        return (item(decoder.pack(now, frame)) for frame in _frames(source, boxes, decoder, buffer))

    return (begin, Made(sum(lengths), again), end)


def encapsulated(items: list[bytes]) -> tuple[Piece, ...]:
    """An encapsulated value of one fragment a frame, each made by `item`."""
    begin, end = _around(list(map(len, items)))
    return (begin, *items, end)


def _around(lengths: list[int]) -> tuple[bytes, bytes]:
    """Offset table (PS3.5 A.4.2), without offsets where they would not fit, and the end of the value."""
    offsets = list(accumulate(lengths, initial=0))[:-1]
    table = pack(f"<{len(offsets)}L", *offsets) if offsets[-1] <= LONGEST else b""
    begin = pack("<HHL", ITEM >> 16, ITEM & 0xFFFF, len(table)) + table
    return begin, pack("<HHL", SEQUENCE_END >> 16, SEQUENCE_END & 0xFFFF, 0)


def _frames(source: Layout, boxes: tuple[Box, ...], decoder: PixelDecoder, buffer: Buffer) -> Iterator[bytes]:
    now, frames = decoder.decode(source, buffer)
    return (black.frame(now, frame, boxes) for frame in frames)


def item(data: bytes) -> bytes:
    """A fragment of an encapsulated value (PS3.5 A.4)."""
    even = data + b"\0" * (len(data) & 1)
    return pack("<HHL", ITEM >> 16, ITEM & 0xFFFF, len(even)) + even
