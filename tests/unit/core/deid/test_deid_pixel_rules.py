"""Rules of pictures: what black is, which bytes are spans, what vocabulary is, what a palette says."""

from struct import pack

import pytest
from support.burned import COLUMNS, GREY, PALETTE, ROWS, blacked, burned, layout, text
from support.dicom_bytes import el

from isocentre.core.deid.pixels import black, words
from isocentre.core.deid.pixels.layout import Palette, layout_of
from isocentre.core.deid.rules import Held
from isocentre.core.dicom.header import read_header

NAME = text(2, 3, 8, 6)


@pytest.mark.parametrize(
    ("changes", "value"),
    [
        ({"photometric": "MONOCHROME1"}, b"\xff"),
        ({"photometric": "MONOCHROME1", "stored": 7}, b"\x7f"),
        ({"signed": True}, b"\x80"),
        ({"signed": True, "photometric": "MONOCHROME1"}, b"\x7f"),
        ({"palette": Palette(5, 8, (9, 0, 9), (9, 1, 9), (9, 0, 9)), "photometric": "PALETTE COLOR"}, b"\x06"),
    ],
)
def test_black_is_what_is_shown_black(changes, value):
    assert black.frame(layout(**changes), GREY, [NAME.box]) == blacked(GREY, 1, NAME.box, value=value)


def test_planes_and_shared_colours():
    planes = bytes(i % 250 + 1 for i in range(720))
    planar = layout(burned(planes, samples=3, photometric="RGB", t00280006=el(0x00280006, "US", b"\1\0")))
    out = black.frame(planar, planes, [NAME.box])
    assert out == b"".join(blacked(planes[i : i + 240], 1, NAME.box) for i in (0, 240, 480))
    halved = layout(burned(planes[:480], samples=3, photometric="YBR_FULL_422"))
    out = black.frame(halved, planes[:480], [(3, 3, 7, 4)])
    at = (3 * COLUMNS + 2) * 2
    assert out[:at] == planes[:at]
    assert out[at : at + 12] == b"\0\0\x80\x80" * 3
    assert out[at + 12 :] == planes[at + 12 : 480]


def test_pieces_are_spans_but_for_the_boxes(monkeypatch):
    source = layout(burned(GREY + GREY, frames=2))
    boxes = [(0, 2, COLUMNS, 4), (5, 3, 9, 5), (-3, -2, 0, 0)]
    made_of = black.pieces(source, boxes)
    assert sum(len(p) if isinstance(p, bytes) else p[1] for p in made_of) == source.length
    assert made_of[0] == (source.offset, 40)
    whole = black.pieces(source, [(0, 0, COLUMNS, ROWS)])
    assert all(isinstance(piece, bytes) for piece in whole)
    monkeypatch.setattr(black, "CHUNK", 100)
    assert [len(p) for p in black.pieces(layout(), [(0, 0, COLUMNS, ROWS)])] == [100, 100, 40]
    blacks = black.pieces(layout(), [(0, 0, COLUMNS, 10)])
    assert blacks == [bytes(100), bytes(100), (layout().offset + 200, 40)]


@pytest.mark.parametrize(
    ("upper", "lower", "both"),
    [
        ([], [(0, 4, b"b")], [(0, 4, b"b")]),
        ([(2, 2, b"a")], [], [(2, 2, b"a")]),
        ([(2, 2, b"a")], [(0, 6, b"b")], [(0, 2, b"b"), (2, 2, b"a"), (4, 2, b"b")]),
        ([(0, 3, b"a"), (5, 3, b"a")], [(2, 4, b"b")], [(0, 3, b"a"), (3, 2, b"b"), (5, 3, b"a")]),
        ([(0, 9, b"a")], [(2, 4, b"b")], [(0, 9, b"a")]),
        ([(0, 1, b"a"), (8, 1, b"a")], [(2, 4, b"b")], [(0, 1, b"a"), (2, 4, b"b"), (8, 1, b"a")]),
    ],
)
def test_where_two_things_are_written_the_upper_one_counts(upper, lower, both):
    assert black.over(upper, lower) == both


def test_palettes_are_read_in_both_depths():
    short = layout_of(read_header(burned(GREY, photometric="PALETTE COLOR", **PALETTE)))
    assert short.palette == Palette(0, 8, (1, 2), (1, 2), (1, 2))
    deep = {name: value for name, value in PALETTE.items() if name < "t002812"} | {
        f"t002812{n:02}": el(0x00281200 + n, "OW", pack("<2H", 256, 512)) for n in (1, 2, 3)
    }
    assert layout_of(read_header(burned(GREY, photometric="PALETTE COLOR", **deep))).palette == Palette(
        0, 8, (256, 512), (256, 512), (256, 512)
    )
    full = {f"t002811{n:02}": el(0x00281100 + n, "US", pack("<3H", 0, 0, 16)) for n in (1, 2, 3)} | {
        f"t002812{n:02}": el(0x00281200 + n, "OW", bytes(131072)) for n in (1, 2, 3)
    }
    assert len(layout_of(read_header(burned(GREY, photometric="PALETTE COLOR", **full))).palette.red) == 65536


def test_overlapping_regions_are_kept_together():
    assert black.outside([(0, 0, 5, 5), (3, 0, 8, 5)], 8, 5) == []
    assert black.outside([(1, 1, 3, 3), (2, 1, 4, 3)], 4, 3) == [(0, 0, 4, 1), (0, 1, 1, 3)]


@pytest.mark.parametrize(
    ("said", "stays"),
    [
        ("L", True), ("R", True), ("ap", True), ("Supine AP", True), ("10 cm", True), ("5.0MHz", True), ("12 mm", True),
        ("RAO", True), ("", False), ("SMITHSON", False), ("Dr C Rao", False), ("12/03/61", False), ("1234567", False),
        ("L SMITHSON", False), ("--", False), ("ADA", False), ("HEAD", True),
    ],
)  # fmt: skip
def test_only_vocabulary_stays(said, stays):
    assert words.harmless(text(0, 0, 9, 9, said), frozenset({"ADA"})) is stays
    assert not words.harmless(text(0, 0, 9, 9, said, 0.5), frozenset())


def test_a_patient_called_like_a_view_is_blacked_out():
    known = words.known_words(["RAO^PRIYA", "RXH1234567"])
    assert not words.harmless(text(0, 0, 9, 9, "RAO"), known)


def test_a_number_stays_only_where_it_stands_alone():
    alone, day, month = text(0, 0, 10, 10, "5"), text(0, 40, 10, 50, "12"), text(15, 40, 25, 50, "3")
    far = text(200, 40, 210, 50, "7")
    assert words.kept([alone, day, month, far], frozenset()) == [alone, far]
    assert words.kept([text(0, 0, 10, 10, "512")], frozenset()) == []


def test_a_layout_knows_its_frame():
    assert layout().frame_bytes == 240
    assert layout(burned(GREY, without=(0x00280008,))).frames == 1
    assert layout(burned(bytes(480), samples=3, photometric="YBR_FULL_422")).frame_bytes == 480
    with pytest.raises(Held):
        layout_of(read_header(burned(GREY, rows=0)))
