"""Looks for secrets in the tracked files: private keys, tokens of well-known services, passwords in addresses.

A line that only looks like one carries `secret-scan: <why>`.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WAIVER = re.compile(r"secret-scan: \S+")
MAX_BYTES = 2_000_000
PATTERNS = {
    "private key": re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"),
    "cloud access key": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "GitHub token": re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36,}\b|\bgithub_pat_[A-Za-z0-9_]{50,}\b"),
    "package registry token": re.compile(r"\b(?:pypi-AgE|npm_)[A-Za-z0-9_-]{30,}"),
    "Slack token": re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{10,}"),
    "signed web token": re.compile(r"\beyJ[A-Za-z0-9_-]{20,}\.eyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}"),
    "password in an address": re.compile(
        r"\b[a-z][a-z0-9+]*://[^\s:/@{}$<>\"']+:(?!isocentre_test@)[^\s:/@{}$<>\"']+@"
    ),
}


def scan(text: str) -> list[tuple[int, str]]:
    """(line number, kind) of everything that looks like a secret; never the secret itself."""
    return [
        (number, kind)
        for number, line in enumerate(text.splitlines(), 1)
        for kind, pattern in PATTERNS.items()
        if pattern.search(line) and not WAIVER.search(line)
    ]


def main() -> int:
    """Exit 1 when any tracked file holds something like a secret."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    found = 0
    for name in filter(None, listed.split("\0")):
        path = ROOT / name
        if not path.is_file() or path.stat().st_size > MAX_BYTES:
            continue
        for number, kind in scan(path.read_text(encoding="utf-8", errors="replace")):
            print(f"{name}:{number}: looks like a {kind}")
            found += 1
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
