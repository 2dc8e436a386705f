"""Keeps logs small: a full one is moved aside, the oldest is dropped. Each process goes on in a new file by itself."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable
from pathlib import Path

MOST = 10 * 1024 * 1024
"""Bytes of a log at which it is moved aside."""
KEEP = 5
"""Full logs kept of each process, `web.log.1` the newest."""
EVERY = 5.0
"""Seconds between looks: a process has followed a move (within one) long before the next."""


def rotate(log: Path) -> bool:
    """Move a full log aside; True when it was full. Nothing is cut: who still writes, writes into the moved file."""
    try:
        if log.stat().st_size < MOST:
            return False
    except FileNotFoundError:
        return False
    names = [log, *(log.with_name(f"{log.name}.{number}") for number in range(1, KEEP + 1))]
    for newer, older in reversed(list(itertools.pairwise(names))):
        if newer.exists():
            newer.replace(older)
    return True


class Rotation:
    """Looks at the logs of the supervised processes now and then."""

    def __init__(self, logs: Iterable[Path]) -> None:
        self._logs = list(logs)
        self._next = 0.0

    def look(self) -> None:
        """Move aside what is full."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + EVERY
        for log in self._logs:
            rotate(log)
