"""The National Data Opt-out by files: a person has the list checked and brings the answer. Kept 0600, in no backup."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from isocentre.adapters.private import write_private
from isocentre.core.ids import NhsNumber
from isocentre.core.optout import Sweep, Verdict, read_list, written


@dataclass(frozen=True, slots=True)
class _Answer:
    sweep: Sweep
    asked: frozenset[str]
    allowed: frozenset[str]


class FileOptOuts:
    """Implements `core.ports.OptOuts`: `optout/asked.dat` and `optout/answer.json` in the zone's home.

    An answer is one file, replaced in one step: a reader sees the last one or the new one, never half of each.
    """

    def __init__(self, home: Path) -> None:
        self._asked, self._answer = home / "optout" / "asked.dat", home / "optout" / "answer.json"
        self._lock = threading.Lock()
        self._read: tuple[tuple[int, int], _Answer] | None = None

    def ask(self, numbers: frozenset[NhsNumber]) -> None:
        """Remember whom the next answer is about."""
        self._asked.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(self._asked, written(numbers), replace=True)

    def asked(self) -> frozenset[NhsNumber]:
        """Whom the next answer is about."""
        try:
            return read_list(self._asked.read_text("ascii"))
        except FileNotFoundError:
            return frozenset()

    def take(self, allowed: frozenset[NhsNumber], *, answered_on: date) -> Sweep:
        """Put the answer in force. The question stays: an answer may be brought twice."""
        asked = self.asked()
        if allowed - asked:
            raise ValueError("the answer names people who were not asked about")
        data = {"answered_on": answered_on.isoformat(), "asked": sorted(asked), "allowed": sorted(allowed)}
        self._answer.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(self._answer, json.dumps(data).encode("ascii"), replace=True)
        return Sweep(answered_on, len(asked), len(allowed))

    def sweep(self) -> Sweep | None:
        """The answer in force."""
        answer = self._current()
        return answer.sweep if answer else None

    def look_up(self, number: NhsNumber) -> Verdict:
        """What the answer in force says of one number."""
        answer = self._current()
        if answer is None or number not in answer.asked:
            return "not_asked"
        return "allowed" if number in answer.allowed else "opted_out"

    def _current(self) -> _Answer | None:
        """The answer, read again only when its file was replaced: other processes take answers in."""
        try:
            found = self._answer.stat()
        except FileNotFoundError:
            return None
        mark = (found.st_ino, found.st_mtime_ns)
        with self._lock:
            if self._read is None or self._read[0] != mark:
                self._read = (mark, _parsed(self._answer.read_bytes()))
            return self._read[1]


def _parsed(data: bytes) -> _Answer:
    raw = json.loads(data)
    asked, allowed = frozenset(raw["asked"]), frozenset(raw["allowed"])
    return _Answer(Sweep(date.fromisoformat(raw["answered_on"]), len(asked), len(allowed)), asked, allowed)
