"""The form of a kept value by VR (PS3.5 6.2): where codes, numbers and times are kept, no name may stand, no items."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

from isocentre.core.dicom.walk import Buffer

Form: TypeAlias = Callable[[Buffer, int, int], object]
"""True for a value that lies in `buffer[start:stop]` and has the form; padding and empty values have any."""


def _form(one: str) -> Form:
    return re.compile(f"(?:{one})(?:\\\\(?:{one}))*[ \0]*".encode()).fullmatch


# What stands in files as a number is not always one (10.50/ 15.00), and tells of nobody unless it has letters.
_NUMBER: Form = re.compile(rb"[\0-@E\[-`e{-\x7f]*").fullmatch

_FEW = 8
"""Bytes in which an item has no value."""
_ITEM = (b"\xfe\xff\x00\xe0", b"\xff\xfe\xe0\x00")
"""Begins an item, in either byte order."""


def _binary(size: int) -> Form:
    """Numbers of `size` bytes each: not other bytes, and not the items of a sequence, which nobody would walk."""

    def fits(buffer: Buffer, start: int, stop: int) -> bool:
        return (stop - start) % size == 0 and (stop - start <= _FEW or bytes(buffer[start : start + 4]) not in _ITEM)

    return fits


FORMS: dict[bytes, Form] = {
    b"CS": _form("[A-Z0-9_ ]{0,16}"),
    b"DS": _NUMBER,
    b"IS": _NUMBER,
    b"DA": _form(r"[0-9.]{0,10} *"),
    b"TM": _form(r"[0-9:]{0,8}(?:\.[0-9]{0,6})? *"),
    b"DT": _form(r"[0-9]{0,14}(?:\.[0-9]{0,6})?(?:[+-][0-9]{4})? *"),
    b"US": _binary(2), b"SS": _binary(2), b"AT": _binary(4), b"UL": _binary(4), b"SL": _binary(4), b"FL": _binary(4),
    b"FD": _binary(8), b"SV": _binary(8), b"UV": _binary(8),
}  # fmt: skip
"""By VR. A code has up to 16 capital letters, digits, spaces, underscores; a number has no letters."""

CODES: dict[int, Form] = {
    0x00180020: _form("(?:SE|IR|GR|EP|RM)? *"),
    0x00180021: _form("(?:SK|MTC|SS|TRSS|SP|MP|OSP|NONE)? *"),
    0x00180022: _form("(?:PER|RG|CG|PPG|FC|PFF|PFP|SP|FS|[A-Z]{3}_GEMS)? *"),
}
"""Of MR images' sequence, variant and options: the values themselves that PS3.3 C.8.3.1 lists, not whatever has the
form of a code, as a surname in capitals has. The codes that one maker marks as its own are listed beside them, for one
of them (ACC_GEMS) reads as a label of an accession number."""
