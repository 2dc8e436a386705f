"""Bad input for the running system: broken objects by name, and a peer that hangs up in the middle of one."""

from __future__ import annotations

import contextlib
import itertools
import socket
import zlib
from collections.abc import Callable
from pathlib import Path
from struct import pack

from isocentre.adapters.dimse import command, pdu
from isocentre.adapters.dimse.pdu import Associate, Proposed
from support.dicom_bytes import CT, DEFLATED, EXPLICIT, IMPLICIT, OPEN, el, header, item, mark, seq

ROOT = "1.2.826.0.1.3680043.9.7135"
PIXELS = bytes(range(8))
_numbers = itertools.count(1)


def new_uid() -> str:
    """A source UID not used before in this run."""
    return f"{ROOT}.{next(_numbers)}"


def dataset(uid: str, *, syntax: str = EXPLICIT, pixels: bytes | None = PIXELS, **changes: bytes | None) -> bytes:
    """The data set of a plain slice of this person, its elements in order; `tGGGGEEEE` changes or leaves out some."""
    made = header(syntax, CT)
    own = {0x00080018: ("UI", uid), 0x0020000D: ("UI", f"{uid}.1"), 0x0020000E: ("UI", f"{uid}.1.1"),
           0x00100020: ("LO", "ROUGH001"), 0x00280100: ("US", pack("<H", 16)), 0x00280101: ("US", pack("<H", 16)),
           0x00280102: ("US", pack("<H", 15)), 0x00280103: ("US", pack("<H", 0)), 0x00280002: ("US", pack("<H", 1)),
           0x00280004: ("CS", "MONOCHROME2")}  # fmt: skip
    made |= {tag: el(tag, vr, value, syntax) for tag, (vr, value) in own.items()}
    for name, value in changes.items():
        made[int(name[1:], 16)] = value if value is not None else b""
    if pixels is not None:
        made[0x7FE00010] = el(0x7FE00010, "OW", pixels, syntax)
    return b"".join(made[tag] for tag in sorted(made))


def part10(data: bytes, uid: str, syntax: str = EXPLICIT, sop_class: str = CT) -> bytes:
    """A Part 10 file around a data set, which is deflated when the syntax says so."""
    meta = el(0x00020001, "OB", b"\0\1") + el(0x00020002, "UI", sop_class) + el(0x00020003, "UI", uid)
    meta += el(0x00020010, "UI", syntax) + el(0x00020012, "UI", "1.2.9")
    if syntax == DEFLATED:
        machine = zlib.compressobj(wbits=-15)
        data = machine.compress(data) + machine.flush()
    return bytes(128) + b"DICM" + el(0x00020000, "UL", pack("<L", len(meta))) + meta + data


def nested(depth: int) -> bytes:
    """A sequence in a sequence, so many times."""
    inner = el(0x00080104, "LO", "deep")
    for _ in range(depth):
        inner = seq(0x00081140, [item(inner, is_open=True)], is_open=True)
    return inner


def _deep(uid: str) -> bytes:
    return dataset(uid, t00081140=nested(200))


def bomb(uid: str) -> bytes:
    """A data set that deflates a thousand to one."""
    return dataset(uid, pixels=bytes(300 * 1024 * 1024))


def _wrong_group_length(uid: str) -> bytes:
    return el(0x00080000, "UL", pack("<L", 4)) + dataset(uid)


def _no_delimiter(uid: str) -> bytes:
    return dataset(uid, t00081140=el(0x00081140, "SQ", item(el(0x00080104, "LO", "x")), length=OPEN))


def _item_without_end(uid: str) -> bytes:
    return dataset(uid, t00081140=el(0x00081140, "SQ", mark(0xE000, OPEN) + el(0x00080104, "LO", "x")))


def _twice(uid: str) -> bytes:
    return dataset(uid, t00080018=el(0x00080018, "UI", uid) + el(0x00080018, "UI", f"{ROOT}.99"))


def _odd_length(uid: str) -> bytes:
    return dataset(uid, t00180015=pack("<HH2sH", 0x0018, 0x0015, b"CS", 5) + b"CHEST")


_YAMADA = b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B"


def _named(uid: str, charset: str, name: bytes) -> bytes:
    """A name in this character set, in the description as well."""
    described = el(0x00081030, "LO", name)
    return dataset(
        uid, t00080005=el(0x00080005, "CS", charset), t00100010=el(0x00100010, "PN", name), t00081030=described
    )


def _controls(uid: str) -> bytes:
    pid = el(0x00100020, "LO", b"ROUGH\0\x01\x1f2\r\n")
    return dataset(
        uid, t00100020=pid, t00081030=el(0x00081030, "LO", b"a\0b\x07c"), t00080060=el(0x00080060, "CS", b"CT\0")
    )


