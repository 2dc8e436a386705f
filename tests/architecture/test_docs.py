"""The documents keep up with the code: commands, variables, links and the size of pictures."""

from __future__ import annotations

import re
from collections.abc import Iterator

import typer.main
from tree import ROOT, SRC, files
from typer.core import TyperGroup

from isocentre.cli.main import build

VARIABLE = re.compile(r"\bISOCENTRE_[A-Z]+(?:_[A-Z]+)*\b")
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")
PICTURE_BYTES = 300_000
DOCUMENTS = [path for path in files() if path.suffix == ".md"]


def commands(group: TyperGroup, before: str = "") -> Iterator[str]:
    """Every command a person is shown, as it is typed."""
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from commands(command, f"{before}{name} ")
        elif not command.hidden:
            yield before + name


def test_every_command_is_in_the_readme() -> None:
    root = typer.main.get_command(build())
    assert isinstance(root, TyperGroup)
    shown = list(commands(root))
    assert "token create" in shown
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in shown if not re.search(rf"[` ]{re.escape(name)}\b", _commands_of(text))] == []


def _commands_of(text: str) -> str:
    return text.split("## Commands")[1].split("\n## ")[0]


def test_every_variable_is_in_operations() -> None:
    used = {name for path in SRC.rglob("*.py") for name in VARIABLE.findall(path.read_text(encoding="utf-8"))}
    assert "ISOCENTRE_HOME" in used
    told = set(VARIABLE.findall((ROOT / "docs" / "operations.md").read_text(encoding="utf-8")))
    assert sorted(used - told) == []


def test_links_between_documents_lead_somewhere() -> None:
    links = [(path, target) for path in DOCUMENTS for target in LINK.findall(path.read_text(encoding="utf-8"))]
    local = [(path, target) for path, target in links if "://" not in target]
    assert local
    broken = [f"{path.relative_to(ROOT)}: {target}" for path, target in local if not (path.parent / target).exists()]
    assert broken == []


def test_pictures_are_small() -> None:
    pictures = [path for path in files() if path.suffix == ".png" and "docs" in path.parts]
    assert pictures
    assert [path.name for path in pictures if path.stat().st_size > PICTURE_BYTES] == []
