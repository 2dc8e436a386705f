"""Errors of form that de-identification brought in: dciodvfy before and after, on each file."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from isocentre.core.score.reading import Unreadable, read

NAME = "dciodvfy"
_VALUE = re.compile(r"<(?![A-Za-z]+>)[^>]*>|\b[012](?:\.\d+){2,}")


def tool() -> str | None:
    """Where dciodvfy is, None when it is not installed."""
    return shutil.which(NAME)


def new_errors(originals: Path, made: Mapping[str, Path]) -> dict[str, list[str]]:
    """Errors of each output that its original has not, by the original's path; `tool` must have found dciodvfy.

    `made`: SOP instance UID of the original to its output.
    """
    pairs: list[tuple[str, Path, Path]] = []
    for path in sorted(p for p in originals.rglob("*") if p.is_file()):
        try:
            uid = read(path.read_bytes()).sop_instance_uid
        except Unreadable:
            continue
        if uid in made:
            pairs.append((str(path.relative_to(originals)), path, made[uid]))

    def compared(pair: tuple[str, Path, Path]) -> tuple[str, list[str]]:
        name, before, after = pair
        return name, sorted(errors(after) - errors(before))

    with ThreadPoolExecutor(2) as pool:
        return {name: new for name, new in pool.map(compared, pairs) if new}


def errors(path: Path) -> set[str]:
    """What dciodvfy calls an error in a file; names of attributes and modules stay, other values it quotes go."""
    done = subprocess.run([tool() or NAME, str(path)], capture_output=True, text=True, check=False, errors="replace")
    lines = (done.stderr + done.stdout).splitlines()
    return {_VALUE.sub("", line).strip() for line in lines if line.startswith("Error")}


def words(found: Mapping[str, list[str]]) -> str:
    """For a person: the new errors, each with how many files have it."""
    counts: dict[str, int] = {}
    for lines in found.values():
        for line in lines:
            counts[line] = counts.get(line, 0) + 1
    if not counts:
        return "\nno new error of form (dciodvfy)"
    lines = [f"  {count} {line}" for line, count in counts.items()]
    return "\n".join([f"\nnew errors of form (dciodvfy) in {len(found)} files", *lines])
