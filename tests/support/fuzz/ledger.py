"""The ledger of runs: a line of JSON each, kept with the sources, which add up over days."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("runs.jsonl")
_ROOT = Path(__file__).resolve().parents[3]


def read() -> list[dict[str, Any]]:
    """Every run kept."""
    return [json.loads(line) for line in FILE.read_text("utf-8").splitlines()] if FILE.exists() else []


def add(line: dict[str, Any]) -> None:
    """Keep a run, with the version of the sources it was made with."""
    version = _git("rev-parse", "--short", "HEAD")
    if _git("status", "--porcelain", "--", "src", "tests", ":!tests/support/fuzz/runs.jsonl"):
        version += "-dirty"
    with FILE.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"version": version, **line}) + "\n")


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=_ROOT, capture_output=True, text=True, check=True).stdout.strip()


def total(lines: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The runs added up: how many inputs on the fast road, on both roads, and what became of them."""
    outcomes: Counter[str] = Counter()
    findings: Counter[str] = Counter()
    sums: Counter[str] = Counter()
    for line in lines:
        sums["both" if line["both_roads"] else "fast"] += line["inputs"]
        sums["runs"] += 1
        sums["seconds"] += line["seconds"]
        outcomes.update(line["outcomes"])
        findings.update(line["findings"])
    return {
        "runs": sums["runs"], "inputs": sums["fast"] + sums["both"], "of them on both roads": sums["both"],
        "seconds": sums["seconds"], "outcomes": dict(outcomes), "findings": dict(findings),
    }  # fmt: skip


def as_text(line: dict[str, Any]) -> str:
    """A run, or several added up, for a person."""
    return json.dumps(line, indent=1, ensure_ascii=False)
