"""Pictures of single frames: modality and VOI transformation, then JPEG or PNG, never larger than the frame is."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.pixels.processing import apply_color_lut, apply_modality_lut, apply_voi
from pydicom.pixels.utils import pixel_array

from isocentre.core.dicom.walk import MalformedDicom

MAX_PIXELS = 64 * 1024 * 1024
"""Pixels of one frame that are drawn: two mammograms side by side are 40 million; 4 bytes each while being drawn."""

PIXEL_KEYWORDS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
KINDS = {"image/jpeg": "JPEG", "image/png": "PNG"}


class Rendering:
    """Implements the archive's `Renderer` with pydicom, numpy and Pillow."""

    def render(
        self, file: bytes, *, frame: int, media: str, window: tuple[float, float] | None, size: int | None
    ) -> bytes:
        """JPEG or PNG (`media`) of frame `frame` (from 1) of a Part 10 file, 8 bits a sample, grey or RGB.

        `window`: (centre, width) in modality units; None: the header's first VOI, else the 1st to 99th percentile.
        `size`: longest side in pixels at most; a smaller frame stays as it is. Overlays are not burned in.
        ValueError in words, without a value of the object, when there is no picture.
        """
        try:
            ds = dcmread(io.BytesIO(file))
            _check(ds, frame)
            pixels = pixel_array(ds, index=frame - 1)
            shown = _colour(ds, pixels) if _is_colour(ds) else _grey(_frame(ds, frame), _thin(pixels, size), window)
        except NoPicture:
            raise
        except (
            AttributeError, KeyError, IndexError, TypeError, ValueError, NotImplementedError, RuntimeError, OSError,
            MemoryError, EOFError, InvalidDicomError, MalformedDicom,
        ) as error:  # fmt: skip
            # Their texts may quote the object; the kind of error says enough.
            raise NoPicture(f"the picture of this object cannot be read ({type(error).__name__})") from None
        picture = Image.fromarray(np.ascontiguousarray(shown))
        if size:
            picture.thumbnail((size, size))
        out = io.BytesIO()
        picture.save(out, KINDS[media], quality=90)
        return out.getvalue()


class NoPicture(ValueError):
    """There is nothing to show, in words."""


@dataclass(frozen=True, slots=True)
class _Frame:
    """The attributes that turn one frame's stored values into shown ones: of the image, or of its functional group."""

    modality: Dataset
    voi: Dataset
    inverted: bool
    padding: float | None


def _check(ds: Dataset, frame: int) -> None:
    if not any(keyword in ds for keyword in PIXEL_KEYWORDS):
        raise NoPicture("this object has no picture")
    frames = int(ds.get("NumberOfFrames") or 1)
    if not 1 <= frame <= frames:
        raise NoPicture(f"this object has {frames} frame{'' if frames == 1 else 's'}: there is no such frame")
    if int(ds.Rows) * int(ds.Columns) > MAX_PIXELS:
        raise NoPicture("a frame of this object is too large to be drawn")


def _is_colour(ds: Dataset) -> bool:
    return int(ds.get("SamplesPerPixel", 1)) == 3 or ds.PhotometricInterpretation == "PALETTE COLOR"


def _colour(ds: Dataset, pixels: Any) -> Any:
    """RGB, 8 bits: pydicom has already turned YBR into RGB."""
    bits = int(ds.get("BitsStored", 8))
    if ds.PhotometricInterpretation == "PALETTE COLOR":
        pixels = apply_color_lut(pixels, ds)
        bits = pixels.dtype.itemsize * 8
    if bits > 8:
        pixels = pixels >> (bits - 8)
    return pixels[..., :3].astype(np.uint8)


def _thin(pixels: Any, size: int | None) -> Any:
    """Every n-th pixel when the picture is wanted much smaller: at least twice the size is left to be averaged."""
    step = max(1, max(pixels.shape) // (2 * size)) if size else 1
    return pixels[::step, ::step]


def _frame(ds: Dataset, frame: int) -> _Frame:
    """The frame's own transformation where an enhanced object has one (PS3.3 C.7.6.16), else the image's."""
    modality, voi = ds, ds
    shared = ds.get("SharedFunctionalGroupsSequence") or []
    per_frame = ds.get("PerFrameFunctionalGroupsSequence") or []
    groups = [*shared[:1], *per_frame[frame - 1 : frame]]
    for group in groups:
        for item in group.get("PixelValueTransformationSequence") or []:
            modality = item
        for item in group.get("FrameVOILUTSequence") or []:
            voi = item
    padding = ds.get("PixelPaddingValue")
    return _Frame(modality, voi, ds.PhotometricInterpretation == "MONOCHROME1", padding)


def _grey(how: _Frame, pixels: Any, window: tuple[float, float] | None) -> Any:
    values = np.asarray(apply_modality_lut(pixels, how.modality), dtype=np.float32)
    finite = np.isfinite(values)
    if not finite.all():
        values = np.where(finite, values, np.float32(0))
    header = _window(how.voi) if window is None else None
    if window is not None:
        shown = _linear(values, *window)
    elif how.voi.get("VOILUTSequence"):
        table = apply_voi(np.rint(values).astype(np.int32), how.voi)
        shown = table / max(float(np.max(table)), 1.0)
    elif header is not None:
        shown = header.apply(values)
    else:
        shown = _spread(values, pixels != how.padding if how.padding is not None else finite)
    shown = np.clip(shown, 0, 1)
    return ((1 - shown if how.inverted else shown) * 255 + 0.5).astype(np.uint8)


@dataclass(frozen=True, slots=True)
class _Window:
    """A VOI window of the header (PS3.3 C.11.2.1.2 and C.11.2.1.3)."""

    centre: float
    width: float
    function: str

    def apply(self, values: Any) -> Any:
        """Values as 0 to 1, not yet clipped."""
        if self.function == "SIGMOID":
            # Beyond ±40 the curve is flat; the clip keeps exp from overflowing.
            return 1 / (1 + np.exp(np.clip(-4 * (values - self.centre) / self.width, -40, 40)))
        if self.function == "LINEAR_EXACT":
            return (values - self.centre) / self.width + 0.5
        return _linear(values, self.centre, self.width)


def _linear(values: Any, centre: float, width: float) -> Any:
    """LINEAR of PS3.3 C.11.2.1.2.1: from centre - 0.5 - (width-1)/2; a width of 1 is a threshold."""
    return (values - (centre - 0.5)) / max(width - 1, 1e-6) + 0.5


def _window(ds: Dataset) -> _Window | None:
    """The first window of the header; None where there is none that can be used."""
    try:
        centre, width = (float(_first(ds[keyword].value)) for keyword in ("WindowCenter", "WindowWidth"))
    except (KeyError, TypeError, ValueError, IndexError):
        return None
    function = str(ds.get("VOILUTFunction") or "LINEAR")
    least = 1.0 if function == "LINEAR" else 1e-6
    usable = np.isfinite(centre) and np.isfinite(width) and width >= least
    return _Window(centre, width, function) if usable else None


def _first(value: Any) -> Any:
    return value[0] if hasattr(value, "append") else value


def _spread(values: Any, wanted: Any) -> Any:
    """From the 1st to the 99th percentile; least to most where those are one value; mid grey where all are."""
    chosen = values[wanted] if wanted.any() else values
    low, high = (float(each) for each in np.percentile(chosen, (1, 99)))
    if high <= low:
        low, high = float(chosen.min()), float(chosen.max())
    return (values - low) / (high - low) if high > low else np.full(values.shape, 0.5, np.float32)
