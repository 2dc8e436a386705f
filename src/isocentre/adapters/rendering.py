"""Pictures of single frames: modality and VOI transformation, then JPEG or PNG."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_modality_lut
from pydicom.pixels.utils import pixel_array

from isocentre.core.dicom.walk import MalformedDicom


class Rendering:
    """Implements the archive's `Renderer` with pydicom, numpy and Pillow."""

    def render(
        self, file: bytes, *, frame: int, media: str, window: tuple[float, float] | None, size: int | None
    ) -> bytes:
        """JPEG or PNG of frame `frame` (from 1); ValueError in words when the object has no picture."""
        try:
            ds = dcmread(io.BytesIO(file))
            pixels = pixel_array(ds, index=frame - 1)
        except (AttributeError, NotImplementedError, RuntimeError, MalformedDicom) as error:
            raise ValueError(f"this object has no picture that can be shown ({type(error).__name__})") from None
        picture = Image.fromarray(pixels if pixels.ndim == 3 else _grey(ds, pixels, window))
        if size:
            picture.thumbnail((size, size))
        out = io.BytesIO()
        picture.save(out, "PNG" if media == "image/png" else "JPEG", quality=90)
        return out.getvalue()


def _grey(ds: Dataset, pixels: Any, window: tuple[float, float] | None) -> Any:
    values = np.asarray(apply_modality_lut(pixels, ds), dtype=np.float64)
    centre, width = window or _window(ds) or _spread(values)
    low = centre - width / 2
    shown = np.clip((values - low) / max(width, 1e-6), 0, 1)
    if ds.get("PhotometricInterpretation") == "MONOCHROME1":
        shown = 1 - shown
    return (shown * 255).astype(np.uint8)


def _window(ds: Dataset) -> tuple[float, float] | None:
    try:
        centre, width = (v[0] if isinstance(v, list | tuple) or hasattr(v, "append") else v
                         for v in (ds.WindowCenter, ds.WindowWidth))  # fmt: skip
        return (float(centre), float(width)) if float(width) >= 1 else None
    except (AttributeError, TypeError, ValueError, IndexError):
        return None


def _spread(values: Any) -> tuple[float, float]:
    low, high = np.percentile(values, (1, 99))
    return float((low + high) / 2), float(max(high - low, 1))
