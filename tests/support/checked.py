"""An object as the engine would leave it, byte by byte, and what the second check says of it."""

from __future__ import annotations

import zlib
from typing import Any

from isocentre.core.deid import recheck
from isocentre.core.dicom.part10 import file_meta
from support.dicom_bytes import CT, DEFLATED, EXPLICIT, el, item, seq


def good(syntax: str = EXPLICIT, is_open: bool = False, **changes: bytes | None) -> bytes:
    """A small slice; change or leave out elements by `t00100010=bytes or None`."""
    codes = item(el(0x00080100, "SH", "113100", syntax) + el(0x00080102, "SH", "DCM", syntax), syntax, is_open)
    found = {
        0x00080016: el(0x00080016, "UI", CT, syntax), 0x00080018: el(0x00080018, "UI", "2.25.1", syntax),
        0x00080070: el(0x00080070, "LO", "Philips Healthcare", syntax), 0x00081010: el(0x00081010, "SH", "CT1", syntax),
        0x00100010: el(0x00100010, "PN", "P-ABCDEFGHIJKL", syntax),
        0x00100020: el(0x00100020, "LO", "P-ABCDEFGHIJKL", syntax),
        0x00100030: el(0x00100030, "DA", "", syntax), 0x00120062: el(0x00120062, "CS", "YES", syntax),
        0x00120064: seq(0x00120064, [codes], syntax, is_open),
        0x0020000D: el(0x0020000D, "UI", "2.25.2", syntax), 0x0020000E: el(0x0020000E, "UI", "2.25.3", syntax),
        0x52009229: seq(0x52009229, [item(el(0x00180050, "DS", "1", syntax), syntax, is_open)], syntax, is_open),
        0x7FE00010: el(0x7FE00010, "OW", b"abcd", syntax),
    }  # fmt: skip
    for name, value in changes.items():
        found[int(name[1:], 16)] = value
    body = b"".join(found[tag] for tag in sorted(found) if found[tag] is not None)
    if syntax == DEFLATED:
        machine = zlib.compressobj(wbits=-15)
        body = machine.compress(body) + machine.flush()
    return file_meta(CT, "2.25.1", syntax) + body


def codes(data: bytes, **more: Any) -> set[str]:
    """The codes of what is found."""
    return {finding.code for finding in recheck.check(data, **more)}


def says(
    text: str | bytes, known: tuple[str, ...] = (), *, tag: int = 0x00184000, vr: str = "LT", **more: bytes
) -> set[str]:
    """The codes of what is found where one attribute has this text; as UTF-8 where it is not ASCII."""
    raw = text.encode() if isinstance(text, str) else text
    charset = {} if raw.isascii() else {"t00080005": el(0x00080005, "CS", "ISO_IR 192")}
    return codes(good(**{f"t{tag:08X}": el(tag, vr, raw), **charset, **more}), needles=known)
