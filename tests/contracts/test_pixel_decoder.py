"""The port `PixelDecoder`: real compressed files of pydicom come out as pydicom itself shows them."""

import io
import itertools
import random
from dataclasses import replace

import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.encaps import encapsulate
from pydicom.uid import ExplicitVRLittleEndian, RLELossless
from support.burned import burned, layout, text
from support.dicom_bytes import SC

from isocentre.adapters.ocr import pixel_cleaner
from isocentre.adapters.ocr.decoder import Decoder
from isocentre.core.deid import recheck
from isocentre.core.deid.engine import PixelCleaner, SubjectContext, deidentify
from isocentre.core.deid.pixels.layout import layout_of
from isocentre.core.deid.profile import parse
from isocentre.core.dicom.header import read_header
from isocentre.core.ports import NoPicture
from isocentre.profiles import load

FILES = ("MR_small_RLE.dcm", "JPEG2000.dcm", "MR_small_jpeg_ls_lossless.dcm", "SC_rgb_rle.dcm", "examples_jpeg2k.dcm",
         "SC_rgb_jpeg_dcmtk.dcm", "examples_ybr_color.dcm", "SC_rgb_rle_2frame.dcm",
         "SC_rgb_jls_lossy_line.dcm", "SC_jpeg_no_color_transform.dcm")  # fmt: skip
CLEANING = parse(load("basic").text.replace("do: hold", "do: clean_pixels"))
WHO = SubjectContext(
    pseudonym="P-ABCDEFGHIJKL", subject_id="S", sponsor="", protocol_id="P", protocol_name="", site_id="", site_name="",
    time_point_id="", time_point_description="", study_day=None, face_waiver=True, shift_weeks=9, known=(),
)  # fmt: skip


class Once:
    """Finds a text in the first frame it is shown, and nothing after that."""

    def __init__(self, found):
        self.left = [found]

    def find(self, layout, data):
        return [self.left.pop()] if self.left else []


def read(name):
    path = get_testdata_file(name, download=False)
    assert path is not None
    with open(path, "rb") as file:
        return file.read()


@pytest.mark.parametrize("name", FILES)
def test_frames_are_what_pydicom_shows(name):
    data = read(name)
    layout = layout_of(read_header(data))
    now, frames = Decoder().decode(layout, data)
    got = b"".join(frames)
    ds = pydicom.dcmread(io.BytesIO(data))
    expected = pydicom.pixels.pixel_array(ds, raw=True)
    assert got == np.ascontiguousarray(expected).tobytes()
    assert now.native
    assert len(got) == now.frames * now.frame_bytes


COLOURED = ("examples_jpeg2k.dcm", "examples_ybr_color.dcm", "SC_rgb_rle.dcm", "SC_rgb_jpeg_dcmtk.dcm",
            "SC_ybr_full_422_uncompressed.dcm", "examples_palette.dcm", "SC_rgb_expb.dcm", "SC_rgb_expb_16bit.dcm",
            "SC_rgb_rle_16bit.dcm", "OBXXXX1A_expb.dcm")  # fmt: skip


@pytest.mark.parametrize("name", COLOURED)
def test_a_blacked_picture_differs_only_in_its_box(name):
    data = read(name)
    box = text(4, 6, 30, 20)
    outcome = deidentify(
        data, profile=CLEANING, study_key=b"k" * 32, context=WHO, pixels=PixelCleaner(Once(box), Decoder())
    )
    assert outcome.status == "done", outcome
    out = pydicom.dcmread(io.BytesIO(b"".join(outcome.plan.chunks(data))))
    before, after = (pydicom.pixels.pixel_array(ds, raw=True) for ds in (pydicom.dcmread(io.BytesIO(data)), out))
    before, after = (a.reshape(-1, *a.shape[-3:]) for a in (before, after))
    inside = np.zeros(before.shape[1:3], bool)
    # The ultrasound ones are black outside their regions too.
    for one in outcome.pixels:
        left, top, right, bottom = one.box
        inside[top:bottom, left:right] = True
    assert inside[6:20, 4:30].all()
    assert not inside.all()
    assert (before[:, ~inside] == after[:, ~inside]).all()
    shown = pydicom.pixels.pixel_array(out)
    assert (shown.reshape(-1, *shown.shape[-3:])[:, inside] < 3).all()


