"""`isocentre opt-out`: the list written for its owner only, the answer taken in or refused in words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support import hospital as made_up
from support.optouts import MemoryOptOuts
from typer.testing import CliRunner

from isocentre.cli import opt_out
from isocentre.cli import zone as zones
from isocentre.rooms.deid import door
from isocentre.rooms.intake.models import LedgerRow, ResearchStudy

pytestmark = pytest.mark.django_db
RUN = CliRunner()
NHS = "9990000018"


@pytest.fixture(autouse=True)
def hospital(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    """One person enrolled in a research study under section 251 support, whose scan waits for an answer."""
    settings.ZONE = "gateway"
    monkeypatch.setattr(zones, "use", lambda zone: None)
    monkeypatch.setattr(zones, "config", lambda name: type("Wiring", (), {"wire": staticmethod(lambda: None)}))
    monkeypatch.setattr(door, "ports", door.Ports(opt_outs=MemoryOptOuts()))
    made_up.hospital()
    ResearchStudy.objects.filter(slug="lungs").update(accepted=made_up.config("lungs", legal_basis="s251"))
    made_up.enrolled(nhs_number=NHS, consented_on=None)
    made_up.held("opt_out_list", "lungs", ("1.1",))


def run(*words: str) -> tuple[int, str]:
    done = RUN.invoke(opt_out.app, list(words))
    return done.exit_code, done.output


def test_ask_take_and_what_they_change(tmp_path: Path) -> None:
    assert json.loads(run("status", "--json")[1]) == {
        "answered_on": None, "days": 7, "needed": 1, "not_asked": 1, "without_number": 0, "waits": True,
    }  # fmt: skip
    asked = tmp_path / "asked.dat"
    assert run("ask", str(asked))[0] == 0
    assert (asked.read_bytes(), oct(asked.stat().st_mode & 0o777)) == (b"9990000018,\n", "0o600")
    code, said = run("take", str(asked))
    assert (code, "1 on its way" in said) == (0, True)
    assert LedgerRow.objects.get().disposition == "pending"
    assert run("status") == (0, run("status")[1])
    assert run("ask", str(asked))[0] == 2


@pytest.mark.parametrize(
    ("content", "more", "words"),
    [("9434765918,\n", (), "Line 1"), ("", (), "empty"), (f"{NHS},\n", ("--on", "2999-01-01"), "in the future")],
)
def test_an_answer_that_does_not_fit_changes_nothing(
    tmp_path: Path, content: str, more: tuple[str, ...], words: str
) -> None:
    run("ask", str(tmp_path / "asked.dat"))
    (tmp_path / "answer.dat").write_text(content)
    code, said = run("take", str(tmp_path / "answer.dat"), *more)
    assert (code, words in said, "9434765918" in said) == (1, True, False)
    assert (LedgerRow.objects.get().disposition, run("status")[0]) == ("held", 1)


def test_wrong_options_are_usage_errors_and_change_nothing(tmp_path: Path) -> None:
    answer = tmp_path / "answer.dat"
    answer.write_text(f"{NHS},\n")
    for more in (("--on", "tomorrow"), ("--asked", str(answer)), ("--asked", str(tmp_path / "none"))):
        code, said = run("take", str(answer), *more)
        assert (code, more[0] in said) == (2, True), said
    assert (LedgerRow.objects.get().disposition, run("take", str(tmp_path / "none"))[0]) == ("held", 2)


def test_the_list_that_was_checked_may_be_named(tmp_path: Path) -> None:
    (tmp_path / "asked.dat").write_text(f"{NHS},\n")
    (tmp_path / "answer.dat").write_text("")
    files = (str(tmp_path / "answer.dat"), "--asked", str(tmp_path / "asked.dat"))
    assert run("take", *files, "--everybody")[0] == 0


def test_nobody_to_ask_about_is_said(tmp_path: Path) -> None:
    ResearchStudy.objects.update(accepted=made_up.config("lungs"))
    code, said = run("ask", str(tmp_path / "asked.dat"))
    assert (code, "Nobody" in said, (tmp_path / "asked.dat").exists()) == (1, True, False)
