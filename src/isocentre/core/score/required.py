"""Attributes that must still be there, by kind of object: read by hand from the modules of PS3.3, not from any table of
the engine. Only those that Table E.1-1 touches are of interest here; nested ones are left to dciodvfy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

_ROOT = "1.2.840.10008.5.1.4.1.1."
_Kind: TypeAlias = tuple[str, str, str]

# Type 1 and 2 attributes of the modules of every composite object (C.7.1.1, C.7.2.1, C.7.3.1, C.12.1).
_ALWAYS = (
    "0008,0016 0008,0018 0020,000D 0020,000E 0008,0060 0010,0020",
    "0010,0010 0010,0030 0010,0040 0008,0020 0008,0030 0008,0050 0008,0090 0020,0010",
)
_EQUIPMENT = "0018,1000 0008,1090 0018,1020 0008,0070"
# SOP classes (the tails of their UIDs), attributes of type 1, attributes of type 2.
_KINDS: tuple[_Kind, ...] = (
    # Enhanced General Equipment (C.7.5.2) and Multi-frame Functional Groups (C.7.6.16).
    (
        "2.1 4.1 4.3 4.2 6.2 130 12.1.1 12.2.1 13.1.1 13.1.3 13.1.4 66.4 30 77.1.5.4 77.1.6 14.1",
        f"0008,0023 0008,0033 {_EQUIPMENT}",
        "",
    ),
    # Legacy converted: Multi-frame Functional Groups alone.
    ("2.2 4.4 128.1", "0008,0023 0008,0033", ""),
    # PET Series and Image (C.8.9.1, C.8.9.4).
    ("128", "0008,0021 0008,0031", "0008,0022 0008,0032"),
    # SR Document General (C.17.2), Key Object Document (C.17.6.2).
    ("88.11 88.22 88.33 88.59 88.67", "0008,0023 0008,0033", ""),
    ("88.67", _EQUIPMENT, ""),
    # Structure Set (C.8.8.5), RT General Plan (C.8.8.9), RT Treatment Record (C.8.8.21).
    ("481.3", "3006,0002", "3006,0008 3006,0009"),
    ("481.5 481.8", "300A,0002", "300A,0006 300A,0007"),
    ("481.4", "", "3008,0250 3008,0251"),
    # Presentation State Identification (C.11.10), Spatial Registration (C.20.2), Real World Value Mapping (C.26).
    ("11.1 11.2", "0070,0082 0070,0083", ""),
    ("66.1 67", "0008,0023 0008,0033", ""),
    # Waveform Identification (C.10.8), Encapsulated Document (C.24.2).
    ("9.1.1 9.1.2", "0008,002A 0008,0023 0008,0033", ""),
    ("104.1 104.2", "", "0008,002A 0008,0023 0008,0033"),
    # Whole Slide Microscopy Image (C.8.12.4).
    ("77.1.6", "0008,002A", ""),
)


def required(sop_class: str) -> Iterator[tuple[str, int]]:
    """Paths of attributes that an object of this class must have, with their type: 1 has a value, 2 may be empty."""
    yield from _typed(*_ALWAYS)
    for tails, one, two in _KINDS:
        if sop_class.startswith(_ROOT) and sop_class.removeprefix(_ROOT) in tails.split():
            yield from _typed(one, two)


def _typed(one: str, two: str) -> Iterator[tuple[str, int]]:
    yield from ((f"({tag})", 1) for tag in one.split())
    yield from ((f"({tag})", 2) for tag in two.split())
