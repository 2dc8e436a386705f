"""Faces at SRC: which files make a series of a head, and where its face is taken off, found once for each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import partial
from hashlib import sha256

from isocentre.cli import deid_pool
from isocentre.cli.deid_files import Cut, Settings, faces, subject
from isocentre.cli.deid_sources import Entry, Refused, opened
from isocentre.core.deid.profile import Profile
from isocentre.core.deid.rules import Held
from isocentre.core.deid.screen import loses_face

Place = tuple[str, int]
"""Name of an entry and its place in a zip."""


def takes_off(profile: Profile, waiver: bool) -> bool:
    """Whether any face is taken off: only then is everything read once before it is de-identified."""
    return not waiver and profile.does("clean_faces")


class Cuts:
    """The cuts of all heads; what is in memory grows with the images of heads, and with nothing else."""

    def __init__(self) -> None:
        self._series: dict[Place, bytes] = {}
        self._cuts: dict[bytes, Cut] = {}

    def of(self, entry: Entry) -> Cut:
        """Where the face is taken off an entry, or why not; empty when it is no head."""
        series = self._series.get((entry.name, entry.member))
        return b"" if series is None else self._cuts.get(series, b"")

    def find(
        self,
        settings: Settings,
        things: Iterable[Entry],
        jobs: int,
        open_: Callable[[Entry], bool] = lambda entry: True,
    ) -> None:
        """Look at everything once, and find the cut of each series of a head in which something is still `open_`."""
        heads: dict[bytes, list[Entry]] = defaultdict(list)
        wanted: set[bytes] = set()
        for entry, series in deid_pool.ordered(partial(_series, settings), things, jobs):
            if series:
                self._series[entry.name, entry.member] = series
                heads[series].append(entry)
                if open_(entry):
                    wanted.add(series)
        asked = [found for series, found in heads.items() if series in wanted]
        cuts = deid_pool.ordered(_cut, asked, jobs, chunk=1, few=2)
        self._cuts = dict(zip((series for series in heads if series in wanted), cuts, strict=True))


def _series(settings: Settings, entry: Entry) -> tuple[Entry, bytes]:
    """The entry, and which series of a head it is of; empty for everything else."""
    if entry.wrong:
        return entry, b""
    try:
        with opened(entry) as buffer:
            who = subject(buffer, settings.study_key)
    except (OSError, Refused):
        return entry, b""
    head = loses_face(settings.profile, who.sop_class, who.body_part.encode(), settings.face_waiver)
    return entry, sha256(who.series.encode()).digest() if head else b""


def _cut(series: list[Entry]) -> Cut:
    try:
        return faces().find([partial(opened, entry) for entry in series]).dump()
    except Held as held:
        return held.reason, held.words
    except (OSError, Refused):
        return "face_left", "The face cannot be removed: a file of its series cannot be read."
