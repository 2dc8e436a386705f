"""Pictures: what lies where, what stays, what is black, and not one other byte changed."""

import io
from dataclasses import replace
from struct import pack

import pydicom
import pytest
from pydicom.encaps import generate_fragmented_frames, parse_basic_offsets
from support.burned import COLUMNS, GREY, PALETTE, ROWS, WHO, Pulled, Told, blacked, burned, text
from support.dicom_bytes import BIG, CT, DEFLATED, EXPLICIT, IMPLICIT, SC, el

from isocentre.core.deid import recheck
from isocentre.core.deid.engine import PixelCleaner, deidentify
from isocentre.core.deid.pixels import words
from isocentre.core.deid.plan import Made
from isocentre.core.deid.profile import parse
from isocentre.profiles import load

KEY = b"k" * 32
CLEANING = parse(load("basic").text.replace("do: hold", "do: clean_pixels"))
BASELINE, LOSSLESS = "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.70"
RLE = "1.2.840.10008.1.2.5"
NAME = text(2, 3, 8, 6)


def run(data, finder, decoder=None, profile=CLEANING, context=WHO):
    cleaner = PixelCleaner(finder, decoder or Pulled())
    return deidentify(data, profile=profile, study_key=KEY, context=context, pixels=cleaner)


def made(data, finder, decoder=None):
    outcome = run(data, finder, decoder)
    assert outcome.status == "done", outcome
    out = b"".join(outcome.plan.chunks(data))
    assert len(out) == outcome.plan.size
    assert recheck.check(out) == recheck.check(outcome.plan.head(data)) == []
    return outcome, pydicom.dcmread(io.BytesIO(out))


def codes(ds):
    return [item.CodeValue for item in ds.DeidentificationMethodCodeSequence]


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, DEFLATED])
def test_text_is_black_and_nothing_else_is_changed(syntax):
    outcome, ds = made(burned(GREY, syntax=syntax), Told(NAME))
    assert ds.PixelData == blacked(GREY, 1, NAME.box)
    assert ds.BurnedInAnnotation == "NO"
    assert codes(ds) == ["113100", "113101"]
    assert [(one.frame, one.box, one.why) for one in outcome.pixels] == [(1, NAME.box, "text")]
    assert ds.file_meta.TransferSyntaxUID == syntax
    assert ds.PatientID == "P-ABCDEFGHIJKL"


def test_a_picture_without_text_keeps_its_bytes_and_says_that_it_was_read():
    data = burned(GREY)
    outcome, ds = made(data, Told())
    assert ds.PixelData == GREY
    assert codes(ds) == ["113100", "113101"]
    assert any(isinstance(piece, tuple) and piece[1] == len(GREY) for piece in outcome.plan.pieces)


@pytest.mark.parametrize("said", ["YES", "NO"])
def test_what_says_that_text_is_burned_in_passes_once_it_is_clean(said):
    _, ds = made(burned(GREY, t00280301=el(0x00280301, "CS", said)), Told(NAME))
    assert ds.BurnedInAnnotation == "NO"


def test_a_copied_screen_passes_once_it_is_clean():
    data = burned(GREY, sop_class=SC, t00080008=el(0x00080008, "CS", "DERIVED\\SECONDARY\\SCREEN SAVE"))
    _, ds = made(data, Told(NAME))
    assert ds.PixelData == blacked(GREY, 1, NAME.box)


def test_released_profiles_go_on_holding_and_so_does_a_side_without_a_reader():
    for profile in ("basic", "trial-ct-mr"):
        held = run(burned(GREY), Told(), profile=load(profile))
        assert (held.status, held.reason, held.plan) == ("held", "ultrasound", None)
    alone = deidentify(burned(GREY), profile=CLEANING, study_key=KEY, context=WHO)
    assert (alone.status, alone.reason) == ("held", "no_text_reader")
    missing = run(burned(GREY), Told(missing=True))
    assert (missing.status, missing.reason) == ("held", "no_text_reader")


def test_text_that_cannot_be_blacked_out_holds_the_object_with_its_places():
    finder = Told(NAME, stubborn=True)
    held = run(burned(GREY), finder)
    assert (held.status, held.reason, held.plan) == ("held", "pixel_text", None)
    assert finder.read == 4
    assert {one.box for one in held.pixels} == {NAME.box}
    assert "SMITHSON" not in held.words


def test_text_that_comes_to_light_only_after_black_out_is_blacked_out_too():
    class Layers(Told):
        def find(self, layout, data):
            seen = super().find(layout, data)
            return seen[:1]

    _, ds = made(burned(GREY), Layers(NAME, text(10, 1, 12, 2)))
    assert ds.PixelData == blacked(blacked(GREY, 1, NAME.box), 1, (10, 1, 12, 2))