def test_what_is_no_picture_is_said():
    broken = burned(b"", syntax="1.2.840.10008.1.2.4.50", sop_class=SC, encapsulated=[b"\xff\xd8xx"])
    layout = layout_of(read_header(broken))
    with pytest.raises(NoPicture):
        Decoder().decode(layout, broken)
    held = deidentify(broken, profile=CLEANING, study_key=b"k" * 32, context=WHO, pixels=pixel_cleaner())
    assert (held.status, held.reason) == ("held", "pixels_unreadable")


COMPRESSED = ("JPEG-LL.dcm", "JPGLosslessP14SV1_1s_1f_8b.dcm", "MR2_J2KI.dcm", "MR2_J2KR.dcm", "693_J2KI.dcm",
              "OBXXXX1A_rle_2frame.dcm", "SC_rgb_jpeg_gdcm.dcm", "SC_rgb_small_odd_jpeg.dcm", "RG3_J2KR.dcm",
              "SC_rgb_dcmtk_+eb+cy+np.dcm", "MR_small_jpeg_ls_lossless.dcm", "MR_small_RLE.dcm",
              "SC_rgb_rle_2frame.dcm",
              pytest.param("color3d_jpeg_baseline.dcm", marks=pytest.mark.whole))  # fmt: skip


@pytest.mark.parametrize("name", COMPRESSED)
def test_a_compressed_picture_is_stored_without_loss_around_its_box(name):
    data = read(name)
    across, down = (getattr(pydicom.dcmread(io.BytesIO(data)), side) // 2 for side in ("Columns", "Rows"))
    cleaner = PixelCleaner(Once(text(across, down, across + 2, down + 1)), Decoder())
    outcome = deidentify(data, profile=opened(data), study_key=b"k" * 32, context=WHO, pixels=cleaner)
    assert outcome.status == "done", outcome
    made = b"".join(outcome.plan.chunks(data))
    assert made == b"".join(outcome.plan.chunks(data))
    assert recheck.check(made) == []
    before, after = pydicom.dcmread(io.BytesIO(data)), pydicom.dcmread(io.BytesIO(made))
    native = before.Rows * before.Columns * before.SamplesPerPixel * before.BitsAllocated // 8
    assert after.file_meta.TransferSyntaxUID == (RLELossless if native > 100 else ExplicitVRLittleEndian)
    assert len(after.PixelData) <= native * int(before.get("NumberOfFrames", 1) or 1) + 1
    was, now = (pydicom.pixels.pixel_array(ds, raw=True) for ds in (before, after))
    assert was.dtype == now.dtype
    assert was.shape == now.shape
    shape = (-1, before.Rows, before.Columns, before.SamplesPerPixel)
    same = was.reshape(shape) == now.reshape(shape)
    assert not same[:, down, across].all()
    for left, top, right, bottom in (one.box for one in outcome.pixels):  # ultrasound is black outside its regions too
        same[:, top:bottom, left:right] = True
    assert same.all()
    lossy = before.file_meta.TransferSyntaxUID[-2:] in ("50", "91")
    if lossy:
        assert after.LossyImageCompression == "01"


def opened(data):
    """A profile that cleans the picture of whatever kind of object this is."""
    kind = str(pydicom.dcmread(io.BytesIO(data), stop_before_pixels=True).SOPClassUID)
    text = CLEANING.text.replace("do: pass", "do: clean_pixels")
    more = "" if kind in text else f"  - uid: {kind}\n    do: clean_pixels\n    why: Tried here.\n"
    return parse(text + more)


def test_frames_of_any_size_are_packed_and_come_back_the_same():
    rng = random.Random(1)
    for rows, columns, samples, bits in itertools.product((1, 2, 9), (1, 2, 3, 15, 64), (1, 3), (8, 16)):
        data = rng.randbytes(rows * columns * samples * bits // 8)
        native = layout(rows=rows, columns=columns, samples=samples, bits=bits, stored=bits, offset=0, length=len(data),
                        photometric="RGB" if samples == 3 else "MONOCHROME2")  # fmt: skip
        value = encapsulate([Decoder().pack(native, data)])
        _, frames = Decoder().decode(replace(native, syntax=RLELossless, length=len(value)), value)
        assert b"".join(frames) == data
