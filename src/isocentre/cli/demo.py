"""The demo's process on the hospital side: accept, enrol, send by C-STORE, wait until everything is stored."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path

import structlog

from isocentre.cli import zone as zones

log = structlog.get_logger()
PATIENCE = 600.0


def run() -> None:
    """Fill the demo once; a demo that is already stored is left as it is."""
    from django.utils import timezone

    from isocentre.adapters.dimse import client
    from isocentre.desk.demo import gateway
    from isocentre.jobs import door as jobs
    from isocentre.rooms.intake import door as intake

    env = zones.environment("gateway")
    port = env.dicom_port
    if jobs.recall("demo", {}).get("stored"):
        return
    jobs.remember("demo", {"stored": False, "phase": "proposals"})
    _until(_fetched)
    gateway.prepare(timezone.localdate())
    jobs.remember("demo", {"stored": False, "phase": "sending"})

    def send(calling: str, called: str, files: Iterable[Path]) -> list[tuple[Path, int]]:
        return client.send("127.0.0.1", port, called, calling, files)

    _until(lambda: client.echo("127.0.0.1", port, "ISOCENTRE", "DEMO_SEND") == 0)
    refused = gateway.send_all(timezone.localdate(), send)
    jobs.remember("demo", {"stored": False, "phase": "sent on", "refused": refused})
    _until(lambda: not any(row["pending"] for row in intake.totals().values()))
    folder = env.home / "demo"
    folder.mkdir(mode=0o700, exist_ok=True)
    (folder / "stored").touch()  # the national side's worker looks for it: the two zones share no database
    jobs.remember("demo", {"stored": True, "refused": refused})
    log.info("demo_stored", refused=refused)


def _fetched() -> bool:
    from isocentre.desk.demo import plan
    from isocentre.rooms.deid import door as deid
    from isocentre.rooms.intake import door as intake

    deid.fetch_proposals()
    return all(intake.study(terms.slug) is not None for terms in plan.STUDIES)


def _until(done: Callable[[], bool]) -> None:
    """Try until it holds; the other processes are still starting."""
    limit = time.monotonic() + PATIENCE
    while time.monotonic() < limit:
        try:
            if done():
                return
        except OSError:
            log.info("demo_waits")
        time.sleep(0.5)
    raise SystemExit("The demo did not finish: look at the logs of the other processes.")
