"""Isocentre as `isocentre up` starts it, with one dedicated research study to send to."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from bench.peers import Served, free_port, wait
from isocentre.core import gateway_token

CALLED = "BENCH"


@contextmanager
def isocentre(at: Path) -> Iterator[Served]:
    """Run both sides; the research study `bench` takes what is sent to AE title BENCH."""
    http = free_port()
    env = {**os.environ, "ISOCENTRE_HOME": str(at), "ISOCENTRE_HTTP_PORT": str(http),
           "ISOCENTRE_DICOM_PORT": str(free_port())}  # fmt: skip
    env.pop("ISOCENTRE_ZONE", None)
    at.mkdir(parents=True)
    with (at / "up.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "isocentre", "up"], env=env, stdout=log, stderr=log)
    try:
        for port in (http, http + 1):
            wait(f"http://127.0.0.1:{port}/healthz", 90)
        _seed("platform", env)
        _seed("gateway", env)
        token = _seed("token", env).strip().splitlines()[-1]
        dicom = int(env["ISOCENTRE_DICOM_PORT"])
        yield Served(http, dicom, CALLED, f"http://127.0.0.1:{http}/dicomweb", token, process.pid, _signing(at))
    finally:
        process.terminate()
        process.wait(40)


def _signing(home: Path) -> Callable[[str], str]:
    """Tokens as the gateway of this machine signs them: images come over the wall from a gateway."""
    key = (home / "gateway" / "gateway.key").read_bytes()
    name = json.loads((home / "gateway" / "platform.json").read_text(encoding="utf-8"))["name"]
    return lambda asked: gateway_token.make(key, name, time.time(), asked)


def seed(what: str, home: Path, *more: str) -> None:
    """Seed one more thing beside the running system."""
    _seed(what, {**os.environ, "ISOCENTRE_HOME": str(home)}, *more)


def _seed(what: str, env: dict[str, str], *more: str) -> str:
    zone = "gateway" if what == "gateway" else "platform"
    done = subprocess.run([sys.executable, "-m", "bench.seed", what, *more], env={**env, "ISOCENTRE_ZONE": zone},
                          capture_output=True, text=True, check=False)  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return done.stdout


def totals(at: Path) -> dict[str, int]:
    """Rows of the research study by disposition, read beside the running system: a command would cost a core."""
    uri = f"file:{at}/gateway/isocentre.sqlite3?mode=ro"
    with closing(sqlite3.connect(uri, uri=True)) as database:
        rows = database.execute(
            "SELECT disposition, COUNT(*) FROM intake_ledgerrow WHERE research_study = 'bench' GROUP BY disposition"
        )
        return {str(name): int(count) for name, count in rows}


def settled(at: Path, count: int, seconds: float = 300) -> None:
    """Until `count` images were sent on; RuntimeError when some went another way, TimeoutError."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        now = totals(at)
        if now.get("sent_on", 0) >= count:
            return
        if set(now) - {"sent_on", "pending"}:
            raise RuntimeError(f"not all were sent on: {now}")
        time.sleep(0.05)
    raise TimeoutError("images are still on their way")
