"""How the second check reads a text, by its attribute: what may stand in one is no finding in another.

The value representations are pydicom's own, not the table the engine is made with.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

FREE, CODED, PUBLIC, DEVICE = 1, 2, 3, 4
"""Anything may stand in it · a code, such as HEAD or ORIGINAL, in which a word of the trade names nobody · what is said
of the maker, the model and the research study, in which a single word of a name may stand · numbers and versions of
devices, and codes: nobody's number or date."""

_MAKERS = frozenset({0x00080070, 0x00081090, 0x00181016, 0x00181018, 0x00189041, 0x00189050})
_INSTITUTIONS = frozenset({0x00080080, 0x00080081, 0x00081040})
"""Where these stay, under option 113112, they have postcodes and telephone numbers; where it is not named they may not
be there at all (`recheck_naming`)."""
_DEVICES = """
00080103 0008010E 00081010 00181000 00181003 00181004 00181005 00181006 00181007 00181008 00181009 00181010 00181019
00181020 00181180 00181250 00181251 00181400 00181401 00185010 00185020 00185021 00187006 0018700A 00189005 00189047
00189525 00400242 00620009 00660031 00660036 300A00B2 30080105 3010001A 30100043
"""
_DEVICE = frozenset(int(tag, 16) for tag in _DEVICES.split())
"""Serial numbers, versions, detectors, plates, coils, stations, programs and their files, coding schemes' versions and
addresses. Ten digits pass the check of an NHS number by chance once in eleven times, versions carry the day they were
built, and which of these stay is for option 113109 to say, not for their form."""
_CODES, _SCHEME = frozenset({b"AE", b"CS"}), 0x00080102
METHODS = frozenset(
    """
    113100|113101|113102|113103|113104|113105|113106|113107|113108|113109|113110|113111|113112|DCM|
    Basic Application Confidentiality Profile|Clean Pixel Data Option|Clean Recognizable Visual Features Option|
    Clean Graphics Option|Clean Structured Content Option|Clean Descriptors Option|
    Retain Longitudinal Temporal Information Full Dates Option|
    Retain Longitudinal Temporal Information Modified Dates Option|Retain Patient Characteristics Option|
    Retain Device Identity Option|Retain UIDs Option|Retain Safe Private Option|Retain Institution Identity Option
    """.replace("\n    ", "")
    .encode()
    .split(b"|")
)
"""Codes and meanings of CID 7050 (PS3.16): what an object says of its de-identification."""
_MOST = 1 << 14


class Sorts(dict[int, int]):
    """A number for each tag, made when it is first asked for. Bounded: hostile files have any number of tags."""

    def __init__(self, make: Callable[[int], int]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, tag: int) -> int:
        if len(self) >= _MOST:
            self.clear()
        self[tag] = made = self._make(tag)
        return made


def _sort(tag: int) -> int:
    group = tag >> 16
    if group == 0x0012 or tag in _MAKERS or tag in _INSTITUTIONS:
        return PUBLIC
    if group & 1 or tag in _DEVICE:
        return DEVICE
    return CODED if vr_of(tag) in _CODES or tag == _SCHEME else FREE


SORTS = Sorts(_sort)


@cache
def _dictionary() -> dict[int, tuple[Any, ...]]:
    from pydicom._dicom_dict import DicomDictionary

    return DicomDictionary


def vr_of(tag: int) -> bytes:
    """The value representation of a standard attribute, the first where there are more; UN for any other."""
    entry = _dictionary().get(tag)
    return entry[0][:2].encode() if entry else b"UN"
