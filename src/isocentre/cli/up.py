"""`isocentre up`: both sides on one machine, supervised; children die with it, and a lock keeps a second one out."""

from __future__ import annotations

import ctypes
import fcntl
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Annotated, Any

import typer

from isocentre.adapters.vault.local import make_master_key, write_private
from isocentre.cli import zone as zones

RECEIVERS = GATEWAY_WORKERS = 2
STOP_SECONDS = 20.0
PR_SET_PDEATHSIG = 1


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(up)


@dataclass
class Child:
    """One supervised process: its command, zone, and when it may be started again after a death."""

    name: str
    zone: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    deaths: int = 0
    again_at: float = 0.0
    once: bool = False
    environment: dict[str, str] = field(default_factory=dict)


def up(
    demo: Annotated[bool, typer.Option("--demo", help="fill it with made-up people and scans")] = False,
    http: Annotated[int, typer.Option("--http", help="port of the national side; the hospital side has the next")] = 0,
    dicom: Annotated[int, typer.Option("--dicom", help="port that scanners send to")] = 0,
) -> None:
    """Start the national side and the hospital side, and keep them running until Ctrl-C."""
    if http:
        os.environ["ISOCENTRE_HTTP_PORT"] = str(http)
    if dicom:
        os.environ["ISOCENTRE_DICOM_PORT"] = str(dicom)
    if demo:
        os.environ["ISOCENTRE_DEMO"] = "1"
    os.environ.pop("ISOCENTRE_ZONE", None)
    home = zones.environment().home
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (home / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            typer.echo(f"Isocentre is already running on {home}: stop that one first.", err=True)
            raise typer.Exit(2) from None
        _check_ports()
        _prepare(home)
        Supervisor(demo=demo).run()


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
            except OSError:
                typer.echo(f"Port {port} ({what}) is in use: choose another with {option}.", err=True)
                raise typer.Exit(2) from None


def _prepare(home: Path) -> None:
    """Homes, keys, databases; then the gateway of this machine joins its national side."""
    for zone in zones.ZONES:
        folder = home / zone
        (folder / "logs").mkdir(mode=0o700, parents=True, exist_ok=True)
        if not (folder / "secret.key").exists():
            write_private(folder / "secret.key", secrets.token_urlsafe(50).encode())
    make_master_key(home / "gateway")
    for zone in zones.ZONES:
        _run(zone, [sys.executable, "-m", "django", "migrate", "--verbosity", "0"])
        _run(zone, [sys.executable, "-m", "isocentre", "worker", "prepare-" + zone])


def _run(zone: str, command: list[str]) -> None:
    done = subprocess.run(command, env=zone_environment(zone), capture_output=True, text=True, check=False)
    if done.returncode:
        typer.echo(f"Could not prepare the {zone}:\n{done.stderr[-2000:]}", err=True)
        raise typer.Exit(1)


def zone_environment(zone: str) -> dict[str, str]:
    """The environment of one zone's processes; a PostgreSQL URL becomes one database a zone."""
    env = {**os.environ, "ISOCENTRE_ZONE": zone, "DJANGO_SETTINGS_MODULE": f"isocentre.config.settings.{zone}"}
    url = env.get("ISOCENTRE_DATABASE_URL", "")
    if url.startswith("postgres"):
        base, _, query = url.partition("?")
        env["ISOCENTRE_DATABASE_URL"] = f"{base}_{zone}" + (f"?{query}" if query else "")
    return env


class Supervisor:
    """Starts children, restarts the dead with growing pauses, stops them all in order."""

    def __init__(self, *, demo: bool) -> None:
        self._stopping = False
        self._demo = demo
        self._logs: list[IO[bytes]] = []
        self.children = list(_children(demo))

    def run(self) -> None:
        """Supervise until SIGTERM or SIGINT."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        announced = False
        for child in self.children:
            self._start(child)
        while not self._stopping:
            time.sleep(0.2)
            self._look()
            if not announced and _ready(self._demo):
                announced = True
                _announce(self._demo)
        self._end()

    def _stop(self, *_: Any) -> None:
        self._stopping = True

    def _start(self, child: Child) -> None:
        path = zones.environment(child.zone).zone_home / "logs" / f"{child.name}.log"
        log = path.open("ab")
        self._logs.append(log)
        child.process = subprocess.Popen(
            child.command, env={**zone_environment(child.zone), **child.environment}, stdout=log, stderr=log,
            preexec_fn=_die_with_parent, start_new_session=False,
        )  # fmt: skip
        child.started = time.monotonic()

    def _look(self) -> None:
        now = time.monotonic()
        for child in self.children:
            if child.process is None:
                if not child.once and now >= child.again_at:
                    self._start(child)
            elif child.process.poll() is not None:
                child.deaths = 0 if now - child.started > 60 else child.deaths + 1
                child.again_at = now + min(30.0, 0.2 * 2**child.deaths)
                child.process = None

    def _end(self) -> None:
        running = [c for c in self.children if c.process is not None]
        for child in running:
            child.process.send_signal(signal.SIGTERM)  # type: ignore[union-attr]  # running children have one
        deadline = time.monotonic() + STOP_SECONDS
        for child in running:
            try:
                child.process.wait(max(0.1, deadline - time.monotonic()))  # type: ignore[union-attr]  # see above
            except subprocess.TimeoutExpired:
                child.process.kill()  # type: ignore[union-attr]  # see above
        for log in self._logs:
            log.close()


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _children(demo: bool) -> list[Child]:
    worker = [sys.executable, "-m", "isocentre", "worker"]
    children = [
        Child("web", "platform", _web("platform")),
        Child("web", "gateway", _web("gateway")),
        Child("dimse-listener", "gateway", [*worker, "dimse-listener"]),
        Child("worker", "platform", [*worker, "platform"]),
    ]
    children += [Child(f"receiver-{n}", "gateway", [*worker, "dimse-receiver"]) for n in range(RECEIVERS)]
    children += [
        Child(f"worker-{n}", "gateway", [*worker, "gateway", "--number", str(n)]) for n in range(GATEWAY_WORKERS)
    ]
    if demo:
        children.append(Child("demo", "gateway", [*worker, "demo"], once=True))
    return children


def _web(zone: str) -> list[str]:
    env = zones.environment(zone)
    workers = "2" if zone == "platform" else "1"
    return [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(env.http_port),
        "--workers", workers, "--blocking-threads", "4", "--no-ws", "--log-level", "warning",
        "--respawn-failed-workers",
        "isocentre.config.wsgi:application",
    ]  # fmt: skip


def _ready(demo: bool) -> bool:
    for zone in zones.ZONES:
        address = f"http://127.0.0.1:{zones.environment(zone).http_port}/{'readyz' if demo else 'healthz'}"
        try:
            with urllib.request.urlopen(address, timeout=2) as answer:
                if answer.status != 200:
                    return False
        except OSError:
            return False
    return True


def _announce(demo: bool) -> None:
    platform, gateway = zones.environment("platform"), zones.environment("gateway")
    typer.echo(f"\nIsocentre is ready: http://127.0.0.1:{platform.http_port}/")
    typer.echo(f"  national side  http://127.0.0.1:{platform.http_port}/")
    typer.echo(f"  hospital side  http://127.0.0.1:{gateway.http_port}/")
    if demo:
        typer.echo("Everything in it is made up. Sign in as one of twelve people: their cards are on the start pages.")
        typer.echo("Send a scan of your own:")
        typer.echo(f"  storescu -aec DEMO_MR +sd +r 127.0.0.1 {gateway.dicom_port} FOLDER")
    typer.echo("Stop with Ctrl-C.")
