"""A memory cgroup (v1 or v2) for this process and all it starts; needs root and a machine that lets one make it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

V2, V1 = Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/memory")
NAME = f"isocentre-{os.getpid()}"


def _folder() -> tuple[Path, bool]:
    """Where the group lies, and whether it is one of version 2."""
    two = (V2 / "cgroup.controllers").exists()
    return (V2 if two else V1) / NAME, two


@contextmanager
def limited(megabytes: int) -> Iterator[None]:
    """Put this process, and so all its children to come, into a group of so many MiB, without swap; 0: no group."""
    if not megabytes:
        yield
        return
    folder, two = _folder()
    folder.mkdir()
    size = str(megabytes << 20)
    try:
        (folder / ("memory.max" if two else "memory.limit_in_bytes")).write_text(size)
        swap = {"memory.swap.max": "0", "memory.memsw.limit_in_bytes": size, "memory.swappiness": "0"}
        for name, value in swap.items():
            if (folder / name).exists():
                (folder / name).write_text(value)
        (folder / "cgroup.procs").write_text(str(os.getpid()))
        yield
    finally:
        (folder.parent / "cgroup.procs").write_text(str(os.getpid()))
        folder.rmdir()


def told(megabytes: int) -> str:
    """What the group says of itself: its peak, and how often it had to kill."""
    if not megabytes:
        return "no memory cgroup"
    folder, two = _folder()
    peak = folder / ("memory.peak" if two else "memory.max_usage_in_bytes")
    events = (folder / ("memory.events" if two else "memory.oom_control")).read_text().split("\n")
    kills = next((line.split()[1] for line in events if line.startswith("oom_kill ")), "unknown")
    return f"cgroup of {megabytes} MiB: peak {int(peak.read_text()) / 2**20:.0f} MiB, {kills} kills"