def _no_such_dates(uid: str) -> bytes:
    dates = {0x00080020: "20261399", 0x00080021: "00000000", 0x00080022: "20250230", 0x00100030: "99999999"}
    made = {f"t{tag:08X}": el(tag, "DA", value) for tag, value in dates.items()}
    return dataset(uid, **made, t00080030=el(0x00080030, "TM", "996199"))


REFUSED: dict[str, Callable[[str], bytes]] = {
    "empty": lambda uid: b"",
    "cut in the pixels": lambda uid: dataset(uid)[:-3],
    "cut in the header": lambda uid: dataset(uid)[:150],
    "cut in an element's head": lambda uid: dataset(uid, pixels=None) + b"\xe0\x7f\x10",
    "an overlong study UID with a good beginning": lambda uid: dataset(
        uid, t0020000D=el(0x0020000D, "UI", f"{uid}.".ljust(64, "1") + "2" * 30)
    ),
    "no DICOM at all": lambda uid: b"%PDF-1.7 this is a letter, not a picture\n" * 40,
    "a length that lies": lambda uid: dataset(uid, t00081030=el(0x00081030, "LO", "x", length=60_000)),
    "an undefined length without delimiter": _no_delimiter,
    "sequences 200 deep": _deep,
    "an element twice": _twice,
    "elements out of order": lambda uid: dataset(uid) + el(0x00080005, "CS", "ISO_IR 100"),
    "no study UID": lambda uid: dataset(uid, t0020000D=None),
    "no series UID": lambda uid: dataset(uid, t0020000E=None),
    "no instance UID": lambda uid: dataset(uid, t00080018=None),
    "another instance UID than announced": lambda uid: dataset(f"{uid}.5"),
    "a path for a study UID": lambda uid: dataset(uid, t0020000D=el(0x0020000D, "UI", "../../../../etc/passwd")),
    "a path for an instance UID": lambda uid: dataset("../../1.2.3"),
    "a NUL in a study UID": lambda uid: dataset(uid, t0020000D=el(0x0020000D, "UI", f"{ROOT}\0.5.6")),
    "a study UID that is too long": lambda uid: dataset(uid, t0020000D=el(0x0020000D, "UI", "1." + "2" * 80)),
    "implicit under an explicit name": lambda uid: dataset(uid, syntax=IMPLICIT),
}
"""What cannot be read or is nobody's: answered C000 or another failure, nothing kept."""

TAKEN: dict[str, tuple[Callable[[str], bytes], str, str]] = {
    "a wrong group length": (_wrong_group_length, "sent_on", ""),
    "an odd length": (_odd_length, "sent_on", ""),
    "an item without end": (_item_without_end, "held", "unparseable"),
    "zero frames": (lambda uid: dataset(uid, t00280008=el(0x00280008, "IS", "0 ")), "held", "picture"),
    "no rows": (lambda uid: dataset(uid, t00280010=None), "held", "picture"),
    "no pixels": (lambda uid: dataset(uid, pixels=None), "held", "picture"),
    "no patient id": (lambda uid: dataset(uid, t00100020=None), "held", "no_patient"),
    "a patient id of spaces": (lambda uid: dataset(uid, t00100020=el(0x00100020, "LO", "  ")), "held", "no_patient"),
    "Japanese": (lambda uid: _named(uid, "\\ISO 2022 IR 87", _YAMADA), "sent_on", ""),
    "an unknown character set": (lambda uid: _named(uid, "ISO_IR 9999", b"\xff\xfe^\x80"), "sent_on", ""),
    "escapes that end nowhere": (lambda uid: _named(uid, "\\ISO 2022 IR 87", b"\x1b$B;\x1b\x1b$"), "sent_on", ""),
    "broken UTF-8": (lambda uid: _named(uid, "ISO_IR 192", b"\xc3\x28\xa0\xa1^\xf0\x28"), "sent_on", ""),
    "NULs and control characters": (_controls, "sent_on", ""),
    "dates that do not exist": (_no_such_dates, "sent_on", ""),
}
"""What can be read: answered 0000, and what becomes of it: disposition and cause."""


def hang_up(port: int, called: str, uid: str) -> None:
    """Begin to send an object, and drop the connection in the middle of its data."""
    request = Associate(called, "STORESCU", (Proposed(1, CT, (EXPLICIT,)),), implementation_class_uid="1.2.9")
    with contextlib.closing(socket.create_connection(("127.0.0.1", port), 10)) as line:
        line.sendall(pdu.encode_associate(request))
        assert line.recv(1 << 16)[:1] == bytes([pdu.ASSOCIATE_AC])
        line.sendall(pdu.encode_message(1, command.store_request(1, CT, uid), 0))
        half = dataset(uid)[:200]
        line.sendall(pdu.pdv_header(1, len(half), command=False, last=False) + half)


def write(path: Path, content: bytes) -> Path:
    """Write and return."""
    path.write_bytes(content)
    return path
