"""The figures of docs/deid/score.md, on the whole corpus or a share of it.

    PYTHONPATH=tests python -m support.corpus.figures [--share 1] [--opened] [--profile NAME ...]
        [--slow] [--quantities] [--errors] [--pictures]

`--opened`: every kind of object is let through. `--slow`: the other road too, and what it makes differently.
`--quantities`: the sweep over what is measured and referred to. `--errors`: those that dciodvfy finds new.
`--pictures`: the corpus of pictures with text in them, through the real reader.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from isocentre.adapters.ocr import pixel_cleaner
from isocentre.cli.validity import errors, tool
from isocentre.core.deid.profile import parse
from isocentre.core.score.answers import Facts
from isocentre.core.score.model import LEAKS, LOSSES
from isocentre.core.score.reading import read
from isocentre.profiles import everyone, load_any
from support.corpus.building import TIMES, Planted, build, build_pictures, promise, rows_of
from support.corpus.engine_run import Run, opened, run, score
from support.corpus.quantities import Pair, Sweep, sweep
from support.data import SHARED

_LISTED = 15


def main() -> int:
    """Exit 1 when something is wrong, 2 without the table of the standard."""
    parser = argparse.ArgumentParser(prog="support.corpus.figures")
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--profile", action="append", default=[])
    for name in ("--opened", "--slow", "--quantities", "--errors", "--pictures"):
        parser.add_argument(name, action="store_true")
    given = parser.parse_args()
    table = SHARED / "ps315.json"
    if not table.exists():
        print("no ../shared/data/ps315.json: the keys are made from it", file=sys.stderr)
        return 2
    begun, rows = time.monotonic(), rows_of(table)
    corpus = _corpus(given)
    kinds = {one.found.values["(0008,0016)"] for one in corpus}
    size = sum(len(one.data) for one in corpus) / 1e6
    seconds = time.monotonic() - begun
    print(f"{len(corpus)} objects of {len(kinds)} SOP classes, {size:.0f} MB, made in {seconds:.0f} s", flush=True)
    names = given.profile or sorted(f"{one.name}.v{one.version}" for one in everyone())
    right = [_one(name, corpus, rows, given) for name in names]
    return 0 if all(right) else 1


def _corpus(given: argparse.Namespace) -> list[Planted]:
    if given.pictures:
        return list(build_pictures(times=max(1, round(TIMES * given.share))))
    return [one for one in build(share=given.share) if isinstance(one, Planted)]


def _one(name: str, corpus: list[Planted], rows: Facts, given: argparse.Namespace) -> bool:
    """Run and score one profile, and print its line; whether all is right."""
    begun, text = time.monotonic(), load_any(name).text
    if given.opened:
        text = opened(text, corpus, "clean_pixels" if given.pictures else "pass")
    done = run(corpus, parse(text), both=given.slow, pixels=pixel_cleaner() if given.pictures else None)
    report = score(corpus, done, rows, promise(text))
    total = report.total
    line = [name, f"{len(done.outputs):,}", f"{total.passed:,} of {total.total:,}"]
    line += [str(report.of(LEAKS)), str(report.of(LOSSES))]
    line += [str(len(done.apart)) if given.slow else "-"]
    swept = sweep(pairs(corpus, done)) if given.quantities else Sweep()
    line += [f"{len(swept.wrong)} of {swept.compared.total():,}" if given.quantities else "-"]
    new = list(_new_errors(corpus, done)) if given.errors else []
    line += [str(len(new)) if given.errors else "-"]
    print("| " + " | ".join(line) + f" |   ({time.monotonic() - begun:.0f} s)")
    _list("held", [f"{count} {words}" for words, count in done.held.most_common()])
    _list("wrong", [failure.line() for failure in report.failures])
    _list("apart", [f"{where}: {what}" for where, what in done.apart.items()])
    _list("compared", [f"{count:,} {kind}" for kind, count in swept.compared.most_common()])
    _list("gone", [f"{count:,} {where}" for where, count in swept.gone.most_common()])
    _list("quantities", [f"{count} {what}" for what, count in Counter(what for _, what in swept.wrong).most_common()])
    _list("new errors", new)
    sys.stdout.flush()
    return report.right and not (done.apart or swept.wrong or new)


def _list(title: str, lines: Sequence[str]) -> None:
    for line in lines[: 60 if title == "compared" else _LISTED]:
        print(f"    {title}: {line}")
    if len(lines) > _LISTED and title != "compared":
        print(f"    {title}: and {len(lines) - _LISTED} more")


def pairs(corpus: Sequence[Planted], done: Run) -> Iterator[Pair]:
    """Every object that was put out, as it reads before and after."""
    for one in corpus:
        data = done.outputs.get(one.found.sop_instance_uid)
        if data is not None:
            yield Pair(f"{one.name} ({one.source})", one.found, read(data))


def new_errors(one: Planted, made: bytes, folder: Path) -> set[str]:
    """What dciodvfy calls an error in what was made of an object, and not in the object."""
    before, after = folder / "before.dcm", folder / "after.dcm"
    before.write_bytes(one.data)
    after.write_bytes(made)
    return errors(after) - errors(before)


def _new_errors(corpus: Sequence[Planted], done: Run) -> Iterator[str]:
    if tool() is None:
        raise SystemExit("dciodvfy is not installed")
    with tempfile.TemporaryDirectory() as folder:
        for one in corpus:
            data = done.outputs.get(one.found.sop_instance_uid)
            for line in sorted(new_errors(one, data, Path(folder))) if data is not None else ():
                yield f"{one.name} ({one.source}): {line}"


if __name__ == "__main__":
    sys.exit(main())
