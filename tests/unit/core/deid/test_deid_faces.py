"""Faces: which slices make a volume, what is emptied and what the header then says, and not one other byte changed."""

import io
from contextlib import nullcontext
from dataclasses import replace
from struct import pack

import pydicom
import pytest
from support.burned import WHO, Pulled, Told, burned, text
from support.dicom_bytes import BIG, CT, DEFLATED, ENHANCED_CT, EXPLICIT, IMPLICIT, MR, el
from support.faces import COLUMNS, ROWS, RUNS, Taken, slice_of, values

from isocentre.core.deid import recheck
from isocentre.core.deid.engine import PixelCleaner, deidentify
from isocentre.core.deid.faces import cut as cuts
from isocentre.core.deid.faces.clean import FaceCleaner, TakenOff
from isocentre.core.deid.faces.geometry import grid_of, plane_of
from isocentre.core.deid.pixels.where import turn
from isocentre.core.deid.profile import parse
from isocentre.core.deid.rules import Held
from isocentre.core.dicom.header import read_header
from isocentre.core.ports import NoFace, NoPicture, NoRemover
from isocentre.profiles import load

KEY = b"k" * 32
NO_WAIVER = replace(WHO, face_waiver=False)
FACELESS = parse(load("basic").text.replace("do: pass", "do: clean_faces"))
LOSSLESS, RLE = "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.5"
NAME = text(2, 0, 7, 1)
HIDDEN = {
    "t00280101": el(0x00280101, "US", pack("<H", 12)), "t00280102": el(0x00280102, "US", pack("<H", 11)),
    "t60000100": el(0x60000100, "US", pack("<H", 16)), "t60000102": el(0x60000102, "US", pack("<H", 15)),
    "t60000010": el(0x60000010, "US", pack("<H", ROWS)), "t60000011": el(0x60000011, "US", pack("<H", COLUMNS)),
}  # fmt: skip
"""An overlay that lies in the highest bit of the picture."""


def sources(files):
    return [lambda file=file: nullcontext(file) for file in files]


def cut_of(files=None, remover=None, decoder=None):
    cleaner = FaceCleaner(remover or Taken(), decoder or Pulled())
    return TakenOff(cleaner, cleaner.find(sources(files or [slice_of(n) for n in range(12)])))


def run(data, face, profile=FACELESS, context=NO_WAIVER, **more):
    return deidentify(data, profile=profile, study_key=KEY, context=context, face=face, **more)


def made(data, face):
    outcome = run(data, face)
    assert outcome.status == "done", outcome
    assert outcome.faceless
    out = b"".join(outcome.plan.chunks(data))
    assert len(out) == outcome.plan.size
    assert recheck.check(out) == recheck.check(outcome.plan.head(data)) == []
    return outcome, pydicom.dcmread(io.BytesIO(out))


def emptied(data, air, order="<"):
    out = bytearray(data)
    for first, count in RUNS:
        out[2 * first : 2 * (first + count)] = pack(order + "H", air) * count
    return bytes(out)


def codes(ds):
    return [item.CodeValue for item in ds.DeidentificationMethodCodeSequence]


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, DEFLATED, BIG])
def test_what_lies_before_the_cut_is_air_and_nothing_else_is_changed(syntax):
    outcome, ds = made(slice_of(3, syntax), cut_of())
    assert ds.PixelData == emptied(values(syntax), 24, ">" if syntax == BIG else "<")
    assert ds.RecognizableVisualFeatures == "NO"
    assert codes(ds) == ["113100", "113102"]
    assert ds.file_meta.TransferSyntaxUID == syntax
    if syntax != DEFLATED:
        assert any(isinstance(piece, tuple) and piece[1] == 2 * (48 - 12) for piece in outcome.plan.pieces)


def test_a_slice_without_face_keeps_its_bytes_and_is_of_a_faceless_series():
    _, ds = made(slice_of(3), cut_of(remover=Taken([])))
    assert ds.PixelData == values()
    assert codes(ds) == ["113100", "113102"]


def test_all_of_a_slice_may_go():
    _, ds = made(slice_of(3), cut_of(remover=Taken([(0, 48)])))
    assert ds.PixelData == pack("<H", 24) * 48


