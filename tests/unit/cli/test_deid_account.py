"""`--what-was-done`, `--dry-run` and `--explain`: what they say, and that they say and write no more."""

import json
import re
from html.parser import HTMLParser

import pytest
import typer
from support.dicom_bytes import US, el, slice_of
from typer.testing import CliRunner

from isocentre.cli import deid, deid_account, deid_explain
from isocentre.cli.deid_files import Done
from isocentre.cli.deid_report import Totals
from isocentre.core.deid.profile import parse
from isocentre.profiles import everyone, load

RUNNER = CliRunner()
SECRETS = ("SMITHSON", "ADA", "RXH1234567", "19310203", "ACC77421", "REFERRER", "STUDY9", "SN-555", "20240315")


@pytest.fixture
def source(tmp_path):
    root = tmp_path / "in"
    root.mkdir()
    (root / "IM1").write_bytes(slice_of())
    (root / "IM2").write_bytes(slice_of(t00080018=el(0x00080018, "UI", "1.2.3.5")))
    (root / "screen").write_bytes(slice_of(sop_class=US, t00080018=el(0x00080018, "UI", "1.2.3.6")))
    (root / "named").write_bytes(slice_of(t00181140=el(0x00181140, "CS", "FOR SMITHSON")))
    (root / "notes").write_text("SMITHSON")
    return root


def run(*args, profile="trial-ct-mr@1"):
    app = typer.Typer()
    deid.register(app)
    app.command("other")(lambda: None)
    return RUNNER.invoke(app, ["deid", *map(str, args), "--profile", profile])


