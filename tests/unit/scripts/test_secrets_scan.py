"""The secret scan finds what it is for and takes a reasoned waiver."""

from __future__ import annotations

import pytest
import secrets_scan

DASHES = "-" * 5


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (f"{DASHES}BEGIN OPENSSH PRIVATE KEY{DASHES}", "private key"),
        ("key = AKIA" + "A" * 16, "cloud access key"),
        ("token: ghp" + "_" + "a" * 36, "GitHub token"),
        ("postgresql://someone:" + "hunter2@db/x", "password in an address"),
    ],
)
def test_secrets_are_found_by_line(line: str, kind: str) -> None:
    assert secrets_scan.scan(f"harmless\n{line}\n") == [(2, kind)]
    assert secrets_scan.scan(f"{line}  # secret-scan: made up for a test\n") == []


@pytest.mark.parametrize("line", ["postgresql://user@host/name", "https://host:8000/path@x", "postgresql://{u}:{p}@h"])
def test_ordinary_addresses_are_not(line: str) -> None:
    assert secrets_scan.scan(line) == []
