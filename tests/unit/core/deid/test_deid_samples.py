"""Of CT, MR and PET as they were acquired a sample is read: which pictures, and what the rest of a series then gets."""

import io

import pydicom
import pytest
from support.burned import GREY, WHO, Pulled, Told, blacked, burned, text
from support.dicom_bytes import BIG, CT, ENHANCED_CT, EXPLICIT, MR, PET, el

from isocentre.core.deid.engine import PixelCleaner, deidentify
from isocentre.core.deid.pixels.layout import layout_of
from isocentre.core.deid.pixels.where import reading, sized_as_captured, turn
from isocentre.core.deid.profile import parse
from isocentre.core.deid.screen import as_acquired
from isocentre.core.dicom.header import read_header
from isocentre.profiles import load

KEY = b"k" * 32
SAMPLE = 20
TOMOSYNTHESIS = "1.2.840.10008.5.1.4.1.1.13.1.3"
CLEANING = parse(
    load("basic").text.replace("do: pass", "do: clean_pixels").replace("options: []", f"sample: {SAMPLE}\noptions: []")
)
NAME = text(2, 3, 8, 6)
SERIES = b"1.2.3.2"


def slice_of(number, frames=1, syntax=EXPLICIT, **more):
    uid = el(0x00080018, "UI", f"1.2.3.{number}", syntax)
    return burned(GREY * frames, frames=frames, sop_class=more.pop("sop_class", CT), syntax=syntax,
                  t00080018=uid, **more)  # fmt: skip


def chosen(number):
    return turn(f"1.2.3.{number}".encode(), SAMPLE) == 0


OUT = next(n for n in range(10, 1000) if not chosen(n))
IN = next(n for n in range(10, 1000) if chosen(n))


def go(data, cleaner, profile=CLEANING):
    outcome = deidentify(data, profile=profile, study_key=KEY, context=WHO, pixels=cleaner)
    assert outcome.status == "done", outcome
    return outcome, pydicom.dcmread(io.BytesIO(b"".join(outcome.plan.chunks(data))))


def codes(ds):
    return [item.CodeValue for item in ds.DeidentificationMethodCodeSequence]


def test_one_picture_of_a_series_is_read_before_any_other_passes():
    cleaner = PixelCleaner(Told(), Pulled())
    outcome, ds = go(slice_of(OUT), cleaner)
    assert (cleaner.finder.read, outcome.unread, codes(ds)) == (1, False, ["113100", "113101"])
    assert cleaner.series == {SERIES: False}
    other = slice_of(OUT, t0020000E=el(0x0020000E, "UI", "1.2.3.77"))
    assert (go(other, cleaner)[0].unread, cleaner.finder.read) == (False, 2)


@pytest.mark.parametrize("syntax", [EXPLICIT, BIG])
def test_what_is_in_no_sample_passes_as_it_is_and_claims_nothing(syntax):
    cleaner = PixelCleaner(Told(NAME), Pulled(), {SERIES: False})
    outcome, ds = go(slice_of(OUT, syntax=syntax), cleaner)
    assert (cleaner.finder.read, outcome.unread, outcome.pixels) == (0, True, ())
    assert codes(ds) == ["113100"]
    assert ds.PixelData == GREY
    assert "BurnedInAnnotation" not in ds


def test_a_picture_in_no_sample_is_left_as_it_is_by_the_cleaner_too():
    cleaner = PixelCleaner(Told(NAME), Pulled(), {SERIES: False})
    cleaned = cleaner.clean(read_header(slice_of(OUT)), (), sample=SAMPLE)
    assert (cleaner.finder.read, cleaned.read, cleaned.blacked, cleaned.pieces) == (0, False, (), None)


def test_one_in_so_many_is_read_whoever_asks():
    numbers = [n for n in range(2000) if chosen(n)]
    assert 2000 / SAMPLE / 2 <= len(numbers) <= 2000 / SAMPLE * 2
    cleaner = PixelCleaner(Told(), Pulled(), {SERIES: False})
    outcome, ds = go(slice_of(IN), cleaner)
    assert (cleaner.finder.read, outcome.unread, codes(ds)) == (1, False, ["113100", "113101"])


def test_once_text_was_found_all_of_the_series_is_read():
    cleaner = PixelCleaner(Told(NAME), Pulled(), {SERIES: False})
    _, ds = go(slice_of(IN), cleaner)
    assert ds.PixelData == blacked(GREY, 1, NAME.box)
    assert cleaner.series == {SERIES: True}
    outcome, ds = go(slice_of(OUT), cleaner)
    assert [one.box for one in outcome.pixels] == [NAME.box]
    assert codes(ds) == ["113100", "113101"]
    cleaner.note(SERIES, False)
    assert cleaner.series == {SERIES: True}


def test_text_that_stays_after_black_out_has_the_series_read_too():
    cleaner = PixelCleaner(Told(NAME, stubborn=True), Pulled(), {SERIES: False})
    held = deidentify(slice_of(IN), profile=CLEANING, study_key=KEY, context=WHO, pixels=cleaner)
    assert (held.reason, cleaner.series) == ("pixel_text", {SERIES: True})


def test_of_an_object_of_many_frames_the_first_and_one_in_so_many_are_read():
    frames = 3 * SAMPLE
    cleaner = PixelCleaner(Told(), Pulled(), {SERIES: False})
    pictures = b"".join(bytes([n + 1]) * len(GREY) for n in range(frames))
    data = burned(pictures, frames=frames, sop_class=ENHANCED_CT)
    outcome, ds = go(data, cleaner)
    assert 3 <= cleaner.finder.read <= 4
    assert (outcome.unread, codes(ds)) == (True, ["113100"])
    hit = PixelCleaner(Told(NAME), Pulled())
    outcome, ds = go(data, hit)
    assert hit.finder.read > frames
    assert (outcome.unread, codes(ds)) == (False, ["113100", "113101"])


