"""Structured reports: is the content tree one we know how to clean? Each item's kind of value is looked at."""

from __future__ import annotations

from isocentre.core.deid.rules import Held
from isocentre.core.dicom.walk import Buffer, Encoding, Item, elements

SEQUENCE = 0x0040A730
_KIND, _BY_REFERENCE = 0x0040A040, 0x0040DB73
_KINDS = frozenset(
    b"CONTAINER TEXT CODE NUM PNAME UIDREF DATE TIME DATETIME IMAGE COMPOSITE WAVEFORM SCOORD SCOORD3D TCOORD".split()
)


def check(buffer: Buffer, item: Item, encoding: Encoding, depth: int) -> None:
    """Raise Held for a content item that says no kind of value, or one that nobody here can clean (PS3.3 C.17.3)."""
    kind = b""
    for element in elements(buffer, item.value, item.stop, encoding, depth=depth):
        if element.tag == _BY_REFERENCE:
            return  # points at another item of the same tree
        if element.tag == _KIND:
            kind = bytes(buffer[element.value : min(element.stop, element.value + 32)]).strip(b" \0")
    if kind not in _KINDS:
        raise Held(
            "structured_content", "The report has an entry whose kind is missing or unknown, so it cannot be cleaned."
        )