def test_a_film_is_black_in_all_frames_where_text_was_in_one():
    still = GREY
    other = bytes(255 - v for v in GREY)
    finder = Told(NAME)
    outcome, ds = made(burned(still + still + other, frames=3), finder)
    assert ds.PixelData == b"".join(blacked(part, 1, NAME.box) for part in (still, still, other))
    assert finder.read == 4  # the second frame is the first again
    assert {one.frame for one in outcome.pixels} == {1}


def test_sixteen_bits_colours_and_palettes_are_blacked_in_their_own_black():
    deep = pack("<240H", *range(1000, 1240))
    _, ds = made(burned(deep, bits=16), Told(NAME))
    assert ds.PixelData == blacked(deep, 2, NAME.box)
    _, ds = made(burned(pack(">240H", *range(1000, 1240)), bits=16, syntax=BIG), Told(NAME))
    assert ds.PixelData == blacked(pack(">240H", *range(1000, 1240)), 2, NAME.box)
    colour = bytes(i % 250 + 1 for i in range(720))
    _, ds = made(burned(colour, samples=3, photometric="RGB"), Told(NAME))
    assert ds.PixelData == blacked(colour, 3, NAME.box, value=b"\0\0\0")
    _, ds = made(burned(colour, samples=3, photometric="YBR_FULL"), Told(replace(NAME, box=(2, 3, 8, 6))))
    assert ds.PixelData == blacked(colour, 3, NAME.box, value=b"\0\x80\x80")


def test_compressed_pictures_are_stored_without_compression_and_say_what_was_lost():
    colour = bytes(i % 250 + 1 for i in range(720))
    data = burned(b"", syntax=BASELINE, samples=3, photometric="YBR_FULL_422", encapsulated=[b"\xff\xd8x"],
                  t7FE00001=el(0x7FE00001, "OV", bytes(8)))  # fmt: skip
    outcome, ds = made(data, Told(NAME), Pulled([colour], "YBR_FULL"))
    assert ds.PixelData == blacked(colour, 3, NAME.box, value=b"\0\x80\x80")
    assert ds.file_meta.TransferSyntaxUID == outcome.plan.transfer_syntax == EXPLICIT
    assert (ds.PhotometricInterpretation, ds.PlanarConfiguration) == ("YBR_FULL", 0)
    assert (ds.LossyImageCompression, ds.LossyImageCompressionMethod) == ("01", "ISO_10918_1")
    assert float(ds.LossyImageCompressionRatio) > 1
    assert 0x7FE00001 not in ds


def shortened(data):
    return b"R" + data[-9:-1]


@pytest.mark.parametrize("kept", [True, False])
def test_compressed_pictures_are_stored_in_rle_where_that_is_smaller(kept, monkeypatch):
    if not kept:
        monkeypatch.setattr("isocentre.core.deid.pixels.store.KEPT", 20)
    still, other = GREY, GREY[::-1]
    data = burned(b"", syntax=LOSSLESS, frames=2, encapsulated=[b"\xff\xd8xx", b"\xff\xd8yy"],
                  t7FE00001=el(0x7FE00001, "OV", bytes(16)), t7FE00002=el(0x7FE00002, "OV", bytes(16)))  # fmt: skip
    outcome, ds = made(data, Told(NAME), Pulled([still, other], packed=shortened))
    assert ds.file_meta.TransferSyntaxUID == outcome.plan.transfer_syntax == RLE
    assert ds["PixelData"].VR == "OB"
    packed = [shortened(blacked(part, 1, NAME.box)) + b"\0" for part in (still, other)]
    assert list(generate_fragmented_frames(ds.PixelData, number_of_frames=2)) == [(part,) for part in packed]
    assert parse_basic_offsets(ds.PixelData) == [0, 18]
    assert 0x7FE00001 not in ds
    assert 0x7FE00002 not in ds
    assert any(isinstance(piece, Made) for piece in outcome.plan.pieces) is not kept


def test_a_large_picture_that_stays_native_is_made_while_it_is_streamed(monkeypatch):
    monkeypatch.setattr("isocentre.core.deid.pixels.store.KEPT", 20)
    frames = [GREY, GREY[::-1]]
    data = burned(b"", syntax=LOSSLESS, frames=2, encapsulated=[b"\xff\xd8xx"])
    decoder = Pulled(frames)
    outcome, ds = made(data, Told(NAME), decoder)
    assert ds.PixelData == b"".join(blacked(part, 1, NAME.box) for part in frames)
    decoder.frames = frames[:1]  # what decodes otherwise the second time is no longer what was planned
    with pytest.raises(RuntimeError, match="another size"):
        list(outcome.plan.chunks(data))


