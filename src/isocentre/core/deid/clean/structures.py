"""Names of structures mapped to one list (AAPM TG-263), whatever their case, separators and the place of the side."""

from __future__ import annotations

import re
from functools import cache

from isocentre.core.deid.clean.fold import fold
from isocentre.core.deid.clean.vocabulary import listed

MAPPED = frozenset({0x30060026, 0x30060085, 0x00620005})
"""ROI Name, ROI Observation Label, Segment Label."""
_SIDES = {"left": "l", "lt": "l", "lft": "l", "right": "r", "rt": "r", "rgt": "r"}
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_LONGEST = 64


def _key(words: list[str]) -> str:
    """The words in one order, the side last, written together."""
    plain = [_SIDES.get(word, word) for word in map(fold, words)]
    return "".join(sorted(plain, key=lambda word: word in ("l", "r")))


@cache
def _by_key() -> dict[str, str]:
    found: dict[str, str] = {}
    for name in sorted(listed("structures")):
        found.setdefault(_key(_WORDS.findall(name)), name)
    return found


def standard_name(text: str) -> str:
    """The name of the list that says the same; empty when there is none."""
    if len(text) > _LONGEST:
        return ""
    names = _by_key()
    return names.get(_key(re.findall(r"[^\W_]+", text))) or names.get(_key(_WORDS.findall(text)), "")
