"""Builds DICOM byte by byte for tests, sharing no code with the product."""

from __future__ import annotations

import zlib
from struct import pack

IMPLICIT, EXPLICIT, BIG = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"
DEFLATED, JPEG = "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.4.50"
CT, ENHANCED_CT, MR = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.2.1", "1.2.840.10008.5.1.4.1.1.4"
PET, US, SC, SR = (f"1.2.840.10008.5.1.4.1.1.{tail}" for tail in ("128", "6.1", "7", "88.11"))
LONG = {"OB", "OW", "OD", "OF", "OL", "OV", "SQ", "UC", "UN", "UR", "UT", "SV", "UV"}
OPEN = 0xFFFFFFFF


def raw(value: str | bytes, vr: str = "LO") -> bytes:
    data = value.encode() if isinstance(value, str) else value
    return data + (b"\0" if vr in ("UI", "OB", "UN") else b" ") * (len(data) & 1)


def el(tag: int, vr: str, value: str | bytes = b"", syntax: str = EXPLICIT, length: int | None = None) -> bytes:
    """One element; `length` lies about its length."""
    data = raw(value, vr)
    size = len(data) if length is None else length
    order = ">" if syntax == BIG else "<"
    if syntax == IMPLICIT:
        return pack("<HHL", tag >> 16, tag & 0xFFFF, size) + data
    head = pack(order + "HH", tag >> 16, tag & 0xFFFF) + vr.encode()
    return head + (pack(order + "HL", 0, size) if vr in LONG else pack(order + "H", size)) + data


def mark(number: int, length: int = 0, syntax: str = EXPLICIT) -> bytes:
    return pack(">HHL" if syntax == BIG else "<HHL", 0xFFFE, number, length)


def item(body: bytes, syntax: str = EXPLICIT, is_open: bool = False) -> bytes:
    if is_open:
        return mark(0xE000, OPEN, syntax) + body + mark(0xE00D, 0, syntax)
    return mark(0xE000, len(body), syntax) + body


def seq(tag: int, items: list[bytes], syntax: str = EXPLICIT, is_open: bool = False, vr: str = "SQ") -> bytes:
    """A sequence of ready items."""
    body = b"".join(items)
    if is_open:
        return el(tag, vr, body, syntax, OPEN) + mark(0xE0DD, 0, syntax)
    return el(tag, vr, body, syntax)


def part10(dataset: bytes, syntax: str = EXPLICIT, sop_class: str = CT, preamble: bytes = bytes(128)) -> bytes:
    meta = el(0x00020001, "OB", b"\0\1") + el(0x00020002, "UI", sop_class) + el(0x00020003, "UI", "1.2.3.4")
    meta += el(0x00020010, "UI", syntax) + el(0x00020012, "UI", "1.2.9") + el(0x00020016, "AE", "HOSPITALAE")
    if syntax == DEFLATED:
        machine = zlib.compressobj(wbits=-15)
        dataset = machine.compress(dataset) + machine.flush()
    return preamble + b"DICM" + el(0x00020000, "UL", pack("<L", len(meta))) + meta + dataset


def header(syntax: str = EXPLICIT, sop_class: str = CT, **changes: bytes | None) -> dict[int, bytes]:
    """Elements of a plain slice, by tag; change or leave out some by `t00100010=bytes or None`."""
    text = {
        0x00080008: ("CS", "ORIGINAL\\PRIMARY\\AXIAL"), 0x00080016: ("UI", sop_class), 0x00080018: ("UI", "1.2.3.4"),
        0x00080020: ("DA", "20240315"), 0x00080021: ("DA", "20240315"), 0x00080022: ("DA", "20240315"),
        0x0008002A: ("DT", "20240315101112.5+0100"), 0x00080030: ("TM", "101112"), 0x00080050: ("SH", "ACC77421"),
        0x00080060: ("CS", "CT"), 0x00080070: ("LO", "MAKER"), 0x00080080: ("LO", "ST ELSEWHERE"),
        0x00080090: ("PN", "REFERRER^RITA"), 0x00081030: ("LO", "CT chest of Smithson"),
        0x00100010: ("PN", "SMITHSON^ADA"),
        0x00100020: ("LO", "RXH1234567"), 0x00100030: ("DA", "19310203"), 0x00100040: ("CS", "F"),
        0x00101010: ("AS", "093Y"), 0x00101030: ("DS", "71.5"), 0x00120010: ("LO", "OLD SPONSOR"),
        0x00180015: ("CS", "CHEST"), 0x00181000: ("LO", "SN-555"), 0x0020000D: ("UI", "1.2.3.1"),
        0x0020000E: ("UI", "1.2.3.2"), 0x00200010: ("SH", "STUDY9"), 0x00200011: ("IS", "4"),
        0x00200052: ("UI", "1.2.3.9"), 0x00280301: ("CS", "NO"),
    }  # fmt: skip
    order = ">H" if syntax == BIG else "<H"
    made = {tag: el(tag, vr, value, syntax) for tag, (vr, value) in text.items()}
    made |= {tag: el(tag, "US", pack(order, 2), syntax) for tag in (0x00280010, 0x00280011)}
    made[0x00280100] = el(0x00280100, "US", pack(order, 16), syntax)
    for name, value in changes.items():
        tag = int(name[1:], 16)
        if value is None:
            made.pop(tag)
        else:
            made[tag] = value
    return made


def slice_of(
    syntax: str = EXPLICIT, sop_class: str = CT, pixels: bytes | None = b"\1\2\3\4\5\6\7\x08", **changes: bytes | None
) -> bytes:
    """A whole Part 10 slice with a patient in it."""
    made = header(syntax, sop_class, **changes)
    if pixels is not None:
        made[0x7FE00010] = el(0x7FE00010, "OW", pixels, syntax)
    return part10(b"".join(made[tag] for tag in sorted(made)), syntax, sop_class)
