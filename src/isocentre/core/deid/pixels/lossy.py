"""Was a picture compressed with loss? By its transfer syntax, and inside JPEG 2000 by its kind of wavelet."""

from __future__ import annotations

from isocentre.core.dicom.walk import Buffer

_ROOT = "1.2.840.10008.1.2.4."
_ALWAYS = {"50": b"ISO_10918_1", "51": b"ISO_10918_1", "81": b"ISO_14495_1"}
_WAVELETS = {"91": b"ISO_15444_1", "203": b"ISO_15444_15"}
_STARTS, _STYLE, _TILE = b"\xff\x4f", 0x52, 0x90
_IRREVERSIBLE = 0
_MOST, _HEAD = 64, 1 << 20


def lossy_method(syntax: str, body: Buffer, offset: int, length: int) -> bytes:
    """How (0028,2114) names what was done to the pixel value there (PS3.3 C.7.6.1.1.5.1); empty where it lost nothing.

    Two syntaxes of JPEG 2000 may be either: the first codestream says by its wavelet, and one that can be undone may
    still have been cut short, which only its header could say.
    """
    tail = syntax.removeprefix(_ROOT)
    if tail in _ALWAYS:
        return _ALWAYS[tail]
    begin = bytes(body[offset : offset + min(length, _HEAD)]) if tail in _WAVELETS else b""
    return _WAVELETS[tail] if _irreversible(begin) else b""


def _irreversible(value: bytes) -> bool:
    """Whether the first codestream's coding style names the 9-7 wavelet (ISO 15444-1 A.6.1)."""
    pos = value.find(_STARTS) + 2
    for _ in range(_MOST if pos > 1 else 0):
        mark = value[pos : pos + 4]
        if len(mark) < 4 or mark[1] == _TILE:
            return False
        if mark[1] == _STYLE:
            return value[pos + 13 : pos + 14] == bytes([_IRREVERSIBLE])
        pos += 2 + int.from_bytes(mark[2:], "big")
    return False
