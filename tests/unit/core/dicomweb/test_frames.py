"""Frames of native and encapsulated pixel values."""

from __future__ import annotations

import struct

import pytest

from isocentre.core.dicom.walk import MalformedDicom
from isocentre.core.dicomweb import frames as f
from isocentre.core.dicomweb.frames import Span


def value(*pieces: bytes, closed: bool = True) -> bytes:
    items = b"".join(struct.pack("<HHL", 0xFFFE, 0xE000, len(piece)) + piece for piece in pieces)
    return items + (struct.pack("<HHL", 0xFFFE, 0xE0DD, 0) if closed else b"")


def reader(content: bytes) -> f.ReadAt:
    return lambda offset, length: content[offset : offset + length]


def read(content: bytes, frames: int, extended: bytes = b"") -> list[bytes]:
    read_at = reader(content)
    table, found = f.fragments(read_at, 0, len(content))
    groups = f.encapsulated_frames(table, found, frames, read_at, extended)
    return [b"".join(read_at(span.offset, span.length) for span in group) for group in groups]


def test_native_frames_divide_the_value_but_for_one_byte_of_padding() -> None:
    assert f.native_frame(100, 12, 3, 2) == Span(104, 4)
    assert f.native_frame(100, 10, 3, 3) == Span(106, 3)
    for length, frames, number in ((11, 3, 1), (12, 3, 0), (12, 3, 4)):
        with pytest.raises(MalformedDicom):
            f.native_frame(0, length, frames, number)


def test_one_frame_is_all_fragments() -> None:
    assert read(value(b"", b"ab", b"cd"), 1) == [b"abcd"]


def test_one_fragment_a_frame() -> None:
    assert read(value(b"", b"ab", b"cd"), 2) == [b"ab", b"cd"]


def test_basic_and_extended_offset_tables() -> None:
    basic = struct.pack("<LL", 0, 20)
    assert read(value(basic, b"ab", b"cd", b"ef"), 2) == [b"abcd", b"ef"]
    extended = struct.pack("<QQ", 0, 10)
    assert read(value(b"", b"ab", b"cd", b"ef"), 2, extended) == [b"ab", b"cdef"]


def straight(content: bytes, frames: int, wanted: list[int]) -> list[list[bytes]] | None:
    found = f.by_table(reader(content), 0, len(content), frames, wanted)
    return found and [[reader(content)(span.offset, span.length) for span in group] for group in found]


def test_frames_come_straight_from_a_basic_offset_table() -> None:
    content = value(struct.pack("<LLL", 0, 20, 30), b"ab", b"cd", b"ef", b"gh")
    assert straight(content, 3, [3, 1]) == [[b"gh"], [b"ab", b"cd"]]
    asked: list[int] = []
    assert f.by_table(lambda at, n: asked.append(at) or content[at : at + n], 0, len(content), 3, [3])
    assert asked == [0, 8, 50, 60]  # the table, and what follows it of the third frame alone


@pytest.mark.parametrize(
    ("content", "frames"),
    [
        (value(b"", b"ab", b"cd"), 2),  # no table
        (value(struct.pack("<LLL", 0, 10, 20), b"ab", b"cd"), 2),  # of another number of frames
        (value(struct.pack("<LL", 0, 5), b"ab", b"cd"), 2),  # between fragments
        (value(struct.pack("<LL", 0, 10), b"ab", b"cd", closed=False), 2),
        (value(struct.pack("<LL", 0, 0), b"ab", b"cd"), 2),
        (b"\xfe\xff\x00", 1),
    ],
)
def test_a_table_that_does_not_lead_to_fragments_is_not_believed(content: bytes, frames: int) -> None:
    assert straight(content, frames, list(range(1, frames + 1))) is None


def test_end_of_image_markers_where_there_is_no_table() -> None:
    assert read(value(b"", b"ab", b"c\xff\xd9\0", b"d\xff\xd9\0"), 2) == [b"abc\xff\xd9\0", b"d\xff\xd9\0"]


@pytest.mark.parametrize(
    ("content", "frames"),
    [
        (value(b"", b"ab", b"cd", closed=False), 1),
        (value(), 1),
        (b"\1\2\3\4\5\6\7\x08", 1),
        (value(struct.pack("<LL", 10, 20), b"ab", b"cd", b"ef"), 2),
        (value(struct.pack("<LL", 0, 5), b"ab", b"cd"), 2),
        (value(b"", b"ab", b"cd", b"ef"), 2),
    ],
)
def test_what_cannot_be_followed_is_told(content: bytes, frames: int) -> None:
    with pytest.raises(MalformedDicom, match="pixel data"):
        read(content, frames)


def test_frame_numbers_of_a_path() -> None:
    assert f.frame_numbers("3,1,2", 3) == [3, 1, 2]
    for wrong in ("0", "4", "", "1,", "a", "-1", "1" * 10, "²"):
        assert f.frame_numbers(wrong, 3) is None
