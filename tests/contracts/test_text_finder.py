"""The port `TextFinder`: the real reader, and the fake of the tests, on frames with text drawn into them."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from pydicom import dcmread
from support.burned import Told, burned, text
from support.data import data_path

from isocentre.adapters.ocr import pixel_cleaner
from isocentre.adapters.ocr.reader import Reader
from isocentre.core.deid.pixels.layout import layout_of
from isocentre.core.dicom.header import read_header
from isocentre.core.ports import NoReader
from isocentre.desk.demo import phantoms

ROWS, COLUMNS = 160, 320
WORDS = "SMITH 12/03/1961"


@pytest.fixture(scope="module")
def reader():
    return Reader()


def picture(turn=0, mirrored=False, height=22, words=WORDS):
    """Grey, with one line of text; where its ink is."""
    line = Image.new("L", (300, 40))
    ImageDraw.Draw(line).text((20, 6), words, fill=220, font=ImageFont.load_default(height))
    ink = np.rot90(np.asarray(line), turn)
    ink = ink[:, ::-1] if mirrored else ink
    grey = np.full((ROWS, COLUMNS) if turn % 2 == 0 else (COLUMNS, ROWS), 40, np.uint8)
    grey[60 : 60 + ink.shape[0], 10 : 10 + ink.shape[1]] = (
        np.maximum(grey[60 : 60 + ink.shape[0], 10 : 10 + ink.shape[1]], ink) if turn % 2 == 0 else 40
    )
    if turn % 2:
        grey[10 : 10 + ink.shape[0], 60 : 60 + ink.shape[1]] = np.maximum(40, ink)
    return grey


def look(finder, grey, **how):
    rows, columns = grey.shape[:2]
    data = grey.tobytes()
    layout = layout_of(read_header(burned(data, rows=rows, columns=columns, **how)))
    return layout, finder.find(layout, data)


def covered(found, grey):
    mask = np.zeros(grey.shape[:2], bool)
    for one in found:
        left, top, right, bottom = one.box
        mask[top:bottom, left:right] = True
    return mask


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("turn", [0, 1, 2, 3])
def test_text_is_found_in_four_rotations_and_mirrored(reader, turn, mirrored):
    grey = picture(turn, mirrored)
    _, found = look(reader, grey)
    assert covered(found, grey)[grey > 100].all()
    best = max(found, key=lambda one: one.confidence)
    assert "SMITH" in best.text
    assert best.confidence > 0.8
    assert "SMITH" not in repr(best)


def test_nothing_is_found_where_there_is_nothing(reader):
    assert look(reader, np.zeros((96, 128), np.uint8))[1] == []
    noise = np.random.default_rng(1).integers(0, 60, (256, 256)).astype(np.uint8)
    assert look(reader, noise)[1] == []


@pytest.mark.parametrize("body", [phantoms.thorax, phantoms.head, phantoms.tracer])
def test_a_body_that_fills_a_small_frame_is_no_letter_and_words_beside_it_are_found(reader, body):
    """PET and diffusion have frames of about 100 pixels, in which a body is the size and shape of an O."""
    grey = body(8, (5.0, 3.6), [], 3)[4].astype(np.float32)
    deep = ((grey - grey.min()) * (4000 / np.ptp(grey))).astype("<u2")
    assert look(reader, deep, bits=16)[1] == []
    line = Image.new("L", (96, 16))
    ImageDraw.Draw(line).text((2, 1), "SMITH 61", fill=255, font=ImageFont.load_default(12))
    ink = np.asarray(line)
    deep[:16][ink > 60] = 4000
    assert covered(look(reader, deep, bits=16)[1], deep)[:16][ink > 100].mean() > 0.95


@pytest.mark.data("vendors/philips-dwi")
def test_a_real_head_of_112_pixels_is_no_letter(reader):
    paths = sorted(data_path("vendors/philips-dwi").glob("IM_05[23]?.dcm"))[::5]
    assert len(paths) == 4
    for path in paths:
        scan = dcmread(path)
        pixels = scan.pixel_array.astype("<u2")
        assert pixels.shape == (112, 112)
        assert look(reader, pixels, bits=16)[1] == [], path.name


def test_deep_grey_colour_and_wide_frames_are_read(reader):
    grey = picture()
    deep = grey.astype("<u2") * 16
    assert covered(look(reader, deep, bits=16)[1], grey)[grey > 100].all()
    colour = np.repeat(grey[:, :, None], 3, axis=2)
    assert covered(look(reader, colour, samples=3, photometric="RGB")[1], grey)[grey > 100].all()
    grey_ybr = np.stack([grey, np.full_like(grey, 128), np.full_like(grey, 128)], axis=-1)
    assert covered(look(reader, grey_ybr, samples=3, photometric="YBR_FULL")[1], grey)[grey > 100].all()
    wide = np.full((400, 1500), 40, np.uint8)
    wide[200:360, 1180:1500] = picture()
    assert covered(look(reader, wide)[1], wide)[wide > 100].all()


def test_a_missing_model_is_said_and_nothing_is_fetched(tmp_path):
    with pytest.raises(NoReader, match="missing"):
        look(Reader(folder=tmp_path), picture())


def test_the_fake_finds_what_it_is_told_until_it_is_black():
    finder = Told(text(2, 60, 9, 70))
    grey = picture()
    assert len(look(finder, grey)[1]) == 1
    grey[60:70, 2:9] = 0
    assert look(finder, grey)[1] == []
    with pytest.raises(NoReader):
        look(Told(missing=True), grey)


def test_the_reader_is_loaded_with_the_first_picture():
    late = pixel_cleaner()
    assert late.finder.reader is None
    look(late.finder, np.zeros((64, 64), np.uint8))
    assert late.finder.reader is not None
