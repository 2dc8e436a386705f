"""Memory cgroups (v1 or v2) for processes that tests start; needs root and a machine that lets one make them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

V2, V1 = Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/memory")
VERSION_2 = (V2 / "cgroup.controllers").exists()


@dataclass(frozen=True)
class Group:
    """One group, and its limit in MiB."""

    folder: Path
    limit: int

    def enter(self) -> None:
        """Put this process in, and so every process it starts from now on."""
        (self.folder / "cgroup.procs").write_text(str(os.getpid()))

    def refused(self, **told: str) -> None:
        raise AssertionError(told)

    def leave(self) -> None:
        """Put this process, and no other, back."""
        (self.folder.parent / "cgroup.procs").write_text(str(os.getpid()))

    def told(self) -> str:
        """What the kernel says of it: its peak, page cache included, and how often it had to kill."""
        peak = self.folder / ("memory.peak" if VERSION_2 else "memory.max_usage_in_bytes")
        events = (self.folder / ("memory.events" if VERSION_2 else "memory.oom_control")).read_text().split("\n")
        kills = next((line.split()[1] for line in events if line.startswith("oom_kill ")), "unknown")
        peaked = int(peak.read_text()) / 2**20
        return f"{self.folder.name}, a cgroup of {self.limit} MiB: peak {peaked:.0f} MiB, {kills} killed"


@contextmanager
def limited(megabytes: int, name: str = "all") -> Iterator[Group]:
    """A group of so many MiB, without swap, removed at the end, when nothing may be left in it."""
    folder = (V2 if VERSION_2 else V1) / f"isocentre-{name}-{os.getpid()}"
    folder.mkdir()
    group, size = Group(folder, megabytes), str(megabytes << 20)
    (folder / ("memory.max" if VERSION_2 else "memory.limit_in_bytes")).write_text(size)
    swap = {"memory.swap.max": "0", "memory.memsw.limit_in_bytes": size, "memory.swappiness": "0"}
    try:
        for name, value in swap.items():
            if (folder / name).exists():
                (folder / name).write_text(value)
        yield group
    finally:
        group.leave()
        folder.rmdir()
