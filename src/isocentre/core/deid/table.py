"""Typed access to PS3.15 Table E.1-1, one `Rule` a row, by tag; and to the text attributes it does not name."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from types import MappingProxyType

from isocentre.core.deid._table import ROWS
from isocentre.core.deid._unnamed import GROUPS
from isocentre.core.dicom import dictionary

GUARDED = "G"
"""Kept, unless the value tells of somebody: no letter of PS3.15, but what K comes to for text that nobody looks at."""
GOES = "X/Z/D"
"""Gone, as far as the IOD lets it."""
_DONE = {
    "keep": (GUARDED, GUARDED), "clean": ("C", GOES), "clean_or_keep": ("C", GUARDED), "device": (GUARDED, GOES),
    "institution": (GUARDED, GOES), "remove": ("X", "X"),
}  # fmt: skip
_TEXT = frozenset({"LO", "SH", "ST", "LT", "UT", "UC", "UR"})


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: name, action of the basic profile (`X`, `Z/D` …), and action by option code of CID 7050."""

    name: str
    basic: str
    options: MappingProxyType[int, str]


@dataclass(frozen=True, slots=True)
class Unnamed:
    """What becomes of text that the table does not name: the action under `option`, and without it (see `GROUPS`)."""

    group: str
    option: int
    granted: str
    otherwise: str
    why: str


_NEW = Unnamed("Text that is new", 113105, *_DONE["clean"], "Nobody has looked at this attribute yet.")


@cache
def rules() -> MappingProxyType[int, Rule]:
    """Every row that names one tag, by tag. Curves (50xx), overlays (60xx) and private elements are `repeating`."""
    return MappingProxyType(
        {
            int(pattern, 16): Rule(name, basic, MappingProxyType(options))
            for pattern, name, basic, options in ROWS
            if pattern != "private" and "x" not in pattern
        }
    )


@cache
def unnamed() -> MappingProxyType[str, Unnamed]:
    """What becomes of each attribute of the list, by keyword."""
    return MappingProxyType(
        {
            word: Unnamed(group, option, *_DONE[do], why)
            for group, do, option, why, words in GROUPS
            for word in words.split()
        }
    )


@lru_cache(maxsize=8192)
def unnamed_text(tag: int) -> Unnamed | None:
    """What becomes of an attribute that no row names, where it is text; None for what is none. KeyError: no attribute.

    Codes (CS) are text only where the list has them. What the list does not know is cleaned, or goes.
    """
    found = unnamed().get(dictionary.keyword(tag))
    return found or (_NEW if dictionary.vr(tag) in _TEXT else None)


def is_overlay_size(tag: int) -> bool:
    """Whether this is Overlay Bits Allocated or Overlay Bit Position, in any group of overlays."""
    return tag & 0xFF01FFFF in (0x60000100, 0x60000102)


def repeating(tag: int) -> bool:
    """True for curves, overlays and private elements, which the table names by pattern and this version removes.

    The table lists only overlay data and comments of group 60xx; what would be left of an overlay without its data
    is of no use, so the whole group goes.
    """
    group = tag >> 16
    return bool(group & 1) or group & 0xFF00 in (0x5000, 0x6000)
