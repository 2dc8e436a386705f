"""The row `deid_folder`: the command `isocentre deid` on a folder, from its start to its end, beside a copy of it."""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench import scanner
from bench.servers import Row, ahead

LEAST, TURNS = 4000, 3
"""Fewest slices: with less the start of the command, about a second, is most of the figure."""
PROFILE = "trial-ct-mr@2"  # version 3 reads pictures, which has a row of its own


def deid_folder(count: int) -> list[Row]:
    """MB a second of the command on all cores; the peer is what the disk takes, a copy that is synced."""
    count, cores = max(count, LEAST), len(os.sched_getaffinity(0))
    rates, disk, busy, each = [], [], [], []
    with tempfile.TemporaryDirectory(prefix="isocentre-bench-") as name:
        at = Path(name)
        size = scanner.folder(at / "in", count) / 1e6
        _run(at, "-m", "isocentre", "keygen", "key")
        for _ in range(TURNS):
            disk.append(size / _copy(at))
            before = _used()
            seconds = _deid(at)
            rates.append(size / seconds)
            busy.append((_used() - before) / seconds / cores)
            each.append((_used() - before) * 1000 / count)
    words = (
        f"{count:,} CT slices of 525 KB of {count // scanner.EACH} people, {cores} cores, from the command's start to "
        f"its end; {statistics.median(busy):.0%} of the cores busy, {statistics.median(each):.1f} ms of processor a "
        f"slice; medians of {TURNS} by turns (ours {min(rates):.0f} to {max(rates):.0f}, copy {min(disk):.0f} to "
        f"{max(disk):.0f})"
    )
    mine, theirs = statistics.median(rates), statistics.median(disk)
    return [ahead("deid_folder", mine, theirs, "a copy of the folder, synced", "MB/s", words)]


def _copy(at: Path) -> float:
    """Seconds of `cp -r` and `sync -f`."""
    began = time.perf_counter()
    subprocess.run(["cp", "-r", "in", "copy"], cwd=at, check=True)
    subprocess.run(["sync", "-f", "copy"], cwd=at, check=True)
    seconds = time.perf_counter() - began
    shutil.rmtree(at / "copy")
    return seconds


def _deid(at: Path) -> float:
    """Seconds of the command; its copies are on the disk when it ends."""
    began = time.perf_counter()
    _run(at, "-m", "isocentre", "deid", "in", "out", "--profile", PROFILE, "--key-file", "key")
    seconds = time.perf_counter() - began
    shutil.rmtree(at / "out")
    return seconds


def _run(at: Path, *words: str) -> None:
    done = subprocess.run([sys.executable, *words], cwd=at, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:] or done.stdout[-2000:])


def _used() -> float:
    """Seconds of processor that processes which have ended used, and what they started."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime
