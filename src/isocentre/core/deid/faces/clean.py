"""Take the face out of a head: the cut of a series is found once, then laid on each of its images (PS3.15 E.3.2)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from struct import pack
from typing import TypeAlias

from isocentre.core.deid.faces.cut import Cut
from isocentre.core.deid.faces.geometry import Plane, grid_of, plane_of, unfit
from isocentre.core.deid.pixels import black
from isocentre.core.deid.pixels.apply import BURNED_IN, Said, put
from isocentre.core.deid.pixels.clean import Cleaned
from isocentre.core.deid.pixels.layout import GREY, Layout, layout_of
from isocentre.core.deid.pixels.store import RLE, encapsulated, item
from isocentre.core.deid.plan import Piece
from isocentre.core.deid.rules import Held
from isocentre.core.deid.write import element
from isocentre.core.dicom.header import Header, read_header
from isocentre.core.dicom.walk import Buffer, MalformedDicom
from isocentre.core.ports import FaceRemover, NoFace, NoPicture, NoReader, NoRemover, PixelDecoder, Slice

Source: TypeAlias = Callable[[], AbstractContextManager[Buffer]]
"""Opens one file of a series."""
SHOWS_FACE = 0x00280302
_CT = "1.2.840.10008.5.1.4.1.1.2"
_WAIVER = "Record a face waiver, or leave the scan out."


@dataclass(frozen=True, slots=True)
class FaceCleaner:
    """Takes faces out of heads, with what finds them and what undoes compression."""

    remover: FaceRemover
    decoder: PixelDecoder

    def find(self, sources: Sequence[Source]) -> Cut:
        """The cut of a series, from all its images; Held when there is none, with the reason."""
        try:
            planes, kinds = [], set()
            for source in sources:
                with source() as buffer:
                    header = read_header(buffer)
                    planes.append(_plane(header, layout_of(header)))
                    kinds.add(header.text(0x00080016))
            if len(kinds) != 1:
                raise unfit("its series has images of several kinds")
            return self.remover.find(grid_of(planes), self._slices(sources), kinds == {_CT})
        except (NoRemover, NoReader):
            raise Held("no_face_remover", "Faces cannot be removed here: what does it is not installed.") from None
        except (NoPicture, MalformedDicom):
            raise unfit("a picture of its series cannot be read") from None
        except NoFace as why:
            raise Held("face_left", f"The face could not be removed: {why}. {_WAIVER}") from None

    def show(self, cut: Cut, sources: Sequence[Source]) -> bytes:
        """A PNG of the head before and after; Held when it cannot be made."""
        try:
            with sources[0]() as buffer:
                hounsfield = read_header(buffer).text(0x00080016) == _CT
            return self.remover.show(cut, self._slices(sources), hounsfield)
        except (IndexError, MalformedDicom, NoFace, NoPicture, NoReader, NoRemover):
            raise unfit("its pictures cannot be shown") from None

    def _slices(self, sources: Sequence[Source]) -> Iterator[Slice]:
        for source in sources:
            with source() as buffer:
                header = read_header(buffer)
                layout, data = self.picture(header)
                yield Slice(_plane(header, layout), layout, data, *_scale(header))

    def picture(self, header: Header) -> tuple[Layout, bytes]:
        """The native frame of a single-frame image and its layout; NoPicture when it cannot be decoded."""
        layout, buffer = layout_of(header), header.buffer
        if layout.native:
            return layout, bytes(buffer[layout.offset : layout.offset + layout.frame_bytes])
        now, frames = self.decoder.decode(layout, buffer)
        return now, next(frames)


@dataclass(frozen=True, slots=True)
class TakenOff:
    """Where the face of a series is taken off, and what does it."""

    cleaner: FaceCleaner
    cut: Cut


def empty(
    pieces: list[Piece], pixel_at: int, body: Buffer, header: Header, face: TakenOff, cleaned: Cleaned | None = None
) -> tuple[list[Piece], int, str]:  # fmt: skip
    """The pieces of a data set with the face taken out of its picture, where its pixel value now is, and its syntax.

    See `pixels.apply`; `cleaned`: what became of its picture before, whose boxes are black in it. Every pixel in front
    of the cut looks like air; all others keep their bytes, or, when the picture was compressed, their values. Held
    when the image is not of the volume that the cut was found in.
    """
    source = layout_of(header)
    plane = _plane(header, source)
    if not face.cut.grid.holds(plane):
        raise Held("face_late", "It lies outside what was known of its series when the face was removed.")
    try:
        runs = face.cleaner.remover.runs(face.cut, plane)
        boxes = tuple(one.box for one in cleaned.blacked) if cleaned else ()
        if source.native:
            now, value = source, tuple(_emptied(source, runs, _air(header, source, face.cut.fill), boxes))
        else:
            now, value = _packed(header, runs, face, boxes)
    except (NoPicture, NoReader, NoRemover):
        raise unfit("its picture cannot be read") from None
    said: Said = {SHOWS_FACE: element(SHOWS_FACE, b"CS", b"NO", header.encoding)}
    done: tuple[int, ...] = (113102,)
    if cleaned and cleaned.read:
        said[BURNED_IN] = element(BURNED_IN, b"CS", b"NO", header.encoding)
        done = (113101, 113102)
    return put(pieces, pixel_at, body, header, (source, now, value), said, done)


def _packed(
    header: Header, runs: list[tuple[int, int]], face: TakenOff, boxes: tuple[black.Box, ...]
) -> tuple[Layout, tuple[Piece, ...]]:
    """A compressed picture emptied, and how it lies: in RLE, or native where that is smaller (ADR 0028)."""
    now, data = face.cleaner.picture(header)
    air = _air(header, now, face.cut.fill)
    frame = bytearray(black.frame(now, data, boxes))
    for first, count in runs:
        frame[first * len(air) : (first + count) * len(air)] = air * count
    packed = item(face.cleaner.decoder.pack(now, bytes(frame)))
    if len(packed) < len(frame):
        return replace(now, syntax=RLE), encapsulated([packed])
    return now, (bytes(frame), b"\0") if len(frame) & 1 else (bytes(frame),)


def _plane(header: Header, layout: Layout) -> Plane:
    if layout.frames != 1:
        raise unfit("it has many frames in one object")
    if layout.mask or layout.swapped:
        raise unfit("drawings are hidden in unused bits of its picture, or its bytes lie in swapped pairs")
    if layout.samples != 1 or layout.photometric not in GREY:
        raise unfit("its picture is not of one grey value a pixel")
    return plane_of(header)


def _scale(header: Header) -> tuple[float, float]:
    """Slope and intercept of the rescale (PS3.3 C.11.1); 1 and 0 where there is none."""
    try:
        slope, intercept = (float(header.text(tag) or normal) for tag, normal in ((0x00281053, 1), (0x00281052, 0)))
    except ValueError:
        raise unfit("its rescale slope is no number") from None
    if not math.isfinite(slope) or not math.isfinite(intercept) or slope <= 0:
        raise unfit("its rescale slope is no number, or not above 0")
    return slope, intercept


def _air(header: Header, layout: Layout, fill: float) -> bytes:
    """The bytes of one pixel that looks like air, within what its bits can hold."""
    slope, intercept = _scale(header)
    low, high = 0, (1 << layout.stored) - 1
    if layout.signed:
        low, high = -(1 << layout.stored - 1), (1 << layout.stored - 1) - 1
    value = min(max(round((fill - intercept) / slope), low), high)
    form = ("<" if layout.little else ">") + {8: "B", 16: "H"}[layout.bits]
    return pack(form, value & (1 << layout.bits) - 1)


def _emptied(
    layout: Layout, runs: list[tuple[int, int]], air: bytes, boxes: tuple[black.Box, ...]
) -> list[Piece]:  # fmt: skip
    """The native pixel value with runs of pixels emptied and boxes black; all else stays spans of the input."""
    emptied = [(first * len(air), count * len(air), air) for first, count in runs]
    return black.written(layout, black.over(emptied, black.runs(layout, boxes)))
