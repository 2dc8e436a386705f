"""`isocentre pull` with a list that cannot be used: told in words, by cell or line, and the PACS is not asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from support import hospital as made_up
from support.fake_pacs import FakePacs
from support.sheets import xlsx
from typer.testing import CliRunner

from isocentre.cli import main
from isocentre.cli import zone as zones
from isocentre.core.actor import SYSTEM
from isocentre.core.pull.match import StudyFound
from isocentre.rooms.intake import door
from isocentre.rooms.intake.models import Pull
from isocentre.rooms.intake.pull import ports

pytestmark = pytest.mark.django_db


class _Wiring:
    def wire(self) -> None:
        """Nothing is asked here."""


@pytest.fixture(autouse=True)
def hospital(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.ZONE = "gateway"
    monkeypatch.setattr(zones, "use", lambda zone: None)
    monkeypatch.setattr(zones, "config", lambda name: _Wiring())
    made_up.hospital()


@pytest.mark.parametrize(
    ("rows", "words"),
    [([["Accession number"], ["=1+1"]], "A formula stands in A2"), ([["Surname"], ["x"]], "must have headings"),
     ([["Hospital number"], ["NM7"]], "line 2, first_day")],
)  # fmt: skip
def test_a_spreadsheet_that_is_no_list_is_refused(rows: list[list[str]], words: str, tmp_path: Path) -> None:
    (tmp_path / "list.xlsx").write_bytes(xlsx(rows))
    done = CliRunner().invoke(main.build(), ["pull", str(tmp_path / "list.xlsx"), "--study", "own"])
    assert (done.exit_code, words in done.stderr) == (2, True)
    assert "NM7" not in done.stderr
    assert not Pull.objects.exists()


def test_a_list_or_what_is_expected_and_not_both(tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("Accession\nA1\n", encoding="utf-8")
    for words in ([], [str(tmp_path / "list.csv"), "--expected"]):
        done = CliRunner().invoke(main.build(), ["pull", *words, "--study", "own"])
        assert (done.exit_code, "Name a list, or say --expected" in done.stderr) == (2, True)


def test_what_is_expected_is_asked_for_without_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    today, fake = timezone.localdate(), FakePacs(lambda *_: None)
    found = StudyFound("1.2.1", "A1", "NM7", "", today, modalities=("CT",))
    fake.add(found, s1=["1.2.1.1.1"])
    monkeypatch.setattr(ports, "_ports", [ports.Ports(lambda node: fake, lambda *_: None)])
    door.pulling.set_node(by=SYSTEM, name="PACS", host="10.0.0.9", port=104, ae_title="P", calling_ae="U",
                          destination="U", from_hour=0, to_hour=0)  # fmt: skip
    asked = ["pull", "--expected", "--study", "lungs", "--dry-run", "--json"]
    done = CliRunner().invoke(main.build(), asked)
    assert (done.exit_code, Pull.objects.count()) == (0, 0)
    assert "Nothing that is planned is due" in done.stderr
    for number in ("NM7", "NM*"):
        door.enrol(by=SYSTEM, research_study="lungs", hospital_number=number, name="Abel^Ann", day_zero=today,
                   consented_on=today)  # fmt: skip
    done = CliRunner().invoke(main.build(), asked)
    assert json.loads(done.stdout)["lines"] == {"found": 1}
    assert "1 planned visits are of people without" in done.stderr
