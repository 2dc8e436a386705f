"""Undo the compression of pictures with pydicom's decoders; colours stay as the compression holds them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from io import SEEK_CUR, SEEK_END, SEEK_SET, BufferedReader, RawIOBase
from typing import Any

import numpy as np
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.encoders.base import RLELosslessEncoder

from isocentre.core.deid.pixels.layout import Layout
from isocentre.core.dicom.walk import Buffer
from isocentre.core.ports import NoPicture

_GDCM = "gdcm"
_NATIVE = "1.2.840.10008.1.2.1"
_WRONG = (
    AttributeError, KeyError, IndexError, TypeError, ValueError, NotImplementedError, RuntimeError, OSError,
    MemoryError, EOFError,
)  # fmt: skip


class _Value(RawIOBase):
    """The pixel value as a file: frames are taken from it one at a time, and never all of it."""

    def __init__(self, layout: Layout, buffer: Buffer) -> None:
        self._begin, self._length, self._buffer, self._at = layout.offset, layout.length, buffer, 0

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def seek(self, offset: int, whence: int = SEEK_SET) -> int:
        """Move to a place in the value."""
        self._at = offset + {SEEK_SET: 0, SEEK_CUR: self._at, SEEK_END: self._length}[whence]
        return self._at

    def readinto(self, into: Any) -> int:
        """Read as many bytes as there is room for."""
        count = max(min(len(into), self._length - self._at), 0)
        begin = self._begin + self._at
        into[:count] = self._buffer[begin : begin + count]
        self._at += count
        return count


class Decoder:
    """Implements `PixelDecoder`."""

    def decode(self, layout: Layout, buffer: Buffer) -> tuple[Layout, Iterator[bytes]]:
        """See the port. The layout comes from the first frame: decoders say what colours they give."""
        frames = self._frames(layout, buffer)
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

    def pack(self, layout: Layout, data: bytes) -> bytes:
        """See the port."""
        more: dict[str, Any] = {"planar_configuration": 0} if layout.samples > 1 else {}
        # gdcm is ten times faster, and ends the whole process at a frame of an odd number of bytes.
        plugin = _GDCM if len(data) % 2 == 0 and _GDCM in RLELosslessEncoder.available_plugins else "pydicom"
        packed: bytes = RLELosslessEncoder.encode(
            data, encoding_plugin=plugin, rows=layout.rows, columns=layout.columns, number_of_frames=1,
            samples_per_pixel=layout.samples,
            bits_allocated=layout.bits, bits_stored=layout.stored, pixel_representation=int(layout.signed),
            photometric_interpretation=layout.photometric, **more,
        )  # fmt: skip
        return packed

    def _frames(self, layout: Layout, buffer: Buffer) -> Iterator[tuple[bytes, str]]:
        more: dict[str, Any] = {"planar_configuration": int(layout.planar)} if layout.samples > 1 else {}
        try:
            decoder = get_decoder(layout.syntax)
            for array, meta in decoder.iter_array(
                BufferedReader(_Value(layout, buffer)),
                raw=True, rows=layout.rows, columns=layout.columns, number_of_frames=layout.frames,
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
