"""A room is entered by its door: what import-linter cannot say about design §1, said here."""

from __future__ import annotations

import configparser
from pathlib import Path

import pytest
from tree import ROOMS, ROOT, SRC, imports, sources, where

PREFIX = "isocentre.rooms."
# Who may import what of a room besides its own modules; wiring (config) alone may reach anything.
ENTRANCES = {"rooms": {"door"}, "cli": {"door"}, "api": {"door", "hooks"}, "desk": {"door", "hooks"}}


def rooms() -> list[str]:
    return sorted(path.parent.name for path in ROOMS.glob("*/__init__.py"))


def trespasses(path: Path) -> list[str]:
    parts = path.relative_to(SRC / "isocentre").parts
    area, own = parts[0], parts[1] if parts[0] == "rooms" else ""
    allowed = ENTRANCES.get(area)
    found = []
    for line, target in imports(path):
        room, _, rest = target.removeprefix(PREFIX).partition(".")
        if not target.startswith(PREFIX) or room == own or area == "config":
            continue
        if allowed is None or rest.split(".")[0] not in allowed:
            found.append(f"{where(path, line)} imports {target}")
    return found


def test_a_room_is_entered_by_its_door_only() -> None:
    assert [found for path in sources() for found in trespasses(path)] == []


@pytest.mark.parametrize(
    ("place", "text", "caught"),
    [
        ("rooms/deid/work.py", "from isocentre.rooms.intake import door", False),
        ("rooms/deid/work.py", "from isocentre.rooms.intake.door import kept", False),
        ("rooms/deid/work.py", "from isocentre.rooms.deid import models", False),
        ("rooms/deid/work.py", "from isocentre.rooms.intake import models", True),
        ("rooms/deid/work.py", "from isocentre.rooms.intake.models import Arrival", True),
        ("rooms/deid/work.py", "from ..intake import models", True),
        ("rooms/deid/work.py", "def late():\n    import isocentre.rooms.intake.models", True),
        ("desk/life.py", "from isocentre.rooms.intake import hooks", False),
        ("desk/life.py", "from isocentre.rooms.intake import views", True),
        ("jobs/loop.py", "from isocentre.rooms.intake import door", True),
        ("config/wiring.py", "from isocentre.rooms.intake import work", False),
    ],
)
def test_the_check_itself_tells_doors_from_windows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, text: str, caught: bool
) -> None:
    path = tmp_path / "isocentre" / place
    path.parent.mkdir(parents=True)
    path.write_text(text)
    monkeypatch.setattr("tree.SRC", tmp_path)
    monkeypatch.setattr("test_doors.SRC", tmp_path)
    monkeypatch.setattr("tree.ROOT", tmp_path)
    assert bool(trespasses(path)) is caught


def test_every_room_stands_in_both_bracket_contracts() -> None:
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter")
    for name in ("brackets-up", "brackets-down"):
        section = contracts[f"importlinter:contract:{name}"]
        named = (section["source_modules"] + section["forbidden_modules"]).split()
        assert sorted(named) == [PREFIX + room for room in rooms()], f"add the new room to {name} in .importlinter"
