"""`isocentre pull` with a list that cannot be used: told in words, by cell or line, and the PACS is not asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support import hospital as made_up
from support.sheets import xlsx
from typer.testing import CliRunner

from isocentre.cli import main
from isocentre.cli import zone as zones
from isocentre.rooms.intake.models import Pull

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
