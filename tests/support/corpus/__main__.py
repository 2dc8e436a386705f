"""Writes the corpus and its keys: `python -m support.corpus FOLDER [--seed N] [--share 0.1] [--profile NAME|FILE ...]`.

With `--pictures` the corpus of images with text in their picture.

FOLDER/originals is what `isocentre deid` is run on, FOLDER/NAME.sqlite what `isocentre deid score` is given.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from isocentre.adapters.answer_keys import write
from isocentre.profiles import load_any
from support.corpus.building import SEED, TIMES, Planted, build, build_pictures, keyed, promise, rows_of
from support.corpus.sources import absent
from support.data import SHARED


def main() -> int:
    """Exit 2 without the table of the standard."""
    parser = argparse.ArgumentParser(prog="support.corpus")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--profile", action="append", default=[])
    parser.add_argument("--pictures", action="store_true")
    given = parser.parse_args()
    table = SHARED / "ps315.json"
    if not table.exists():
        print("no ../shared/data/ps315.json: the keys are made from it", file=sys.stderr)
        return 2
    begun = time.monotonic()
    asked = {name: promise(load_any(name).text) for name in given.profile or ["basic", "trial-ct-mr"]}
    rows, keys = rows_of(table), {name: [] for name in asked}
    kinds, count = set(), 0
    times = max(1, round(TIMES * given.share))
    for one in build_pictures(given.seed, times) if given.pictures else build(given.seed, given.share):
        if not isinstance(one, Planted):
            print(f"left out {one[0]}: {one[1]}")
            continue
        path = given.folder / "originals" / f"{one.name}.dcm"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(one.data)
        kinds.add(one.found.values["(0008,0016)"])
        count += 1
        for name, want in asked.items():
            keys[name].append(keyed(one, rows, want))
    for name, made in keys.items():
        about = {"policy": asked[name].policy.name, "seed": str(given.seed), "share": str(given.share)}
        file = Path(name.removesuffix(".yaml")).name + ".sqlite"
        write(given.folder / file, made, about)
    for words in absent():
        print(f"without: {words}")
    print(f"{count} objects of {len(kinds)} SOP classes in {time.monotonic() - begun:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
