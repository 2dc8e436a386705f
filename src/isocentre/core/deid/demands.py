"""What an IOD demands of an attribute: a value (type 1), that it be there (type 2), or nothing (3); by SOP class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from isocentre.core.deid._iods import CLASSES, KINDS


@dataclass(frozen=True, slots=True)
class Demands:
    """Types of one place of one IOD: 1, 2 or 3. A conditional type counts as required where the attribute is there."""

    types: Mapping[int, int]
    otherwise: int

    def of(self, tag: int) -> int:
        """The type of an attribute; 3 when the IOD does not name it."""
        return self.types.get(tag, self.otherwise)


UNKNOWN = Demands({}, 1)
"""Of a SOP class nobody knows: a value is demanded everywhere, so that what is made is valid whatever the IOD says."""


@lru_cache(maxsize=256)
def demands(sop_class: str) -> tuple[Demands, Demands]:
    """What the IOD of a SOP class demands at the top level, and in nested places (the most demanding of each)."""
    kind = CLASSES.get(sop_class)
    if kind is None:
        return UNKNOWN, UNKNOWN
    top, nested = (_read(text) for text in KINDS[kind])
    return top, nested


def _read(text: str) -> Demands:
    pairs = (entry.split(":") for entry in text.split())
    return Demands({int(tag, 16): int(kind[0]) for tag, kind in pairs}, 3)
