"""Answer keys in SQLite: ours (schema below) written and read, and the layout of the MIDI-B challenge read.

Ours has three tables. `about`: name and value (schema, policy, where from). `original`: a row an object before
de-identification. `answer`: a row a check, the fields those of `core.score.model.Answer`.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import cast

from isocentre.core.score import midi
from isocentre.core.score.model import ACTIONS, Answer, Expected, Key

SCHEMA_VERSION = "1"
SCHEMA = """
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE original (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, sop_instance_uid TEXT NOT NULL UNIQUE, sop_class_uid TEXT NOT NULL,
  patient_id TEXT NOT NULL, expected TEXT NOT NULL CHECK (expected IN ('pass', 'either'))
);
CREATE TABLE answer (
  original INTEGER NOT NULL REFERENCES original, action TEXT NOT NULL, path TEXT NOT NULL, text TEXT NOT NULL,
  category TEXT NOT NULL, how TEXT NOT NULL
);
"""


class BadKeys(ValueError):
    """The file holds no answer keys that can be read; the message says why."""


def write(path: Path, keys: Iterable[Key], about: Mapping[str, str]) -> None:
    """Write keys into a new file; FileExistsError when there is one."""
    if path.exists():
        raise FileExistsError(path)
    with closing(sqlite3.connect(path)) as db, db:
        db.executescript(SCHEMA)
        db.executemany("INSERT INTO about VALUES (?, ?)", {**about, "schema": SCHEMA_VERSION}.items())
        for number, key in enumerate(keys, 1):
            row = (number, key.name, key.sop_instance_uid, key.sop_class_uid, key.patient_id, key.expected)
            db.execute("INSERT INTO original VALUES (?, ?, ?, ?, ?, ?)", row)
            db.executemany("INSERT INTO answer VALUES (?, ?, ?, ?, ?, ?)", [(number, *a) for a in key.answers])


def read(path: Path) -> list[Key]:
    """The keys in a file of either layout; BadKeys when it is neither."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as db:
            tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if "answer_data" in tables:
                return _midi(db)
            if {"original", "answer"} <= tables:
                return _ours(db)
    except sqlite3.Error as error:
        raise BadKeys("it is no SQLite database, or not laid out as answer keys are") from error
    raise BadKeys("it has neither the tables original and answer, nor answer_data as MIDI-B")


def _ours(db: sqlite3.Connection) -> list[Key]:
    answers: defaultdict[int, list[Answer]] = defaultdict(list)
    for original, *fields in db.execute("SELECT original, action, path, text, category, how FROM answer"):
        if fields[0] not in ACTIONS:
            raise BadKeys("an answer asks for none of the ten actions")
        answers[original].append(Answer(*fields))
    rows = db.execute("SELECT id, name, sop_instance_uid, sop_class_uid, patient_id, expected FROM original")
    return [
        Key(name, uid, sop_class, patient, cast(Expected, expected), tuple(answers[number]))
        for number, name, uid, sop_class, patient, expected in rows
    ]


def _midi(db: sqlite3.Connection) -> list[Key]:
    """Keys of the MIDI-B layout: an answer for a series, study or patient holds for each of its instances."""
    rows = db.execute("SELECT * FROM answer_data")
    names = [column[0] for column in rows.description]
    entries = [dict(zip(names, row, strict=True)) for row in rows]
    wider: defaultdict[tuple[str, str], list[Answer]] = defaultdict(list)
    own: defaultdict[tuple[str, str, str], list[Answer]] = defaultdict(list)
    for entry in entries:
        try:
            answers = list(midi.answers(entry["AnswerData"]))
            study, series, uid = (
                midi.bare(entry[n]) for n in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")
            )
        except (KeyError, ValueError) as error:
            raise BadKeys("its table answer_data is not that of MIDI-B") from error
        instance = own[(study, series, uid)]
        match midi.bare(entry.get("scope", "Instance")):
            case "Instance":
                instance += answers
            case "Series":
                wider[("series", series)] += answers
            case _:
                wider[("study", study)] += answers
    return [
        _midi_key(uid, [*answers, *wider["series", series], *wider["study", study]])
        for (study, series, uid), answers in own.items()
    ]


def _midi_key(uid: str, answers: list[Answer]) -> Key:
    return Key(uid, uid, "", "", "either", tuple(dict.fromkeys(answers)))
