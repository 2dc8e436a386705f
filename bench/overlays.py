"""Pictures with text burned in, for the row `pixel_text`: made from a seed; what is written where is known exactly."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from isocentre.core.deid.pixels.layout import Layout

FONTS = ("built-in", "DejaVuSans", "DejaVuSans-Bold", "DejaVuSansMono", "DejaVuSerif", "hershey", "hershey-plain")
VOCABULARY = ("L", "R", "AP", "PA", "LAT", "10 cm", "5 mm", "120 kV", "3.5 MHz", "SUPINE", "RIGHT", "LEFT", "ERECT")
SIZES = {"ct": (512, 512), "mr": (256, 256), "us": (480, 640), "sc": (480, 640), "cr": (768, 640)}
_FOLDER = Path("/usr/share/fonts/truetype/dejavu")
_NAMES = ("SMITH", "JONES", "PATEL", "KOWALSKI", "OKAFOR", "NGUYEN", "MACDONALD", "O'BRIEN", "GARCIA", "WILLIAMS",
          "HUSSAIN", "LEE", "RAO", "EVANS", "THOMAS")  # fmt: skip
_FIRST = ("ADA", "JOHN", "PRIYA", "MAREK", "CHIDI", "LINH", "FIONA", "SEAN", "MARIA", "OWEN", "AISHA", "MEI", "ANIL",
          "BETHAN", "GARETH")  # fmt: skip
_PLACES = ("ROYAL INFIRMARY", "St Elsewhere Hospital", "GENERAL HOSPITAL", "University Hospital Trust", "WARD 7B")


@dataclass(frozen=True, slots=True)
class Planted:
    """One text in a picture: its ink as (rows, columns) of pixels, whether it may stay, and how it was drawn."""

    text: str
    harmless: bool
    ink: tuple[Any, Any] = field(repr=False)
    font: str
    height: int
    contrast: int
    turn: int
    mirrored: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """One generated frame."""

    kind: str
    layout: Layout
    data: bytes = field(repr=False)
    texts: tuple[Planted, ...]


def pictures(count: int, seed: int = 1) -> Iterator[Picture]:
    """`count` pictures, the same for the same seed; each made on its own, so that a part of them is the same part."""
    for number in range(count):
        yield _picture(random.Random(f"{seed}:{number}"))


def _picture(chance: random.Random) -> Picture:
    kind = chance.choice(sorted(SIZES))
    grey, texts = drawn(kind, *SIZES[kind], chance, (0, 1, 1, 2, 2, 3))
    layout, data = _stored(kind, grey)
    return Picture(kind, layout, data, texts)


def drawn(
    kind: str, rows: int, columns: int, chance: random.Random, counts: tuple[int, ...]
) -> tuple[Any, tuple[Planted, ...]]:  # fmt: skip
    """One picture as rows and columns of grey, 0 to 255 as float, and the texts in it, as many as one of `counts`."""
    grey = _background(kind, rows, columns, chance, np.random.default_rng(chance.getrandbits(64)))
    used = np.zeros((rows, columns), bool)
    planted = (_plant(grey, used, chance) for _ in range(chance.choice(counts)))
    return grey, tuple(text for text in planted if text is not None)


def _background(kind: str, rows: int, columns: int, chance: random.Random, made: Any) -> Any:
    """Grey 0 to 255 as float: noise, smooth tissue and edges, no letter in it."""
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    noise = chance.choice((0.0, 2.0, 6.0, 12.0, 20.0))
    picture: Any = np.zeros((rows, columns), np.float32)
    if kind == "us":
        radius, angle = np.hypot(x - columns / 2, y - 30), np.arctan2(x - columns / 2, y - 30)
        speckle = cv2.GaussianBlur(made.normal(0, 1, (rows, columns)).astype(np.float32), (0, 0), 1.6)
        picture = np.where((abs(angle) < 0.6) & (radius < rows * 0.85) & (radius > 40), 60 + 90 * speckle, 4)
    elif kind == "sc":
        picture += chance.choice((0, 20, 200, 255))
    else:
        for _ in range(chance.randint(2, 7)):
            cx, cy = chance.uniform(0.2, 0.8) * columns, chance.uniform(0.2, 0.8) * rows
            rx, ry = chance.uniform(0.05, 0.4) * columns, chance.uniform(0.05, 0.4) * rows
            picture[((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 < 1] += chance.uniform(20, 90)
        picture = cv2.GaussianBlur(picture, (0, 0), chance.uniform(0.6, 4))
    picture = picture + made.normal(0, 1, picture.shape).astype(np.float32) * noise
    return np.clip(picture, 0, 255)


def _plant(grey: Any, used: Any, chance: random.Random) -> Planted | None:
    """Write one text into the picture where there is room, never over another; None when there is none."""
    harmless = chance.random() < 0.3
    text = chance.choice(VOCABULARY) if harmless else _identifying(chance)
    font, height = chance.choice(FONTS), chance.choice((9, 10, 11, 12, 14, 16, 20, 24, 32))
    turn, mirrored = chance.choice((0, 0, 0, 1, 2, 3)), chance.random() < 0.1
    mask = np.rot90(_letters(text, font, height), turn)
    if mirrored:
        mask = mask[:, ::-1]
    rows, columns = mask.shape
    if rows + 8 > grey.shape[0] or columns + 8 > grey.shape[1]:
        return None
    for _ in range(20):
        top, left = chance.randint(4, grey.shape[0] - rows - 4), chance.randint(4, grey.shape[1] - columns - 4)
        near = used[max(top - 24, 0) : top + rows + 24, max(left - 24, 0) : left + columns + 24]
        if not near.any():
            break
    else:
        return None
    under = grey[top : top + rows, left : left + columns]
    level, around = float(under.mean()), float(np.percentile(under, 95 if under.mean() < 128 else 5))
    contrast = chance.choice((60, 90, 120, 160, 255))
    colour = min(255.0, around + contrast) if level < 128 else max(0.0, around - contrast)
    if abs(colour - around) < 50:
        colour = 0.0 if around > 128 else 255.0
    under[:] = under * (1 - mask) + colour * mask
    used[top : top + rows, left : left + columns] = True
    ink = np.nonzero(mask > 0.5)
    return Planted(
        text, harmless, (ink[0] + top, ink[1] + left), font, height, int(abs(colour - around)), turn, mirrored
    )


def _identifying(chance: random.Random) -> str:
    number = f"{chance.randint(400, 799)} {chance.randint(100, 999)} {chance.randint(1000, 9999)}"
    date = f"{chance.randint(1, 28):02}/{chance.randint(1, 12):02}/{chance.randint(1930, 2020)}"
    name, first = chance.choice(_NAMES), chance.choice(_FIRST)
    said = f"{date[6:]}-{date[3:5]}-{date[:2]}"
    return chance.choice(
        (f"{name}, {first}", f"{first.title()} {name.title()}", f"{name}^{first}", number, number.replace(" ", ""),
         date, f"DOB {date}", f"ID: {chance.choice('RXHABC')}{chance.randint(10**5, 10**7)}", chance.choice(_PLACES),
         f"{name} {date}", f"Dr {first[0]} {name.title()}", f"{said} {chance.randint(0, 23):02}:14:09")
    )  # fmt: skip


@lru_cache(maxsize=256)
def _font(name: str, height: int) -> Any:
    path = _FOLDER / f"{name}.ttf"
    return ImageFont.truetype(str(path), height) if path.exists() else ImageFont.load_default(height)


def _letters(text: str, font: str, height: int) -> Any:
    """Ink of a text from 0 to 1, trimmed to its letters; `height` in pixels of the font, about 0.7 of it a capital."""
    if font.startswith("hershey"):
        face = cv2.FONT_HERSHEY_PLAIN if font.endswith("plain") else cv2.FONT_HERSHEY_SIMPLEX
        scale = height * 0.72 / (10 if font.endswith("plain") else 21)
        size, base = cv2.getTextSize(text, face, scale, 1)
        sheet = np.zeros((size[1] + base + 8, size[0] + 8), np.uint8)
        cv2.putText(sheet, text, (4, size[1] + 4), face, scale, 255, 1 if height < 24 else 2, cv2.LINE_AA)
    else:
        face = _font(font, height)
        _, _, right, bottom = face.getbbox(text)
        picture = Image.new("L", (int(right) + 8, int(bottom) + 8))
        ImageDraw.Draw(picture).text((4, 4), text, fill=255, font=face)
        sheet = np.asarray(picture)
    rows, columns = np.nonzero(sheet)
    return sheet[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1].astype(np.float32) / 255


def _stored(kind: str, grey: Any) -> tuple[Layout, bytes]:
    rows, columns = grey.shape
    colour, deep = kind in ("us", "sc"), kind in ("ct", "mr", "cr")
    stored = 12 if deep else 8
    if deep:
        data = (grey * 16).astype("<u2").tobytes()
    else:
        eight = grey.astype(np.uint8)
        data = (np.repeat(eight[:, :, None], 3, axis=2) if colour else eight).tobytes()
    layout = Layout(
        syntax="1.2.840.10008.1.2.1", little=True, offset=0, length=len(data), rows=rows, columns=columns, frames=1,
        samples=3 if colour else 1, bits=16 if deep else 8, stored=stored, signed=False,
        photometric="RGB" if colour else "MONOCHROME2", planar=False,
    )  # fmt: skip
    return layout, data
