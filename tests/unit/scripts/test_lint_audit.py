"""The audit step: weaknesses fail it, and what was not checked is never called clean."""

from __future__ import annotations

import lint
import pytest

CLEAN = {"name": "good", "version": "1", "vulns": []}
WEAK = {"name": "bad", "version": "2", "vulns": [{"id": "CVE-1", "fix_versions": ["3"]}]}
UNKNOWN = {"name": "private", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("packages", "passes", "words"),
    [
        ([CLEAN, UNKNOWN], True, "audit: 1 of 2 packages checked"),
        ([CLEAN, WEAK], False, "audit: bad 2: CVE-1, mended in 3"),
        ([UNKNOWN], True, "audit: not done, the vulnerability service knows none of the 1 packages"),
    ],
)
def test_the_audit_says_what_it_saw(packages, passes: bool, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert lint.judged(packages) is passes
    assert words in capsys.readouterr().out
