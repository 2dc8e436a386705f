"""Burn text into a made picture, and the two answers about it: the box hidden, the rest as it was."""

from __future__ import annotations

from pydicom.dataset import Dataset

from isocentre.core.score.judging import outside_box
from isocentre.core.score.model import Answer
from isocentre.core.score.reading import Found

Box = tuple[int, int, int, int]
BOX = (4, 4, 112, 20)


def burn(ds: Dataset, text: str) -> None:
    """Write the text white on black into every frame, within `BOX`."""
    import numpy
    from PIL import Image, ImageDraw

    left, top, right, bottom = BOX
    strip = Image.new("L", (right - left, bottom - top), 0)
    ImageDraw.Draw(strip).text((1, 1), text, fill=255)
    frames, samples = int(ds.get("NumberOfFrames", 1)), int(ds.SamplesPerPixel)
    pixels = numpy.frombuffer(ds.PixelData, numpy.uint8).reshape(frames, ds.Rows, ds.Columns, samples).copy()
    pixels[:, top:bottom, left:right] = numpy.asarray(strip)[None, :, :, None]
    ds.PixelData = pixels.tobytes()
    ds.BurnedInAnnotation = "YES"


LABEL, END = (8, 8, 200, 110), (0, 0, 274, 240)
"""Where text is on the overview of a slide, and the end of the glass that may be black (720 by 240 pixels)."""


def write(ds: Dataset, lines: tuple[str, ...]) -> None:
    """Write lines in black on the light label of a slide, each 24 pixels high."""
    import numpy
    from PIL import Image, ImageDraw, ImageFont

    pixels = numpy.frombuffer(ds.PixelData, numpy.uint8).reshape(ds.Rows, ds.Columns, 3).copy()
    left, top, right, bottom = LABEL
    label = Image.new("RGB", (right - left, bottom - top), (250, 250, 250))
    for number, line in enumerate(lines):
        ImageDraw.Draw(label).text((6, 4 + 32 * number), line[:16], fill=0, font=ImageFont.load_default(20))
    pixels[top:bottom, left:right] = numpy.asarray(label)
    ds.PixelData = pixels.tobytes()


def label_answers(found: Found) -> list[Answer]:
    """What is asked of the overview of a slide: the label is black, tissue and the other end are as they were."""
    return asked(found, (LABEL,), (END,))


def answers(found: Found) -> list[Answer]:
    """What is asked of a picture with burned-in text."""
    return asked(found, (BOX,), (BOX,))


def drawn(found: Found, hidden: tuple[Box, ...], stays: Box, around: tuple[Box, ...]) -> list[Answer]:
    """What is asked of a picture with lines that go and a word that stays; that word is asked for on its own."""
    left, top, right, bottom = stays
    rows, columns = found.dataset.Rows, found.dataset.Columns
    rest = ((0, 0, columns, top), (0, bottom, columns, rows), (0, top, left, bottom), (right, top, columns, bottom))
    word = [one._replace(category="vocabulary in pictures") for one in asked(found, (), rest)]
    return asked(found, hidden, (*around, stays)) + word


def asked(found: Found, hidden: tuple[Box, ...], around: tuple[Box, ...]) -> list[Answer]:
    """What is asked of a picture: each hidden box has one colour, and all outside the boxes around is as it was."""
    boxes = ";".join(",".join(map(str, box)) for box in around)
    digest = outside_box(found, boxes)
    rest = [Answer("pixels_retained", "(7FE0,0010)", digest, "pixels", boxes)] if digest else []
    return [Answer("pixels_hidden", "(7FE0,0010)", ",".join(map(str, box)), "pixels") for box in hidden] + rest
