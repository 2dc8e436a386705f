"""The rows that need no server: de-identification in memory, and the second check of what it puts out."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from bench import scanner
from bench.deid_tools import OURS, PEERS, SECOND, TOOLS, plans
from bench.servers import Row, ahead

COUNT, TURNS = 1000, 5
_WORKLOAD = (
    f"{COUNT:,} CT slices of 525 KB and {scanner.ELEMENTS} elements, a new person each {scanner.EACH}; processor time "
    f"of one core; each run a process of its own with cold caches; medians of {TURNS} by turns"
)


def deid_memory() -> list[Row]:
    """De-identification from bytes to bytes and report, with the whole profile; a row for each tool that is here."""
    here = {OURS: TOOLS[OURS], **{key: tool for key, tool in PEERS.items() if tool.is_here}}
    for name in sorted({tool.name for key, tool in PEERS.items() if key not in here}):
        sys.stderr.write(f"deid_memory without {name}: `make bench` installs it from requirements/bench.txt\n")
    with tempfile.TemporaryDirectory(prefix="isocentre-bench-") as at:
        for number, data in enumerate(scanner.slices(COUNT)):
            Path(at, f"{number:06d}.dcm").write_bytes(data)
        rates = _rates(list(here), Path(at))
    return [_row(rates, key) for key in _fastest(rates) if key != OURS]


def second_check() -> list[Row]:
    """Milliseconds of the second check for a slice that the engine put out, with what is known of its patient."""
    with tempfile.TemporaryDirectory(prefix="isocentre-bench-") as at:
        for number, (data, plan) in enumerate(plans(scanner.slices(COUNT))):
            Path(at, f"{number:06d}.dcm").write_bytes(plan.head(data))
        rates = _rates([SECOND], Path(at))[SECOND]
    words = (
        f"the heads of what deid_memory puts out; {_WORKLOAD} ({1000 / max(rates):.2f} to {1000 / min(rates):.2f} ms)"
    )
    return [Row("second_check", round(1000 / statistics.median(rates), 3), None, "", None, "ms a slice", words)]


def _rates(keys: list[str], at: Path) -> dict[str, list[float]]:
    """Slices a second of each tool, once each turn, so that what disturbs the machine disturbs all of them."""
    rates: dict[str, list[float]] = {key: [] for key in keys}
    for _ in range(TURNS):
        for key in keys:
            done = subprocess.run(
                [sys.executable, "-m", "bench.deid_tools", key, str(at)], capture_output=True, text=True, check=False
            )
            if done.returncode:
                raise RuntimeError(f"{TOOLS[key].name}: {done.stderr[-2000:]}")
            rates[key].append(COUNT / float(done.stdout.split()[-1]))
    return rates


def _fastest(rates: dict[str, list[float]]) -> list[str]:
    """Of the roads of one peer only the fastest."""
    roads: dict[str, str] = {}
    for key in sorted(rates, key=lambda key: statistics.median(rates[key])):
        roads[TOOLS[key].module] = key
    return list(roads.values())


def _row(rates: dict[str, list[float]], key: str) -> Row:
    mine, theirs = statistics.median(rates[OURS]), statistics.median(rates[key])
    spread = ", ".join(
        f"{who} {min(rates[k]):,.0f} to {max(rates[k]):,.0f}" for who, k in (("ours", OURS), ("peer", key))
    )
    return ahead("deid_memory", mine, theirs, TOOLS[key].name, "slices/s", f"{_WORKLOAD} ({spread})")
