"""The row `pixel_text`: how much of the text burned into generated pictures is blacked out, and what else is."""

from __future__ import annotations

import json
import math
import os
import sys
import time
from collections import Counter, defaultdict
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bench.overlays import Picture, pictures
from bench.servers import Row
from isocentre.adapters.ocr.reader import Reader
from isocentre.core.deid.pixels import black, words
from isocentre.core.deid.plan import parts

COUNT = 5000
"""Pictures of the figure; `BENCH_PIXEL_TEXT` asks for fewer while working on it."""
GONE = 0.95
"""Share of a text's ink that must be black for the text to count as gone."""


@dataclass(slots=True)
class Tally:
    """Counts over pictures; `seconds` of reading by kind."""

    pictures: int = 0
    planted: int = 0
    gone: int = 0
    harmless: int = 0
    stayed: int = 0
    boxes: int = 0
    boxes_on_text: int = 0
    clean: int = 0
    clean_touched: int = 0
    other_pixels: int = 0
    missed: Counter[str] = field(default_factory=Counter)
    seen: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    def add(self, other: Tally) -> None:
        """Add another's counts."""
        for name in ("pictures", "planted", "gone", "harmless", "stayed", "boxes", "boxes_on_text", "clean",
                     "clean_touched", "other_pixels"):  # fmt: skip
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.missed += other.missed
        self.seen += other.seen
        for kind, taken in other.seconds.items():
            self.seconds[kind] += taken


def measure(count: int, seed: int = 1, part: int = 0, parts: int = 1) -> Tally:
    """Read every `parts`-th of `count` pictures, black out what may not stay, and count."""
    tally, reader = Tally(), Reader()
    for number, picture in enumerate(pictures(count, seed)):
        if number % parts == part:
            _one(tally, reader, picture)
            if tally.pictures % 100 == 0:
                print(words_of(tally), file=sys.stderr, flush=True)
    return tally


def _one(tally: Tally, reader: Reader, picture: Picture) -> None:
    layout = picture.layout
    began = time.perf_counter()
    found = reader.find(layout, picture.data)
    tally.seconds[picture.kind].append(time.perf_counter() - began)
    stay = words.kept(found, frozenset())
    boxes = [one.box for one in found if one not in stay]
    covered = np.zeros((layout.rows, layout.columns), bool)
    for left, top, right, bottom in boxes:
        covered[top:bottom, left:right] = True
    inked = np.zeros_like(covered)
    for text in picture.texts:
        inked[text.ink] = True
        share = float(covered[text.ink].mean())
        if text.harmless:
            tally.harmless += 1
            tally.stayed += share == 0
            continue
        labels = (f"font {text.font}", f"height {text.height}", f"turn {text.turn * 90}", f"kind {picture.kind}",
                  f"contrast {text.contrast // 50 * 50}", "mirrored" if text.mirrored else "not mirrored")  # fmt: skip
        tally.planted += 1
        tally.seen.update(labels)
        if share >= GONE:
            tally.gone += 1
        else:
            tally.missed.update(labels)
    tally.pictures += 1
    tally.boxes += len(boxes)
    tally.boxes_on_text += sum(bool(inked[b[1] : b[3], b[0] : b[2]].any()) for b in boxes)
    tally.clean += not picture.texts
    tally.clean_touched += not picture.texts and bool(boxes)
    tally.other_pixels += _others_changed(picture, boxes, covered)


def _others_changed(picture: Picture, boxes: list[black.Box], covered: Any) -> int:
    """How many bytes outside the boxes differ after black-out; by rights none."""
    layout = picture.layout
    out = b"".join(part for piece in black.pieces(layout, boxes) for part in parts(piece, picture.data))
    shape = (layout.rows, layout.columns, -1)
    before, after = (np.frombuffer(data, np.uint8).reshape(shape) for data in (picture.data, out))
    return int((before != after)[~covered].sum())


def interval(hits: int, of: int) -> tuple[float, float]:
    """The 95 % confidence interval of a share (Wilson)."""
    if not of:
        return 0.0, 1.0
    z, share = 1.959964, hits / of
    middle, spread = share + z * z / (2 * of), z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return (middle - spread) / (1 + z * z / of), (middle + spread) / (1 + z * z / of)


def words_of(tally: Tally) -> str:
    """The figures in one line."""
    low, high = interval(tally.gone, tally.planted)
    least, most = interval(tally.boxes_on_text, tally.boxes)
    rates = ", ".join(f"{kind} {len(s) / sum(s):.1f}/s" for kind, s in sorted(tally.seconds.items()))
    return (
        f"{tally.pictures:,} pictures: {tally.gone:,} of {tally.planted:,} identifying texts gone = "
        f"{tally.gone / max(tally.planted, 1):.2%} (95 % {low:.2%} to {high:.2%}); "
        f"{tally.boxes_on_text:,} of {tally.boxes:,} boxes on text = {tally.boxes_on_text / max(tally.boxes, 1):.2%} "
        f"({least:.2%} to {most:.2%}); {tally.stayed:,} of {tally.harmless:,} vocabulary stayed; "
        f"{tally.clean_touched:,} of {tally.clean:,} pictures without text touched; "
        f"{tally.other_pixels} bytes changed outside the boxes; one core: {rates}"
    )


def run(count: int, parts: int) -> Tally:
    """Measure in `parts` processes."""
    if parts == 1:
        return measure(count)
    total = Tally()
    with ProcessPoolExecutor(parts) as pool:
        for tally in pool.map(measure, [count] * parts, [1] * parts, range(parts), [parts] * parts):
            total.add(tally)
    return total


def pixel_text() -> list[Row]:
    """The row of the table: share of identifying texts gone."""
    tally = run(int(os.environ.get("BENCH_PIXEL_TEXT", COUNT)), os.cpu_count() or 1)
    share = round(100 * tally.gone / max(tally.planted, 1), 2)
    return [Row("pixel_text", share, None, "", None, "% gone", words_of(tally))]


def main() -> None:
    """`python -m bench.pixel_text [COUNT [PROCESSES]]`: the figures, and what was missed by font, size and the rest."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else int(os.environ.get("BENCH_PIXEL_TEXT", COUNT))
    tally = run(count, int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    print(words_of(tally))
    print(json.dumps({name: f"{tally.missed[name]}/{tally.seen[name]}" for name in sorted(tally.seen)}, indent=1))


if __name__ == "__main__":
    main()
