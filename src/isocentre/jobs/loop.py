"""The claim loop every worker runs: take a batch, work without a transaction open, record, sleep until woken."""

from __future__ import annotations

import json
import os
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import structlog
from django.db import OperationalError, close_old_connections
from django.db.models import QuerySet

from isocentre.core import points
from isocentre.core.events import EVENTS
from isocentre.jobs import claims, door, wake
from isocentre.jobs.aside import POISON
from isocentre.jobs.models import OutboxRow

log = structlog.get_logger()
EVENTS_AT_ONCE = 500
AGAIN_AT_ONCE = 16
"""Events that failed before, heard again in one turn: what is new waits no longer than they take."""
COALESCE = 0.05
FLOW = 0.2
"""Seconds between two batches while rows keep coming: each batch costs a claim, a request and a commit of its own."""


@dataclass(frozen=True)
class Task:
    """One kind of work: `run(worker) -> rows moved`; `every` seconds between two runs (0: each turn).

    `batch`: rows it takes at most; fewer moved means nothing is left, and what comes next may gather.
    """

    name: str
    run: Callable[[str], int]
    every: float = 0.0
    batch: int = 1


def deliver_events(worker: str) -> int:
    """Deliver waiting outbox rows to their listeners; a row that fails too often is set aside as poison.

    A handler is idempotent and looks at what is there when it is called, so rows that say the same (images of one
    series arriving one by one) are heard once. What was tried before is heard by itself.
    """
    waiting = OutboxRow.objects.filter(state="waiting").order_by("pk")
    rows: list[OutboxRow] = claims.untried(waiting, worker=worker, limit=EVENTS_AT_ONCE)
    alike: dict[tuple[str, str, str], list[OutboxRow]] = defaultdict(list)
    for row in rows:
        alike[row.event, row.listener, json.dumps(row.payload, sort_keys=True)].append(row)
    for same in alike.values():
        _deliver(same, worker)
    return len(rows) + _again(waiting, worker)


def _again(waiting: QuerySet[OutboxRow], worker: str) -> int:
    """Deliver rows that failed before; one at which the worker ended each time is set aside unheard."""
    for number in range(AGAIN_AT_ONCE):
        row = claims.tried(waiting, worker=worker)
        if row is None:
            return number
        if row.attempts > claims.MAX_ATTEMPTS:
            OutboxRow.objects.filter(pk=row.pk, claimed_by=worker).update(state=POISON, attempts=claims.MAX_ATTEMPTS)
        else:
            _deliver([row], worker)
    return AGAIN_AT_ONCE


def _deliver(same: list[OutboxRow], worker: str) -> None:
    row, keys = same[0], [each.pk for each in same]
    handler = door.listeners(row.event).get(row.listener)
    try:
        if handler is not None:
            handler(EVENTS[row.event].of(row.payload))
        points.reach("event.handled")
        OutboxRow.objects.filter(pk__in=keys, claimed_by=worker).delete()
    except Exception as error:  # noqa: BLE001 - recorded on the row, tried again, then set aside
        why = f"{type(error).__name__} in {where(error)}"
        log.warning("event_failed", event_name=row.event, listener=row.listener, error=why)
        attempts = max(each.attempts for each in same)
        if attempts >= claims.MAX_ATTEMPTS:
            OutboxRow.objects.filter(pk__in=keys).update(state=POISON, last_error=why)
        else:
            claims.release(OutboxRow, keys, worker=worker, error=why, attempts=attempts)


def run(name: str, tasks: list[Task], stop: threading.Event) -> None:
    """Run until `stop` is set: each turn every due task; sleep only when nothing moved."""
    worker = f"{name}-{os.getpid()}"
    sleeper = wake.Sleeper(worker)
    last: dict[str, float] = {}
    beaten = 0.0
    try:
        while not stop.is_set():
            moved, full = 0, False
            close_old_connections()
            for task in tasks:
                if task.every and time.monotonic() - last.get(task.name, -1e9) < task.every:
                    continue
                last[task.name] = time.monotonic()
                count = _attempt(task, worker)
                moved, full = moved + count, full or count >= task.batch
            if time.monotonic() - beaten > 5:
                beaten = time.monotonic()
                _attempt(Task("beat", partial(_beat, name, "at work" if moved else "waiting")), worker)
            if not moved:
                sleeper.wait(1.0)
                time.sleep(COALESCE)  # what arrives together is moved together
            elif not full:
                stop.wait(FLOW)
    finally:
        sleeper.close()


def _beat(name: str, doing: str, worker: str) -> int:
    door.beat(name, doing)
    return 0


def _attempt(task: Task, worker: str) -> int:
    try:
        return task.run(worker)
    except OperationalError as error:
        # Locked or unreachable database: nothing was half-done, the next turn tries again.
        log.warning("database_busy", task=task.name, error=type(error).__name__)
    except Exception as error:  # noqa: BLE001 - one failing task must not stop the worker; it is logged and counted
        log.error("task_failed", task=task.name, error=type(error).__name__, where=where(error))
    time.sleep(0.2)
    return 0


def where(error: BaseException) -> str:
    """File and line of the error, never its text: texts may hold values."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "" if trace is None else f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}"