def test_air_stays_within_the_bits_that_are_stored():
    signed = {"t00280103": el(0x00280103, "US", pack("<H", 1)), "t00280101": el(0x00280101, "US", pack("<H", 12))}
    _, ds = made(slice_of(3, **signed), cut_of(remover=Taken(fill=-9000.0)))
    assert ds.pixel_array[0, 0] == -2048
    _, ds = made(slice_of(3), cut_of(remover=Taken(fill=-9000.0)))
    assert ds.pixel_array[0, 0] == 0


@pytest.mark.parametrize(("packed", "syntax"), [(lambda data: data + b"x", EXPLICIT), (lambda data: data[:9], RLE)])
def test_a_compressed_slice_is_stored_without_loss(packed, syntax):
    files = [slice_of(n, LOSSLESS, encapsulated=(b"abcd",)) for n in range(12)]
    face = cut_of(files, decoder=Pulled([values()], packed=packed))
    _, ds = made(files[2], face)
    assert ds.file_meta.TransferSyntaxUID == syntax
    if syntax == EXPLICIT:
        assert ds.PixelData == emptied(values(), 24)
    else:
        assert emptied(values(), 24)[:9] in ds.PixelData
    assert "LossyImageCompression" not in ds
    assert [one.data for one in face.cleaner.remover.seen] == [values()] * 12

    broken = replace(face, cleaner=replace(face.cleaner, decoder=Pulled()))
    assert run(files[2], broken).reason == "face_left"
    with pytest.raises(Held) as held:
        broken.cleaner.find(sources(files))
    assert "cannot be read" in held.value.words


def test_a_picture_of_odd_length_is_padded():
    def small(number):
        geometry = {
            "t00200032": el(0x00200032, "DS", f"0\\0\\{9 * number}"), "t00280030": el(0x00280030, "DS", "25\\19"),
            "t00200037": el(0x00200037, "DS", "1\\0\\0\\0\\1\\0"),
        }  # fmt: skip
        return burned(
            b"", syntax=LOSSLESS, sop_class=CT, encapsulated=(b"ab",), rows=3, columns=5, bits=8, **geometry
        )  # fmt: skip

    files = [small(number) for number in range(10)]
    _, ds = made(files[0], cut_of(files, Taken([(0, 2)], fill=7.0), Pulled([bytes(range(15))])))
    assert ds.PixelData == b"\x07\x07" + bytes(range(2, 15)) + b"\0"


def test_the_values_given_to_what_finds_faces_are_those_of_the_file():
    face = cut_of()
    first = face.cleaner.remover.seen[0]
    assert (first.slope, first.intercept, first.data) == (1.0, -1024.0, values())
    assert face.cut.figures["hounsfield"] == 1.0
    assert cut_of([slice_of(n, sop_class=MR) for n in range(12)]).cut.figures["hounsfield"] == 0.0


def test_a_waiver_or_another_body_part_keeps_the_picture():
    outcome = run(slice_of(3), None, context=WHO)
    assert outcome.status == "done"
    assert not outcome.faceless
    assert pydicom.dcmread(io.BytesIO(b"".join(outcome.plan.chunks(slice_of(3))))).RecognizableVisualFeatures == "YES"
    knee = slice_of(3, t00180015=el(0x00180015, "CS", "KNEE"))
    outcome = run(knee, None)
    ds = pydicom.dcmread(io.BytesIO(b"".join(outcome.plan.chunks(knee))))
    assert "RecognizableVisualFeatures" not in ds
    assert codes(ds) == ["113100"]


def test_without_a_cut_a_head_is_held():
    assert run(slice_of(3), None).reason == "face_series"
    assert run(slice_of(3), cut_of(), profile=load("basic")).reason == "face"


def blackened(data, air=24):
    """The slice with the box of `NAME` black and the face empty, which goes over the box."""
    out = bytearray(data)
    out[2 * 2 : 2 * 7] = bytes(10)
    return emptied(bytes(out), air)


