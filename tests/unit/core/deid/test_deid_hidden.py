"""Drawings in unused bits of a picture go, samples in swapped pairs and deep colours are cleaned like any other."""

import io
from struct import pack, unpack

import pydicom
import pytest
from support.burned import GREY, WHO, Pulled, Told, blacked, burned, layout, text
from support.dicom_bytes import BIG, CT, DEFLATED, EXPLICIT, IMPLICIT, el

from isocentre.core.deid import recheck
from isocentre.core.deid.engine import PixelCleaner, deidentify
from isocentre.core.deid.pixels import black, hidden
from isocentre.core.deid.pixels.layout import swapped
from isocentre.core.deid.plan import Made
from isocentre.core.deid.profile import parse
from isocentre.profiles import load

CLEANING = parse(load("basic").text.replace("do: hold", "do: clean_pixels"))
NAME = text(2, 3, 8, 6)
PIXELS = tuple(range(1000, 1240))
DRAWN = tuple(value | (0xA000 if value % 3 else 0) for value in PIXELS)


def overlay(position=13, syntax=EXPLICIT, bits=16, **more):
    order = ">H" if syntax == BIG else "<H"
    rows = {0x60000010: 12, 0x60000011: 20, 0x60000100: bits, 0x60000102: position}
    drawn = {f"t{tag:08X}": el(tag, "US", pack(order, value), syntax) for tag, value in rows.items()}
    other = {"t60020102": el(0x60020102, "US", pack(order, 15), syntax)}
    return drawn | other | {"t00280101": el(0x00280101, "US", pack(order, 12), syntax),
                            "t00280102": el(0x00280102, "US", pack(order, 11), syntax)} | more  # fmt: skip


def run(data, finder=None, profile=CLEANING):
    return deidentify(
        data, profile=profile, study_key=b"k" * 32, context=WHO, pixels=PixelCleaner(finder or Told(), Pulled())
    )


def made(data, finder=None):
    outcome = run(data, finder)
    assert outcome.status == "done", outcome
    out = b"".join(outcome.plan.chunks(data))
    assert len(out) == outcome.plan.size
    assert recheck.check(out) == []
    return pydicom.dcmread(io.BytesIO(out))


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, DEFLATED, BIG])
def test_drawings_in_unused_bits_go_and_no_other_bit(syntax):
    order = ">" if syntax == BIG else "<"
    plain = pack(f"{order}240H", *PIXELS)
    data = burned(pack(f"{order}240H", *DRAWN), syntax=syntax, sop_class=CT, bits=16, **overlay(syntax=syntax))
    ds = made(data)
    assert ds.PixelData == plain
    assert not [element for element in ds if element.tag.group & 0xFF00 == 0x6000]


def test_a_picture_that_is_cleaned_loses_its_drawing_and_its_text(monkeypatch):
    class Seen(Told):
        def find(self, layout, data):
            assert max(unpack("<240H", data)) < 0x2000
            return super().find(layout, data)

    monkeypatch.setattr("isocentre.core.deid.plan.CHUNK", 33)
    monkeypatch.setattr("isocentre.core.deid.pixels.hidden.CHUNK", 8)
    ds = made(burned(pack("<240H", *DRAWN), bits=16, **overlay()), Seen(NAME))
    assert ds.PixelData == blacked(pack("<240H", *PIXELS), 2, NAME.box)


def test_an_overlay_with_data_of_its_own_changes_no_pixel():
    drawing = {"t60003000": el(0x60003000, "OW", bytes(30)), "t60023000": el(0x60023000, "OW", bytes(30))}
    pixels = pack("<240H", *DRAWN)
    assert made(burned(pixels, sop_class=CT, bits=16, **overlay(), **drawing)).PixelData == pixels
    assert not hidden.suspected({0x60000100: b"\1\0", 0x60000102: b"\0\0", 0x60020102: b""}, True)


@pytest.mark.parametrize("changes", [{"position": 5}, {"position": 16}])
def test_drawings_that_cannot_be_told_from_the_picture_hold_it(changes):
    held = run(burned(pack("<240H", *DRAWN), sop_class=CT, bits=16, **overlay(**changes)))
    assert (held.status, held.reason) == ("held", "pixels_unreadable")
    packed = burned(b"", syntax="1.2.840.10008.1.2.5", sop_class=CT, bits=16, encapsulated=[b"xx"], **overlay())
    assert run(packed).reason == "pixels_unreadable"


def test_only_the_pixel_value_is_cleared():
    trailing = {"tFFFCFFFC": el(0xFFFCFFFC, "OB", b"\xff\xff")}
    data = burned(pack("<240H", *DRAWN), sop_class=CT, bits=16, **overlay(), **trailing)
    assert made(data).PixelData == pack("<240H", *PIXELS)
    assert hidden.masked(b"\x0f\xff", b"\xff\xff\x7f\x7f\xee") == b"\x0f\xff\x0f\x7f\xee"


@pytest.mark.parametrize("vr", ["OW", "OB"])
def test_samples_in_swapped_pairs_are_cleaned_where_they_lie(vr):
    stored = swapped(GREY) if vr == "OW" else GREY
    data = burned(b"", syntax=BIG, t7FE00010=el(0x7FE00010, vr, stored, BIG))
    outcome = run(data, Told(NAME))
    assert any(isinstance(piece, Made) for piece in outcome.plan.pieces) is (vr == "OW")
    out = b"".join(outcome.plan.chunks(data))
    expected = blacked(GREY, 1, NAME.box)
    assert out.endswith(swapped(expected) if vr == "OW" else expected)
    assert swapped(b"abc") == b"bac"
    assert swapped(b"") == b""


def test_colours_of_sixteen_bits_are_black():
    pixels = pack("<720H", *range(1, 721))
    data = burned(pixels, samples=3, bits=16, photometric="RGB")
    assert made(data, Told(NAME)).PixelData == blacked(pixels, 6, NAME.box)
    planes = layout(data, planar=True)
    assert black.frame(planes, pixels, [NAME.box]) == b"".join(
        blacked(pixels[at : at + 480], 2, NAME.box) for at in (0, 480, 960)
    )


def test_a_colour_table_of_bytes_in_swapped_words_is_put_right():
    palette = {
        f"t0028{number}": el(int(f"0028{number}", 16), "US" if number < "12" else "OW", value, BIG)
        for number, value in [
            *((n, pack(">3H", 4, 0, 8)) for n in ("1101", "1102", "1103")),
            *((n, bytes([9, 0, 7, 5])) for n in ("1201", "1202", "1203")),
        ]
    }
    data = burned(GREY, syntax=BIG, photometric="PALETTE COLOR", **palette)
    assert layout(data).palette.red == (0, 9, 5, 7)
    assert layout(data).palette.darkest == 0
