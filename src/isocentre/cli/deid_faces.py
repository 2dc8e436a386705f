"""Faces at SRC: which files make a series of a head, and where its face is taken off, found once for each."""

from __future__ import annotations

from collections import defaultdict
from functools import partial

from isocentre.cli.deid_files import Cut, Settings, faces
from isocentre.cli.deid_pool import Pool
from isocentre.cli.deid_sources import Entry, Refused, opened
from isocentre.core.deid.rules import Held

Place = tuple[str, int]
"""Name of an entry and its place in a zip."""


def takes_off(settings: Settings) -> bool:
    """Whether any face is taken off: only then must a series be whole before anything of it is de-identified."""
    return not settings.face_waiver and settings.profile.cleans_faces


class Cuts:
    """The cuts of all heads; what is in memory grows with the images of heads, and with nothing else."""

    def __init__(self) -> None:
        self._series: dict[Place, bytes] = {}
        self._heads: dict[bytes, list[Entry]] = defaultdict(list)
        self._wanted: set[bytes] = set()
        self._cuts: dict[bytes, Cut] = {}

    def of(self, entry: Entry) -> Cut:
        """Where the face is taken off an entry, or why not; empty when it is no head."""
        series = self._series.get((entry.name, entry.member))
        return b"" if series is None else self._cuts.get(series, b"")

    def add(self, entry: Entry, series: bytes, wanted: bool) -> None:
        """An image of a head, and which series it is of; `wanted`: it is still to be de-identified."""
        self._series[entry.name, entry.member] = series
        self._heads[series].append(entry)
        if wanted:
            self._wanted.add(series)

    def find(self, pool: Pool) -> None:
        """Find the cut of each series in which something is wanted."""
        series = [one for one in self._heads if one in self._wanted]
        found = pool.ordered(_cut, [self._heads[one] for one in series], chunk=1, few=2)
        self._cuts = dict(zip(series, found, strict=True))
        self._heads.clear()


def _cut(series: list[Entry]) -> Cut:
    try:
        return faces().find([partial(opened, entry) for entry in series]).dump()
    except Held as held:
        return held.reason, held.words
    except (OSError, Refused):
        return "face_left", "The face cannot be removed: a file of its series cannot be read."