def test_whether_a_sample_was_read_beforehand():
    cleaner = PixelCleaner(Told(NAME), Pulled(), {SERIES: False}, beforehand=True)
    assert go(slice_of(IN), cleaner)[0].unread
    assert not go(slice_of(IN), PixelCleaner(Told(), Pulled(), beforehand=True))[0].unread


def test_without_a_reader_nothing_passes():
    for cleaner in (None, PixelCleaner(Told(missing=True), Pulled())):
        for number in (IN, OUT):
            made = deidentify(slice_of(number), profile=CLEANING, study_key=KEY, context=WHO, pixels=cleaner)
            assert (made.status, made.reason) == ("held", "no_text_reader")


@pytest.mark.parametrize(
    "more",
    [
        {"t00080008": el(0x00080008, "CS", "DERIVED\\PRIMARY\\MPR")},
        {"t00080008": el(0x00080008, "CS", "ORIGINAL\\SECONDARY")},
        {"t00080008": el(0x00080008, "CS", "ORIGINAL\\PRIMARY\\SCREEN SAVE")},
        {"t00080008": el(0x00080008, "CS", "")},
        {"t00280301": el(0x00280301, "CS", "YES")},
        {"sop_class": "1.2.840.10008.5.1.4.1.1.1"},
    ],
)
def test_everything_else_is_read_whole(more):
    cleaner = PixelCleaner(Told(), Pulled(), {SERIES: False})
    outcome, ds = go(slice_of(OUT, **more), cleaner)
    assert (cleaner.finder.read, outcome.unread, codes(ds)) == (1, False, ["113100", "113101"])


def test_a_profile_without_a_sample_reads_every_picture():
    whole = parse(load("basic").text.replace("do: pass", "do: clean_pixels"))
    cleaner = PixelCleaner(Told(), Pulled(), {SERIES: False})
    assert not go(slice_of(OUT), cleaner, whole)[0].unread
    assert cleaner.finder.read == 1


def test_pictures_of_a_size_that_devices_write_on_are_read():
    assert sized_as_captured(860, 1132)
    assert not sized_as_captured(512, 512)
    assert not sized_as_captured(480, 640)  # ultrasound
    rows, columns = 446, 245
    more = {
        "t00080018": el(0x00080018, "UI", f"1.2.3.{OUT}"), "t00080060": el(0x00080060, "CS", "PT"),
        "t00080070": el(0x00080070, "LO", "Philips"), "t00081090": el(0x00081090, "LO", "GEMINI TF"),
    }  # fmt: skip
    data = burned(bytes([9]) * rows * columns, rows=rows, columns=columns, sop_class=PET, **more)
    cleaner = PixelCleaner(Told(), Pulled(), {SERIES: False})
    outcome, _ = go(data, cleaner)
    assert (outcome.unread, cleaner.finder.read) == (False, 1)
    assert [(one.box, one.why) for one in outcome.pixels] == [((0, 0, 125, 50), "device")]


def test_places_of_devices_go_by_what_the_image_says():
    size = {"rows": 512, "columns": 20}
    maker = {"t00080070": el(0x00080070, "LO", "GE MEDICAL SYSTEMS"), "t00080060": el(0x00080060, "CS", "CT")}
    plain = read_header(burned(bytes(512 * 20), sop_class=CT, **size, **maker))
    assert reading(plain, layout_of(plain)).black == ()
    said = el(0x00280301, "CS", "YES")
    told = read_header(burned(bytes(512 * 20), sop_class=CT, **size, **maker, t00280301=said))
    assert reading(told, layout_of(told)).black == (((0, 0, 20, 25), "device"),)
    maker["t00080070"] = el(0x00080070, "LO", "Philips")
    dose = el(0x00080008, "CS", "DERIVED\\SECONDARY\\DOSE_INFO")
    screen = read_header(burned(bytes(512 * 20), sop_class=CT, **size, **maker, t00080008=dose))
    assert reading(screen, layout_of(screen)).black == (((0, 0, 20, 135), "device"),)


@pytest.mark.parametrize(
    ("sop_class", "words", "plain"),
    [
        (CT, ("ORIGINAL", "PRIMARY"), True), (MR, ("ORIGINAL", "PRIMARY", "M", "ND"), True),
        (PET, ("ORIGINAL", "PRIMARY", "AXIAL"), True), (CT, ("DERIVED", "PRIMARY"), False), (CT, (), False),
        (TOMOSYNTHESIS, ("DERIVED", "PRIMARY", "TOMOSYNTHESIS", "NONE"), True),
        (TOMOSYNTHESIS, ("DERIVED", "PRIMARY", "GENERATED_2D"), False),
        (TOMOSYNTHESIS, ("DERIVED", "SECONDARY", "TOMOSYNTHESIS"), False),
    ],
)  # fmt: skip
def test_what_counts_as_acquired(sop_class, words, plain):
    assert as_acquired(sop_class, words) is plain


def test_the_number_of_series_remembered_is_bounded(monkeypatch):
    monkeypatch.setattr("isocentre.core.deid.pixels.clean._REMEMBERED", 2)
    cleaner = PixelCleaner(Told(), Pulled())
    for name in (b"1", b"2", b"1", b"3"):
        cleaner.note(name, False)
    assert list(cleaner.series) == [b"1", b"3"]
