"""Words of the trade as the second check knows them: it reads the same lists as the cleaner, by its own code.

A word of the trade that differs from a surname by a letter is no typing error, and as part of an id it is no name.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_NAMES = "ambiguous.txt"


@cache
def words() -> frozenset[str]:
    """Every word of the lists, in lower case."""
    return frozenset[str]().union(*(_read(path) for path in _lists() if path.name != _NAMES))


@cache
def names() -> frozenset[str]:
    """Those of them that are a person's name as well."""
    return _read(next(path for path in _lists() if path.name == _NAMES))


def _lists() -> list[Path]:
    return sorted((Path(__file__).parent / "clean" / "words").glob("*.txt"))


def _read(path: Path) -> frozenset[str]:
    lines = path.read_text(encoding="utf-8").lower().splitlines()
    return frozenset(re.findall(r"[a-z]{2,}", "\n".join(line for line in lines if not line.startswith("#"))))
