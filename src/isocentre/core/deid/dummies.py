"""Dummy items of sequences (action D): each valid by itself, and saying nothing (PS3.3 8.8, 10.1, 10.11, C.17)."""

from __future__ import annotations

from isocentre.core.deid import write
from isocentre.core.deid.values import DUMMIES
from isocentre.core.dicom.walk import Encoding

Item = tuple[tuple[int, bytes, "bytes | Item"], ...]
"""The elements of one item: tag, VR, and a value; of a sequence the elements of its one item."""

_CODE: Item = ((0x00080100, b"SH", b"REMOVED"), (0x00080102, b"SH", b"99REMOVED"), (0x00080104, b"LO", b"REMOVED"))
_COMMENT: Item = ((0x00080100, b"SH", b"121106"), (0x00080102, b"SH", b"DCM"), (0x00080104, b"LO", b"Comment"))
ITEMS: dict[int, Item] = {
    # A performed procedure step, as the SOP class of its modality.
    0x00081111: ((0x00081150, b"UI", b"1.2.840.10008.3.1.2.3.3"), (0x00081155, b"UI", b"2.25.0")),
    0x00080082: _CODE,
    0x00081072: ((0x00080080, b"LO", b"REMOVED"), (0x00401101, b"SQ", _CODE)),
    0x00401101: _CODE,
    0x0040A073: (
        (0x0040A027, b"LO", b"REMOVED"),
        (0x0040A030, b"DT", DUMMIES[b"DT"]),
        (0x0040A075, b"PN", b"REMOVED"),
        (0x0040A088, b"SQ", ()),
    ),
    0x0040A730: (
        (0x0040A010, b"CS", b"CONTAINS"),
        (0x0040A040, b"CS", b"TEXT"),
        (0x0040A043, b"SQ", _COMMENT),
        (0x0040A160, b"UT", b"REMOVED"),
    ),
}
"""The dummy of each sequence that Table E.1-1 replaces and an IOD demands. Graphic annotations have none: without them
the whole module is left out, which is valid, and a word drawn over a picture says less than no word."""


def sequence(tag: int, encoding: Encoding) -> bytes:
    """The sequence with its dummy item, in this encoding."""
    return _sequence(tag, ITEMS[tag], encoding)


def _sequence(tag: int, elements: Item, encoding: Encoding) -> bytes:
    body = b"".join(
        write.element(inner, vr, value, encoding) if isinstance(value, bytes) else _sequence(inner, value, encoding)
        for inner, vr, value in elements
    )
    body = write.item_head(len(body), encoding) + body if body else b""
    return write.head(tag, b"SQ", len(body), encoding) + body
