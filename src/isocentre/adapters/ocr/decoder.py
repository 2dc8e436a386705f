"""Undo the compression of pictures with pydicom's decoders; colours stay as the compression holds them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from pydicom.pixels.decoders.base import get_decoder

from isocentre.core.deid.pixels.layout import Layout
from isocentre.core.ports import NoPicture

_NATIVE = "1.2.840.10008.1.2.1"
_WRONG = (
    AttributeError, KeyError, IndexError, TypeError, ValueError, NotImplementedError, RuntimeError, OSError,
    MemoryError, EOFError,
)  # fmt: skip


class Decoder:
    """Implements `PixelDecoder`."""

    def decode(self, layout: Layout, value: bytes) -> tuple[Layout, Iterator[bytes]]:
        """See the port. The layout comes from the first frame: decoders say what colours they give."""
        frames = self._frames(layout, value)
        first, said = next(frames, (b"", ""))
        if not said:
            raise NoPicture("there is no frame")
        now = replace(layout, syntax=_NATIVE, little=True, offset=0, length=0, photometric=said, planar=False)

        def every() -> Iterator[bytes]:
            yield first
            for data, photometric in frames:
                if photometric != said or len(data) != now.frame_bytes:
                    raise NoPicture("its frames differ in kind")
                yield data

        if len(first) != now.frame_bytes:
            raise NoPicture("its first frame has another size than is said")
        return now, every()

    def _frames(self, layout: Layout, value: bytes) -> Iterator[tuple[bytes, str]]:
        more: dict[str, Any] = {"planar_configuration": int(layout.planar)} if layout.samples > 1 else {}
        try:
            decoder = get_decoder(layout.syntax)
            for array, meta in decoder.iter_array(
                value, raw=True, rows=layout.rows, columns=layout.columns, number_of_frames=layout.frames,
                samples_per_pixel=layout.samples, bits_allocated=layout.bits, bits_stored=layout.stored,
                pixel_representation=int(layout.signed), photometric_interpretation=layout.photometric,
                pixel_keyword="PixelData", **more,
            ):  # fmt: skip
                little = array.astype(array.dtype.newbyteorder("<"), copy=False)
                # Each pixel has its own colour once it is decoded, whatever the compression shared.
                colours = str(meta["photometric_interpretation"]).replace("YBR_FULL_422", "YBR_FULL")
                yield np.ascontiguousarray(little).tobytes(), colours
        except _WRONG as error:
            # Their texts may quote the object; the kind of error says enough.
            raise NoPicture(f"the picture cannot be decoded ({type(error).__name__})") from None
