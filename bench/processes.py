"""CPU time of a server under measurement: its processes' user and system seconds, by name, from /proc (Linux)."""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu(pid: int) -> dict[str, float]:
    """Seconds used so far by a process and everything it started, by what each process is for."""
    parents: dict[int, int] = {}
    used: dict[int, float] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue  # it ended while we looked
        one = int(stat.parent.name)
        parents[one] = int(fields[1])
        used[one] = (int(fields[11]) + int(fields[12])) / _TICKS
    spent: dict[str, float] = defaultdict(float)
    for one, seconds in used.items():
        if _belongs(one, pid, parents):
            spent[_name(one)] += seconds
    return dict(spent)


def spent(before: dict[str, float], after: dict[str, float], count: int) -> str:
    """CPU milliseconds for each of `count` things, by process, as words; what used less than 0.05 ms is left out."""
    used = {name: (seconds - before.get(name, 0.0)) * 1000 / count for name, seconds in after.items()}
    shown = [f"{name} {value:.1f}" for name, value in sorted(used.items()) if value >= 0.05]
    return ", ".join(shown) or "under 0.05"


def _belongs(one: int, pid: int, parents: dict[int, int]) -> bool:
    while one not in (pid, 0, 1):
        one = parents.get(one, 0)
    return one == pid


def _name(pid: int) -> str:
    """`platform web`, `gateway receiver` …: the zone it works in and what it was started as."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
        own = Path(f"/proc/{pid}/comm").read_text().strip()
        given = Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return "ended"
    if Path(words[0]).name == "Orthanc":
        return "Orthanc"
    zone = next((each.partition("=")[2] for each in given if each.startswith("ISOCENTRE_ZONE=")), "")
    if own.startswith("iso-"):  # forked by its side
        return f"{zone} {own.removeprefix('iso-').partition('-')[0]}"
    return f"{zone} side" if "side" in words else "supervisor"
