"""Faces in a folder: which files make a series of a head, and where its face is taken off, found once for each."""

from __future__ import annotations

import multiprocessing
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

from isocentre.cli.deid_files import Job, Settings, faces, mapped
from isocentre.core.deid.rules import Held
from isocentre.core.deid.screen import loses_face


def with_cuts(settings: Settings, work: list[Job], jobs: int) -> Iterator[Job]:
    """The jobs in their order, those of heads with where the face of their series is taken off, or why it is not."""
    series: dict[str, list[Path]] = defaultdict(list)
    root = settings.source if settings.source.is_dir() else settings.source.parent
    for job in work:
        if _loses(settings, job):
            series[job.series].append(root / job.source)
    found = dict(zip(series, _found(list(series.values()), jobs), strict=True))
    for job in work:
        yield replace(job, cut=found[job.series]) if _loses(settings, job) else job


def _loses(settings: Settings, job: Job) -> bool:
    return loses_face(settings.profile, job.sop_class, job.body_part.encode(), settings.face_waiver)


def _found(listed: list[list[Path]], jobs: int) -> Iterator[bytes | tuple[str, str]]:
    if jobs == 1 or len(listed) < 2:
        yield from map(_cut, listed)
        return
    with ProcessPoolExecutor(min(jobs, len(listed)), mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(_cut, listed)


def _cut(paths: list[Path]) -> bytes | tuple[str, str]:
    try:
        return faces().find([partial(mapped, path) for path in paths]).dump()
    except Held as held:
        return held.reason, held.words
    except OSError:
        return "face_left", "The face cannot be removed: a file of its series cannot be read."