class Page(HTMLParser):
    """Tags and their attributes, and the words."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.words = [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words += data


def test_what_was_done_is_told_without_a_patient(source, key, tmp_path):
    path = tmp_path / "account.html"
    result = run(source, tmp_path / "out", "--key-file", key, "--what-was-done", path)
    assert result.exit_code == 1, result.output
    text = path.read_text()
    for secret in SECRETS:
        assert not re.search(rf"\b{secret}\b", text), secret
    page = Page(text)
    words = " ".join(page.words.split())
    for said in ("5 files: 2 done, 2 held, 1 left out, 0 failed", "of 1 person", load("trial-ct-mr", 1).sha256,
                 "113107", "Retain Longitudinal Temporal Information Modified Dates Option", "CT Image",
                 "It found something in 1 file", "CT Image", "made up"):  # fmt: skip
        assert said in words, said
    names = [tag for tag, _ in page.tags]
    assert (names.count("h1"), names.count("script"), names.count("link"), names.count("img")) == (1, 0, 0, 0)
    assert dict(page.tags)["html"]["lang"] == "en-GB"
    assert all(attrs.get("scope") in ("col", "row") for tag, attrs in page.tags if tag == "th")
    assert "http" not in text


@pytest.mark.parametrize("profile", everyone(), ids=lambda one: f"{one.name}@{one.version}")
def test_every_profile_and_much_variety_fit_the_page(profile):
    totals = Totals()
    classes = [*profile.sop_classes, *[f"1.2.3.4.{number}" for number in range(16)], ""]
    for number, uid in enumerate(classes):
        done = Done("x", None, "held" if number % 2 else "done", f"r{number}", f"cause {number}", {"X": 2, "K": 1})
        done.sop_class, done.tags = uid, {"00100010X": 1, "00091001X": 1}
        done.cleaned, done.pixels, done.face = {"word": 1}, [{}], {"surface_left": 0.0}
        totals.add(done)
    text = deid_account.page(profile, totals, 2, "a waiver of ours")
    assert "causes more" in text
    assert "1.2.3.4." not in text.replace("<td>1.2.3.4</td>", "")
    assert "a waiver of ours" not in text
    for row in deid_account.groups(profile, totals):
        assert row["why"]
        assert row["after"]


def test_what_is_said_of_pictures_faces_and_uids_is_what_the_profile_does():
    totals = Totals()
    # Whole slide images are read by their image type alone: the rule of the class itself holds them.
    slides = deid_account.page(load("wsi", 1), totals, 0, "")
    assert "Pictures of the kinds marked above were read" in slides
    assert "Pictures were not read" not in slides
    assert "Whether every text in a picture was found" in slides
    assert "Scans that may show a face were held" in slides
    assert "Pictures were not read" in deid_account.page(load("basic", 1), totals, 0, "")
    assert "The face was taken out of 0 images" in deid_account.page(load("trial-ct-mr", 3), totals, 0, "")
    text = load("basic", 1).text
    kept = parse(text.replace("options: []", "options:\n  - {code: 113110, why: A test.}"))
    assert "Each is replaced by one made with the key" in slides
    assert "They are kept: whoever has access" in deid_account.page(kept, totals, 0, "")


def test_a_pdf_is_printed_by_a_browser(source, key, tmp_path):
    for name, words in (("a.pdf", "browser"), ("none/a.html", "folder")):
        result = run(source, tmp_path / "out", "--key-file", key, "--what-was-done", tmp_path / name)
        assert (result.exit_code, words in result.output) == (2, True)
    assert not (tmp_path / "out").exists()


def test_a_dry_run_says_what_would_happen_and_writes_nothing(source, tmp_path):
    before = sorted(tmp_path.rglob("*"))
    result = run(source, "--dry-run")
    assert result.exit_code == 1
    assert "2 would be de-identified, 2 held, 1 left out" in result.output
    assert "Nothing was written" in result.output
    assert sorted(tmp_path.rglob("*")) == before
    said = json.loads(run(source, tmp_path / "out", "--dry-run", "--json").output)
    assert (said["dry_run"], said["totals"]["done"]) == (True, 2)
    assert {cause["reason"] for cause in said["causes"]} == {"ultrasound", "second_check", "not_dicom"}
    assert run(source, "--dry-run", "--report", tmp_path / "r.json").exit_code == 1
    assert len(json.loads((tmp_path / "r.json").read_text())["files"]) == 5
    assert sorted(tmp_path.rglob("*")) == sorted([*before, tmp_path / "r.json"])
    for more in (["--maps", tmp_path / "maps"], ["--what-was-done", tmp_path / "a.html"]):
        assert run(source, "--dry-run", *more).exit_code == 2


def test_a_file_is_explained_attribute_by_attribute(source, key):
    result = run("--explain", source / "IM1", "--key-file", key, "--json")
    assert result.exit_code == 0, result.output
    said = json.loads(result.output)
    rows = {row["tag"]: row for row in said["attributes"]}
    name = rows["(0010,0010)"]
    assert (name["before"], name["rule"], name["action"]) == ("xxxxxxxx^xxx", "Replaced by the pseudonym", "Changed")
    assert name["after"].startswith("P-")
    assert name["why"]
    assert rows["(0008,0060)"]["before"] == rows["(0008,0060)"]["after"] == "CT"
    assert rows["(0012,0062)"] | {"why": ""} == {
        "tag": "(0012,0062)", "name": "Patient Identity Removed", "action": "Written", "before": None, "after": "YES",
        "rule": "Replaced by what Isocentre writes", "why": "",
    }  # fmt: skip
    for secret in ("SMITHSON", "RXH1234567", "19310203"):
        assert secret not in result.output
    shown = json.loads(run("--explain", source / "IM1", "--json", "--show-values").output)
    assert {row["tag"]: row for row in shown["attributes"]}["(0010,0010)"]["before"] == "SMITHSON^ADA"


def test_on_a_terminal_it_is_a_table(source):
    done = run("--explain", source / "IM1")
    assert "It would be de-identified" in done.output
    assert "masked" in done.output
    assert "made for this once" in done.output
    assert "SMITHSON" not in done.output
    held = run("--explain", source / "screen")
    assert (held.exit_code, "It would be held: Ultrasound" in held.output) == (1, True)
    assert "SMITHSON" not in held.output
    found = run("--explain", source / "named")
    assert (found.exit_code, "It would be held: The second check found" in found.output) == (1, True)


def test_what_cannot_be_explained_says_so(source, key, tmp_path, monkeypatch):
    (tmp_path / "nobody").write_bytes(slice_of(t00100020=el(0x00100020, "LO", "")))
    assert "no pseudonym" in run("--explain", tmp_path / "nobody").output
    for args, words in (
        (["--explain", source / "notes"], "cannot be read as DICOM"), (["--explain", source / "none"], "no such file"),
        (["--explain", source / "IM1", "--key-file", source / "none"], "key file cannot be read"),
        ([], "Name SRC"), ([source], "Name DST"),
    ):  # fmt: skip
        result = run(*args)
        assert (result.exit_code, words in result.output) == (2, True), result.output
    assert run("--explain", source / "IM1", profile="none").exit_code == 2
    result = run(source, tmp_path / "out", profile="")
    assert (result.exit_code, "--profile" in result.output) == (2, True)

    def broken(path):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(deid_explain, "mapped", broken)
    assert "Input/output error" in run("--explain", source / "IM1").output
