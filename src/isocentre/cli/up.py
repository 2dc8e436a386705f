"""`isocentre up`: both sides on one machine, or the one that ISOCENTRE_ZONE names, supervised.

A lock keeps a second one out of the same data folder.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from isocentre.adapters.blobs import named
from isocentre.adapters.private import write_private
from isocentre.adapters.vault import named as vaults
from isocentre.adapters.vault.local import make_master_key
from isocentre.cli import postgresql
from isocentre.cli import zone as zones
from isocentre.cli.announcement import Announcement
from isocentre.cli.supervisor import STOP_SECONDS, Child, Supervisor, program

ISOCENTRE = [sys.executable, "-m", "isocentre"]
SPARE = 5.0
"""Seconds a side has to end once its own processes were given up."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(up)


def up(
    demo: Annotated[bool, typer.Option("--demo", help="fill it with made-up people and scans")] = False,
    http: Annotated[int, typer.Option("--http", help="port of the national side; the hospital side has the next")] = 0,
    dicom: Annotated[int, typer.Option("--dicom", help="port that scanners send to")] = 0,
) -> None:
    """Start both sides, or the one ISOCENTRE_ZONE names (gateway, platform), and keep running until Ctrl-C."""
    given = {"ISOCENTRE_HTTP_PORT": http, "ISOCENTRE_DICOM_PORT": dicom, "ISOCENTRE_DEMO": int(demo)}
    os.environ.update({name: str(value) for name, value in given.items() if value})
    told = os.environ.get("ISOCENTRE_ZONE")
    sides = zones.ZONES if told is None else (told,)
    if told is not None and zones.environment(told).demo:
        raise typer.BadParameter("the demonstration needs both sides: unset ISOCENTRE_ZONE", param_hint="--demo")
    home: Path = zones.environment(sides[0]).home
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (home / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            typer.echo(f"Isocentre is already running on {home}: stop that one first.", err=True)
            raise typer.Exit(2) from None
        _check_ports(sides)
        announcement = Announcement(sides, _prepare(home, sides))
        children = [_child(zone) for zone in sides]
        Supervisor(children, [announcement.look], patience=STOP_SECONDS + SPARE).run()


def _check_ports(sides: Sequence[str]) -> None:
    wanted = [(zones.environment(zone).http_port, zones.SIDES[zone], "--http") for zone in sides]
    if "gateway" in sides:
        wanted.append((zones.environment("gateway").dicom_port, "scanners", "--dicom"))
    for port, what, option in wanted:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except (OSError, OverflowError):
                typer.echo(f"Port {port} ({what}) cannot be used: choose another with {option}.", err=True)
                raise typer.Exit(2) from None


def _prepare(home: Path, sides: Sequence[str]) -> list[str]:
    """Homes and keys; then, in each zone, the database and its half of joining. Returns what a person must be told."""
    for zone in sides:
        for folder in (home / zone, home / zone / "logs"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)
        if not (home / zone / "secret.key").exists():
            write_private(home / zone / "secret.key", secrets.token_urlsafe(50).encode())
    if "gateway" in sides and (words := _vault(home / "gateway")):
        typer.echo(words, err=True)
    for zone in sides:
        _make_database(zone)
    where = zones.environment("platform").blobs
    if "platform" in sides and where.startswith(named.S3) and (words := named.trouble(where)):
        typer.echo(f"The store of images, {where}: {words}. Until then scans wait at the hospitals.", err=True)
    running = [(zone, _start_preparing(zone, alone=len(sides) == 1)) for zone in sides]
    told = []
    for zone, process in running:
        words, errors = process.communicate()
        if process.returncode:
            typer.echo(f"The {zone} could not be prepared: {errors.strip()[-2000:]}", err=True)
            raise typer.Exit(1)
        told += [words.rstrip()] if words.strip() else []
    return told


def _vault(home: Path) -> str:
    """Make the master key, where it is kept here; what a person must be told of the keys, if anything."""
    if vaults.elsewhere():
        words = vaults.opened(home).trouble()
        return f"Study keys stay closed and scans are held: {words}." if words else ""
    if make_master_key(home):
        return ""
    return "The master key is missing while study keys are here: scans are held until it is back."


def _make_database(zone: str) -> None:
    url = postgresql.of(zone)
    try:
        if url and postgresql.ensure(url):
            typer.echo(f"Made the database of the {zones.SIDES[zone]}.")
    except postgresql.NoDatabase as error:
        typer.echo(f"The database of the {zones.SIDES[zone]} cannot be used: {error}", err=True)
        raise typer.Exit(1) from None


def _start_preparing(zone: str, *, alone: bool) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*ISOCENTRE, "worker", f"prepare-{zone}", *(["--alone"] if alone else [])], env=zones.own_environment(zone),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def _child(zone: str) -> Child:
    # NumPy's OpenBLAS, of which nothing here makes use, starts threads where it is loaded: those do not cross a fork.
    own = zones.own_environment(zone) | {"ISOCENTRE_SUPERVISED": "1", "OPENBLAS_NUM_THREADS": "1"}
    return Child(zones.SIDES[zone], partial(program, [*ISOCENTRE, "side", zone], own))
