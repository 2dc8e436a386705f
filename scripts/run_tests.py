"""Runs the tests in stages, quick ones first, and ends in pytest's own summary.

python scripts/run_tests.py [pytest arguments]      arguments go to both stages
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from support import peers  # noqa: E402 - found through the line above

CORE = "tests/unit/core"
ON_POSTGRESQL = tuple(f"tests/unit/{part}" for part in ("rooms", "jobs", "people", "audit", "api"))
# Who may open which page is asked of every page there is: once is enough, it hangs on no database.
WITHOUT_MATRIX = tuple(f"--ignore=tests/unit/people/{name}.py" for name in ("test_matrix", "test_matrix_scope"))
LAST = "with real peers"
SPREAD = ("-n", "auto", "--dist", "worksteal")
# Whole systems wait half of their time: two at once; tests that share one stay together (tests/support/groups.py).
SYSTEMS = ("-n", "2", "--dist", "loadgroup", "--no-loadscope-reorder")
STAGES = (
    ("the rooms on PostgreSQL", (*ON_POSTGRESQL, *WITHOUT_MATRIX, "-m", "not peers"), True),
    ("core, every branch", (CORE, "-m", "not peers", "--cov=isocentre.core", "--cov-branch", "--cov-fail-under=100",
                            "--cov-report=term-missing:skip-covered", *SPREAD), False),
    ("quick", ("-m", "not peers", f"--ignore={CORE}", *SPREAD), False),
    (LAST, ("-m", "peers", *SYSTEMS), False),
)  # fmt: skip
NO_TESTS = 5  # pytest's exit code when a selection is empty


def _narrow(name: str) -> tuple[str, ...]:
    return ("-m", "peers" if name == LAST else "not peers")


def _postgresql() -> bool:
    """Whether it answers; under CI=true it must, and the stage then fails by itself."""
    return "postgresql" not in peers.missing() or os.environ.get("CI") == "true"


@dataclass
class Aside:
    """A stage that runs beside the others, its words kept until it is its turn: it waits for PostgreSQL, not for us."""

    name: str
    process: subprocess.Popen[bytes]
    said: IO[bytes]
    begun: float

    def end(self) -> int:
        """Wait for it, print what it said; its exit code."""
        code = self.process.wait()
        self.said.seek(0)
        print(f"== tests, {self.name}, beside those above ({time.monotonic() - self.begun:.0f} s) ==", flush=True)
        sys.stdout.buffer.write(self.said.read())
        sys.stdout.flush()
        return code


def _aside(name: str, command: list[str]) -> Aside:
    said = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process that reads it
    environment = os.environ | {"ISOCENTRE_TEST_DATABASE_URL": peers.POSTGRES}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=said, stderr=subprocess.STDOUT)
    return Aside(name, process, said, time.monotonic())


def _run(name: str, command: list[str]) -> int:
    print(f"== tests, {name} ==", flush=True)
    begun = time.monotonic()
    code = subprocess.run(command, cwd=ROOT, check=False).returncode
    if name != LAST:  # whose summary ends the run
        print(f"== tests, {name}: {time.monotonic() - begun:.0f} s ==", flush=True)
    return code


def main(arguments: list[str]) -> int:
    """Exit code of the first stage that fails, else 0; an empty stage is one, unless arguments narrowed it down."""
    aside: Aside | None = None
    pytest = [sys.executable, "-m", "pytest"]
    try:
        for name, chosen, postgresql in STAGES:
            if arguments and (postgresql or name.startswith("core")):
                continue  # narrowed down: two stages are enough
            command = [*pytest, *(chosen if not arguments else _narrow(name)), *arguments]
            if postgresql and not _postgresql():
                print(f"== tests, {name}: left out, no PostgreSQL answers here ==", flush=True)
                continue
            if postgresql:
                aside = _aside(name, command)
                continue
            if name == LAST and aside is not None:
                # The last stage has the machine to itself: it starts whole systems, and its summary ends the run.
                code, aside = aside.end(), None
                if code:
                    return code
            code = _run(name, command)
            if code and not (code == NO_TESTS and arguments):
                return code
        return 0
    finally:
        if aside is not None:
            aside.process.terminate()
            aside.end()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
