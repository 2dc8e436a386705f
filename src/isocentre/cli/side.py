"""`isocentre side ZONE`: everything of one side; `up` starts one for each. It loads the side once and forks the rest.

Twelve processes that each import Django and the rooms anew took 590 MB; forked they share what none of them changes.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from isocentre.cli import worker
from isocentre.cli import zone as zones
from isocentre.cli.forks import Fork
from isocentre.cli.heap import keep_blocks
from isocentre.cli.logfiles import Rotation
from isocentre.cli.supervisor import Child, Supervisor

RECEIVERS = GATEWAY_WORKERS = 2
ALL_NEED = (
    "django.core.wsgi",
    "django.db.models.sql.compiler",
    "isocentre.audit.sealer",
    "isocentre.jobs.loop",
    "pydicom.dataset",
)
NEEDED = {
    "gateway": (
        "isocentre.adapters.dicomweb.wall",
        "isocentre.adapters.dimse.client",
        "isocentre.adapters.dimse.listener",
        "isocentre.adapters.dimse.receiver",
        "isocentre.adapters.documents.typesetting",
        "isocentre.adapters.faces",
        "isocentre.adapters.hl7.listener",
        "isocentre.adapters.nhs.optout_file",
        "isocentre.adapters.ocr",
        "isocentre.adapters.vault.named",
        "isocentre.rooms.deid.away",
        "isocentre.rooms.deid.messages",
        "isocentre.rooms.deid.work",
    ),
    "platform": (
        "isocentre.adapters.blobs.disk",
        "isocentre.adapters.blobs.named",
        "isocentre.adapters.documents.typesetting",
        "isocentre.adapters.rendering",
        "isocentre.rooms.archive.upkeep",
        "isocentre.rooms.register.work",
    ),
}
"""What the processes of a zone would import by themselves, beside what its pages import."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("side", hidden=True)(side)


def side(zone: Annotated[str, typer.Argument(help="gateway or platform")]) -> None:
    """Run one side until told to stop."""
    keep_blocks()
    zones.use(zone)
    _load(zone)
    logs = zones.environment(zone).zone_home / "logs"
    works = _works(zone)
    children = [_child(zone, name, work, logs / f"{name}.log") for name, work in works.items()]
    rotation = Rotation(logs / f"{name}.log" for name in works)
    Supervisor(children, [rotation.look]).run()


def _load(zone: str) -> None:
    """Import what the processes need. Nothing is opened or started: a connection or a thread does not cross a fork."""
    from django.conf import settings

    for name in ("wiring", "logs", "kill_points", "serving"):
        zones.config(name)
    named = [name.rpartition(".")[0] for name in (*settings.MIDDLEWARE, *settings.AUTHENTICATION_BACKENDS)]
    for name in (settings.ROOT_URLCONF, settings.SESSION_ENGINE, *named, *ALL_NEED, *NEEDED[zone]):
        import_module(name)
    gc.collect()
    gc.freeze()  # the collector would write into, and so copy, every page


def _works(zone: str) -> dict[str, Callable[[], None]]:
    web = zones.config("serving").main
    if zone == "platform":
        return {"web": web, "worker": partial(worker.run, "platform")}
    works = {"web": web, "listener": partial(worker.run, "dimse-listener")}
    works |= {f"receiver-{n}": partial(worker.run, "dimse-receiver", n) for n in range(RECEIVERS)}
    works |= {f"worker-{n}": partial(worker.run, "gateway", n) for n in range(GATEWAY_WORKERS)}
    if zones.environment(zone).hl7 is not None:
        works["hl7"] = partial(worker.run, "hl7-listener")
    if zones.environment(zone).demo:
        works["demo"] = partial(worker.run, "demo")
    return works


def _child(zone: str, name: str, work: Callable[[], None], log: Path) -> Child:
    def begin() -> None:
        os.environ["ISOCENTRE_LOG"] = str(log)
        work()

    return Child(f"{zone} {name}", partial(Fork, f"iso-{name}", begin, log), str(log), once=name == "demo")
