"""`isocentre import`: files taken in for a research study, patients linked to subject ids, wrong lines named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support import hospital as made_up
from support.sheets import xlsx
from typer.testing import CliRunner

from isocentre.cli import main
from isocentre.cli import zone as zones
from isocentre.rooms.intake import canary
from isocentre.rooms.intake.models import Enrolment, LedgerRow

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def hospital(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> None:
    """A hospital, and a folder with one object whose patient is CANARY."""
    settings.ZONE, settings.ZONE_HOME = "gateway", tmp_path / "home"
    monkeypatch.setattr(zones, "use", lambda zone: None)
    made_up.hospital()
    folder = tmp_path / "scans"
    folder.mkdir()
    (folder / "one.dcm").write_bytes(canary.made())


def run(tmp_path: Path, csv: str | None = None, study: str = "own", site: str = "RNM01") -> tuple[int, str]:
    words = ["import", str(tmp_path / "scans"), "--study", study, "--site", site]
    if csv is not None:
        (tmp_path / "subjects.csv").write_text(csv, encoding="utf-8")
        words += ["--subjects", str(tmp_path / "subjects.csv")]
    done = CliRunner().invoke(main.build(), words)
    return done.exit_code, done.output


@pytest.mark.django_db(transaction=True)
def test_patients_are_linked_to_their_subject_ids_before_their_scans_are_taken(tmp_path: Path) -> None:
    code, said = run(tmp_path, "hospital_number,subject_id\nCANARY,S-001\nNM2,S-002\n")
    assert (code, "2 people linked" in said, "1 taken, 0 not taken" in said) == (0, True, True), said
    row = LedgerRow.objects.select_related("enrolment").get()
    assert (row.disposition, row.enrolment and row.enrolment.subject_id) == ("pending", "S-001")
    assert run(tmp_path, "hospital_number,subject_id\nCANARY,S-001\n")[0] == 0
    assert Enrolment.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_file_that_is_not_taken_is_named(tmp_path: Path) -> None:
    (tmp_path / "scans" / "notes.txt").write_text("no image", encoding="utf-8")
    code, said = run(tmp_path)
    assert (code, "1 taken, 1 not taken." in said) == (1, True), said
    assert f"{tmp_path}/scans/notes.txt" in said.replace("\n", "")
    assert "one.dcm" not in said


@pytest.mark.django_db(transaction=True)
def test_a_scan_that_was_held_goes_on_when_its_person_is_linked(tmp_path: Path) -> None:
    assert run(tmp_path, study="lungs")[0] == 0
    assert LedgerRow.objects.get().cause == "not_enrolled"
    today = "2026-03-01"
    code, said = run(tmp_path, f"Hospital number;Subject id;Consent date;Day 0\nCANARY;S1;{today};{today}\n", "lungs")
    assert (code, "Held images of theirs: 1 " in said) == (0, True), said


@pytest.mark.parametrize(
    ("csv", "words"),
    [
        ("hospital_number,subject_id\nCANARY,S1\nNM2,\nNM3,S1\n", ("line 3, subject_id", "line 4, subject_id", "2 of")),
        ("hospital_number\nCANARY\n", ("missing: Subject id",)),
        ("hospital_number,subject_id\nNM2 77,NM277\n", ("line 2, subject_id", "patient's number is in it")),
        ("", ("Choose a file",)),
    ],
)
def test_one_wrong_line_and_nothing_is_linked_or_imported(tmp_path: Path, csv: str, words: tuple[str, ...]) -> None:
    code, said = run(tmp_path, csv)
    assert code == 2
    assert [one for one in words if one not in said] == []
    assert not ({"CANARY", "NM2", "NM3", "NM277"} & set(said.replace(",", " ").split()))
    assert (LedgerRow.objects.count(), Enrolment.objects.count()) == (0, 0)


def test_a_research_study_that_is_not_accepted_takes_nothing(tmp_path: Path) -> None:
    code, said = run(tmp_path, study="nothing")
    assert (code, "accepted at this hospital" in said) == (2, True)


def test_a_site_that_takes_no_part_takes_nothing(tmp_path: Path) -> None:
    code, said = run(tmp_path, site="RZZ99")
    assert (code, "--site: give a site" in said, "RNM01" in said) == (2, True, True)
    assert not LedgerRow.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_programs_are_told_in_json(tmp_path: Path) -> None:
    (tmp_path / "scans" / "notes.txt").write_text("no image", encoding="utf-8")
    (tmp_path / "subjects.csv").write_text("hospital_number,subject_id\nCANARY,S-001\n", encoding="utf-8")
    words = [
        "import",
        str(tmp_path / "scans"),
        "--study",
        "own",
        "--subjects",
        str(tmp_path / "subjects.csv"),
        "--json",
    ]
    done = CliRunner().invoke(main.build(), words)
    assert done.exit_code == 1
    assert json.loads(done.stdout) == {"taken": 1, "not_taken": [str(tmp_path / "scans" / "notes.txt")]}


@pytest.mark.django_db(transaction=True)
def test_a_spreadsheet_links_people_too_and_what_is_doubtful_is_told(tmp_path: Path) -> None:
    rows = [["Hospital number", "Subject id"], ["CANARY", "S-001"], ["9990000018", "S-002"]]
    (tmp_path / "subjects.xlsx").write_bytes(xlsx(rows, lambda book: book.create_sheet("b")))
    words = ["import", str(tmp_path / "scans"), "--study", "own", "--subjects", str(tmp_path / "subjects.xlsx")]
    done = CliRunner().invoke(main.build(), words)
    assert done.exit_code == 0
    assert "2 people linked to their subject ids." in done.stdout
    assert "1 other sheet was not." in done.stderr
    assert "look at line 3, hospital_number: By its form" in done.stderr
    assert "9990000018" not in done.stderr
