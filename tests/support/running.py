"""Isocentre as a person runs it: `isocentre up` in a folder of its own, on free ports, stopped at the end."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from support.peers import free_port

PATIENCE = 120.0
PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR", "PYTHONPATH")


@dataclass(frozen=True)
class Running:
    """Both sides at work: where they are, and the environment of commands that join them."""

    home: Path
    platform: str
    gateway: str
    dicom_port: int
    environment: dict[str, str]
    process: subprocess.Popen[bytes]
    codes: list[int] = field(default_factory=list)

    @property
    def sides(self) -> list[str]:
        """The addresses of the sides it runs."""
        zone = self.environment.get("ISOCENTRE_ZONE")
        return [self.platform] * (zone != "gateway") + [self.gateway] * (zone != "platform")

    def said(self) -> str:
        """What `isocentre up` printed so far."""
        return (self.home / "up.out").read_text()

    def command(
        self, *arguments: str, home: Path | None = None, patience: float = 120, **variables: str
    ) -> subprocess.CompletedProcess[str]:  # fmt: skip
        """Run `isocentre …` beside it, on its data folder or another, `variables` added to its environment."""
        return subprocess.run(
            [sys.executable, "-m", "isocentre", *arguments], capture_output=True, text=True, timeout=patience,
            check=False, env=self.environment | {"ISOCENTRE_HOME": str(home or self.home)} | variables,
        )  # fmt: skip

    def expected(self, code: int) -> None:
        """The test ended it by itself, and this is its exit code."""
        self.codes.append(code)

    def status(self) -> Any:
        """What `isocentre status --json` says; AssertionError unless the ledger balances."""
        done = self.command("status", "--json")
        assert done.returncode == 0, done.stderr + done.stdout
        return json.loads(done.stdout)

    def sql(self, side: str, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """Rows of one side's SQLite database, read beside the running system; `side` is gateway or platform."""
        uri = f"file:{self.home / side}/isocentre.sqlite3?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, timeout=30)) as database:
            return database.execute(statement, values).fetchall()

    def ledger(self, slug: str) -> dict[str, int]:
        """Rows of a research study by disposition, and `received`, their sum."""
        query = "SELECT disposition, COUNT(*) FROM intake_ledgerrow WHERE research_study = ? GROUP BY 1"
        found = {str(name): int(count) for name, count in self.sql("gateway", query, slug)}
        return found | {"received": sum(found.values())}

    def waiting(self) -> bool:
        """Whether anything is on its way, by the ledger's own rows: cheap to ask twice a second."""
        if "ISOCENTRE_DATABASE_URL" in self.environment:
            return any(one["pending"] for one in self.status()["research_studies"].values())
        query = "SELECT COUNT(*) FROM intake_ledgerrow WHERE disposition = 'pending' AND research_study <> 'canary'"
        return self.sql("gateway", query)[0][0] > 0

    def ready(self) -> bool:
        """Whether both sides say so."""
        return all(_answers(f"{side}/readyz") for side in self.sides)

    def answers(self) -> bool:
        """Whether the web of both sides does."""
        return all(_answers(f"{side}/healthz") for side in self.sides)

    def logs(self) -> str:
        """The last lines of every process, for a test that failed."""
        return "\n".join(f"== {p.name}\n{p.read_text()[-1500:]}" for p in sorted(self.home.glob("*/logs/*.log")))


@dataclass(frozen=True)
class Filled:
    """The demonstration as it was when it had filled itself: its ledger, and why what is held is held."""

    research_studies: dict[str, dict[str, int]]
    held: set[tuple[str, str]]


@contextmanager
def running(home: Path, *options: str, http: int = 0, **variables: str) -> Iterator[Running]:
    """`isocentre up` with `options`, until its sides answer; afterwards stopped, and seen to have stopped.

    `variables` join its environment; with ISOCENTRE_ZONE it runs one side.
    """
    http, dicom = http or two_in_a_row(), free_port()
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ} | {
        "ISOCENTRE_HOME": str(home), "ISOCENTRE_HTTP_PORT": str(http), "ISOCENTRE_DICOM_PORT": str(dicom),
    } | variables  # fmt: skip
    home.mkdir(parents=True, exist_ok=True)
    with (home / "up.out").open("wb") as out:
        process = subprocess.Popen([sys.executable, "-m", "isocentre", "up", *options], env=environment, stdout=out,
                                   stderr=subprocess.STDOUT)  # fmt: skip
    it = Running(home, f"http://127.0.0.1:{http}", f"http://127.0.0.1:{http + 1}", dicom, environment, process)
    try:
        until(it.answers, it, "its sides answer")
        yield it
    finally:
        process.terminate()
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
    assert process.returncode == (it.codes or [0])[-1], (home / "up.out").read_text()


def until(done: Callable[[], bool], it: Running, what: str, patience: float = PATIENCE) -> None:
    """Wait until `done`; AssertionError with the logs when it takes longer than `patience` seconds."""
    limit = time.monotonic() + patience
    while not done():
        said = (it.home / "up.out").read_text()
        assert it.process.poll() is None, f"`isocentre up` ended before {what}:\n{said}"
        assert time.monotonic() < limit, f"not in {patience:.0f} s: {what}\n{said}\n{it.logs()}"
        time.sleep(0.5)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5):
            return True
    except OSError:
        return False


def two_in_a_row() -> int:
    """A free port whose successor is free too."""
    import socket

    while True:
        port = free_port()
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            # Bound, as `up` tries it: a port that somebody's outgoing connection holds answers nobody and is taken.
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port + 1))
                return port
