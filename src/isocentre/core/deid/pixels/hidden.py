"""Drawings hidden in bits of the pixels that the picture does not use (PS3.5 8.1.2, retired): found, and cleared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from struct import unpack_from

from isocentre.core.deid.pixels.layout import Layout
from isocentre.core.deid.plan import CHUNK, Made, Piece, length_of, parts
from isocentre.core.deid.table import is_overlay_size
from isocentre.core.dicom.walk import Buffer


def suspected(seen: Mapping[int, bytes], little: bool) -> bool:
    """Whether an overlay says that it lies in the pixels; a plane with data of its own has one bit, at position 0."""
    for tag, raw in seen.items():
        if is_overlay_size(tag) and len(raw) >= 2:
            (number,) = unpack_from("<H" if little else ">H", raw)
            if number > (1 if tag & 0xFFFF == 0x0100 else 0):
                return True
    return False


def cleared(layout: Layout, pieces: list[Piece], pixel_at: int) -> list[Piece]:
    """The pieces of an object with the hidden bits of its native pixel value set to 0, and no other bit changed."""
    left, end = layout.length, pixel_at
    while left > 0:
        left -= length_of(pieces[end])
        end += 1
    made = Made(layout.length, partial(_make, layout.mask, tuple(pieces[pixel_at:end])))
    return [*pieces[:pixel_at], made, *pieces[end:]]


def masked(mask: bytes, data: bytes) -> bytes:
    """Whole pixels without the bits that the mask of one pixel lacks."""
    count = len(data) // len(mask)
    kept = int.from_bytes(data[: count * len(mask)], "big") & int.from_bytes(mask * count, "big")
    return kept.to_bytes(count * len(mask), "big") + data[count * len(mask) :]


def _make(mask: bytes, pieces: Iterable[Piece], buffer: Buffer) -> Iterator[bytes]:
    rest = b""
    for piece in pieces:
        for part in parts(piece, buffer):
            whole = rest + part
            cut = len(whole) - len(whole) % len(mask)
            rest = whole[cut:]
            yield from (masked(mask, whole[at : min(at + CHUNK, cut)]) for at in range(0, cut, CHUNK))
    yield rest
