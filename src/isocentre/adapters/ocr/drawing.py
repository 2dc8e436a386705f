"""Frames as PNG, for a person to look at: grey values spread as far as they go, large frames made smaller first."""

from __future__ import annotations

import zlib
from dataclasses import replace
from struct import pack
from typing import Any

import numpy as np

from isocentre.adapters.ocr.reader import shown
from isocentre.core.deid.pixels.layout import Layout


class Drawing:
    """Implements `Painter`."""

    def paint(self, layout: Layout, data: bytes, longest: int) -> bytes:
        """See the port."""
        smaller, less = _thinned(layout, data, max(layout.rows, layout.columns) // (2 * longest))
        picture = shown(smaller, less)[-1]
        step = -(-max(picture.shape[:2]) // longest)
        return png(picture[::step, ::step])


def _thinned(layout: Layout, data: bytes, step: int) -> tuple[Layout, bytes]:
    """Of a frame far larger than is shown, each so many-th row and column, before it is spread into more bytes."""
    if step < 2 or layout.planar or layout.halved:
        return layout, data
    size = layout.samples * layout.bits // 8
    whole = np.frombuffer(data, np.uint8).reshape(layout.rows, layout.columns, size)[::step, ::step]
    rows, columns = whole.shape[:2]
    return replace(layout, rows=rows, columns=columns), np.ascontiguousarray(whole).tobytes()


def png(picture: Any) -> bytes:
    """An 8-bit RGB picture, (rows, columns, 3), as PNG (ISO 15948)."""
    rows, columns = picture.shape[:2]
    lines = np.zeros((rows, columns * 3 + 1), np.uint8)  # the first byte of a line: no filter
    lines[:, 1:] = picture.reshape(rows, columns * 3)
    head = pack(">IIBBBBB", columns, rows, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(lines.tobytes(), 1)), (b"IEND", b""))
    out = [b"\x89PNG\r\n\x1a\n"]
    for kind, body in parts:
        out.append(pack(">I", len(body)) + kind + body + pack(">I", zlib.crc32(kind + body)))
    return b"".join(out)
