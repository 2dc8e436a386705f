"""A PACS in memory that does what real ones do wrong: slow, partial, too many answers, breaks off, sends other things.

Its good behaviour is that of `tests/contracts/test_pacs.py`, which runs on Orthanc and dcmqrscp.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from isocentre.core.ports import Moved, PacsAway
from isocentre.core.pull.lines import Asked
from isocentre.core.pull.match import StudyFound, fits
from isocentre.core.pull.series import SeriesFound

Send = Callable[[str, str, str], None]
"""What a sent image is given to: (study UID, series UID, SOPInstanceUID)."""


@dataclass
class FakePacs:
    """`scans` by study UID with their series; `images` of each series. `questions` counts what it was asked.

    `most`: how many requests were open at once, at the most. `drops`: how many images go before it breaks off, once.
    `keeps_back`: images it never sends. `also`: a series it sends beside what was asked for. `by_image`: it answers
    which images a series has.
    """

    send: Send
    scans_held: dict[str, StudyFound] = field(default_factory=dict)
    held: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    answers_all: bool = False
    away: bool = False
    slow: float = 0.0
    drops: int | None = None
    keeps_back: frozenset[str] = frozenset()
    also: str = ""
    by_image: bool = True
    questions: list[Asked] = field(default_factory=list)
    moves: list[tuple[str, int]] = field(default_factory=list)
    most: int = 0
    _open: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, found: StudyFound, **series: Sequence[str]) -> None:
        """Put a scan in: each series by the end of its UID, with its images."""
        self.scans_held[found.study_uid] = found
        self.held[found.study_uid] = {f"{found.study_uid}.{name[1:]}": list(uids) for name, uids in series.items()}

    def echo(self) -> None:
        self._asked()

    def scans(self, asked: Asked) -> list[StudyFound]:
        with self._request():
            self.questions.append(asked)
            return [one for one in self.scans_held.values() if self.answers_all or fits(asked, one)]

    def series(self, study_uid: str) -> list[SeriesFound]:
        with self._request():
            found = self.held.get(study_uid, {}).items()
            return [SeriesFound(uid, "CT", "CHEST", "Thorax", int(uid[-1]), len(images)) for uid, images in found]

    def images(self, study_uid: str, series_uid: str) -> list[str]:
        with self._request():
            return sorted(self.held.get(study_uid, {}).get(series_uid, [])) if self.by_image else []

    def fetch(self, study_uid: str, series_uid: str, images: Sequence[str] = ()) -> Moved:
        with self._request():
            wanted = [uid for uid in self.held[study_uid][series_uid] if not images or uid in images]
            self.moves.append((series_uid, len(wanted)))
            sent = 0
            for uid in wanted:
                if self.drops is not None and sent >= self.drops:
                    self.drops = None
                    raise PacsAway("The PACS broke off while it was sending")
                if uid not in self.keeps_back:
                    self.send(study_uid, series_uid, uid)
                    sent += 1
            if self.also:
                self.send(study_uid, self.also, f"{self.also}.1")
            failed = len(wanted) - sent
            return Moved(sent, failed, "The PACS did not send all of it (status B000)" if failed else "")

    def _asked(self) -> None:
        if self.away:
            raise PacsAway("Nobody answers at the address of the PACS")

    def _request(self) -> _Request:
        self._asked()
        return _Request(self)


@dataclass
class _Request:
    pacs: FakePacs

    def __enter__(self) -> None:
        with self.pacs._lock:
            self.pacs._open += 1
            self.pacs.most = max(self.pacs.most, self.pacs._open)
        time.sleep(self.pacs.slow)

    def __exit__(self, *_: object) -> None:
        with self.pacs._lock:
            self.pacs._open -= 1
