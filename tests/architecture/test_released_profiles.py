"""A version of a profile never changes once it may be in force at a hospital: its hash is written down, for good."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from isocentre.profiles import drafts, load, names, versions

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "src" / "isocentre" / "profiles"
RELEASED = FOLDER / "RELEASED.sha256"
LINE = re.compile(r"([0-9a-f]{64})  ([a-z0-9-]+ v\d+)")


def released(text: str) -> dict[str, str]:
    """Hash by name and version; AssertionError when a line is none, or a version stands there twice."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    found = [match.groups() for line in lines if (match := LINE.fullmatch(line))]
    assert len(found) == len(lines), "a line of RELEASED.sha256 is not `HASH  NAME vVERSION`"
    by_version = {version: sha256 for sha256, version in found}
    assert len(by_version) == len(found), "a version stands in RELEASED.sha256 twice"
    return by_version


def lost(earlier: dict[str, str], now: dict[str, str]) -> list[str]:
    """Versions whose line was changed or removed."""
    return [version for version, sha256 in earlier.items() if now.get(version) != sha256]


def test_every_profile_is_the_one_that_was_released_under_its_version() -> None:
    known = released(RELEASED.read_text(encoding="utf-8"))
    seen = []
    for name in names():
        for version in versions(name):
            file = FOLDER / (f"{name}.yaml" if version == 1 else f"{name}.v{version}.yaml")
            profile = load(name, version)
            sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
            assert (profile.name, profile.version, profile.sha256) == (name, version, sha256)
            words = f"{name} v{version}"
            if version in drafts(name):
                assert words not in known
                out = [v for v in versions(name) if v not in drafts(name)]
                assert all(v < version for v in out), f"{words} is a draft, older than what is released"
            else:
                assert known.get(words) == sha256, f"{words} was changed: raise its version and add a line for it"
            seen.append(words)
    assert set(known) <= set(seen), "a released version is no longer installed"


@pytest.mark.skipif(not (ROOT / ".git").exists() or shutil.which("git") is None, reason="this is no git checkout")
def test_no_line_was_ever_changed_or_removed() -> None:
    path = str(RELEASED.relative_to(ROOT))
    commits = _git("log", "--format=%H", "--", path).split()
    for commit in commits:
        assert not lost(released(_git("show", f"{commit}:{path}")), released(RELEASED.read_text(encoding="utf-8")))


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_a_changed_and_a_missing_line_are_found() -> None:
    one, two = "a" * 64, "b" * 64
    now = released(f"{one}  basic v1\n# words\n{two}  basic v2\n")
    assert lost({"basic v1": one}, now) == []
    assert lost({"basic v1": two, "gone v1": one}, now) == ["basic v1", "gone v1"]
    with pytest.raises(AssertionError, match="twice"):
        released(f"{one}  basic v1\n{two}  basic v1\n")
    with pytest.raises(AssertionError, match="not `HASH"):
        released("basic v1")
