"""Runs the tests in stages, quick ones first, and ends in pytest's own summary.

    python scripts/run_tests.py [pytest arguments]      arguments go to both stages
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from support import peers  # noqa: E402 - found through the line above

CORE = "tests/unit/core"
ON_POSTGRESQL = tuple(f"tests/unit/{part}" for part in ("rooms", "jobs", "people", "audit"))
STAGES = (
    ("core, every branch", (CORE, "-m", "not peers", "--cov=isocentre.core", "--cov-branch", "--cov-fail-under=100",
                            "--cov-report=term-missing:skip-covered"), False),
    ("quick", ("-m", "not peers", f"--ignore={CORE}"), False),
    ("the rooms on PostgreSQL", (*ON_POSTGRESQL, "-m", "not peers"), True),
    ("with real peers", ("-m", "peers"), False),
)  # fmt: skip
NO_TESTS = 5  # pytest's exit code when a selection is empty


def _narrow(name: str) -> tuple[str, ...]:
    return ("-m", "peers" if name == "with real peers" else "not peers")


def _postgresql() -> bool:
    """Whether it answers; under CI=true it must, and the stage then fails by itself."""
    return "postgresql" not in peers.missing() or os.environ.get("CI") == "true"


def main(arguments: list[str]) -> int:
    """Exit code of the first stage that fails, else 0; an empty stage is one, unless arguments narrowed it down."""
    for name, chosen, postgresql in STAGES:
        if arguments and (postgresql or name.startswith("core")):
            continue  # narrowed down: two stages are enough
        environment = dict(os.environ)
        if postgresql:
            if not _postgresql():
                print(f"== tests, {name}: left out, no PostgreSQL answers here ==", flush=True)
                continue
            environment["ISOCENTRE_TEST_DATABASE_URL"] = peers.POSTGRES
        print(f"== tests, {name} ==", flush=True)
        begun = time.monotonic()
        command = [sys.executable, "-m", "pytest", *(chosen if not arguments else _narrow(name)), *arguments]
        code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
        if code and not (code == NO_TESTS and arguments):
            print(f"== tests, {name}: failed after {time.monotonic() - begun:.0f} s ==", file=sys.stderr)
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
