"""The checkout as these checks read it: its tracked files (new ones too, if not ignored), parsed once."""

from __future__ import annotations

import ast
import functools
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src"
ROOMS = SRC / "isocentre" / "rooms"


@functools.cache
def files() -> tuple[Path, ...]:
    """Files git tracks or would track."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return tuple(sorted({ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()}))


@functools.cache
def parsed(path: Path) -> ast.Module:
    """Syntax tree of a Python file."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def python(*, generated: bool = False) -> list[Path]:
    """Python files; tables made by scripts (`_name.py`) and migrations only when asked for."""
    return [path for path in files() if path.suffix == ".py" and (generated or not is_generated(path))]


def sources() -> list[Path]:
    """Python files of the package, generated ones left out."""
    return [path for path in python() if SRC in path.parents]


def is_generated(path: Path) -> bool:
    """House rule 3: generated tables are `_name.py`; Django writes migrations."""
    return (path.name.startswith("_") and path.name != "__init__.py") or "migrations" in path.parts


def where(path: Path, line: int | None = None) -> str:
    """`path:line` relative to the checkout."""
    return f"{path.relative_to(ROOT)}" + (f":{line}" if line else "")


def module_name(path: Path) -> str:
    """Dotted name of a file under src/."""
    parts = path.relative_to(SRC).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> list[tuple[int, str]]:
    """(line, dotted target) of every import, wherever it stands; `from a import b` counts as `a.b`."""
    package = module_name(path).split(".")
    if path.name != "__init__.py":
        package = package[:-1]
    found: list[tuple[int, str]] = []
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            stem = ".".join([*base, *([node.module] if node.module else [])])
            found += [(node.lineno, f"{stem}.{alias.name}") for alias in node.names]
    return found
