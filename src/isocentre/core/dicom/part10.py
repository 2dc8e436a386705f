"""Write the head of a DICOM file: zero preamble, DICM, and our own group 0002 (PS3.10 section 7.1)."""

from __future__ import annotations

from functools import lru_cache
from struct import pack

IMPLEMENTATION_CLASS_UID = "2.25.196428717208839465038711052466172946311"
IMPLEMENTATION_VERSION_NAME = "ISOCENTRE_0_1"


def short(tag: int, vr: bytes, value: bytes) -> bytes:
    """One explicit little-endian element with a 16-bit length; `value` is padded to even length."""
    if len(value) & 1:
        value += b"\0" if vr == b"UI" else b" "
    return pack("<HH2sH", tag >> 16, tag & 0xFFFF, vr, len(value)) + value


@lru_cache(maxsize=512)
def _around(sop_class: str, transfer_syntax: str, calling_ae: str) -> tuple[bytes, bytes]:
    # The elements before and after the SOP instance UID: they repeat for every slice of a series.
    before = pack("<HH2sH", 2, 1, b"OB", 0) + pack("<L", 2) + b"\0\1" + short(0x00020002, b"UI", sop_class.encode())
    after = (
        short(0x00020010, b"UI", transfer_syntax.encode())
        + short(0x00020012, b"UI", IMPLEMENTATION_CLASS_UID.encode())
        + short(0x00020013, b"SH", IMPLEMENTATION_VERSION_NAME.encode())
    )
    if calling_ae:
        after += short(0x00020016, b"AE", calling_ae.encode("ascii", "replace")[:16])
    return before, after


def file_meta(sop_class: str, sop_instance: str, transfer_syntax: str, *, calling_ae: str = "") -> bytes:
    """The bytes before the data set of a Part 10 file, ending where the data set begins.

    Nothing of the source's own group 0002 or preamble goes over: both may carry names and private data.
    """
    before, after = _around(sop_class, transfer_syntax, calling_ae)
    body = before + short(0x00020003, b"UI", sop_instance.encode()) + after
    return b"\0" * 128 + b"DICM" + pack("<HH2sHL", 2, 0, b"UL", 4, len(body)) + body
