"""Text in pictures: `Reader` finds it with rapidocr, `Decoder` undoes compression with pydicom; both on first use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from isocentre.core.deid.pixels.clean import PixelCleaner
from isocentre.core.deid.pixels.layout import Layout
from isocentre.core.dicom.walk import Buffer
from isocentre.core.ports import FoundText, NoReader, Painter, PixelDecoder


@dataclass(slots=True)
class _Late:
    """Both ports, filled with the first picture: models and codecs take longer to load than all else here."""

    reader: Any = None
    decoder: Any = field(default=None)

    def find(self, layout: Layout, data: bytes) -> list[FoundText]:
        """See `TextFinder`."""
        if self.reader is None:
            try:
                from isocentre.adapters.ocr.reader import Reader
            except ImportError:
                raise NoReader("what reads text in pictures is not installed") from None
            self.reader = Reader()
        found: list[FoundText] = self.reader.find(layout, data)
        return found

    def decode(self, layout: Layout, buffer: Buffer) -> tuple[Layout, Iterator[bytes]]:
        """See `PixelDecoder`."""
        made: tuple[Layout, Iterator[bytes]] = self._codecs().decode(layout, buffer)
        return made

    def pack(self, layout: Layout, data: bytes) -> bytes:
        """See `PixelDecoder`."""
        packed: bytes = self._codecs().pack(layout, data)
        return packed

    def paint(self, layout: Layout, data: bytes, longest: int) -> bytes:
        """See `Painter`."""
        try:
            from isocentre.adapters.ocr.drawing import Drawing
        except ImportError:
            raise NoReader("what shows pictures is not installed") from None
        return Drawing().paint(layout, data, longest)

    def _codecs(self) -> Any:
        if self.decoder is None:
            try:
                from isocentre.adapters.ocr.decoder import Decoder
            except ImportError:
                raise NoReader("what decodes pictures is not installed") from None
            self.decoder = Decoder()
        return self.decoder


def pixel_cleaner() -> PixelCleaner:
    """A cleaner of pictures that loads what it needs with the first one."""
    late = _Late()
    return PixelCleaner(late, late)


def pixel_decoder() -> PixelDecoder:
    """Undoes compression; loads codecs with the first picture."""
    return _Late()


def painter() -> Painter:
    """Makes frames into what a browser shows; loads what it needs with the first one."""
    return _Late()
