"""`isocentre master-key`: shares shown and typed back by several people, a key that fits put in place, rotation."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from isocentre.adapters.vault.local import LocalVault, make_master_key
from isocentre.audit.models import AuditRow
from isocentre.cli import master_key, restore
from isocentre.cli import zone as zones

pytestmark = pytest.mark.django_db
RUN = CliRunner()


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> Path:
    """A hospital side with a master key and one study key."""
    settings.ZONE, settings.ZONE_HOME = "gateway", tmp_path
    monkeypatch.setattr(zones, "use", lambda zone: None)
    make_master_key(tmp_path)
    LocalVault(tmp_path).create("onco-ct")
    return tmp_path


def sheets(*more: str) -> list[str]:
    done = RUN.invoke(master_key.app, ["split", *more])
    assert done.exit_code == 0, done.output
    return [f"Isocentre{part}" for part in done.stdout.split("Isocentre")[1:]]


def lines(sheet: str) -> list[str]:
    return re.findall(r"[1-6]\) (.+)", sheet)


def actions() -> list[str]:
    return list(AuditRow.objects.filter(object_type="vault").order_by("pk").values_list("action", flat=True))


def test_two_of_three_people_type_their_shares_and_the_key_is_back(home: Path) -> None:
    key = (home / "master.key").read_bytes()
    made = sheets()
    assert [sheet.splitlines()[0] for sheet in made] == [
        f"Isocentre master key, share {n} of 3; 2 bring it back" for n in (1, 2, 3)
    ]
    (home / "master.key").unlink()
    first, third = lines(made[0]), lines(made[2])
    typed = [first[0].lower(), "A mistyped line", *first[1:], *third]
    done = RUN.invoke(master_key.app, ["join"], input="\n".join(typed) + "\n")
    assert done.exit_code == 0, done.output
    assert "Line 2 is mistyped" in done.output
    assert "opens 1 study keys" in done.output
    assert (home / "master.key").read_bytes() == key
    assert actions() == ["master_key_split", "master_key_joined"]
    assert key.hex() not in repr(list(AuditRow.objects.values()))


def test_shares_may_be_read_from_files_and_must_belong_together(home: Path, tmp_path: Path) -> None:
    made = [*sheets(), *sheets()]
    files = []
    for number, sheet in enumerate(made):
        files.append(tmp_path / f"share{number}")
        files[-1].write_text(sheet)
    (home / "master.key").unlink()
    for some, words in (((0, 4), "different splits"), ((0, 0), "2 different shares are needed, 1 given")):
        done = RUN.invoke(master_key.app, ["join", *(str(files[n]) for n in some)])
        assert (done.exit_code, words in done.output) == (1, True), done.output
    assert not (home / "master.key").exists()
    assert RUN.invoke(master_key.app, ["join", str(files[1]), str(files[2])]).exit_code == 0
    assert actions()[2:] == ["master_key_refused", "master_key_refused", "master_key_joined"]


def test_after_a_rotation_the_old_shares_no_longer_fit(home: Path, tmp_path: Path) -> None:
    files = [tmp_path / "one", tmp_path / "two"]
    for file, sheet in zip(files, sheets("--shares", "2"), strict=True):
        file.write_text(sheet)
    study_key = LocalVault(home).study_key("onco-ct")
    done = RUN.invoke(master_key.app, ["rotate"])
    assert (done.exit_code, "Split it now" in done.output) == (0, True)
    assert LocalVault(home).study_key("onco-ct") == study_key
    (home / "master.key").unlink()
    done = RUN.invoke(master_key.app, ["join", *map(str, files)])
    assert (done.exit_code, "does not open the study keys" in done.output) == (1, True)
    assert "master_key_rotated" in actions()


@pytest.mark.parametrize("numbers", [("1", "1"), ("2", "3"), ("99", "2")])
def test_numbers_that_make_no_sense_split_nothing(numbers: tuple[str, str]) -> None:
    done = RUN.invoke(master_key.app, ["split", "--shares", numbers[0], "--needed", numbers[1]])
    assert (done.exit_code, done.stdout, actions()) == (2, "", [])


def test_without_the_master_key_nothing_is_split_or_rotated_and_restore_says_how_it_comes_back(
    home: Path, capsys: Any
) -> None:
    (home / "master.key").unlink()
    for command in ("split", "rotate"):
        done = RUN.invoke(master_key.app, [command])
        assert (done.exit_code, "missing" in done.output) == (1, True)
    restore._vault(home)
    assert "isocentre master-key join" in capsys.readouterr().out
    assert actions() == []
