"""`isocentre worker NAME`: one process of a side; `side` forks these, and each can be run by itself."""

from __future__ import annotations

import contextlib
import signal
import threading
from typing import Annotated

import typer

from isocentre.cli import prepare
from isocentre.cli import zone as zones

NAMES = (
    "dimse-listener", "dimse-receiver", "hl7-listener", "gateway", "platform", "demo", "prepare-gateway",
    "prepare-platform",
)  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("worker", hidden=True)(worker)


def worker(
    name: Annotated[str, typer.Argument(help="one of " + ", ".join(NAMES))],
    number: Annotated[int, typer.Option(help="which of several")] = 0,
    alone: Annotated[bool, typer.Option("--alone", help="the other side is not of this data folder")] = False,
) -> None:
    """Run one process of a zone until it is told to stop."""
    if name not in NAMES:
        raise typer.BadParameter("one of " + ", ".join(NAMES))
    if name.startswith("prepare-"):
        prepare.prepare(name.removeprefix("prepare-"), alone=alone)
        return
    zones.use("platform" if name == "platform" else "gateway")
    run(name, number)


def run(name: str, number: int = 0) -> None:
    """The work of a process whose zone is loaded, until it is told to stop."""
    wiring = zones.config("wiring")
    zones.config("logs").configure()
    zones.config("kill_points").install()
    stop = threading.Event()
    for number_of_signal in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number_of_signal, lambda *_: stop.set())
    wiring.wire()
    if name.startswith("dimse"):
        shown = "listener" if name == "dimse-listener" else f"receiver {number}"
        opened: dict[str, int] | None = {} if name == "dimse-listener" else None
        threading.Thread(target=_beat, args=(shown, stop, opened), name="beat", daemon=True).start()
        _dimse(name, stop, opened)
    elif name == "hl7-listener":
        threading.Thread(target=_beat, args=("HL7 listener", stop, None), name="beat", daemon=True).start()
        _hl7(stop)
    elif name == "demo":
        from isocentre.cli import demo

        demo.run()
    else:
        from isocentre.jobs import loop

        tasks = wiring.platform_tasks() if name == "platform" else wiring.gateway_tasks(number)
        loop.run(f"{name} worker {number}", tasks, stop)


def _dimse(name: str, stop: threading.Event, opened: dict[str, int] | None) -> None:
    env = zones.environment("gateway")
    control = env.zone_home / "dimse.sock"
    if name == "dimse-listener":
        from isocentre.adapters.dimse.listener import run_listener

        host = "127.0.0.1" if env.demo else "0.0.0.0"  # noqa: S104 - scanners must reach it; the demo stays local

        def told(now: dict[str, int]) -> None:
            if opened is not None:
                opened.update(dict.fromkeys(opened, 0) | now)

        run_listener(host, env.dicom_port, control, stop, told=told)
        return
    from isocentre.adapters.dimse.receiver import run_receiver
    from isocentre.rooms.intake.door import Intake

    run_receiver(control, Intake(), stop)


def _hl7(stop: threading.Event) -> None:
    from isocentre.adapters.hl7.listener import Certificates, Listener
    from isocentre.rooms.intake.door import Hearing

    hl7 = zones.environment("gateway").hl7
    if hl7 is None:
        raise ValueError("ISOCENTRE_HL7_PORT is not set: no HL7 messages are listened for")
    certificates = Certificates(*hl7.tls) if hl7.tls is not None else None
    Listener(Hearing(), hl7.allowed, certificates).run(hl7.host, hl7.port, stop)


def _beat(name: str, stop: threading.Event, opened: dict[str, int] | None) -> None:
    """Say every few seconds that this process lives, and which senders are connected.

    The claim loop of the others does it itself.
    """
    from django.db import DatabaseError, close_old_connections

    from isocentre.jobs import door as jobs
    from isocentre.rooms.intake import door as intake

    while not stop.wait(5):
        close_old_connections()
        with contextlib.suppress(DatabaseError):  # a busy database is told of by those who need it
            jobs.beat(name, "at work")
            if opened is not None:
                intake.connections.tell(opened.copy())
