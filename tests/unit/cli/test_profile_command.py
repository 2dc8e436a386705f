"""`isocentre profile`: what it prints for people and programs, and its exit codes."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from isocentre import profiles
from isocentre.cli import profile
from isocentre.profiles import load

RUNNER = CliRunner()


def run(*words: str, code: int = 0) -> str:
    result = RUNNER.invoke(profile.app, list(words))
    assert result.exit_code == code, result.output
    return result.output


@pytest.fixture
def draft(monkeypatch):
    """A profile as it was before its release."""
    monkeypatch.setattr(profiles, "drafts", lambda name: frozenset({1}) if name == "us-xa" else frozenset())


@pytest.mark.usefixtures("draft")
def test_profiles_are_listed_with_what_may_still_change():
    lines = run("show").splitlines()
    assert lines[0].split(maxsplit=2) == ["basic@1", "released", load("basic").title]
    told = {one["profile"]: one["released"] for one in json.loads(run("show", "--json"))}
    assert (told["trial-ct-mr@1"], told["trial-ct-mr@2"]) == (True, True)
    assert told["us-xa@1"] is False


@pytest.mark.usefixtures("draft")
def test_a_profile_is_shown_whole():
    shown = run("show", "trial-ct-mr")
    assert "Dates: moved by whole weeks." in shown
    assert "113109 Retain Device Identity Option: A scanner is qualified" in shown
    assert "Leave out: Raw Data. Raw data - nobody can say what is inside." in shown
    assert "Patient comments are free text" in run("show", "basic")
    assert "A draft: it may still change." in run("show", "us-xa@1")
    repository = " ".join(run("show", "repository").split())
    for words in ("(0018,1000) DeviceSerialNumber, SCANNER: A serial number", "one in 50 after that",
                  "Leave out: CT Image SCREEN_SAVE", "Let pass: Enhanced SR title 113701."):  # fmt: skip
        assert words in repository
    told = json.loads(run("show", "repository", "--json"))
    assert told["sample"] == 50
    by_kind = {(one["uid"][18:], one["image_type"], one["title"]): one["do"] for one in told["sop_classes"]}
    assert by_kind["4.1.1.88.22", "", "113701"] == "pass"
    assert by_kind["4.1.1.2", "SCREEN_SAVE", ""] == "leave_out"
    assert by_kind["4.1.1.2", "", ""] == "clean_pixels clean_faces"
    told = json.loads(run("show", "basic", "--json"))
    assert (told["version"], told["sha256"]) == (1, load("basic").sha256)
    assert {one["name"]: one["action"] for one in told["attributes"]}["Patient's Name"] == "Replaced by the pseudonym"


def test_two_versions_are_compared_in_words():
    shown = run("diff", "trial-ct-mr@1", "trial-ct-mr@2")
    assert shown.startswith("From trial-ct-mr@1 to trial-ct-mr@2: 3 options, 1 kind of object")
    assert "Retain Safe Private Option 113111: Not carried out -> Carried out." in shown
    assert "do the same" in run("diff", "basic", "basic@1")
    newest = run("diff", "trial-ct-mr@2", "trial-ct-mr")
    assert newest.startswith("From trial-ct-mr@2 to trial-ct-mr@3: 1 sample of pictures, 25 kinds of object.")
    changes = json.loads(run("diff", "basic", "trial-ct-mr", "--json"))["changes"]
    assert changes[0] == {
        "about": "dates", "name": "Dates", "code": "", "old": "Removed", "new": "Moved by whole weeks", "why": "",
    }  # fmt: skip
    assert "rule for dates, 3 options" in run("diff", "basic", "trial-ct-mr@1")


@pytest.mark.usefixtures("draft")
def test_an_attribute_is_explained_under_one_profile_or_all():
    shown = " ".join(run("explain", "(0008,0021)", "--profile", "basic").split())
    assert "(0008,0021) Series Date, DA" in shown
    assert "Replaced by a made-up value in Positron Emission Tomography Image" in shown
    assert "in sequences: Removed" in shown
    every = run("explain", "SeriesDate")
    assert "us-xa@1 (draft)" in every
    assert "of the kinds of object let pass" in every
    told = json.loads(run("explain", "00080021", "--profile", "trial-ct-mr@1", "--json"))
    assert (told["profile"], told["action"]) == ("trial-ct-mr@1", "Moved by whole weeks")
    assert len(json.loads(run("explain", "00080021", "--json"))) >= 3
    assert "(0009,1001) Private attribute\n" in run("explain", "00091001")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("explain", "Patient"), "There is no attribute of this keyword"),
        (("explain", "PatientID", "--profile", "none"), "no profile of this name (basic"),
        (("show", "trial-ct-mr@9"), "not installed in version 9; there are 1, 2"),
        (("diff", "basic", "nowhere.yaml"), "no profile file there"),
        (("check", "nowhere.yaml"), "there is no such file"),
    ],
)
def test_what_is_not_there_is_a_wrong_use(words, said):
    assert said in " ".join(run(*words, code=2).split())


def test_a_profile_file_is_checked(tmp_path):
    file = tmp_path / "mine.yaml"
    file.write_text(load("basic").text.replace("name: basic", "name: mine"))
    assert "mine@1 can be used." in run("check", str(file))
    assert "not a released version" in run("check", str(file))
    assert json.loads(run("check", str(file), "--json"))["good"] is True
    held = load("basic").text.replace("do: pass", "do: hold").replace("4.1.1.66\n", "4.1.1.66 1.2.3.4\n")
    file.write_text(held.replace("options: []", "options: [{code: 113110, why: For a test.}]"))
    notes = " ".join(json.loads(run("check", str(file), "--json"))["notes"])
    for words in ("no SOP class 1.2.3.4", "nothing would ever be sent on", "It keeps UIDs"):
        assert words in notes
    source = tmp_path / "released.yaml"
    source.write_text(load("basic").text)
    assert json.loads(run("check", str(source), "--json"))["notes"] == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: x\nversoin: 1\n", "nobody knows versoin; it lacks actions"),
        ("a: &b [1]\nc: *b\n", "no anchors and no aliases"),
        ("base: basic\n", "nobody knows base"),
        ("x: " + "a" * 300_000, "at most 256 KB"),
        (b"\xff\xfe\x00", "no text in UTF-8"),
        ("", "a YAML mapping"),
        ("{" * 20_000, "nested no deeper than 8"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_in_words_and_ends_with_one(tmp_path, text, said):
    file = tmp_path / "bad.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    assert said in " ".join(run("check", str(file), code=1).split())
    told = json.loads(run("check", str(file), "--json", code=1))
    assert (told["good"], said in told["wrong"]) == (False, True)
