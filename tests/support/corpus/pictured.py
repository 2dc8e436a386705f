"""Made images with a person written into their picture, of every kind that text is read in; drawn from a seed.

They are a corpus of their own (`pictures`): what is asked of them beside their header is that the text is hidden and
all else of the picture is as it was, so they are scored through the real reader of text.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate

from support.corpus.made import bare, fresh
from support.corpus.people import Person

GROUP = "pictures"
NATIVE, IMPLICIT, DEFLATED = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2", "1.2.840.10008.1.2.1.99"
JPEG, JPEG_LS, JPEG_2000, JPEG_2000_LOSSY, RLE = (
    f"1.2.840.10008.1.2.{tail}" for tail in ("4.50", "4.80", "4.90", "4.91", "5")
)
MARGIN = 14
"""Pixels around a line of text in which a reader may blacken too."""
_STAYS = ("R", "L", "AP", "120 kV", "10 cm", "SUPINE", "3.5 MHz")
Box = tuple[int, int, int, int]


class Kind(NamedTuple):
    """One kind of picture: its SOP class, how its pixels are, how many frames, and how it is stored."""

    name: str
    keyword: str
    modality: str
    photometric: str = "MONOCHROME2"
    stored: int = 8
    frames: int = 1
    syntax: str = NATIVE
    size: tuple[int, int] = (200, 320)
    planar: int = 0


KINDS: tuple[Kind, ...] = (
    Kind("us", "UltrasoundImageStorage", "US"),
    Kind("us_rgb", "UltrasoundImageStorage", "US", "RGB"),
    Kind("us_planes", "UltrasoundImageStorage", "US", "RGB", planar=1),
    Kind("us_ybr", "UltrasoundImageStorage", "US", "YBR_FULL", syntax=IMPLICIT),
    Kind("us_palette", "UltrasoundImageStorage", "US", "PALETTE COLOR"),
    Kind("us_rle", "UltrasoundImageStorage", "US", "RGB", syntax=RLE),
    Kind("us_jpeg", "UltrasoundImageStorage", "US", "YBR_FULL_422", syntax=JPEG),
    Kind("us_regions", "UltrasoundImageStorage", "US", "RGB"),
    Kind("us_film", "UltrasoundMultiFrameImageStorage", "US", frames=3),
    Kind("us_film_jpeg", "UltrasoundMultiFrameImageStorage", "US", "YBR_FULL_422", frames=3, syntax=JPEG),
    Kind("us_film_2000", "UltrasoundMultiFrameImageStorage", "US", "RGB", frames=2, syntax=JPEG_2000),
    Kind("us_volume", "EnhancedUSVolumeStorage", "US", frames=2),
    Kind("sc", "SecondaryCaptureImageStorage", "OT"),
    Kind("sc_rgb", "SecondaryCaptureImageStorage", "OT", "RGB", syntax=DEFLATED),
    Kind("sc_jpeg", "SecondaryCaptureImageStorage", "OT", "YBR_FULL_422", syntax=JPEG),
    Kind("sc_jpeg_grey", "SecondaryCaptureImageStorage", "OT", syntax=JPEG),
    Kind("sc_2000", "SecondaryCaptureImageStorage", "OT", "RGB", syntax=JPEG_2000),
    Kind("sc_2000_lossy", "SecondaryCaptureImageStorage", "OT", "RGB", syntax=JPEG_2000_LOSSY),
    Kind("sc_bytes", "MultiFrameGrayscaleByteSecondaryCaptureImageStorage", "OT", frames=2),
    Kind("sc_words", "MultiFrameGrayscaleWordSecondaryCaptureImageStorage", "OT", stored=12, frames=2),
    Kind("sc_colour", "MultiFrameTrueColorSecondaryCaptureImageStorage", "OT", "RGB", frames=2, syntax=RLE),
    Kind("cr", "ComputedRadiographyImageStorage", "CR", "MONOCHROME1", 12),
    Kind("cr_rle", "ComputedRadiographyImageStorage", "CR", stored=10, syntax=RLE),
    Kind("cr_ls", "ComputedRadiographyImageStorage", "CR", stored=12, syntax=JPEG_LS),
    Kind("dx", "DigitalXRayImageStorageForPresentation", "DX", stored=14),
    Kind("dx_2000", "DigitalXRayImageStorageForPresentation", "DX", stored=12, syntax=JPEG_2000),
    Kind("mg", "DigitalMammographyXRayImageStorageForPresentation", "MG", stored=12),
    Kind("io", "DigitalIntraOralXRayImageStorageForPresentation", "IO"),
    Kind("xa", "XRayAngiographicImageStorage", "XA", frames=3),
    Kind("xa_words", "XRayAngiographicImageStorage", "XA", stored=10, frames=2, syntax=RLE),
    Kind("rf", "XRayRadiofluoroscopicImageStorage", "RF"),
    Kind("ct_derived", "CTImageStorage", "CT", stored=16),
    Kind("mr_derived", "MRImageStorage", "MR", stored=12, syntax=JPEG_LS),
    Kind("pet_derived", "PositronEmissionTomographyImageStorage", "PT", stored=16),
    Kind("nm", "NuclearMedicineImageStorage", "NM", stored=16),
    Kind("endoscopy", "VLEndoscopicImageStorage", "ES", "YBR_FULL_422", syntax=JPEG),
    Kind("photograph", "VLPhotographicImageStorage", "XC", "RGB"),
    Kind("eye", "OphthalmicPhotography8BitImageStorage", "OP", "RGB", syntax=JPEG_2000),
)  # fmt: skip
_SIGNED = ("ct_derived",)
_BY_NAME = {f"{GROUP}/{kind.name}": kind for kind in KINDS}


@dataclass(frozen=True)
class Drawn:
    """Where text that must go is, a box a line; where a word of imaging is that must stay; and boxes around the lines,
    outside of which, but for that word, the picture must be as it was.
    """

    hidden: tuple[Box, ...]
    stays: Box
    around: tuple[Box, ...]


def objects() -> Iterator[tuple[str, Callable[[], Dataset]]]:
    """Every kind, as a header without its picture, and how to make it."""
    for kind in KINDS:
        yield kind.name, partial(_header, kind)


def _header(kind: Kind) -> Dataset:
    ds = bare(kind.keyword, kind.modality)
    ds.SOPInstanceUID = fresh(GROUP, kind.name)
    ds.SeriesInstanceUID = fresh(GROUP, kind.name, "series")
    ds.ImageType = ["DERIVED", "SECONDARY"] if kind.name.endswith("derived") else ["ORIGINAL", "PRIMARY"]
    ds.Rows, ds.Columns = kind.size
    colour = kind.photometric not in ("MONOCHROME1", "MONOCHROME2", "PALETTE COLOR")
    ds.SamplesPerPixel, ds.PhotometricInterpretation = (3 if colour else 1), kind.photometric
    if colour:
        ds.PlanarConfiguration = kind.planar
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = (8 if kind.stored == 8 else 16), kind.stored, kind.stored - 1
    ds.PixelRepresentation = int(kind.name in _SIGNED)
    if kind.frames > 1 or "MultiFrame" in kind.keyword:
        ds.NumberOfFrames = kind.frames
    if kind.photometric == "PALETTE COLOR":
        ds.RedPaletteColorLookupTableDescriptor = [256, 0, 16]
        ds.GreenPaletteColorLookupTableDescriptor = ds.BluePaletteColorLookupTableDescriptor = [256, 0, 16]
        ramp = b"".join((at * 257).to_bytes(2, "little") for at in range(256))
        ds.RedPaletteColorLookupTableData = ds.GreenPaletteColorLookupTableData = ramp
        ds.BluePaletteColorLookupTableData = ramp
    if kind.name == "us_regions":
        region = Dataset()
        region.RegionSpatialFormat, region.RegionDataType, region.RegionFlags = 1, 1, 0
        region.RegionLocationMinX0, region.RegionLocationMinY0 = 0, kind.size[0] // 2
        region.RegionLocationMaxX1, region.RegionLocationMaxY1 = kind.size[1] - 1, kind.size[0] - 1
        ds.SequenceOfUltrasoundRegions = [region]
    return ds


def draw(ds: Dataset, name: str, who: Person, rng: random.Random) -> Drawn | None:
    """Give an object of `objects` its picture, with the person in a corner; None when it is none of them."""
    kind = _BY_NAME.get(name)
    if kind is None:
        return None
    import numpy

    made = numpy.random.default_rng(rng.getrandbits(64))
    grey = _ground(kind, made)
    drawn = _write(grey, kind, who, rng)
    ds.file_meta.TransferSyntaxUID = kind.syntax
    _store(ds, kind, grey)
    said = rng.choice(("YES", "NO", None))
    if said:
        ds.BurnedInAnnotation = said
    return drawn


def _ground(kind: Kind, made: Any) -> Any:
    """Frames of grey from 0 to 255: smooth shapes and grain, no letter in them; light for films, dark for the rest."""
    import numpy

    rows, columns = kind.size
    y, x = numpy.mgrid[0:rows, 0:columns].astype(numpy.float64)
    frames = []
    for _ in range(kind.frames):
        tissue = numpy.full((rows, columns), 24.0)
        for _ in range(3):
            centre_x, centre_y = made.uniform(0.3, 0.7) * columns, made.uniform(0.45, 0.7) * rows
            wide, high = made.uniform(0.1, 0.3) * columns, made.uniform(0.1, 0.25) * rows
            tissue += made.uniform(20, 50) * numpy.exp(-(((x - centre_x) / wide) ** 2 + ((y - centre_y) / high) ** 2))
        frames.append(numpy.clip(tissue + made.normal(0, 2, tissue.shape), 0, 200).astype(numpy.uint8))
    return numpy.stack(frames)


def _write(frames: Any, kind: Kind, who: Person, rng: random.Random) -> Drawn:
    """Write two or three lines about the person in a corner of every frame, one more in the last frame alone, and a
    word of imaging elsewhere."""
    rows, columns = kind.size
    spoken = who.spoken.encode("ascii", "ignore").decode().strip(" '-")
    lines = [spoken.upper() if len(spoken) > 5 else who.doctor.replace("^", " "), who.patient_id]
    lines += [rng.choice((f"{who.birth:%d/%m/%Y}", who.hospital, who.nhs_number, f"DOB {who.birth:%d.%m.%Y}"))]
    height, left = rng.choice((16, 18, 20, 24)), rng.choice((8, 20))
    top, hidden = 8, []
    for number, line in enumerate(lines[: rng.choice((2, 3))]):
        every = not (number == 1 and kind.frames > 1 and rng.random() < 0.5)
        box = _line(frames if every else frames[-1:], line, left, top, height)
        hidden.append(box)
        top = box[3] + height // 2
    stays = _line(frames, rng.choice(_STAYS), columns - 120, rows - 40, 20)
    around = tuple(_around(box, columns, rows) for box in hidden)
    if kind.name == "us_regions":
        around = ((0, 0, columns, rows // 2),)  # all outside the region is black, whatever is there
    return Drawn(tuple(hidden), _around(stays, columns, rows), around)


def _around(box: Box, columns: int, rows: int) -> Box:
    return max(box[0] - MARGIN, 0), max(box[1] - MARGIN, 0), min(box[2] + MARGIN, columns), min(box[3] + MARGIN, rows)


def _line(frames: Any, text: str, left: int, top: int, height: int) -> Box:
    """Write one line in white; the box of its ink."""
    import numpy
    from PIL import Image, ImageDraw, ImageFont

    rows, columns = frames.shape[1:]
    sheet = Image.new("L", (columns, rows))
    while ImageFont.load_default(height).getlength(text) > columns - left - 8:
        height -= 1
    ImageDraw.Draw(sheet).text((left, top), text, fill=255, font=ImageFont.load_default(height))
    ink = numpy.asarray(sheet)
    down, across = numpy.nonzero(ink > 127)
    numpy.maximum(frames, ink[None], out=frames)
    return int(across.min()), int(down.min()), int(across.max()) + 1, int(down.max()) + 1


def _store(ds: Dataset, kind: Kind, grey: Any) -> None:
    """The frames as the kind has them: depth, colour, compression."""
    import numpy

    if kind.photometric == "MONOCHROME1":
        grey = 255 - grey
    if kind.syntax == JPEG:
        ds.PixelData = encapsulate([_jpeg(frame, kind) for frame in grey])
        ds["PixelData"].VR, ds["PixelData"].is_undefined_length = "OB", True
        return
    if kind.stored > 8:
        pixels = grey.astype(numpy.int32) << kind.stored - 8
        if kind.name in _SIGNED:
            pixels -= 1 << kind.stored - 1
        pixels = pixels.astype("<i2" if kind.name in _SIGNED else "<u2")
    elif ds.SamplesPerPixel == 1:
        pixels = grey
    elif kind.photometric == "YBR_FULL":
        pixels = numpy.stack([grey, numpy.full_like(grey, 126), numpy.full_like(grey, 131)], axis=-1)
    else:
        pixels = numpy.stack([grey, grey, numpy.minimum(grey, 255 - grey // 16)], axis=-1)
    if kind.planar:
        pixels = pixels.transpose(0, 3, 1, 2)
    if kind.syntax in (NATIVE, IMPLICIT, DEFLATED):
        ds.PixelData = numpy.ascontiguousarray(pixels).tobytes()
        ds["PixelData"].VR = "OB" if kind.stored == 8 and kind.syntax != IMPLICIT else "OW"
        return
    more = {"j2k_cr": [10]} if kind.syntax == JPEG_2000_LOSSY else {}
    ds.file_meta.TransferSyntaxUID = NATIVE
    shaped = pixels if kind.frames > 1 else pixels[0]
    plugin = {RLE: "pydicom"}.get(kind.syntax, "")
    ds.compress(kind.syntax, shaped, encoding_plugin=plugin, generate_instance_uid=False, **more)


def _jpeg(frame: Any, kind: Kind) -> bytes:
    import io

    import numpy
    from PIL import Image

    colour = kind.photometric != "MONOCHROME2"
    picture = Image.fromarray(numpy.stack([frame] * 3, axis=-1) if colour else frame)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=90, subsampling="4:2:2" if colour else -1)
    return out.getvalue()
