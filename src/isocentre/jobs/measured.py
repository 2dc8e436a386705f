"""How long this process holds and waits for write transactions (design §6.13): counted in memory, told with its beat.

Only the outermost block counts: reads begin no transaction here, and an inner one is a savepoint. Two readings of a
clock and one addition each, so that measuring costs nothing that would have to be measured.
"""

from __future__ import annotations

import threading
import time
from bisect import bisect_left
from dataclasses import dataclass, field
from typing import Any

BOUNDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0)
"""Upper bounds in seconds; a few milliseconds are what a write transaction may hold."""
KINDS = ("held", "waited")
_STARTED = "_isocentre_write_started"


@dataclass
class Times:
    """How many fell under each bound and above the last, and their sum in seconds."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    total: float = 0.0


_times = {kind: Times() for kind in KINDS}
_lock = threading.Lock()


def note(kind: str, seconds: float) -> None:
    """Count one transaction."""
    with _lock:
        times = _times[kind]
        times.counts[bisect_left(BOUNDS, seconds)] += 1
        times.total += seconds


def told() -> dict[str, Any]:
    """What this process counted since it began: by kind, counts and their sum."""
    with _lock:
        return {kind: {"counts": list(times.counts), "sum": times.total} for kind, times in _times.items()}


def buckets(counts: list[int]) -> list[tuple[str, float]]:
    """The counts as Prometheus has them: by upper bound, each with all below it."""
    summed, below = [], 0
    for bound, count in zip((*map(str, BOUNDS), "+Inf"), counts, strict=True):
        below += count
        summed.append((bound, float(below)))
    return summed


def watch(connection: Any, **_: Any) -> None:
    """Measure the write transactions of a new database connection; one that was opened again already is.

    Django begins a transaction by ending autocommit and begins autocommit again after commit or rollback.
    """
    if hasattr(connection, _STARTED):
        setattr(connection, _STARTED, None)
        return
    plain = connection.set_autocommit
    setattr(connection, _STARTED, None)

    def set_autocommit(autocommit: bool, *args: Any, **kwargs: Any) -> None:
        asked = time.perf_counter()
        plain(autocommit, *args, **kwargs)
        started = getattr(connection, _STARTED)
        if not autocommit:
            now = time.perf_counter()
            note("waited", now - asked)
            setattr(connection, _STARTED, now)
        elif started is not None:
            note("held", asked - started)
            setattr(connection, _STARTED, None)

    connection.set_autocommit = set_autocommit
