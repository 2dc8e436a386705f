"""An image whose picture is missing or cut short is held: it would count as proof of a scan that nobody can read."""

from __future__ import annotations

import pytest

from isocentre.core.deid.picture import (
    BITS,
    COLUMNS,
    FRAMES,
    PHOTOMETRIC,
    ROWS,
    SAMPLES,
    screen_picture,
    screen_rest,
)
from isocentre.core.deid.rules import Held

CT = "1.2.840.10008.5.1.4.1.1.2"
IMPLICIT, BIG, JPEG = "1.2.840.10008.1.2", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.4.70"


def size(order: str = "little", **more: bytes) -> dict[int, bytes]:
    """Four rows, five columns of 16 bits."""
    said = {ROWS: 4, COLUMNS: 5, BITS: 16, SAMPLES: 1}
    tags = {"frames": FRAMES, "photometric": PHOTOMETRIC}
    seen = {tag: value.to_bytes(2, order) for tag, value in said.items()}  # type: ignore[arg-type]  # little or big
    return seen | {tags[name]: value for name, value in more.items()}


def why(sop_class: str, syntax: str, seen: dict[int, bytes], length: int | None) -> str:
    """For which reason and in which words it is held; empty when it passes."""
    try:
        screen_picture(sop_class, syntax, seen, length, syntax != BIG)
    except Held as held:
        return f"{held.reason}: {held.words}"
    return ""


@pytest.mark.parametrize(
    ("syntax", "seen", "length"),
    [
        (IMPLICIT, size(), 40),
        (IMPLICIT, size(), 42),
        (BIG, size("big"), 40),
        (IMPLICIT, size(frames=b"3 "), 120),
        (IMPLICIT, size(frames=b"+3"), 120),
        (IMPLICIT, size(frames=b" \0"), 40),
        (IMPLICIT, size(photometric=b"YBR_FULL_422"), 80),
        (IMPLICIT, size() | {BITS: b"\1\0"}, 3),
        (IMPLICIT, size() | {SAMPLES: b""}, 40),
        (JPEG, size(), 7),
    ],
)
def test_a_whole_picture_passes(syntax: str, seen: dict[int, bytes], length: int | None) -> None:
    assert why(CT, syntax, seen, length) == ""


@pytest.mark.parametrize(
    ("syntax", "seen", "length", "words"),
    [
        (IMPLICIT, size(), 38, "38 bytes of 40"),
        (BIG, size("big"), 38, "38 bytes of 40"),
        (IMPLICIT, size(frames=b"3 "), 80, "80 bytes of 120"),
        (IMPLICIT, size(photometric=b"YBR_FULL_422 "), 40, "40 bytes of 80"),
        (IMPLICIT, size(), None, "no picture"),
        (JPEG, size(), None, "no picture"),
        (IMPLICIT, {}, None, "no picture"),
        (IMPLICIT, {}, 8, "Rows, Columns, Bits Allocated missing or 0"),
        (JPEG, {}, 8, "Rows, Columns, Bits Allocated missing or 0"),
        (IMPLICIT, size() | {ROWS: b"\0\0"}, 40, "not said: Rows missing"),
        (JPEG, size() | {COLUMNS: b""}, 40, "not said: Columns missing"),
        (IMPLICIT, size() | {BITS: b"\0\0"}, 40, "not said: Bits Allocated missing"),
        (IMPLICIT, size(frames=b"many"), 40, "Number of Frames"),
        (JPEG, size(frames=b"0"), 40, "Number of Frames"),
        (JPEG, size(frames=b"-1"), 40, "Number of Frames"),
        (IMPLICIT, size(frames=b"3\\4"), 4000, "Number of Frames"),
        (IMPLICIT, size(frames=b"9" * 10), 40, "Number of Frames"),
    ],
)
def test_a_missing_or_short_one_is_held(syntax: str, seen: dict[int, bytes], length: int | None, words: str) -> None:
    said = why(CT, syntax, seen, length)
    assert said.startswith("picture: ")
    assert words in said


STORAGE = "1.2.840.10008.5.1.4.1.1."
WITHOUT = {
    "report": "88.11", "dose report": "88.67", "key objects": "88.59", "presentation state": "11.1",
    "structures": "481.3", "plan": "481.5", "waveform": "9.1.1", "raw data": "66", "deformable registration": "66.3",
    "spectroscopy": "4.2", "encapsulated PDF": "104.1", "surface": "66.5", "tractography": "66.6", "mesh": "104.3",
}  # fmt: skip


@pytest.mark.parametrize("tail", WITHOUT.values(), ids=WITHOUT)
def test_what_is_no_image_needs_no_picture(tail: str) -> None:
    assert why(STORAGE + tail, IMPLICIT, {}, None) == ""
    assert why(STORAGE + tail, IMPLICIT, size(), None) == ""


@pytest.mark.parametrize("tail", ["30", "66.4", "481.2"], ids=["parametric map", "segmentation", "dose"])
def test_what_holds_other_numbers_passes_when_whole_and_says_its_size(tail: str) -> None:
    floats = size() | {BITS: b"\x20\0"}
    assert why(STORAGE + tail, IMPLICIT, floats, 80) == ""
    assert "40 bytes of 80" in why(STORAGE + tail, IMPLICIT, floats, 40)
    assert "Rows" in why(STORAGE + tail, IMPLICIT, {}, 80)


def rest(syntax: str, seen: dict[int, bytes], length: int, after: bytes) -> str:
    """Why a picture of zeros of this length, with something after it, is held; empty when it passes."""
    body = b"head" + bytes(length) + after
    try:
        screen_rest(syntax, seen, body, (4, len(body) - 4), syntax != BIG)
    except Held as held:
        return f"{held.reason}: {held.words}"
    return ""


@pytest.mark.parametrize("after", [b"SMITHSON", bytes(1 << 20) + b"x", b"\0x"])
def test_what_follows_the_last_frame_is_held(after: bytes) -> None:
    said = rest(IMPLICIT, size(), 40, after)
    assert said == f"picture: After the last frame the picture goes on for {len(after):,} bytes, which show nothing."
    assert rest(JPEG, size(), 40, after) == ""


def test_zeros_and_the_byte_that_pads_an_odd_length_may_follow() -> None:
    odd = size() | {BITS: b"\10\0", ROWS: b"\3\0"}
    assert rest(IMPLICIT, odd, 15, b"x") == ""
    assert "for 1 bytes" in rest(IMPLICIT, odd, 15, b"xy")
    assert rest(IMPLICIT, size(), 40, bytes(3 << 20)) == ""