def test_offsets_that_do_not_fit_are_left_out(monkeypatch):
    monkeypatch.setattr("isocentre.core.deid.pixels.store.LONGEST", 5)
    data = burned(b"", syntax=LOSSLESS, frames=2, encapsulated=[b"\xff\xd8xx"])
    _, ds = made(data, Told(NAME), Pulled([GREY, GREY[::-1]], packed=shortened))
    assert parse_basic_offsets(ds.PixelData) == []


def test_what_was_never_lossy_does_not_become_it_and_odd_frames_are_padded():
    odd = bytes(range(1, 136))
    data = burned(b"", syntax=LOSSLESS, rows=9, columns=15, encapsulated=[b"\xff\xd8xx"])
    _, ds = made(data, Told(NAME), Pulled([odd]))
    assert ds.PixelData == blacked(odd, 1, NAME.box, 15) + b"\0"
    assert "LossyImageCompression" not in ds
    deep = pack("<240H", *range(1000, 1240))
    said = el(0x00282110, "CS", "01")
    denied = burned(b"", syntax=BASELINE, encapsulated=[b"\xff\xd8xx"], t00282110=el(0x00282110, "CS", "00"))
    _, ds = made(denied, Told(NAME), Pulled([GREY]))
    assert (ds.LossyImageCompression, ds.LossyImageCompressionMethod) == ("01", "ISO_10918_1")
    data = burned(b"", syntax=BASELINE, bits=16, encapsulated=[b"\xff\xd8xx"], t00282110=said)
    _, ds = made(data, Told(NAME), Pulled([deep]))
    assert ds["PixelData"].VR == "OW"
    assert ds.LossyImageCompression == "01"
    assert "LossyImageCompressionMethod" not in ds


def test_compressed_pictures_without_text_stay_as_they_are():
    data = burned(b"", syntax=BASELINE, encapsulated=[b"\xff\xd8xx"])
    _, ds = made(data, Told(), Pulled([GREY]))
    assert ds.file_meta.TransferSyntaxUID == BASELINE
    assert b"\xff\xd8xx" in ds.PixelData
    assert ds.BurnedInAnnotation == "NO"


@pytest.mark.parametrize("decoder", [Pulled(), Pulled([GREY, GREY], missing=1)])
def test_a_picture_that_cannot_be_decoded_whole_is_held(decoder):
    data = burned(b"", syntax=BASELINE, frames=2, encapsulated=[b"\xff\xd8xx"])
    held = run(data, Told(), decoder)
    assert (held.status, held.reason) == ("held", "pixels_unreadable")


def test_a_picture_too_large_without_compression_is_held(monkeypatch):
    monkeypatch.setattr("isocentre.core.deid.pixels.store.LONGEST", 100)
    held = run(burned(b"", syntax=BASELINE, encapsulated=[b"\xff\xd8xx"]), Told(NAME), Pulled([GREY]))
    assert (held.status, held.reason) == ("held", "pixels_unreadable")


def test_text_outside_the_picture_is_a_reader_gone_wrong():
    held = run(burned(GREY), Told(text(30, 30, 40, 40), stubborn=True))
    assert (held.status, held.reason) == ("held", "pixels_unreadable")


def number(tag, value):
    return {f"t{tag:08X}": el(tag, "US", pack("<H", value))}


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"without": (0x7FE00010,)}, "no picture"),
        ({"without": (0x7FE00010,), "t7FE00008": el(0x7FE00008, "OF", bytes(960))}, "no picture"),
        ({"t60000010": el(0x60000010, "US", b"\2\0")}, "cannot be cleared"),
        ({"without": (0x00280010,)}, "size or depth"),
        ({"t00280008": el(0x00280008, "IS", "many")}, "size or depth"),
        ({"bits": 32}, "size or depth"),
        ({"photometric": "HSV"}, "kind of colour"),
        ({"samples": 3, "photometric": "YBR_RCT"}, "kind of colour"),
        ({"samples": 4, "photometric": "CMYK"}, "kind of colour"),
        (number(0x00280101, 0), "depth is wrong"),
        ({"rows": 65535, "columns": 65535}, "depth is wrong"),
        ({"samples": 3, "photometric": "YBR_FULL_422", "columns": 7, "rows": 2}, "no known way"),
        ({"rows": 13}, "cut short"),
        ({"rows": 11}, "something follows"),
        ({"syntax": BIG, "rows": 1, "columns": 239, "t7FE00010": el(0x7FE00010, "OW", GREY, BIG)}, "swapped pairs"),
        ({"photometric": "PALETTE COLOR"}, "colour table is missing"),
        ({"photometric": "PALETTE COLOR", **PALETTE, "t00281103": el(0x00281103, "US", pack("<3H", 9, 0, 8))}, "short"),
        ({"photometric": "PALETTE COLOR", **PALETTE, "t00281103": el(0x00281103, "US", pack("<3H", 1, 0, 8))}, "diff"),
    ],
)
def test_pictures_that_cannot_be_cleaned_are_held(changes, why):
    held = run(burned(GREY, **changes), Told())
    assert (held.status, held.reason) == ("held", "pixels_unreadable")
    assert why in held.words


