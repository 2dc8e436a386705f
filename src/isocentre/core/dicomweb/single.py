"""Cut one frame of an object into an object of its own, so that a picture of it never needs the others in memory."""

from __future__ import annotations

from struct import pack

from isocentre.core.deid import write
from isocentre.core.dicom.walk import UNDEFINED, Buffer, Element, Encoding, content_encoding, elements, items

_FRAMES = 0x00280008
_PER_FRAME = 0x52009230
_OFFSET_TABLES = frozenset({0x7FE00001, 0x7FE00002})


def single_frame(
    buffer: Buffer, start: int, end: int, encoding: Encoding, *, number: int, pixel_tag: int, pixel_vr: bytes,
    value: bytes, encapsulated: bool,
) -> bytes:  # fmt: skip
    """A Part 10 object of one frame: the file in `buffer[:start]`, the data set in `buffer[start:end]` (which ends
    before the pixel value) with the functional groups of frame `number` (from 1) alone, and `value`.

    MalformedDicom when the data set cannot be followed.
    """
    out: list[bytes] = [bytes(buffer[:start])]
    for element in elements(buffer, start, end, encoding):
        if element.tag == _FRAMES:
            out.append(write.element(_FRAMES, b"IS", b"1", encoding))
        elif element.tag == _PER_FRAME:
            out.append(_group(buffer, element, encoding, number))
        elif element.tag not in _OFFSET_TABLES:
            out.append(bytes(buffer[element.start : element.end]))
    value += b"\0" * (len(value) & 1)
    if not encapsulated:
        return b"".join((*out, write.head(pixel_tag, pixel_vr, len(value), encoding), value))
    # Encapsulated is always little-endian (PS3.5 A.4); the empty item is the offset table.
    fragment = pack("<HHL", 0xFFFE, 0xE000, 0) + pack("<HHL", 0xFFFE, 0xE000, len(value))
    head = write.head(pixel_tag, pixel_vr, UNDEFINED, encoding)
    return b"".join((*out, head, fragment, value, write.sequence_end(encoding)))


def _group(buffer: Buffer, element: Element, encoding: Encoding, number: int) -> bytes:
    """The sequence of per-frame functional groups (PS3.3 C.7.6.16) with the item of one frame; empty without it."""
    inner = content_encoding(buffer, element, encoding)
    wanted = next((item for n, item in enumerate(items(buffer, element, inner), 1) if n == number), None)
    body = b"" if wanted is None else bytes(buffer[wanted.start : wanted.end])
    return write.head(element.tag, element.vr, len(body), encoding) + body
