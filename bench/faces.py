"""The row `faces`: how many made-up heads lose their faces, whether any brain goes with them, and how long it takes."""

from __future__ import annotations

import io
import os
import sys
import time
from collections import Counter
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from bench.servers import Row
from isocentre.core.deid.faces.clean import Source
from isocentre.core.dicom.walk import Buffer

COUNT = 24
"""Heads of the figure; `BENCH_FACES` asks for another number."""


def faces() -> list[Row]:
    """Share of heads whose faces were removed and passed the check, in per cent; the others would be held."""
    count = int(os.environ.get("BENCH_FACES", COUNT))
    done = [_one(number) for number in range(count)]
    whys = Counter(one["why"] for one in done if one["why"])
    passed = [one for one in done if not one["why"]]
    seconds = sorted(one["seconds"] for one in done)
    held = f"; held: {', '.join(f'{n} {why}' for why, n in whys.most_common())}" if whys else ""
    said = (
        f"{count} made-up heads, CT, T1 and T2, three directions, turned up to 20 degrees; "
        f"{seconds[len(seconds) // 2]:.1f} s of one core a head (at most {seconds[-1]:.1f}); "
        f"brain voxels emptied {sum(one['brain'] for one in passed)} of {sum(one['brains'] for one in passed):,}; "
        f"face voxels left {sum(one['left'] for one in passed)} of {sum(one['face'] for one in passed):,}; "
        f"a judge that shares no code sees a nose on {sum(one['before'] for one in passed)} of {len(passed)} before, "
        f"on {sum(one['after'] for one in passed)} after{held}"
    )
    return [Row("faces", round(100 * len(passed) / max(count, 1), 1), None, "", None, "% removed", said)]


def _opened(data: bytes) -> AbstractContextManager[Buffer]:
    return nullcontext(data)


def _one(number: int) -> dict[str, Any]:
    """One head: seconds, why it is held, voxels of brain and face that there were, that were emptied or left."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
    from support.heads import AXIAL, CORONAL, SAGITTAL, Head, Scan, planes, series, shown_face

    from isocentre.adapters.faces import face_cleaner
    from isocentre.adapters.faces.remover import emptied
    from isocentre.core.deid.faces.geometry import plane_of
    from isocentre.core.deid.rules import Held
    from isocentre.core.dicom.header import read_header

    chance = np.random.default_rng(number)
    nod, tilt, turn = (float(one) for one in chance.uniform(-20, 20, 3))
    size = float(chance.uniform(0.88, 1.1))
    head = Head(seed=1000 + number, size=size, nod=nod, tilt=tilt / 2, turn=turn / 2)
    way = (AXIAL, SAGITTAL, CORONAL)[number // 3 % 3]
    reach = {AXIAL: (-150.0, 110.0), SAGITTAL: (-105.0, 105.0), CORONAL: (-140.0, 140.0)}[way]
    scan = Scan(rows_columns=way, contrast=("CT", "T1", "T2")[number % 3], step=float(chance.choice([2, 3, 5])),
                low=reach[0], high=reach[1], noise=float(chance.uniform(4, 25)))  # fmt: skip
    files = series(head, scan)
    cleaner = face_cleaner()
    out: dict[str, Any] = dict.fromkeys(("seconds", "brain", "brains", "face", "left", "before", "after"), 0)
    out["why"] = ""
    began = time.process_time()
    try:
        sources: list[Source] = [partial(_opened, data) for data in files]
        cut = cleaner.find(sources)
    except Held as held:
        out |= {"why": held.words, "seconds": time.process_time() - began}
        return out
    out["seconds"] = time.process_time() - began
    gone_of = []
    for data, (_, points) in zip(files, planes(head, scan), strict=True):
        gone, brain, face = emptied(cut, plane_of(read_header(data))), head.brain(points), shown_face(head, points)
        out["brain"] += int((gone & brain).sum())
        out["brains"] += int(brain.sum())
        out["face"] += int(face.sum())
        out["left"] += int((face & ~gone).sum())
        gone_of.append(gone)
    return out | _judged(files, gone_of, cut.fill)


def _judged(files: list[bytes], gone_of: list[Any], fill: float) -> dict[str, bool]:
    """Whether a nose is seen before and after, by code that knows nothing of how faces are taken off."""
    import pydicom
    from support import face_surface

    slices = [pydicom.dcmread(io.BytesIO(data)) for data in files]
    before = face_surface.space(slices)
    over = face_surface.air(before, slices[0].Modality == "CT")
    for ds, gone in zip(slices, gone_of, strict=True):
        raw = round(fill - float(ds.get("RescaleIntercept", 0)))
        ds.PixelData = np.where(gone, raw, ds.pixel_array).astype("<u2").tobytes()
    after = face_surface.space(slices)
    seen = [face_surface.ridge(face_surface.front(one, over)).nose for one in (before, after)]
    return {"before": seen[0], "after": seen[1]}
