"""Write elements: header and padded value, explicit or implicit VR, either byte order (PS3.5 section 7.1)."""

from __future__ import annotations

from struct import pack

from isocentre.core.dicom.walk import ITEM, ITEM_END, LONG_VRS, SEQUENCE_END, UNDEFINED, Encoding


def head(tag: int, vr: bytes, length: int, encoding: Encoding) -> bytes:
    """The header of an element whose value has `length` bytes (even, or UNDEFINED)."""
    order = "<" if encoding.little else ">"
    if not encoding.explicit:
        return pack(order + "HHL", tag >> 16, tag & 0xFFFF, length)
    if vr in LONG_VRS:
        return pack(order + "HH2sHL", tag >> 16, tag & 0xFFFF, vr, 0, length)
    return pack(order + "HH2sH", tag >> 16, tag & 0xFFFF, vr, length)


def element(tag: int, vr: bytes, value: bytes, encoding: Encoding) -> bytes:
    """One whole element; an odd value is padded, UIDs and bytes by NUL, text by space."""
    if len(value) & 1:
        value += b"\0" if vr in (b"UI", b"OB", b"UN") else b" "
    return head(tag, vr, len(value), encoding) + value


def delimiter(tag: int, length: int, encoding: Encoding) -> bytes:
    """An item or delimiter tag: no VR in any encoding (PS3.5 section 7.5)."""
    return pack(("<" if encoding.little else ">") + "HHL", tag >> 16, tag & 0xFFFF, length)


def item_head(length: int, encoding: Encoding) -> bytes:
    """The tag and length of a sequence item."""
    return delimiter(ITEM, length, encoding)


def item_end(encoding: Encoding) -> bytes:
    """The end of an item of undefined length."""
    return delimiter(ITEM_END, 0, encoding)


def sequence_end(encoding: Encoding) -> bytes:
    """The end of a sequence of undefined length."""
    return delimiter(SEQUENCE_END, 0, encoding)


def code_sequence(tag: int, codes: list[tuple[str, str, str]], encoding: Encoding) -> bytes:
    """A sequence of coded entries (value, scheme, meaning), PS3.3 section 8.8."""
    items = b""
    for value, scheme, meaning in codes:
        body = (
            element(0x00080100, b"SH", value.encode(), encoding)
            + element(0x00080102, b"SH", scheme.encode(), encoding)
            + element(0x00080104, b"LO", meaning.encode(), encoding)
        )
        items += item_head(len(body), encoding) + body
    return head(tag, b"SQ", len(items), encoding) + items


__all__ = ["UNDEFINED", "code_sequence", "delimiter", "element", "head", "item_end", "item_head", "sequence_end"]
