"""What /proc says of the processes that a test started."""

from __future__ import annotations

import contextlib
from pathlib import Path


def children(parent: int) -> set[int]:
    """Processes that `parent` started itself, those that ended left out."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # gone meanwhile
            state, its = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
            if int(its) == parent and state not in "ZX":
                found.add(int(folder.name))
    return found
