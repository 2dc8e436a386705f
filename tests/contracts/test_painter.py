"""The port `Painter`: frames as PNG that another decoder reads, of any kind of picture, large ones made smaller."""

from __future__ import annotations

import zlib
from struct import unpack
from typing import Any

import numpy as np
import pytest
from support.burned import burned, layout

from isocentre.adapters.ocr import painter

GREY = bytes(range(1, 241))


def read(made: bytes) -> Any:
    """The samples of a PNG, (rows, columns, 3), by its own words."""
    assert made.startswith(b"\x89PNG\r\n\x1a\n")
    columns, rows, bits, kind = unpack(">IIBB", made[16:26])
    assert (bits, kind) == (8, 2)
    at = made.index(b"IDAT")
    (length,) = unpack(">I", made[at - 4 : at])
    lines = np.frombuffer(zlib.decompress(made[at + 4 : at + 4 + length]), np.uint8).reshape(rows, columns * 3 + 1)
    return lines[:, 1:].reshape(rows, columns, 3)


def test_a_grey_frame_is_what_it_was() -> None:
    seen = read(painter().paint(layout(), GREY, 100))
    assert seen.shape == (12, 20, 3)
    assert seen[:, :, 0].tobytes() == seen[:, :, 2].tobytes() == GREY


@pytest.mark.parametrize("planar", [False, True])
def test_a_coloured_frame_keeps_its_colours(planar: bool) -> None:
    one = layout(burned(GREY * 3, samples=3, photometric="RGB"), planar=planar)
    data = np.arange(720, dtype=np.int64).astype(np.uint8)
    seen = read(painter().paint(one, data.tobytes(), 100))
    assert seen.shape == (12, 20, 3)
    assert seen[0, 0].tolist() == ([0, 240, 480 & 255] if planar else [0, 1, 2])


def test_a_deep_frame_is_spread_over_what_a_screen_shows() -> None:
    one = layout(burned(GREY * 2, bits=16))
    seen = read(painter().paint(one, np.linspace(0, 60000, 240).astype("<u2").tobytes(), 100))
    assert int(seen.min()) == 0
    assert int(seen.max()) == 255


@pytest.mark.parametrize("longest", [3, 10, 19])
def test_a_large_frame_is_made_smaller(longest: int) -> None:
    seen = read(painter().paint(layout(), GREY, longest))
    assert max(seen.shape[:2]) <= longest
    assert seen[0, 0, 0] == GREY[0]


def test_what_makes_one_is_there_after_one_was_used() -> None:
    painter().paint(layout(), GREY, 100)
    from isocentre.adapters.ocr import painter as again

    assert callable(again)
    assert again().paint(layout(), GREY, 100)
