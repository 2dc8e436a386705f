"""Run it: `python -m support.fuzz --inputs N --seconds S --seed K [--first N] [--jobs N] [--both-roads] [--keep]`.

A long run is done in parts, each a line of the ledger of its own, kept when it ends: what was done is not lost.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from support.fuzz import ledger
from support.fuzz.run import Found, Run, run
from support.fuzz.shrink import smallest

_MEMORY = 4 << 30
_PART = 500_000


def main() -> int:
    """Exit 1 with findings."""
    parser = argparse.ArgumentParser(prog="support.fuzz")
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first input")
    parser.add_argument("--jobs", type=int, default=1, help="how many processes share the inputs")
    parser.add_argument("--both-roads", action="store_true", help="compare the roads; pydicom reads what comes out")
    parser.add_argument("--keep", action="store_true", help="write the run into the ledger")
    parser.add_argument("--shrink", type=Path, help="folder for the smallest form of each finding")
    parser.add_argument("--total", action="store_true", help="only add up the ledger")
    given = parser.parse_args()
    if given.total:
        print(ledger.as_text(ledger.total(ledger.read())))
        return 0
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    kinds: set[str] = set()
    for done in _parts(given):
        print(ledger.as_text(done.line()), flush=True)
        found = [one for one in done.found if one.kind not in kinds]
        kinds |= {one.kind for one in found}
        for one in found:
            print(f"input {one.number} of seed {given.seed} ({one.base}, {one.profile}): {one.wrong}: {one.words}")
        if given.shrink:
            _shrink(given.shrink, found, given.both_roads)
        if given.keep and done.inputs:
            ledger.add(done.line())
    return 1 if kinds else 0


def _parts(given: argparse.Namespace) -> Iterator[Run]:
    """The inputs in parts, each part in one process, in order; after the time is over no further part begins."""
    size = max(1, min(_PART, -(-given.inputs // given.jobs)))
    end, until = given.first + given.inputs, time.monotonic() + given.seconds
    tasks = [(given.seed, at, min(size, end - at), until, given.both_roads) for at in range(given.first, end, size)]
    if given.jobs == 1:
        yield from map(_part, *zip(*tasks, strict=True))
        return
    with ProcessPoolExecutor(given.jobs) as pool:
        yield from pool.map(_part, *zip(*tasks, strict=True))


def _part(seed: int, first: int, inputs: int, until: float, both: bool) -> Run:
    return run(seed, first, inputs if time.monotonic() < until else 0, until - time.monotonic(), both=both)


def _shrink(folder: Path, found: list[Found], both: bool) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for one in found:
        (folder / f"{one.wrong}-{one.number}.dcm").write_bytes(smallest(one, both))


if __name__ == "__main__":
    sys.exit(main())
