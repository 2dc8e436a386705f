"""Pictures of pydicom's own test files and of made ones: right grey values, right colours, words when there is none."""

from __future__ import annotations

import io
import warnings
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from isocentre.adapters import rendering
from isocentre.adapters.rendering import Rendering


def stored(name: str) -> bytes:
    path = get_testdata_file(name)
    assert isinstance(path, str)
    with open(path, "rb") as file:
        return file.read()


def picture(
    file: bytes,
    frame: int = 1,
    media: str = "image/png",
    window: tuple[float, float] | None = None,
    size: int | None = None,
) -> Image.Image:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom warns of what is odd in its odd files
        made = Rendering().render(file, frame=frame, media=media, window=window, size=size)
    return Image.open(io.BytesIO(made))


def values(*args: Any, **kwargs: Any) -> list[list[int]]:
    shown: list[list[int]] = np.asarray(picture(*args, **kwargs)).tolist()
    return shown


def made(pixels: Any, photometric: str = "MONOCHROME2", **attributes: Any) -> bytes:
    """A Part 10 file of 16-bit grey pixels (rows × columns, or frames × rows × columns)."""
    array = np.asarray(pixels, dtype=np.int16)
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.4"
    ds.file_meta.MediaStorageSOPInstanceUID = "2.25.1"
    ds.Rows, ds.Columns = array.shape[-2:]
    if array.ndim == 3:
        ds.NumberOfFrames = len(array)
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, photometric
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 1
    ds.PixelData = array.tobytes()
    for name, value in attributes.items():
        setattr(ds, name, value)
    out = io.BytesIO()
    ds.save_as(out, enforce_file_format=True)
    return out.getvalue()


RAMP = [[0, 25, 50, 75, 100]]


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        ("CT_small.dcm", "L"),
        ("MR_small_bigendian.dcm", "L"),
        ("MR_small_RLE.dcm", "L"),
        ("MR_small_jpeg_ls_lossless.dcm", "L"),
        ("JPEG2000.dcm", "L"),
        ("image_dfl.dcm", "L"),
        ("liver_1frame.dcm", "L"),
        ("rtdose.dcm", "L"),
        ("examples_palette.dcm", "RGB"),
        ("examples_ybr_color.dcm", "RGB"),
        ("SC_ybr_full_422_uncompressed.dcm", "RGB"),
        ("SC_rgb_rle_16bit_2frame.dcm", "RGB"),
        ("SC_rgb_rle_32bit.dcm", "RGB"),
    ],
)
@pytest.mark.parametrize("media", ["image/jpeg", "image/png"])
def test_real_files_become_pictures_that_show_something(name: str, mode: str, media: str) -> None:
    shown = picture(stored(name), media=media)
    assert (shown.format, shown.mode) == ("JPEG" if media == "image/jpeg" else "PNG", mode)
    assert np.ptp(np.asarray(shown)) > 100


def test_the_same_image_in_three_syntaxes_looks_the_same() -> None:
    one = values(stored("MR_small.dcm"))
    assert values(stored("MR_small_RLE.dcm")) == one
    assert values(stored("MR_small_jp2klossless.dcm")) == one


def test_colours_stay_what_they_were() -> None:
    assert np.asarray(picture(stored("SC_rgb_rle.dcm")))[5, 50].tolist() == [255, 0, 0]
    assert np.asarray(picture(stored("SC_rgb_rle_16bit.dcm")))[5, 50].tolist() == [255, 0, 0]


def test_the_standard_linear_window_to_the_grey_value() -> None:
    # PS3.3 C.11.2.1.2.1 with c=50, w=101: y = ((x - 49.5) / 100 + 0.5) * 255.
    expected = [[round(min(((x - 49.5) / 100 + 0.5), 1) * 255) for x in RAMP[0]]]
    assert values(made(RAMP), window=(50, 101)) == expected
    assert values(made(RAMP, WindowCenter=50, WindowWidth=101)) == expected
    assert values(made(RAMP, WindowCenter=[50, 10], WindowWidth=[101, 5])) == expected


def test_a_window_of_width_one_is_a_threshold() -> None:
    assert values(made(RAMP), window=(50, 1)) == [[0, 0, 255, 255, 255]]


def test_the_other_two_functions() -> None:
    exact = made(RAMP, WindowCenter=50, WindowWidth=100, VOILUTFunction="LINEAR_EXACT")
    assert values(exact) == [[0, 64, 128, 191, 255]]
    sigmoid = made([[-30000, 50, 30000]], WindowCenter=50, WindowWidth=100, VOILUTFunction="SIGMOID")
    assert values(sigmoid) == [[0, 128, 255]]


