"""The form of a kept value by VR (PS3.5 6.2): where codes, numbers and times are kept, no name may stand."""

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

FORMS: dict[bytes, Form] = {
    b"CS": _form("[A-Z0-9_ ]{0,16}"),
    b"DS": _NUMBER,
    b"IS": _NUMBER,
    b"DA": _form(r"[0-9.]{0,10} *"),
    b"TM": _form(r"[0-9:]{0,8}(?:\.[0-9]{0,6})? *"),
    b"DT": _form(r"[0-9]{0,14}(?:\.[0-9]{0,6})?(?:[+-][0-9]{4})? *"),
}
"""By VR. A code has up to 16 capital letters, digits, spaces, underscores; a number has no letters."""
