"""Identifier types that do not mix and never print themselves whole.

Each is a `str` subclass: cheap, hashable, storable; `repr` is masked so that a log line, a traceback or a
debugger shows the kind and never the value. `str()` is the explicit way to the value.
"""

from __future__ import annotations

import re

_UID = re.compile(r"(0|[1-9]\d*)(\.(0|[1-9]\d*))+")


class Masked(str):
    """A string whose repr shows its kind only."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} …>"


class NhsNumber(Masked):
    """Ten digits that pass the Modulus 11 check (NHS Data Dictionary, NHS NUMBER)."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> NhsNumber:
        """Return the number without spaces or dashes; ValueError when it is not a valid NHS number."""
        digits = re.sub(r"[\s-]", "", text)
        if not re.fullmatch(r"\d{10}", digits) or len(set(digits)) == 1:
            raise ValueError("an NHS number is ten digits, not all the same")
        total = sum(int(digit) * weight for digit, weight in zip(digits[:9], range(10, 1, -1), strict=True))
        if (11 - total % 11) % 11 != int(digits[9]):
            raise ValueError("the check digit of this NHS number does not match")
        return cls(digits)


_TEN_DIGITS = re.compile(r"(?<!\d)\d(?:[ -]?\d){9}(?!\d)")


def holds_nhs_number(text: str) -> bool:
    """Whether a valid NHS number stands in the text, also as 999 000 0018 or 999-000-0018."""
    for found in _TEN_DIGITS.findall(text):
        try:
            NhsNumber.parse(found)
        except ValueError:
            continue
        return True
    return False


class HospitalNumber(Masked):
    """A patient's number at one hospital (DICOM PatientID)."""

    __slots__ = ()


class PersonKey(Masked):
    """Canonical key of a person: `nhs:` number or `id:` issuer|trimmed id. Left of the wall only."""

    __slots__ = ()


class ObjectUid(str):
    """A keyed UID of ours (2.25 + 128 bits). Safe right of the wall."""

    __slots__ = ()


class Pseudonym(str):
    """The keyed stand-in of a person in one research study. Safe right of the wall."""

    __slots__ = ()


def is_uid(text: str) -> bool:
    """True when `text` is a valid DICOM UID (PS3.5 section 9.1): ≤ 64 characters, no leading zeros, no path tricks."""
    return 0 < len(text) <= 64 and _UID.fullmatch(text) is not None
