"""Black out boxes of native frames and touch no other pixel: new bytes for the boxes, spans for all the rest."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise
from struct import pack
from typing import TypeAlias

from isocentre.core.deid.pixels.layout import Layout
from isocentre.core.deid.plan import CHUNK, Piece

Box: TypeAlias = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels; right and bottom are the first column and row outside."""
Run: TypeAlias = tuple[int, int, bytes]
"""What is written into a frame: offset and length in bytes, and the bytes of one unit, repeated."""


def clipped(box: Box, columns: int, rows: int) -> Box | None:
    """The part of a box inside the frame; None when there is none."""
    left, top, right, bottom = max(box[0], 0), max(box[1], 0), min(box[2], columns), min(box[3], rows)
    return (left, top, right, bottom) if left < right and top < bottom else None


def outside(kept: Iterable[Box], columns: int, rows: int) -> list[Box]:
    """Boxes that cover everything outside the `kept` ones, without touching them."""
    inside = [one for one in (clipped(box, columns, rows) for box in kept) if one is not None]
    edges = sorted({0, rows, *(box[1] for box in inside), *(box[3] for box in inside)})
    out: list[Box] = []
    for top, bottom in pairwise(edges):
        at = 0
        for left, _, right, _ in sorted(box for box in inside if box[1] <= top and box[3] >= bottom):
            if left > at:
                out.append((at, top, left, bottom))
            at = max(at, right)
        if at < columns:
            out.append((at, top, columns, bottom))
    return out


def pieces(layout: Layout, boxes: Iterable[Box]) -> list[Piece]:
    """The native pixel value with the boxes black in every frame; what is not black stays a span of the input."""
    return written(layout, runs(layout, boxes))


def written(layout: Layout, runs: Iterable[Run]) -> list[Piece]:
    """The native pixel value with these runs, ascending, written into every frame; the rest stays spans."""
    runs = tuple(runs)
    out: list[Piece] = []
    keep = layout.offset
    for frame in range(layout.frames):
        start = layout.offset + frame * layout.frame_bytes
        for at, length, unit in runs:
            if keep < start + at:
                out.append((keep, start + at - keep))
            out += _black(unit, length)
            keep = start + at + length
    if keep < layout.offset + layout.length:
        out.append((keep, layout.offset + layout.length - keep))
    return out


def frame(layout: Layout, data: bytes, boxes: Iterable[Box]) -> bytes:
    """One native frame with the boxes black."""
    out = bytearray(data)
    for at, length, unit in runs(layout, boxes):
        out[at : at + length] = unit * (length // len(unit))
    return bytes(out)


@lru_cache(maxsize=4096)
def _block(unit: bytes, length: int) -> bytes:
    """Black of one length, made once: thousands of rows share it."""
    return unit * (length // len(unit))


def _black(unit: bytes, length: int) -> list[Piece]:
    whole = CHUNK // len(unit) * len(unit)
    made: list[Piece] = [_block(unit, whole)] * (length // whole)
    return [*made, _block(unit, length % whole)] if length % whole else made


def _units(layout: Layout) -> list[bytes]:
    """What black is: of one pixel, or, where colours lie in planes of their own, of one sample in each plane."""
    if layout.samples == 3:
        if layout.halved:
            return [b"\0\0\x80\x80"]
        wide = layout.bits // 8
        samples = bytes(3 * wide) if layout.photometric == "RGB" else b"\0\x80\x80"
        return [samples[i : i + wide] for i in range(0, 3 * wide, wide)] if layout.planar else [samples]
    low, high = 0, (1 << layout.stored) - 1
    if layout.signed:
        low, high = -(1 << layout.stored - 1), (1 << layout.stored - 1) - 1
    value = layout.palette.darkest if layout.palette else high if layout.photometric == "MONOCHROME1" else low
    form = {8: "B", 16: "H"}[layout.bits]
    return [pack(("<" if layout.little else ">") + form, value & (1 << layout.bits) - 1)]


def over(upper: Iterable[Run], lower: Iterable[Run]) -> list[Run]:
    """Two kinds of runs, each ascending and apart, as one: where both write, `upper` does."""
    above = list(upper)
    out = list(above)
    for at, length, unit in lower:
        for first, count, _ in above:
            if first + count <= at:
                continue
            if first >= at + length:
                break
            if first > at:
                out.append((at, first - at, unit))
            at, length = first + count, at + length - (first + count)
        if length > 0:
            out.append((at, length, unit))
    return sorted(out)


def runs(layout: Layout, boxes: Iterable[Box]) -> list[Run]:
    """Black runs of a frame: ascending, joined, never over each other."""
    units = _units(layout)
    # Two pixels that share their colours are blacked together: one unit is two columns wide.
    step = 2 if layout.halved else 1
    width = layout.columns // step
    cells = _cells(layout, boxes, step)
    out: list[tuple[int, int, bytes]] = []
    for plane, unit in enumerate(units):
        base = plane * width * layout.rows
        out += [((base + at) * len(unit), count * len(unit), unit) for at, count in cells]
    return out


def _cells(layout: Layout, boxes: Iterable[Box], step: int) -> list[tuple[int, int]]:
    """Runs in units of a plane, (first, count), from all boxes together."""
    width = layout.columns // step
    found: list[tuple[int, int]] = []
    for box in boxes:
        inside = clipped(box, layout.columns, layout.rows)
        if inside is None:
            continue
        left, top, right, bottom = inside
        first, last = left // step, -(-right // step)
        if last - first == width:
            found.append((top * width, bottom * width))
        else:
            found += [(row * width + first, row * width + last) for row in range(top, bottom)]
    joined: list[tuple[int, int]] = []
    for first, last in sorted(found):
        if joined and first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return [(first, last - first) for first, last in joined]