@pytest.mark.parametrize("sample", ["", "sample: 20\n"])
def test_text_and_face_go_from_one_picture(sample):
    both = parse(
        load("basic").text.replace("do: pass", "do: clean_faces clean_pixels").replace("options:", f"{sample}options:")
    )
    cleaner = PixelCleaner(Told(NAME), Pulled())
    outcome = run(slice_of(3), cut_of(), profile=both, pixels=cleaner)
    assert (outcome.status, outcome.faceless, [one.box for one in outcome.pixels]) == ("done", True, [NAME.box])
    out = b"".join(outcome.plan.chunks(slice_of(3)))
    ds = pydicom.dcmread(io.BytesIO(out))
    assert ds.PixelData == blackened(values())
    assert (ds.BurnedInAnnotation, ds.RecognizableVisualFeatures) == ("NO", "NO")
    assert codes(ds) == ["113100", "113101", "113102"]
    assert recheck.check(out) == []
    spans = [piece for piece in outcome.plan.pieces if isinstance(piece, tuple)]
    assert spans[-1][1] == 2 * (48 - 12)

    files = [slice_of(n, LOSSLESS, encapsulated=(b"abcd",)) for n in range(12)]
    decoder = Pulled([values()], packed=lambda data: data + b"x")
    packed = cut_of(files, decoder=decoder)
    outcome = run(files[3], packed, profile=both, pixels=PixelCleaner(Told(NAME), decoder))
    ds = pydicom.dcmread(io.BytesIO(b"".join(outcome.plan.chunks(files[3]))))
    assert ds.PixelData == blackened(values())
    assert codes(ds) == ["113100", "113101", "113102"]


def test_a_picture_of_no_sample_loses_its_face_and_claims_no_more():
    both = parse(
        load("basic")
        .text.replace("do: pass", "do: clean_faces clean_pixels")
        .replace("options:", "sample: 20\noptions:")
    )
    out = next(n for n in range(100) if turn(f"1.2.3.{n}".encode(), 20))
    uid = el(0x00080018, "UI", f"1.2.3.{out}")
    cleaner = PixelCleaner(Told(NAME), Pulled(), {b"1.2.3.2": False})
    outcome = run(slice_of(3, t00080018=uid), cut_of(), profile=both, pixels=cleaner)
    ds = pydicom.dcmread(io.BytesIO(b"".join(outcome.plan.chunks(slice_of(3, t00080018=uid)))))
    assert (outcome.unread, outcome.faceless, codes(ds)) == (True, True, ["113100", "113102"])
    assert ds.PixelData == emptied(values(), 24)


def test_a_slice_with_a_drawing_in_unused_bits_is_held():
    assert run(slice_of(3, **HIDDEN), cut_of()).reason == "pixels_unreadable"


@pytest.mark.parametrize("place", [-7.0, 75.0])
def test_a_slice_beyond_the_volume_is_held(place):
    assert run(slice_of(place=place), cut_of()).reason == "face_late"


def test_a_slice_of_another_volume_is_held():
    assert run(slice_of(3, origin="-40\\-20\\15"), cut_of()).reason == "face_late"
    assert run(slice_of(3, t00280030=el(0x00280030, "DS", "9\\9")), cut_of()).reason == "face_late"


def test_an_object_without_a_picture_is_held():
    data = slice_of(3, without=(0x7FE00010, 0x00280010))
    assert run(data, cut_of()).reason in ("picture", "face_series")


@pytest.mark.parametrize(
    ("raises", "reason"),
    [(NoFace("nothing is there"), "face_left"), (NoRemover(), "no_face_remover"), (NoPicture(), "face_left")],
)
def test_what_cannot_be_found_is_held_with_the_reason(raises, reason):
    with pytest.raises(Held) as held:
        cut_of(remover=Taken(raises=raises))
    assert held.value.reason == reason


