"""What every room has (design §1, house rule 10): its files, its page with a picture, a person's whole path."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from tree import ROOT

FILES = ("apps.py", "door.py", "hooks.py", "models.py", "migrations/__init__.py")
PICTURE = re.compile(r"!\[[^\]]+\]\(([^)\s]+\.png)\)")
MEET = {"at", "axe", "met"}
"""What a journey meets pages with: each of them asks axe."""


def rooms(root: Path) -> list[str]:
    """Every folder of a room."""
    found = (path for path in (root / "src/isocentre/rooms").iterdir() if path.is_dir() and path.name != "__pycache__")
    return sorted(path.name for path in found)


def lacks(root: Path, room: str) -> list[str]:
    """What the room has not, a line each."""
    folder, page = root / "src/isocentre/rooms" / room, root / "docs/rooms" / f"{room}.md"
    journey = root / "tests/journeys" / f"test_{room}.py"
    found = [f"{room}/{name}" for name in FILES if not (folder / name).is_file()]
    if not page.is_file():
        found.append(f"docs/rooms/{room}.md")
    else:
        pictures = PICTURE.findall(page.read_text(encoding="utf-8"))
        if not any((page.parent / picture).is_file() for picture in pictures):
            found.append(f"a picture in docs/rooms/{room}.md")
    if not journey.is_file():
        found.append(f"tests/journeys/test_{room}.py")
    elif not _meets_pages(ast.parse(journey.read_text(encoding="utf-8"))):
        found.append(f"axe on the pages of tests/journeys/test_{room}.py")
    return found


def _meets_pages(journey: ast.Module) -> bool:
    """Whether it calls what it took from `support.browser` to meet pages with, and has a test."""
    taken = {
        alias.name
        for node in ast.walk(journey)
        if isinstance(node, ast.ImportFrom) and node.module == "support.browser"
        for alias in node.names
    }
    called = {
        node.func.id for node in ast.walk(journey) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    tests = [node for node in journey.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]
    return bool(MEET & taken & called and tests)


def test_every_room_has_what_every_room_has() -> None:
    there = rooms(ROOT)
    assert {"intake", "archive"} <= set(there)
    assert [line for room in there for line in lacks(ROOT, room)] == []


def test_every_page_of_a_room_is_of_one() -> None:
    assert {path.stem for path in (ROOT / "docs/rooms").glob("*.md")} - {"README"} == set(rooms(ROOT))


GOOD = "from support.browser import at\n\n\ndef test_it():\n    at(1, 2)\n"


@pytest.fixture
def whole(tmp_path: Path) -> Path:
    """A checkout with one room that has everything."""
    made = {f"src/isocentre/rooms/trials/{name}": "" for name in FILES} | {
        "docs/rooms/trials.md": "![Reads](../pictures/reads.png)", "docs/pictures/reads.png": "",
        "tests/journeys/test_trials.py": GOOD,
    }  # fmt: skip
    for name, words in made.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(words)
    return tmp_path


@pytest.mark.parametrize(
    ("file", "words", "lacking"),
    [
        ("src/isocentre/rooms/trials/hooks.py", None, "trials/hooks.py"),
        ("docs/rooms/trials.md", None, "docs/rooms/trials.md"),
        ("docs/rooms/trials.md", "No picture", "a picture in docs/rooms/trials.md"),
        ("docs/pictures/reads.png", None, "a picture in docs/rooms/trials.md"),
        ("tests/journeys/test_trials.py", None, "tests/journeys/test_trials.py"),
        (
            "tests/journeys/test_trials.py",
            GOOD.replace("at(1", "print(1"),
            "axe on the pages of tests/journeys/test_trials.py",
        ),
        (
            "tests/journeys/test_trials.py",
            GOOD.replace("test_it", "walk"),
            "axe on the pages of tests/journeys/test_trials.py",
        ),
    ],
)
def test_the_check_itself_sees_what_a_room_lacks(whole: Path, file: str, words: str | None, lacking: str) -> None:
    assert (rooms(whole), lacks(whole, "trials")) == (["trials"], [])
    if words is None:
        (whole / file).unlink()
    else:
        (whole / file).write_text(words)
    assert lacks(whole, "trials") == [lacking]