def test_outside_the_regions_of_an_ultrasound_all_is_black():
    outcome, ds = made(burned(GREY, regions=[(2, 2, 9, 8), (12, 5, 30, 30), (1, 2)]), Told())
    expected = bytearray(240)
    for row in range(ROWS):
        for column in range(COLUMNS):
            if (2 <= column <= 9 and 2 <= row <= 8) or (column >= 12 and row >= 5):
                expected[row * COLUMNS + column] = GREY[row * COLUMNS + column]
    assert ds.PixelData == bytes(expected)
    assert {one.why for one in outcome.pixels} == {"outside_regions"}
    assert {one.frame for one in outcome.pixels} == {0}


def test_regions_count_on_ultrasound_only_and_only_inside_the_picture():
    _, ds = made(burned(GREY, regions=[(50, 50, 60, 60)]), Told())
    assert ds.PixelData == GREY
    _, ds = made(burned(GREY, sop_class=SC, regions=[(2, 2, 9, 8)]), Told())
    assert ds.PixelData == GREY


def test_devices_known_to_write_somewhere_are_black_there():
    maker = {"t00080070": el(0x00080070, "LO", "Philips Medical"), "t00081090": el(0x00081090, "LO", "iU22")}
    outcome, ds = made(burned(bytes([7]) * 480 * 10, rows=480, columns=10, **maker), Told())
    assert ds.PixelData == bytes(470) + bytes([7]) * (480 * 10 - 470)
    assert [one.why for one in outcome.pixels] == ["device"]
    _, ds = made(burned(GREY, **maker), Told())
    assert ds.PixelData == GREY


LESION = [text(2, 3, 4, 5, "o", 0.6)]
HEADS = [text(0, 0, 4, 4, "O"), text(4, 0, 8, 4, "0O"), text(8, 0, 12, 4, "OOO")]


@pytest.mark.parametrize(
    ("seen", "as_acquired", "elsewhere"),
    [
        (LESION, LESION, []),
        (HEADS, HEADS, []),
        ([text(2, 3, 6, 5, "J7")], [text(2, 3, 6, 5, "J7")], []),
        ([text(2, 3, 6, 5, "Li")], [], []),
        ([text(2, 3, 6, 5, "SAM")], [], []),
        ([text(0, 0, 4, 4, "SM"), text(5, 0, 9, 4, "IT")], [], []),
        ([text(0, 0, 4, 4, "O"), text(5, 0, 9, 4, "NEIL")], [], []),
        ([text(0, 0, 4, 4, "12"), text(5, 0, 9, 4, "03")], [], []),
        ([text(0, 0, 4, 4, "12")], [text(0, 0, 4, 4, "12")], [text(0, 0, 4, 4, "12")]),
        ([text(0, 0, 9, 4, "AP")], [text(0, 0, 9, 4, "AP")], [text(0, 0, 9, 4, "AP")]),
    ],
)
def test_a_letter_or_two_on_a_picture_as_acquired_is_part_of_a_body(seen, as_acquired, elsewhere):
    known = words.known_words(["Li^Ottoline"])
    assert words.kept(seen, known, acquired=True) == as_acquired
    assert words.kept(seen, known) == elsewhere


def test_a_lesion_on_a_picture_as_acquired_stays_and_a_name_goes():
    profile = parse(load("trial-ct-mr", 3).text)
    data = burned(GREY, sop_class=CT, t00080008=el(0x00080008, "CS", "ORIGINAL\\PRIMARY\\AXIAL"))
    lesion, name = (run(data, Told(*seen), profile=profile) for seen in (LESION, [NAME]))
    assert (lesion.status, lesion.pixels) == ("done", ())
    assert [one.box for one in name.pixels] == [NAME.box]
