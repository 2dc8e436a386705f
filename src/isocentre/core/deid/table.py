"""Typed access to PS3.15 Table E.1-1: one `Rule` a row, by tag, with the repeating groups apart."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from isocentre.core.deid._table import ROWS


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: name, action of the basic profile (`X`, `Z/D` …), and action by option code of CID 7050."""

    name: str
    basic: str
    options: MappingProxyType[int, str]


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
