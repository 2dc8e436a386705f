"""Runs the tests in two stages, quick ones first, and ends in pytest's own summary.

    python scripts/run_tests.py [pytest arguments]      arguments go to both stages
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
STAGES = (("quick", "not peers"), ("with real peers", "peers"))
NO_TESTS = 5  # pytest's exit code when a selection is empty


def main(arguments: list[str]) -> int:
    """Exit code of the first stage that fails, else 0; an empty stage is one, unless arguments narrowed it down."""
    for name, marks in STAGES:
        print(f"== tests, {name} ==", flush=True)
        begun = time.monotonic()
        command = [sys.executable, "-m", "pytest", "-m", marks, *arguments]
        code = subprocess.run(command, cwd=ROOT, env=os.environ, check=False).returncode
        if code and not (code == NO_TESTS and arguments):
            print(f"== tests, {name}: failed after {time.monotonic() - begun:.0f} s ==", file=sys.stderr)
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
