"""Where in a picture text may be, and which pictures are read: by kind of object, device and size."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from struct import unpack_from

from isocentre.core.deid.pixels._areas import AREAS
from isocentre.core.deid.pixels.black import Box, clipped, outside
from isocentre.core.deid.pixels.layout import Layout
from isocentre.core.deid.screen import STORAGE
from isocentre.core.dicom.header import Header
from isocentre.core.dicom.walk import Element, content_encoding, elements, items

SAMPLE = 20
"""Of ORIGINAL\\PRIMARY CT, MR and PET one picture in so many is read, until text is found in one of the series."""

_SAMPLED = frozenset(STORAGE + tail for tail in ("2", "2.1", "4", "4.1", "128", "130"))
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
    header: Header, layout: Layout, *, all_of_it: bool = False, also: tuple[tuple[Box, str], ...] = ()
) -> Reading:  # fmt: skip
    """How to read this picture; `all_of_it` when text was already found in its series, `also`: black by rule."""
    every = tuple(range(layout.frames))
    black = (*_outside_regions(header, layout), *_of_device(header, layout), *also)
    if all_of_it or black or not _sampled(header):
        return Reading(every, False, black)
    turn = int.from_bytes(hashlib.sha256(header.bytes(0x00080018).strip(b" \0")).digest()[:4], "big") % SAMPLE
    return Reading(tuple(frame for frame in every if frame % SAMPLE == turn), True, ())


def _sampled(header: Header) -> bool:
    said = [part.strip() for part in header.text(0x00080008).upper().split("\\")]
    burned = header.text(0x00280301).upper()
    return header.text(0x00080016) in _SAMPLED and said[:2] == ["ORIGINAL", "PRIMARY"] and burned != "YES"


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
    for area in AREAS:
        kind, made_by, called, rows, columns, boxes = area
        sized = rows in (0, layout.rows) and columns in (0, layout.columns)
        if sized and kind == modality and made_by in maker and called in model:
            inside = [clipped(box, layout.columns, layout.rows) for box in boxes]
            return [(box, "device") for box in inside if box is not None]
    return []
