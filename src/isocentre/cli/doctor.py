"""`isocentre doctor`: looks at what Isocentre stands on, and says what to do about what is wrong. Prints no secret."""

from __future__ import annotations

import contextlib
import json
import os
import platform as machine
import shutil
import socket
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import typer

from isocentre.cli import zone as zones

State = Literal["good", "warning", "bad"]
MARKS = {"good": "  ok     ", "warning": "  warning", "bad": "  WRONG  "}
SECRETS = {"gateway": ("secret.key", "master.key", "gateway.key", "vault"), "platform": ("secret.key",)}
LOW, EMPTY = 0.10, 512 * 1024 * 1024  # part of the disk; bytes below which intake answers "out of resources"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    about: str
    state: State
    words: str


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(doctor)


def doctor(as_json: Annotated[bool, typer.Option("--json", help="for programs")] = False) -> None:
    """Look at the environment, data folders, disk, ports and peers; exit 1 when something is wrong."""
    told = os.environ.get("ISOCENTRE_ZONE")
    findings = list(_machine())
    here = [zone for zone in zones.ZONES if zones.environment(zone).zone_home.is_dir()]
    for zone in [told] if told else here or zones.ZONES:
        findings += _zone(zones.environment(zone))
    wrong = any(f.state == "bad" for f in findings)
    if as_json:
        typer.echo(json.dumps({"good": not wrong, "findings": [asdict(f) for f in findings]}))
    else:
        for finding in findings:
            typer.echo(f"{MARKS[finding.state]} {finding.about}: {finding.words}")
    raise typer.Exit(1 if wrong else 0)


def _machine() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    good = (3, 11) <= sys.version_info[:2] <= (3, 13)
    yield Finding("Python", "good" if good else "warning", f"{version} on {machine.system()} {machine.machine()}")
    unknown = sorted(n for n in os.environ if n.startswith("ISOCENTRE_") and n not in KNOWN)
    if unknown:
        yield Finding("environment", "warning", f"unknown variables, misspelt?: {', '.join(unknown)}")


KNOWN = frozenset(
    f"ISOCENTRE_{name}"
    for name in ("HOME", "ZONE", "HTTP_PORT", "DICOM_PORT", "DATABASE_URL", "BLOBS", "PUBLIC_URL",
                 "PUBLIC_URL_GATEWAY", "PROXIES", "DASK", "DEMO", "SUPERVISED", "TRACEBACK", "TOKEN", "KILL_POINTS",
                 "TEST_DATABASE_URL")
)  # fmt: skip


def _zone(env: Any) -> Iterator[Finding]:
    yield from _folder(env.zone, env.zone_home)
    if not env.zone_home.is_dir():
        return
    yield _disk(env.zone, env.zone_home)
    yield _database(env.zone)
    yield _web(env.zone, env.http_port)
    if env.zone == "gateway":
        yield _dicom(env.dicom_port)
        yield _platform(env.zone_home)


def _folder(zone: str, home: Path) -> Iterator[Finding]:
    if not home.is_dir():
        yield Finding(f"{zone} data folder", "warning", f"{home} is not there: `isocentre up` makes it")
        return
    mode = stat.S_IMODE(home.stat().st_mode)
    writable = os.access(home, os.W_OK)
    state: State = "bad" if not writable or mode & 0o077 else "good"
    words = f"{home} ({mode:o})" if state == "good" else f"{home} ({mode:o}) must be this user's alone: chmod 700"
    yield Finding(f"{zone} data folder", state, words)
    for name in SECRETS[zone]:
        path = home / name
        if not path.exists():
            if name != "vault":  # made with the first research study that is accepted
                yield Finding(f"{zone} {name}", "bad", f"is missing: {_remedy(home, name)}")
        elif stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield Finding(f"{zone} {name}", "bad", f"can be read by others: chmod go= {path}")


def _remedy(home: Path, name: str) -> str:
    if name == "master.key" and any((home / "vault").glob("*.key")):
        return "two people bring it back with `isocentre master-key join`; until then nothing is sent on"
    return "`isocentre up` makes it, or restore a backup"


def _disk(zone: str, home: Path) -> Finding:
    usage = shutil.disk_usage(home)
    free = f"{usage.free / 1e9:,.1f} GB free of {usage.total / 1e9:,.1f} GB"
    if usage.free < EMPTY:
        return Finding(f"{zone} disk", "bad", f"{free}: nothing more is taken in until there is room")
    return Finding(f"{zone} disk", "warning" if usage.free < usage.total * LOW else "good", free)


def _database(zone: str) -> Finding:
    """Asked in a process of the zone's own: one process is one zone."""
    command = [sys.executable, "-m", "django", "migrate", "--check"]
    run = subprocess.run(command, env=zones.own_environment(zone), capture_output=True, text=True, check=False)
    if run.returncode == 0:
        return Finding(f"{zone} database", "good", "answers, and is of this version")
    if "Traceback" in run.stderr:
        kind = run.stderr.strip().splitlines()[-1].partition(":")[0]
        return Finding(f"{zone} database", "bad", f"does not answer ({kind}): look at ISOCENTRE_DATABASE_URL")
    return Finding(f"{zone} database", "bad", "is not of this version: `isocentre up` brings it up to date")


def _web(zone: str, port: int) -> Finding:
    about = f"{zone} web"
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5):
            return Finding(about, "good", f"port {port} is ready")
    except urllib.error.HTTPError as error:
        with error, contextlib.suppress(ValueError, KeyError):
            return Finding(about, "warning", f"port {port} answers {error.code}: {json.load(error)['words']}")
        return Finding(about, "bad", f"port {port} answers {error.code}: is this Isocentre?")
    except OSError:
        return Finding(about, "warning", f"nothing answers on port {port}: `isocentre up` is not running")


def _dicom(port: int) -> Finding:
    with socket.socket() as probe:
        probe.settimeout(3)
        if probe.connect_ex(("127.0.0.1", port)):
            return Finding("DICOM port", "warning", f"nothing listens on {port}: `isocentre up` is not running")
    return Finding("DICOM port", "good", f"{port} takes connections")


def _platform(home: Path) -> Finding:
    """Whether the national side can be reached, and whether the two clocks agree (tokens last five minutes)."""
    about = "national side"
    try:
        url = json.loads((home / "platform.json").read_text(encoding="utf-8"))["url"]
    except (FileNotFoundError, ValueError, KeyError):
        return Finding(about, "bad", "this gateway has not joined: `isocentre gateway join URL CODE`")
    if urlsplit(url).scheme not in ("http", "https"):
        return Finding(about, "bad", "its address is no web address: join again")
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=5) as answer:  # noqa: S310 - checked above
            told = answer.headers.get("Date", "")
    except OSError as error:
        return Finding(about, "bad", f"{url} does not answer ({type(error).__name__}): scans wait here until it does")
    return _clock(about, url, told)


def _clock(about: str, url: str, told: str) -> Finding:
    from email.utils import parsedate_to_datetime

    with contextlib.suppress(ValueError):
        apart = abs(parsedate_to_datetime(told).timestamp() - time.time())
        if apart > 60:
            return Finding(about, "bad", f"{url} answers, but the two clocks are {apart:,.0f} s apart: set them right")
    return Finding(about, "good", f"{url} answers")
