"""Coding schemes whose entries are published (`schemes.tsv`): their meanings and codes are nobody's own words."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

CODE_VALUE, DESIGNATOR, VERSION, MEANING, LONG_VALUE, URN = (
    0x00080100, 0x00080102, 0x00080103, 0x00080104, 0x00080119, 0x00080120,
)  # fmt: skip
"""Attributes of a coded entry (PS3.3 table 8.8-1)."""
VALUES = frozenset({CODE_VALUE, LONG_VALUE, URN})
CODED = frozenset({CODE_VALUE, DESIGNATOR, VERSION, MEANING, LONG_VALUE, URN})
_SNOMED = "SCT"
_VERHOEFF = (
    "0123456789", "1234067895", "2340178956", "3401289567", "4012395678",
    "5987604321", "6598710432", "7659821043", "8765932104", "9876543210",
)  # fmt: skip
_PERMUTED = (
    "0123456789", "1576283094", "5803796142", "8916043527", "9453126870", "4286573901", "2793806415", "7046913258",
)  # fmt: skip


@cache
def _forms() -> dict[str, re.Pattern[str]]:
    found: dict[str, str] = {}
    lines = (files("isocentre.core.deid.clean") / "schemes.tsv").read_text(encoding="utf-8").splitlines()
    for line in lines:
        if not line.startswith("# "):
            name, form, _ = line.split("\t")
            found[name] = f"{found[name]}|{form}" if name in found else form
    return {name: re.compile(form) for name, form in found.items()}


def is_public(designator: str) -> bool:
    """True for the designator (0008,0102) of a scheme whose meanings are published."""
    return designator in _forms()


def is_code(designator: str, value: str) -> bool:
    """True for a value that has the form of this public scheme's codes."""
    form = _forms().get(designator)
    if form is None or form.fullmatch(value) is None:
        return False
    return designator != _SNOMED or _checks(value)


def _checks(digits: str) -> bool:
    """Whether the last digit of a SNOMED CT id is right (Verhoeff), by which a number of a patient is none."""
    check = 0
    for n, digit in enumerate(reversed(digits)):
        check = int(_VERHOEFF[check][int(_PERMUTED[n % 8][int(digit)])])
    return check == 0