def test_without_what_removes_faces_no_image_passes():
    face = cut_of()
    face.cleaner.remover.raises = NoRemover()
    assert run(slice_of(3), face).reason == "face_left"


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([], "kinds"),
        ([slice_of(n) for n in range(9)], "9 places"),
        ([slice_of(n) for n in range(12) if n != 5], "missing, or lie unevenly"),
        ([slice_of(n, t00200037=el(0x00200037, "DS", "1\\0\\0\\0\\0\\-1" if n else "1\\0\\0\\0\\1\\0"))
          for n in range(12)], "differ in size or direction"),
        ([slice_of(n, pixels=values()[: 96 if n else 80], t00280010=el(0x00280010, "US", pack("<H", 6 if n else 5)))
          for n in range(12)], "differ in size or direction"),
        ([slice_of(n, t00280030=el(0x00280030, "DS", "10\\5")) for n in range(12)], "only 40 mm"),
        ([slice_of(n, t00200032=b"") for n in range(12)], "where it lies"),
        ([slice_of(n, t00200032=el(0x00200032, "DS", "1\\nan\\2")) for n in range(12)], "where it lies"),
        ([slice_of(n, t00200032=el(0x00200032, "DS", "1\\x\\2")) for n in range(12)], "where it lies"),
        ([slice_of(n, t00200037=el(0x00200037, "DS", "1\\0\\0\\1\\0\\0")) for n in range(12)], "how it lies"),
        ([slice_of(n, t00280030=el(0x00280030, "DS", "0\\0")) for n in range(12)], "distance of its pixels"),
        ([slice_of(n, sop_class=CT if n else MR) for n in range(12)], "several kinds"),
        ([slice_of(n, pixels=values() * 2, frames=2, sop_class=ENHANCED_CT) for n in range(12)], "many frames"),
        ([slice_of(n, pixels=bytes(144), samples=3, bits=8, photometric="RGB") for n in range(12)], "one grey value"),
        ([slice_of(n, t00281053=el(0x00281053, "DS", "x")) for n in range(12)], "rescale slope is no number"),
        ([slice_of(n, t00281053=el(0x00281053, "DS", "-1")) for n in range(12)], "rescale slope is no number"),
        ([slice_of(n, **HIDDEN) for n in range(12)], "drawings are hidden"),
        ([b"no DICOM"] * 12, "cannot be read"),
    ],
)  # fmt: skip
def test_what_makes_no_whole_volume_is_held(files, words):
    with pytest.raises(Held) as held:
        cut_of_all(files)
    assert words in held.value.words
    assert held.value.reason in ("face_left", "pixels_unreadable")


def cut_of_all(files):
    return FaceCleaner(Taken(), Pulled()).find(sources(files))


def test_slices_in_any_order_and_several_at_one_place_make_a_volume():
    planes = [plane_of(read_header(slice_of(n % 12))) for n in (*range(11, -1, -1), 3, 4)]
    grid = grid_of(planes)
    assert (grid.slices, grid.through) == (12, (0.0, 0.0, 5.0))
    assert [grid.index(plane) for plane in planes[:3]] == [11.0, 10.0, 9.0]
    with pytest.raises(Held) as held:
        grid_of([])
    assert "no slices" in held.value.words


def test_a_tilted_gantry_shears_the_volume_and_is_followed():
    files = [slice_of(n, origin=f"-40\\{-30 + 1.5 * n}\\{5 * n}") for n in range(12)]
    cut = cut_of_all(files)
    assert cut.grid.through == (0.0, 1.5, 5.0)
    assert cut.grid.holds(plane_of(read_header(files[7])))


def test_a_cut_is_the_same_after_it_was_written_down():
    cut = cut_of().cut
    assert cuts.parse(cut.dump()) == cut


@pytest.mark.parametrize("broken", [b"", b"x" * 40, b"isocentre-cut-1\n\xff\xff\xff\x7f{}"])
def test_what_is_no_cut_is_refused(broken):
    with pytest.raises(ValueError, match="not a cut"):
        cuts.parse(broken)


def test_a_cut_with_too_few_depths_is_refused():
    with pytest.raises(ValueError, match="not a cut"):
        cuts.parse(replace(cut_of().cut, rows=7).dump())


def test_a_head_is_shown_before_and_after_or_not_at_all():
    face = cut_of()
    files = sources([slice_of(n) for n in range(12)])
    assert face.cleaner.show(face.cut, files) == b"PNG12"
    for broken in ([], sources([b"no DICOM"])):
        with pytest.raises(Held) as held:
            face.cleaner.show(face.cut, broken)
        assert "cannot be shown" in held.value.words
