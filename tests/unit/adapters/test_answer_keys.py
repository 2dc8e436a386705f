"""Answer keys in SQLite: ours written and read again, that of MIDI-B read, anything else refused in words."""

import json
import sqlite3
from contextlib import closing

import pytest

from isocentre.adapters.answer_keys import BadKeys, read, write
from isocentre.core.score.model import Answer, Key

KEYS = [
    Key("a/b", "1.2.3", "1.2.840", "Q1", "pass", (Answer("text_removed", "*", "Żół", "planted name", "exact"),)),
    Key("c", "1.2.4", "1.2.840", "Q1", "either", ()),
]


def database(path, *statements):
    with closing(sqlite3.connect(path)) as db, db:
        for statement, *values in statements:
            db.execute(statement, values)
    return path


def test_ours_is_read_as_it_was_written(tmp_path):
    path = tmp_path / "key.sqlite"
    write(path, KEYS, {"policy": "basic v1"})
    assert read(path) == KEYS
    with closing(sqlite3.connect(path)) as db:
        assert dict(db.execute("SELECT * FROM about")) == {"policy": "basic v1", "schema": "1"}
    with pytest.raises(FileExistsError):
        write(path, KEYS, {})


MIDI = "CREATE TABLE answer_data (StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID, AnswerData, scope)"
ROW = "INSERT INTO answer_data VALUES (?, ?, ?, ?, ?)"


def midi_row(uid, scope, text):
    answer = {"action": "<text_removed>", "action_text": f"<{text}>", "tag_ds": "<(0010,0010)>", "value": "<x>"}
    return (ROW, "1.1", "1.2", uid, json.dumps({"0": answer}), f"<{scope}>")


def test_answers_of_midi_for_series_and_study_hold_for_every_instance(tmp_path):
    rows = [midi_row("1.3.1", "Instance", "A"), midi_row("1.3.2", "Series", "B"), midi_row("1.3.2", "Patient", "C")]
    first, second = read(database(tmp_path / "midi.db", (MIDI,), *rows))
    assert (first.sop_instance_uid, first.expected) == ("1.3.1", "either")
    assert [a.text for a in first.answers] == ["A", "B", "C"]
    assert [a.text for a in second.answers] == ["B", "C"]


@pytest.mark.parametrize(
    "statements",
    [
        [("CREATE TABLE other (x)",)],
        [("CREATE TABLE original (x)",), ("CREATE TABLE answer (x)",)],
        [("CREATE TABLE answer_data (x)",), ("INSERT INTO answer_data VALUES (1)",)],
        [(MIDI,), (ROW, "1", "2", "3", "{", "<Instance>")],
    ],
)
def test_another_layout_is_refused(statements, tmp_path):
    with pytest.raises(BadKeys):
        read(database(tmp_path / "other.db", *statements))


def test_an_unknown_action_and_no_database_are_refused(tmp_path):
    path = tmp_path / "key.sqlite"
    write(path, [Key("a", "1.2", "1", "Q", "pass", (Answer("dance", "*"),))], {})
    with pytest.raises(BadKeys):
        read(path)
    (tmp_path / "text").write_text("no database, and long enough to be looked at " * 40)
    with pytest.raises(BadKeys):
        read(tmp_path / "text")
