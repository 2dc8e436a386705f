"""Supply chain: locks with hashes and without addresses, no machine's own names in the tree, decisions numbered."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib

import pytest
from tree import ROOT, files, where

# Written in pieces, so that this file does not hold what it looks for.
_HOSTS = ("py" + r"pi\.org", "python" + r"hosted\.org", r"registry\." + "npmjs", r"deb\." + "debian")
HOSTS = re.compile("|".join(_HOSTS))
PATHS = re.compile(r"(?<![\w.])/(?:wo" + r"rk|ro" + r"ot|fa" + r"rm)/[\w.]")
TEXT = {".py", ".md", ".txt", ".toml", ".yaml", ".yml", ".json", ".cfg", ".ini", ".sh", ".html", ".css", ".js", ""}
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
ADRS = sorted((ROOT / "docs/adr").glob("*.md"))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_locks_pin_with_hashes_and_name_no_index(lock) -> None:
    text = lock.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    entries = re.split(r"\n(?=\S)", "\n".join(lines).strip())
    pinned = re.compile(r"[\w.\[\]-]+==[^\n]*\\\n\s+--hash=sha256:[0-9a-f]{64}")
    assert [entry.split("\n")[0] for entry in entries if not pinned.match(entry)] == []
    assert [line for line in lines if "://" in line or re.match(r"\s*-(?!-hash)", line)] == []


def test_every_dependency_says_why() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    wanted = [*project["dependencies"], *project["optional-dependencies"]["pixels"]]
    silent = [name for name in wanted if not any(f'"{name}",' in line and "# " in line for line in lines)]
    assert silent == []


def test_the_npm_lock_names_no_registry() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
    assert [name for name in packages if name and not packages[name]["integrity"].startswith("sha512-")] == []


def test_no_registry_host_and_no_path_of_one_machine() -> None:
    found = [
        where(path, number)
        for path in files()
        if path.suffix in TEXT and path.stat().st_size < 2_000_000
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if HOSTS.search(line) or PATHS.search(line)
    ]
    assert found == []


def test_decisions_are_numbered_without_gap_and_say_their_state() -> None:
    numbers = [int(path.name[:4]) for path in ADRS]
    assert numbers == list(range(1, len(ADRS) + 1))
    for path in ADRS:
        lines = path.read_text(encoding="utf-8").splitlines()
        assert lines[0].startswith(f"# {path.name[:4]}: "), path.name
        assert re.fullmatch(r"(Accepted|Superseded by \d{4}), \d{4}-\d{2}-\d{2}", lines[2]), path.name
        assert len(lines) <= 25, path.name


def test_fetched_packages_are_not_committed() -> None:
    vendored = ["src/isocentre/web/static/vendor", "src/isocentre/web/viewer", "node_modules", "build"]
    listed = subprocess.run(["git", "ls-files", *vendored], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert listed == ""
