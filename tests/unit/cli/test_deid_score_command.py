"""`isocentre deid score` from the outside: what `deid` put out held against a key; exit codes."""

import json

import pytest
import typer
from support.dicom_bytes import el, slice_of
from typer.testing import CliRunner

from isocentre.adapters.answer_keys import write
from isocentre.cli import deid, keygen, validity
from isocentre.core.score.model import Answer, Key

RUNNER = CliRunner()
RIGHT = (
    Answer("patid_consistent", "(0010,0020)", "RXH1234567", "ids"),
    Answer("uid_consistent", "(0008,0018)", "1.2.3.4", "uids"),
    Answer("text_removed", "*", "SMITHSON", "names"),
)


@pytest.fixture
def app():
    made = typer.Typer()
    deid.register(made)
    keygen.register(made)
    return made


@pytest.fixture
def done(app, tmp_path):
    """A folder with originals, what was made of them, and the maps."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "one.dcm").write_bytes(slice_of())
    (tmp_path / "in" / "two.dcm").write_bytes(slice_of(t00080018=el(0x00080018, "UI", "1.2.3.5")))
    keygen.make(tmp_path / "study.key")
    said = RUNNER.invoke(
        app,
        [
            "deid",
            str(tmp_path / "in"),
            str(tmp_path / "out"),
            "--profile",
            "trial-ct-mr@2",
            "--maps",
            str(tmp_path / "maps"),
            "--key-file",
            str(tmp_path / "study.key"),
        ],
    )
    assert said.exit_code == 0, said.output
    return tmp_path


def score(app, folder, *answers, more=()):
    path = folder / "key.sqlite"
    path.unlink(missing_ok=True)
    write(path, [Key("one", "1.2.3.4", "", "RXH1234567", "pass", answers)], {})
    return RUNNER.invoke(app, ["deid", "score", str(path), str(folder / "out"), "--maps", str(folder / "maps"), *more])


def test_all_right_is_exit_0(app, done):
    said = score(app, done, *RIGHT)
    assert said.exit_code == 0, said.output
    assert "3 of 3 answers right (100.00 %)" in said.output


def test_a_wrong_answer_is_exit_1_and_listed(app, done):
    (done / "out" / "notes.txt").write_text("no object")
    said = score(app, done, *RIGHT, Answer("text_retained", "(0010,0010)", "SMITHSON", "names"), more=["--json"])
    assert said.exit_code == 1
    report = json.loads(said.output)
    assert report["total"] == {"passed": 3, "total": 4, "open": 0}
    assert report["losses"] == 1
    assert report["failures"][0]["file"] == "one"
    assert report["unknown"] == ["notes.txt", "two.dcm"]
    assert report["new_errors"] is None


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("maps/uid_map.csv", None, "uid_map.csv cannot be read"),
        ("maps/uid_map.csv", "old,new\n1,2\n", "has not the columns"),
    ],
)
def test_maps_that_cannot_be_used(app, done, name, content, words):
    (done / name).unlink()
    if content:
        (done / name).write_text(content)
    said = score(app, done, *RIGHT)
    assert said.exit_code == 2
    assert words in said.output


def test_nothing_there_and_no_key(app, done):
    said = RUNNER.invoke(app, ["deid", "score", str(done / "none"), str(done / "out"), "--maps", str(done / "maps")])
    assert (said.exit_code, "nothing at ANSWERS" in said.output) == (2, True)
    said = RUNNER.invoke(
        app, ["deid", "score", str(done / "study.key"), str(done / "out"), "--maps", str(done / "maps")]
    )
    assert (said.exit_code, "cannot be used" in said.output) == (2, True)


def test_new_errors_of_form_are_listed(app, done, monkeypatch):
    (done / "in" / "notes.txt").write_text("no object")
    tool = done / "validator"
    tool.write_text(
        '#!/bin/sh\ncase "$1" in *out*) echo "Error - no Element=<KVP>" >&2;; esac\n'
        'echo "Error - [1] = <$1> bad"\necho "Error - no 1.2.3.4.$$"\necho "Error - no Element=<Rows>"\n'
    )
    tool.chmod(0o755)
    monkeypatch.setattr(validity, "NAME", str(tool))
    said = score(app, done, *RIGHT, more=["--originals", str(done / "in")])
    assert said.exit_code == 1
    assert "new errors of form (dciodvfy) in 1 files" in said.output
    assert "  1 Error - no Element=<KVP>\n" in said.output
    assert "bad" not in said.output
    tool.write_text("#!/bin/sh\necho Error - old\n")
    said = score(app, done, *RIGHT, more=["--originals", str(done / "in")])
    assert (said.exit_code, "no new error of form" in said.output) == (0, True)
    monkeypatch.setattr(validity, "NAME", "no-such-program")
    said = score(app, done, *RIGHT, more=["--originals", str(done / "in")])
    assert said.exit_code == 2
    assert "dciodvfy is not installed" in said.output


def test_a_folder_of_that_name_is_still_a_folder(app, done, monkeypatch):
    monkeypatch.chdir(done)
    (done / "in").rename(done / "score")
    said = RUNNER.invoke(
        app, ["deid", "./score", "out2", "--profile", "trial-ct-mr@2", "--key-file", str(done / "study.key")]
    )
    assert said.exit_code == 0, said.output
