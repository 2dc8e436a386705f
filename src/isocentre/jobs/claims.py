"""Claiming rows: a row's own state is the queue (design §3). One `UPDATE … RETURNING`; SKIP LOCKED on PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import OperationalError, connection, models, transaction
from django.db.models import F, Q
from django.utils import timezone

log = structlog.get_logger()
LEASE = timedelta(seconds=60)
MAX_ATTEMPTS = 8
_began: set[tuple[str, type[models.Model]]] = set()
"""Workers of this process that have looked at a kind of row before."""


def claim(
    queryset: models.QuerySet[Any], *, worker: str, limit: int, lease: timedelta = LEASE,
    read: models.QuerySet[Any] | None = None, takes_over: bool = True,
) -> list[Any]:  # fmt: skip
    """Lease up to `limit` free rows of `queryset` (its order) to `worker` and return them, attempts counted up.

    `read`: the rows with what is wanted beside them, where a plain row is not enough. `takes_over`: False for a
    queryset of rows that nobody ever held, where the rows of a model are claimed by more than one.

    A worker is named NAME-PID. The first time it frees what the one before it of its name held: that one is dead, and
    what it held need not wait for the lease to end. Were it alive after all, work would be done twice, recorded once.
    """
    now = timezone.now()
    model = queryset.model
    if takes_over:
        _take_over(model, worker, now)
    leasable = Q(lease_until=None) | Q(lease_until__lt=now)
    free = queryset.filter(leasable, Q(not_before=None) | Q(not_before__lte=now))
    # Look before taking the write lock: an idle worker must not hold up a receiver (SQLite has one writer).
    if not free.exists():
        return []
    with transaction.atomic():
        if connection.vendor == "postgresql":
            ids = list(free.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True)[:limit])
        else:
            ids = list(free.values_list("pk", flat=True)[:limit])
        if not ids:
            return []
        model.objects.filter(pk__in=ids).update(claimed_by=worker, lease_until=now + lease, attempts=F("attempts") + 1)
    return list((model.objects if read is None else read).filter(pk__in=ids, claimed_by=worker).order_by("pk"))


def untried(queryset: models.QuerySet[Any], *, worker: str, limit: int, **more: Any) -> list[Any]:
    """As `claim`, of rows that nobody has tried yet: together they are a batch."""
    return claim(queryset.filter(attempts=0), worker=worker, limit=limit, takes_over=False, **more)


def tried(queryset: models.QuerySet[Any], *, worker: str, **more: Any) -> Any | None:
    """As `claim`, of the first row that was tried before and failed, or whose worker died; None when none is due.

    By itself, so that whatever it does takes no other row along. Should this try end the worker too, the next one
    waits as after any failure, and nothing is left of why: until then others are taken.
    """
    rows = claim(queryset.filter(attempts__gt=0), worker=worker, limit=1, **more)
    for row in rows:
        mine = queryset.model._default_manager.filter(pk=row.pk, claimed_by=worker)
        mine.update(not_before=timezone.now() + pause(row.attempts), last_error="")
    return rows[0] if rows else None


def _take_over(model: type[models.Model], worker: str, now: datetime) -> None:
    name, _, pid = worker.rpartition("-")
    if not name or not pid.isdigit() or (worker, model) in _began:
        return
    _began.add((worker, model))
    left = model._default_manager.filter(claimed_by__startswith=f"{name}-", lease_until__gte=now)
    left = left.exclude(claimed_by=worker)
    if left.exists():  # looked at first, for the write lock
        left.update(lease_until=None)


def extend(model: type[models.Model], ids: list[int], *, worker: str, lease: timedelta = LEASE) -> int:
    """Heartbeat: move the lease on for rows still held by `worker`; returns how many are."""
    return model._default_manager.filter(pk__in=ids, claimed_by=worker).update(lease_until=timezone.now() + lease)


def release(model: type[models.Model], ids: list[int], *, worker: str, error: str, attempts: int) -> None:
    """Give rows back after a failure, to be tried again after 2, 4, 8 … seconds (at most five minutes)."""
    model._default_manager.filter(pk__in=ids, claimed_by=worker).update(
        claimed_by="", lease_until=None, not_before=timezone.now() + pause(attempts), last_error=error[:300]
    )


def pause(attempts: int) -> timedelta:
    """How long a row waits after so many tries."""
    return timedelta(seconds=min(300, 2 ** min(max(1, attempts), 9)))


@contextmanager
def held(model: type[models.Model], ids: list[int], *, worker: str, lease: timedelta = LEASE) -> Iterator[None]:
    """Keep the lease of these rows moving while the block works, however long one big object takes.

    Without it a send longer than the lease is claimed by a second worker, and its outcome never recorded.
    """
    done = threading.Event()

    def beat() -> None:
        try:
            while not done.wait(lease.total_seconds() / 3):
                try:
                    extend(model, ids, worker=worker, lease=lease)
                except OperationalError as error:  # busy: the next beat is well before the lease ends
                    log.warning("lease_not_extended", error=type(error).__name__)
        finally:
            connection.close()

    thread = threading.Thread(target=beat, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
