"""Where in a picture text may be, and which pictures are read: by kind of object, device and size."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from struct import unpack_from

from isocentre.core.deid.pixels._areas import AREAS
from isocentre.core.deid.pixels.black import Box, clipped, outside
from isocentre.core.deid.pixels.layout import Layout
from isocentre.core.deid.screen import STORAGE, as_acquired, words_of
from isocentre.core.dicom.header import Header
from isocentre.core.dicom.walk import Element, content_encoding, elements, items

_ULTRASOUND = frozenset(STORAGE + tail for tail in ("3", "3.1", "6", "6.1", "6.2"))
_REGIONS = 0x00186011
_CORNERS = (0x00186018, 0x0018601A, 0x0018601C, 0x0018601E)


@dataclass(frozen=True, slots=True)
class Reading:
    """What is done to one picture: frames that are read, whether it is only a sample, boxes black without reading."""

    frames: tuple[int, ...]
    sample: bool
    black: tuple[tuple[Box, str], ...]


def reading(
    header: Header, layout: Layout, *, sample: int = 0, text_in_series: bool | None = None,
    also: tuple[tuple[Box, str], ...] = (),
) -> Reading:  # fmt: skip
    """How to read this picture; `also`: black by rule.

    `sample`: of a picture as it was acquired one frame in so many is read (0: all); `text_in_series`: whether text was
    found in its series, None when nothing of it was read yet. Then, and of an object of many frames, the first is read.
    """
    every = tuple(range(layout.frames))
    black = (*_outside_regions(header, layout), *_of_device(header, layout), *also)
    if text_in_series or black or not sample or not acquired(header):
        return Reading(every, False, black)
    chosen, first = turn(header.bytes(0x00080018), sample), text_in_series is None or layout.frames > 1
    frames = tuple(frame for frame in every if frame % sample == chosen or (first and not frame))
    return Reading(frames, len(frames) < layout.frames, ())


def turn(uid: bytes, sample: int) -> int:
    """The first frame of an object that is in the sample, by its raw SOP Instance UID: nobody chooses."""
    return int.from_bytes(hashlib.sha256(uid.strip(b" \0")).digest()[:4], "big") % sample


def sized_as_captured(rows: int, columns: int) -> bool:
    """Whether devices other than ultrasound are known to write on pictures of this size, whatever those say."""
    return any(
        kind != "US" and not said and high in (0, rows) and wide in (0, columns)
        for kind, _, _, high, wide, said, _ in AREAS
    )  # fmt: skip


def acquired(header: Header) -> bool:
    """Whether a picture is as a scanner acquired it, and does not say that text is burned into it."""
    burned = header.text(0x00280301).upper()
    return as_acquired(header.text(0x00080016), words_of(header.bytes(0x00080008))) and burned != "YES"


def _outside_regions(header: Header, layout: Layout) -> list[tuple[Box, str]]:
    """On ultrasound all outside the calibrated regions (PS3.3 C.8.5.5), where patient and hospital are written."""
    if header.text(0x00080016) not in _ULTRASOUND:
        return []
    inside = [clipped(box, layout.columns, layout.rows) for box in _regions(header)]
    kept = [box for box in inside if box is not None]
    return [(box, "outside_regions") for box in outside(kept, layout.columns, layout.rows)] if kept else []


def _regions(header: Header) -> list[Box]:
    span = header.elements.get(_REGIONS)
    if span is None:
        return []
    stop = span.offset + span.length
    element = Element(_REGIONS, span.vr, span.offset, span.offset, stop, stop, False)
    encoding = content_encoding(header.buffer, element, header.encoding)
    order = "<L" if encoding.little else ">L"
    out: list[Box] = []
    for item in items(header.buffer, element, encoding):
        found = {
            part.tag: int(unpack_from(order, header.buffer, part.value)[0])
            for part in elements(header.buffer, item.value, item.stop, encoding, depth=1)
            if part.tag in _CORNERS and part.stop - part.value == 4
        }
        if len(found) == len(_CORNERS):
            left, top, right, bottom = (found[tag] for tag in _CORNERS)
            out.append((left, top, right + 1, bottom + 1))
    return out


def _of_device(header: Header, layout: Layout) -> list[tuple[Box, str]]:
    """Where devices of this make, model and capture size write: the first row of the table that fits."""
    modality = header.text(0x00080060).upper()
    maker, model = header.text(0x00080070).upper(), header.text(0x00081090).upper()
    for kind, made_by, called, rows, columns, said, boxes in AREAS:
        sized = rows in (0, layout.rows) and columns in (0, layout.columns)
        if sized and kind == modality and made_by in maker and called in model and _says(header, said):
            inside = [clipped(box, layout.columns, layout.rows) for box in boxes]
            return [(box, "device") for box in inside if box is not None]
    return []


def _says(header: Header, said: str) -> bool:
    if said == "BURNED":
        return header.text(0x00280301).upper() == "YES"
    return said in header.text(0x00080008).upper()
