"""Run it: `python -m support.fuzz --inputs N --seconds S --seed K [--first N] [--both-roads] [--keep] [--total]`."""

from __future__ import annotations

import argparse
import resource
import sys
from pathlib import Path

from support.fuzz import ledger
from support.fuzz.run import Found, run
from support.fuzz.shrink import smallest

_MEMORY = 4 << 30


def main() -> int:
    """Exit 1 with findings."""
    parser = argparse.ArgumentParser(prog="support.fuzz")
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first input")
    parser.add_argument("--both-roads", action="store_true", help="compare the roads; pydicom reads what comes out")
    parser.add_argument("--keep", action="store_true", help="write the run into the ledger")
    parser.add_argument("--shrink", type=Path, help="folder for the smallest form of each finding")
    parser.add_argument("--total", action="store_true", help="only add up the ledger")
    given = parser.parse_args()
    if given.total:
        print(ledger.as_text(ledger.total(ledger.read())))
        return 0
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    done = run(given.seed, given.first, given.inputs, given.seconds, both=given.both_roads)
    print(ledger.as_text(done.line()))
    for found in done.found:
        print(
            f"input {found.number} of seed {given.seed} ({found.base}, {found.profile}): {found.wrong}: {found.words}"
        )
    if given.shrink:
        _shrink(given.shrink, done.found, given.both_roads)
    if given.keep:
        ledger.add(done.line())
    return 1 if done.found else 0


def _shrink(folder: Path, found: list[Found], both: bool) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for one in found:
        (folder / f"{one.wrong}-{one.number}.dcm").write_bytes(smallest(one, both))


if __name__ == "__main__":
    sys.exit(main())
