"""`isocentre doctor`: looks at what Isocentre stands on, and says what to do about what is wrong. Prints no secret."""

from __future__ import annotations

import contextlib
import json
import os
import platform as machine
import shutil
import stat
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from isocentre.adapters.vault import named as vaults
from isocentre.cli import doctor_hl7, doctor_inside, doctor_outside
from isocentre.cli import zone as zones
from isocentre.cli.finding import Finding, State

MARKS = {"good": "  ok     ", "warning": "  warning", "bad": "  WRONG  "}
SECRETS = {"gateway": ("secret.key", "master.key", "gateway.key", "vault"), "platform": ("secret.key",)}
LOW, EMPTY = 0.10, 512 * 1024 * 1024  # part of the disk; bytes below which intake answers "out of resources"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(doctor)


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="for programs")] = False,
    inside: Annotated[str, typer.Option("--inside", hidden=True)] = "",
) -> None:
    """Look at folders, disk, databases, people, addresses and ports; say what to do; exit 1 when something is wrong."""
    if inside:
        typer.echo(doctor_inside.told(inside))
        return
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
    for name in ("HOME", "ZONE", "HTTP_PORT", "DICOM_PORT", "DATABASE_URL", "BLOBS", "PUBLIC_URL", "PUBLIC_URL_GATEWAY",
                 "PROXIES", "LOG", "DASK", "DEMO", "SUPERVISED", "TRACEBACK", "TOKEN", "KILL_POINTS",
                 "TEST_DATABASE_URL", "TEST_WHOLE", "VAULT", "VAULT_TOKEN_FILE", "VAULT_CA", "VAULT_NAMESPACE",
                 "DICOMWEB", "MAIL", "MAIL_FROM", "MAIL_TO",
                 "HL7_PORT", "HL7_ALLOW", "TLS_CERTIFICATE", "TLS_KEY", "TLS_CLIENTS")
)  # fmt: skip


def _zone(env: Any) -> Iterator[Finding]:
    yield from _folder(env.zone, env.zone_home)
    if not env.zone_home.is_dir():
        return
    yield _disk(env.zone, env.zone_home)
    if (env.zone_home / "secret.key").exists():
        yield from doctor_inside.ask(env.zone)
    yield doctor_outside.web(env.zone, env.http_port)
    yield doctor_outside.address(env)
    if env.zone == "gateway":
        yield doctor_outside.dicom(env.dicom_port)
        yield from doctor_hl7.look(env.hl7)
        yield doctor_outside.national(env.zone_home)
    else:
        yield doctor_outside.store(env.blobs or str(env.zone_home / "blobs"))


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
        if name == "master.key" and vaults.elsewhere():
            yield doctor_outside.vault(home)
        elif not path.exists():
            if name != "vault":  # made with the first research study that is accepted
                yield Finding(f"{zone} {name}", "bad", f"is missing: {_remedy(home, name)}")
        elif stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield Finding(f"{zone} {name}", "bad", f"can be read by others: chmod go= {path}")


def _remedy(home: Path, name: str) -> str:
    if name == "master.key" and any((home / "vault").glob("*.key")):
        return "two people bring it back with `isocentre master-key join`; until then nothing is sent on"
    if name == "gateway.key":
        return "`isocentre gateway join URL CODE` makes it; where both sides are here, `isocentre up` does"
    return "`isocentre up` makes it, or restore a backup"


def _disk(zone: str, home: Path) -> Finding:
    """Free room, and what this side's folder and its logs take of it. Hard links are counted once."""
    usage, used = shutil.disk_usage(home), _used(home)
    words = (
        f"{usage.free / 1e9:,.1f} GB free of {usage.total / 1e9:,.1f} GB; this folder uses {used / 1e6:,.1f} MB, "
        f"{_used(home / 'logs') / 1e6:,.1f} MB of it logs"
    )
    if usage.free < EMPTY:
        return Finding(f"{zone} disk", "bad", f"{words}: nothing more is taken in until there is room")
    return Finding(f"{zone} disk", "warning" if usage.free < usage.total * LOW else "good", words)


def _used(folder: Path) -> int:
    """Bytes on disk of everything below; what goes meanwhile is not counted."""
    seen: dict[tuple[int, int], int] = {}
    for root, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                found = os.lstat(os.path.join(root, name))
                seen[found.st_dev, found.st_ino] = found.st_blocks * 512
    return sum(seen.values())
