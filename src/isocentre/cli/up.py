"""`isocentre up`: both sides on one machine, supervised; a lock keeps a second one out of the same data folder."""

from __future__ import annotations

import fcntl
import os
import secrets
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Annotated

import typer

from isocentre.adapters.private import write_private
from isocentre.adapters.vault.local import make_master_key
from isocentre.cli import zone as zones
from isocentre.cli.supervisor import Child, Supervisor

RECEIVERS = GATEWAY_WORKERS = 2
WEB_THREADS = 8


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(up)


def up(
    demo: Annotated[bool, typer.Option("--demo", help="fill it with made-up people and scans")] = False,
    http: Annotated[int, typer.Option("--http", help="port of the national side; the hospital side has the next")] = 0,
    dicom: Annotated[int, typer.Option("--dicom", help="port that scanners send to")] = 0,
) -> None:
    """Start the national side and the hospital side, and keep them running until Ctrl-C."""
    given = {"ISOCENTRE_HTTP_PORT": http, "ISOCENTRE_DICOM_PORT": dicom, "ISOCENTRE_DEMO": int(demo)}
    os.environ.update({name: str(value) for name, value in given.items() if value})
    os.environ.pop("ISOCENTRE_ZONE", None)
    home: Path = zones.environment("platform").home
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (home / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            typer.echo(f"Isocentre is already running on {home}: stop that one first.", err=True)
            raise typer.Exit(2) from None
        _check_ports()
        _prepare(home)
        announcement = Announcement()
        Supervisor(_children(), announcement.look).run()


def _check_ports() -> None:
    platform, gateway = zones.environment("platform"), zones.environment("gateway")
    wanted = (
        (platform.http_port, "national side", "--http"),
        (gateway.http_port, "hospital side", "--http"),
        (gateway.dicom_port, "scanners", "--dicom"),
    )
    for port, what, option in wanted:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except (OSError, OverflowError):
                typer.echo(f"Port {port} ({what}) cannot be used: choose another with {option}.", err=True)
                raise typer.Exit(2) from None


def _prepare(home: Path) -> None:
    """Homes and keys; then, in each zone, the database and its half of joining."""
    for zone in zones.ZONES:
        for folder in (home / zone, home / zone / "logs"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)
        if not (home / zone / "secret.key").exists():
            write_private(home / zone / "secret.key", secrets.token_urlsafe(50).encode())
    if not make_master_key(home / "gateway"):
        typer.echo("The master key is missing while study keys are here: scans are held until it is back.", err=True)
    running = [(zone, _start_preparing(zone)) for zone in zones.ZONES]
    for zone, process in running:
        _, errors = process.communicate()
        if process.returncode:
            typer.echo(f"The {zone} could not be prepared: {errors.strip()[-2000:]}", err=True)
            raise typer.Exit(1)


def _start_preparing(zone: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        _worker(f"prepare-{zone}"), env=zones.own_environment(zone), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip


def _worker(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "isocentre", "worker", *arguments]


def _children() -> list[Child]:
    commands = [
        ("platform", "web", _web("platform")),
        ("gateway", "web", _web("gateway")),
        ("platform", "worker", _worker("platform")),
        ("gateway", "listener", _worker("dimse-listener")),
        *(("gateway", f"receiver-{n}", _worker("dimse-receiver", "--number", str(n))) for n in range(RECEIVERS)),
        *(("gateway", f"worker-{n}", _worker("gateway", "--number", str(n))) for n in range(GATEWAY_WORKERS)),
    ]
    if zones.environment("gateway").demo:
        commands.append(("gateway", "demo", _worker("demo")))
    return [
        Child(
            name=f"{zone} {name}", command=command,
            environment=zones.own_environment(zone) | {"ISOCENTRE_SUPERVISED": "1"},
            log=zones.environment(zone).zone_home / "logs" / f"{name}.log", once=name == "demo",
        )
        for zone, name, command in commands
    ]  # fmt: skip


def _web(zone: str) -> list[str]:
    # The national side serves images to many; the hospital side serves pages to a few.
    workers = max(2, min(8, (os.cpu_count() or 2) // 2)) if zone == "platform" else 1
    return [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1",
        "--port", str(zones.environment(zone).http_port), "--workers", str(workers),
        "--blocking-threads", str(WEB_THREADS), "--no-ws", "--log-level", "error", "--no-access-log",
        "--respawn-failed-workers", "isocentre.config.wsgi:application",
    ]  # fmt: skip


class Announcement:
    """Says once that both sides answer and, with the demo, once more when it is stored and may be signed in to."""

    def __init__(self) -> None:
        self._demo = zones.environment("gateway").demo
        self._waiting = [("healthz", self._addresses)] + ([("readyz", self._sign_ins)] if self._demo else [])
        self._turns = 0

    def look(self) -> None:
        """One look, every second."""
        self._turns += 1
        if self._waiting and self._turns % 5 == 0 and _answers(self._waiting[0][0]):
            self._waiting.pop(0)[1]()

    def _addresses(self) -> None:
        platform, gateway = zones.environment("platform"), zones.environment("gateway")
        typer.echo("Isocentre is running. Stop it with Ctrl-C.")
        typer.echo(f"  national side  http://127.0.0.1:{platform.http_port}/")
        typer.echo(f"  hospital side  http://127.0.0.1:{gateway.http_port}/")
        typer.echo(f"  scanners send to port {gateway.dicom_port}")
        if self._demo and not (gateway.home / "demo" / "stored").exists():
            typer.echo("The demonstration is being sent through the hospital side ...")

    def _sign_ins(self) -> None:
        port = zones.environment("gateway").dicom_port
        typer.echo("The demonstration is stored; everything in it is made up.")
        typer.echo("Sign in on the start page of either side: twelve people are there as cards.")
        typer.echo(f"Send a scan of your own:\n  storescu -aec DEMO_MR +sd +r 127.0.0.1 {port} FOLDER")


def _answers(path: str) -> bool:
    for zone in zones.ZONES:
        address = f"http://127.0.0.1:{zones.environment(zone).http_port}/{path}"
        try:
            with urllib.request.urlopen(address, timeout=2):
                pass
        except (OSError, urllib.error.HTTPError):
            return False
    return True
