"""The turns of fetching: each question and each series in a thread, for a PACS may take minutes to answer."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import structlog
from django.db import connection

from isocentre.core.ports import PacsAway
from isocentre.jobs.models import Claimable
from isocentre.rooms.intake.identities import still_same
from isocentre.rooms.intake.pull import asking, fetching
from isocentre.rooms.intake.pull.ports import ports
from isocentre.rooms.intake.pull.rows import PacsNode
from isocentre.rooms.intake.pull.telling import WAYS

log = structlog.get_logger()
KINDS: tuple[tuple[Callable[[str], Claimable | None], Callable[[Any, str], None]], ...] = (
    (asking.take, asking.ask), (fetching.take, fetching.fetch), (still_same.take, still_same.ask),
)  # fmt: skip


def turn(worker: str) -> int:
    """Begin whatever may begin now, and come back at once; returns how much was begun.

    Each thread goes on with the next of its kind while there is one: so many as the PACS may be asked at once are at
    work. A thread that ends with its process leaves its row claimed: whoever comes after takes it over.
    """
    begun = 0
    for take, work in KINDS:
        while (row := take(worker)) is not None:
            threading.Thread(target=_apart, args=(take, work, row, worker), name="pull", daemon=True).start()
            begun += 1
    return begun


def by_itself(worker: str) -> int:
    """One thing of each kind, done before it comes back; returns how many."""
    done = 0
    for take, work in KINDS:
        if (row := take(worker)) is not None:
            work(row, worker)
            done += 1
    return done


def answering() -> list[tuple[str, str, str]]:
    """Each PACS by name, by which way we fetch, and why it does not answer or offer that; empty words where it does."""
    told = []
    for node in PacsNode.objects.order_by("name"):
        try:
            ports().open_pacs(node).echo()
        except PacsAway as away:
            told.append((node.name, WAYS[node.way], away.words))
        else:
            told.append((node.name, WAYS[node.way], ""))
    return told


def _apart(take: Callable[[str], Any], work: Callable[[Any, str], None], row: Any, worker: str) -> None:
    try:
        while row is not None:
            work(row, worker)
            row = take(worker)
    except Exception as error:  # noqa: BLE001 - told in the log; the row is taken again when its lease ends
        log.error("pull_failed", phase="pull", error=type(error).__name__)
    finally:
        connection.close()