def test_rescale_comes_before_the_window() -> None:
    hounsfield = made([[0, 1024, 2048]], RescaleSlope="1", RescaleIntercept="-1024", WindowCenter=0, WindowWidth=1000)
    assert values(hounsfield)[0][0] == 0
    assert values(hounsfield)[0][1] == pytest.approx(128, abs=1)
    assert values(hounsfield)[0][2] == 255


def test_a_table_of_the_header_is_used() -> None:
    table = Dataset()
    table.LUTDescriptor = [4, 0, 16]
    table.add_new(0x00283006, "US", [0, 100, 200, 400])
    shown = values(made([[0, 1, 2, 3]], VOILUTSequence=[table]))
    assert shown == [[0, 64, 128, 255]]


def test_without_a_window_the_spread_of_the_values_is_shown() -> None:
    grey = values(made([range(1000)]))[0]
    assert grey[0] == 0
    assert grey[-1] == 255
    assert grey[500] == pytest.approx(128, abs=1)
    assert values(made(RAMP, WindowCenter="", WindowWidth=""))[0][-1] == 255
    assert values(made(RAMP, WindowCenter=5, WindowWidth=0))[0][-1] == 255


def test_padding_does_not_widen_the_spread() -> None:
    pixels = [[-2000] * 500 + list(range(500))]
    grey = values(made(pixels, PixelPaddingValue=-2000))[0]
    assert grey[0] == 0
    assert grey[750] == pytest.approx(128, abs=2)


def test_few_bright_pixels_on_a_flat_ground_are_seen() -> None:
    pixels = np.zeros((100, 100))
    pixels[50, 50] = 1
    shown = np.asarray(picture(made(pixels)))
    assert (shown[50, 50], shown[0, 0]) == (255, 0)


def test_a_constant_image_is_mid_grey() -> None:
    assert values(made([[7, 7]])) == [[128, 128]]
    assert values(made([[7, 7]], PixelPaddingValue=7)) == [[128, 128]]


def test_monochrome1_is_turned_over() -> None:
    window = (49.5, 101)
    plain = np.asarray(picture(made(RAMP), window=window)).astype(int)
    turned = np.asarray(picture(made(RAMP, "MONOCHROME1"), window=window)).astype(int)
    assert np.abs(plain + turned - 255).max() <= 1


def test_a_frame_of_an_enhanced_object_has_its_own_transformation() -> None:
    def group(intercept: int, centre: int) -> Dataset:
        rescale, voi, frame = Dataset(), Dataset(), Dataset()
        rescale.RescaleSlope, rescale.RescaleIntercept = 1, intercept
        voi.WindowCenter, voi.WindowWidth = centre, 101
        frame.PixelValueTransformationSequence, frame.FrameVOILUTSequence = [rescale], [voi]
        return frame

    shared = Dataset()
    enhanced = made(
        [[[0, 100]], [[0, 100]]],
        SharedFunctionalGroupsSequence=[shared],
        PerFrameFunctionalGroupsSequence=[group(0, 50), group(100, 50)],
    )
    assert values(enhanced, frame=1) == [[1, 255]]
    assert values(enhanced, frame=2) == [[255, 255]]


def test_floating_point_pixels_with_holes() -> None:
    ds_pixels = np.array([[0.0, 0.5, 1.0, np.nan]], dtype=np.float32)
    file = made([[0, 0, 0, 0]], BitsAllocated=32)
    ds = dcmread(io.BytesIO(file))
    del ds.PixelData
    ds.FloatPixelData = ds_pixels.tobytes()
    out = io.BytesIO()
    ds.save_as(out, enforce_file_format=True)
    assert values(out.getvalue()) == [[0, 128, 255, 0]]


def test_smaller_on_request_never_larger_and_in_proportion() -> None:
    assert picture(stored("examples_palette.dcm"), size=80).size == (80, 35)
    assert picture(stored("CT_small.dcm"), size=64).size == (64, 64)
    assert picture(stored("CT_small.dcm"), size=4096).size == (128, 128)


@pytest.mark.parametrize(
    ("name", "frame", "words"),
    [
        ("test-SR.dcm", 1, "has no picture"),
        ("rtplan.dcm", 1, "has no picture"),
        ("CT_small.dcm", 2, "1 frame:"),
        ("rtdose.dcm", 16, "15 frames"),
        ("rtdose.dcm", 0, "no such frame"),
        ("MR_truncated.dcm", 1, "cannot be read"),
        ("no_meta.dcm", 1, "cannot be read"),
        ("badVR.dcm", 1, "cannot be read"),
    ],
)
def test_no_picture_is_said_in_words(name: str, frame: int, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        picture(stored(name), frame=frame)


def test_what_is_no_dicom_at_all() -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        picture(b"nothing")


def test_a_frame_beyond_the_limit_is_not_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "MAX_PIXELS", 4)
    with pytest.raises(ValueError, match="too large"):
        picture(made(RAMP))
