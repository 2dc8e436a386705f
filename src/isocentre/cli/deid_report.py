"""What `isocentre deid` says of a run: totals, the report and the maps, all written while it goes, in flat memory."""

from __future__ import annotations

import csv
import json
import os
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from isocentre.cli.deid_files import Done
from isocentre.core.dicom import dictionary
from isocentre.core.dicom.walk import tag_text

STATUSES = ("done", "held", "left_out", "failed")
PRIVATE = "Private attributes"
_OPTIONAL = ("words", "cleaned", "pixels", "face", "rules")


@dataclass(slots=True)
class Totals:
    """Counts of a run. `causes`: (status, reason, words); `classes`: (SOP class, status); `tags` as in `Done`."""

    statuses: Counter[str] = field(default_factory=Counter)
    causes: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    classes: Counter[tuple[str, str]] = field(default_factory=Counter)
    actions: Counter[str] = field(default_factory=Counter)
    tags: Counter[str] = field(default_factory=Counter)
    cleaned: Counter[str] = field(default_factory=Counter)
    pictures: int = 0
    faces: int = 0

    def add(self, done: Done) -> None:
        """Count one file; elements are counted of copies alone, for of the rest nothing was written."""
        self.statuses[done.status] += 1
        self.classes[done.sop_class, done.status] += 1
        if done.status != "done":
            self.causes[done.status, done.reason, done.words] += 1
            return
        self.actions.update(done.actions)
        self.tags.update(done.tags)
        self.cleaned.update(done.cleaned)
        self.pictures += bool(done.pixels)
        self.faces += bool(done.face)

    def plain(self) -> dict[str, int]:
        """Files by status."""
        return {status: self.statuses[status] for status in STATUSES}

    def attributes(self) -> dict[str, dict[str, int]]:
        """Elements of the copies by attribute and action; private ones together, for their numbers say nothing."""
        found: dict[str, Counter[str]] = {}
        for code, count in sorted(self.tags.items()):
            tag, letter = int(code[:8], 16), code[8:]
            name = PRIVATE if tag >> 16 & 1 else f"{tag_text(tag)} {dictionary.keyword(tag)}".strip()
            found.setdefault(name, Counter())[letter] += count
        told = self._by_letter()
        for letter, count in self.actions.items():
            if count > told[letter]:  # what stayed of private groups is counted by action alone
                found.setdefault(PRIVATE, Counter())[letter] += count - told[letter]
        return {name: dict(sorted(counts.items())) for name, counts in found.items()}

    def _by_letter(self) -> Counter[str]:
        told: Counter[str] = Counter()
        for code, count in self.tags.items():
            told[code[8:]] += count
        return told


def body(done: Done) -> str:
    """All of a result that tells of no original by name, as it is remembered."""
    kept = ("status", "reason", "words", "actions", "cleaned", "pixels", "face", "tags", "sop_class", "rules")
    return json.dumps({name: getattr(done, name) for name in kept}, sort_keys=True)


def row(done: Done) -> dict[str, Any]:
    """One file of the report."""
    plain = {name: getattr(done, name) for name in ("source", "output", "status", "reason", "actions")}
    return plain | {name: value for name in _OPTIONAL if (value := getattr(done, name))}


class Report:
    """The report while it grows: there under its name only when it is whole."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream, self._first = stream, True
        stream.write('{"files": [')

    def add(self, done: Done) -> None:
        """Write one file."""
        self._stream.write(("\n " if self._first else ",\n ") + json.dumps(row(done)))
        self._first = False

    def end(self, totals: Totals) -> None:
        """Write what all files come to."""
        attributes = json.dumps(totals.attributes(), indent=1)
        self._stream.write(f'\n],\n"totals": {json.dumps(totals.plain())},\n"attributes": {attributes}\n}}\n')


@contextmanager
def private(path: Path) -> Iterator[IO[str]]:
    """A file that leads back to patients, its owner's alone; under its name only when it was written to its end."""
    beside = path.with_name(f".{path.name}.part")
    beside.unlink(missing_ok=True)
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


class Maps:
    """Old and new UIDs and patient ids, gathered in a file beside the maps, for they do not fit in memory."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder, self._beside = folder, folder / ".maps.part"
        self._beside.unlink(missing_ok=True)
        os.close(os.open(self._beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        self._db = sqlite3.connect(self._beside, isolation_level=None)
        # Made anew by each run: it need not survive a crash.
        for words in ("journal_mode=OFF", "synchronous=OFF", "locking_mode=EXCLUSIVE"):
            self._db.execute(f"PRAGMA {words}").fetchall()
        for name in ("uids", "people"):
            self._db.execute(f"CREATE TABLE {name} (old TEXT, new TEXT, UNIQUE (old, new))")
        self._db.execute("BEGIN")

    def add(self, done: Done) -> None:
        """Take what one file brought."""
        self._db.executemany("INSERT OR IGNORE INTO uids VALUES (?, ?)", done.uids.items())
        if done.patient:
            self._db.execute("INSERT OR IGNORE INTO people VALUES (?, ?)", done.patient)

    def write(self) -> None:
        """Write uid_map.csv and patient_id_map.csv."""
        for name, table in (("uid_map.csv", "uids ORDER BY rowid"), ("patient_id_map.csv", "people ORDER BY old")):
            with private(self._folder / name) as stream:
                _csv(stream, self._db.execute(f"SELECT old, new FROM {table}"))  # noqa: S608 - names from here

    def close(self) -> None:
        """Leave nothing but the maps."""
        self._db.close()
        with suppress(OSError):
            self._beside.unlink(missing_ok=True)


def _csv(stream: IO[str], rows: Iterable[tuple[str, str]]) -> None:
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(("id_old", "id_new"))
    writer.writerows(rows)
