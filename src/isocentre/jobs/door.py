"""What others may ask of `jobs`: publish events, read beats and settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.utils import timezone

from isocentre.audit.rows import insert
from isocentre.core.events import Event
from isocentre.jobs import measured, wake
from isocentre.jobs.models import Beat, OutboxRow, Setting

WRITES = "writes "
"""Before the name of a process: what it told of its write transactions."""
Handler = Callable[[Event], None]
_listeners: dict[str, dict[str, Handler]] = {}


def listen(event: type[Event], name: str, handler: Handler) -> None:
    """Register an idempotent handler; called by `config/wiring.py` only."""
    _listeners.setdefault(event.name, {})[name] = handler


def listeners(event_name: str) -> dict[str, Handler]:
    """Handlers of an event by listener name."""
    return _listeners.get(event_name, {})


def publish(event: Event) -> None:
    """Write the event to the outbox, one row a listener, in the caller's transaction; wakes workers after commit."""
    names = listeners(event.name)
    if not names:
        return
    insert(OutboxRow(event=event.name, payload=event.payload(), listener=name) for name in names)
    transaction.on_commit(wake.wake)


def beat(process: str, doing: str = "") -> None:
    """A process says it is alive, and how long its write transactions were."""
    with transaction.atomic():
        Beat.objects.update_or_create(process=process, defaults={"at": timezone.now(), "doing": doing})
        remember(f"{WRITES}{process}", measured.told())


def write_times() -> dict[str, dict[str, Any]]:
    """What processes told with their last beat of their write transactions, by process (`measured.told`)."""
    alive = {f"{WRITES}{one}": one for one in Beat.objects.values_list("process", flat=True)}
    rows = Setting.objects.filter(name__in=sorted(alive)).values_list("name", "value")
    return {alive[name]: value for name, value in rows}


def remember(name: str, value: Any) -> None:
    """Keep a named value between processes."""
    Setting.objects.update_or_create(name=name, defaults={"value": value})


def recall(name: str, default: Any = None) -> Any:
    """A remembered value, or the default."""
    row = Setting.objects.filter(name=name).first()
    return default if row is None else row.value


def backlog() -> dict[str, int]:
    """Waiting and poisoned outbox rows."""
    return {
        "events_waiting": OutboxRow.objects.filter(state="waiting").count(),
        "events_set_aside": OutboxRow.objects.filter(state="poison").count(),
    }
