"""What a run takes of tests that do one thing to very many objects: all of them, or a part that says so."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TypeVar

T = TypeVar("T")
WHOLE = os.environ.get("ISOCENTRE_TEST_WHOLE") == "1"
"""Set by `make test WHOLE=1`: before a release, and whenever what those tests are about was changed."""


def part(items: Iterable[T], one_in: int) -> list[T]:
    """All of them, or one in so many, always the same ones."""
    every = list(items)
    return every if WHOLE else every[::one_in]
