"""How a picture lies in its bytes: size, samples, bits, colour, frames (PS3.3 C.7.6.3), read from the header."""

from __future__ import annotations

from dataclasses import dataclass, replace
from struct import unpack_from

from isocentre.core.deid.rules import Held
from isocentre.core.dicom.header import Header
from isocentre.core.dicom.native import NATIVE, frame_bits
from isocentre.core.dicom.walk import PIXEL_DATA

GREY = frozenset({"MONOCHROME1", "MONOCHROME2"})
COLOUR = frozenset({"RGB", "YBR_FULL", "YBR_FULL_422"})
PALETTE = "PALETTE COLOR"
_CODED_COLOUR = frozenset({"YBR_ICT", "YBR_RCT"})
_MOST = 100 * 1024 * 1024
_MANY = 100_000


@dataclass(frozen=True, slots=True)
class Palette:
    """The three tables of a palette picture: first index shown, bits of an entry, entries of red, green and blue."""

    first: int
    bits: int
    red: tuple[int, ...]
    green: tuple[int, ...]
    blue: tuple[int, ...]

    @property
    def darkest(self) -> int:
        """The index whose colour is nearest to black."""
        sums = [sum(entry) for entry in zip(self.red, self.green, self.blue, strict=True)]
        return self.first + sums.index(min(sums))


@dataclass(frozen=True, slots=True)
class Layout:
    """One picture. `offset` and `length`: where its value lies in the buffer; `bits`: allocated a sample, 8 or 16.

    `mask`: of one pixel, the bits that are no hidden drawing; empty when there is none. `swapped`: 8-bit samples lie in
    words of the other byte order.
    """

    syntax: str
    little: bool
    offset: int
    length: int
    rows: int
    columns: int
    frames: int
    samples: int
    bits: int
    stored: int
    signed: bool
    photometric: str
    planar: bool
    palette: Palette | None = None
    mask: bytes = b""
    swapped: bool = False

    @property
    def native(self) -> bool:
        """Whether the value is the pixels themselves, one after the other."""
        return self.syntax in NATIVE

    @property
    def halved(self) -> bool:
        """Whether two neighbouring pixels share their colour (YBR_FULL_422 as it lies natively)."""
        return self.native and self.photometric == "YBR_FULL_422"

    @property
    def frame_bytes(self) -> int:
        """Bytes of one native frame."""
        photometric = self.photometric if self.native else ""
        return frame_bits(self.rows, self.columns, self.samples, self.bits, photometric) // 8


def layout_of(header: Header) -> Layout:
    """The layout of an object's picture; Held when it has none, or one that this version cannot clean."""
    if header.pixel_offset is None or header.pixel_length is None or PIXEL_DATA not in header:
        raise _unfit("it has no picture of whole numbers")
    samples, bits = _number(header, 0x00280002, 1), _number(header, 0x00280100)
    layout = Layout(
        syntax=header.transfer_syntax,
        little=header.encoding.little,
        offset=header.pixel_offset,
        length=header.pixel_length,
        rows=_number(header, 0x00280010),
        columns=_number(header, 0x00280011),
        frames=_frames(header),
        samples=samples,
        bits=bits,
        stored=_number(header, 0x00280101, bits),
        signed=bool(_number(header, 0x00280103, 0)),
        photometric=header.text(0x00280004),
        planar=samples > 1 and bool(_number(header, 0x00280006, 0)),
        palette=_palette(header) if header.text(0x00280004) == PALETTE else None,
        swapped=not header.encoding.little and bits == 8 and header.elements[PIXEL_DATA].vr != b"OB",
    )
    _check(layout)
    hidden = _embedded(header)
    return replace(layout, mask=_mask(layout, hidden, _number(header, 0x00280102))) if hidden else layout


def _mask(layout: Layout, hidden: set[int], high: int) -> bytes:
    """The bits of a pixel that stay. Bits of the picture itself are never taken, nor is anything compressed opened."""
    own = set(range(high - layout.stored + 1, high + 1))
    if not layout.native or layout.samples != 1 or hidden & own or not hidden <= set(range(layout.bits)):
        raise _unfit("drawings are hidden in bits of its picture that cannot be cleared")
    value = (1 << layout.bits) - 1 - sum(1 << bit for bit in hidden)
    return value.to_bytes(layout.bits // 8, "little" if layout.little else "big")


def swapped(data: bytes) -> bytes:
    """The bytes with each two exchanged; an odd last one stays."""
    out = bytearray(data)
    out[: len(data) - 1 : 2], out[1::2] = data[1::2], data[: len(data) - 1 : 2]
    return bytes(out)


def _unfit(why: str) -> Held:
    return Held("pixels_unreadable", f"Its picture cannot be cleaned: {why}.")


def _number(header: Header, tag: int, default: int = -1) -> int:
    raw = header.bytes(tag)
    if len(raw) < 2:
        return default
    return int(unpack_from("<H" if header.encoding.little else ">H", raw)[0])


def _frames(header: Header) -> int:
    text = header.text(0x00280008)
    if not text:
        return 1
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def _embedded(header: Header) -> set[int]:
    """Bits of the pixels that overlays lie in: such a plane has no data of its own (PS3.5 8.1.2, retired)."""
    groups = {tag & 0xFFFF0000 for tag in header.elements if tag >> 16 & 0xFF01 == 0x6000}
    alone = {group for group in groups if group | 0x3000 not in header}
    return {_number(header, group | 0x0102, 0) for group in alone}


def _palette(header: Header) -> Palette:
    tables: list[tuple[int, ...]] = []
    first = bits = 0
    for colour in range(3):
        described, data = header.bytes(0x00281101 + colour), header.bytes(0x00281201 + colour)
        order = "<" if header.encoding.little else ">"
        if len(described) != 6 or not data:
            raise _unfit("its colour table is missing")
        count, first, bits = unpack_from(order + "3H", described)
        count = count or 65536
        if bits == 16 or len(data) >= 2 * count:
            entries = tuple(unpack_from(f"{order}{len(data) // 2}H", data))[:count]
        else:
            entries = tuple(data if header.encoding.little else swapped(data))[:count]
        if len(entries) != count or bits not in (8, 16):
            raise _unfit("its colour table is cut short")
        tables.append(entries)
    if len({len(table) for table in tables}) != 1:
        raise _unfit("its colour tables differ in length")
    return Palette(first, bits, *tables)


def _check(layout: Layout) -> None:
    colours = layout.photometric
    if layout.rows < 1 or layout.columns < 1 or not 1 <= layout.frames <= _MANY or layout.bits not in (8, 16):
        raise _unfit("its size or depth is missing or not one that is read")
    if layout.samples == 1:
        fits = colours in GREY or colours == PALETTE
    else:
        coded = colours in _CODED_COLOUR and not layout.native
        deep = layout.bits == 16 and colours == "RGB"
        fits = layout.samples == 3 and (deep or (layout.bits == 8 and (colours in COLOUR or coded)))
    if not fits:
        raise _unfit("its kind of colour is not one that is read")
    if not 1 <= layout.stored <= layout.bits or layout.frame_bytes > _MOST:
        raise _unfit("its depth is wrong, or a frame is too large")
    if layout.halved and (layout.columns & 1 or layout.planar):
        raise _unfit("its colours are stored in no known way")
    if layout.swapped and layout.frame_bytes & 1:
        raise _unfit("its bytes lie in swapped pairs")
    if layout.native and not 0 <= layout.length - layout.frames * layout.frame_bytes <= 1:
        raise _unfit("it is cut short, or something follows its last frame")
