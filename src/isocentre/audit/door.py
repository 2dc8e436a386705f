"""What others may ask of the audit trail: record a row in their own transaction, record a look, read, seal, verify."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from isocentre.audit import counted
from isocentre.audit.counted import write as write_counted
from isocentre.audit.models import AuditRow
from isocentre.audit.past import past
from isocentre.audit.rows import insert
from isocentre.audit.sealer import accept_restored, seal
from isocentre.audit.verify import Finding, Report, verify
from isocentre.audit.words import describe
from isocentre.core.actor import Actor

__all__ = [
    "Entry",
    "Finding",
    "Report",
    "accept_restored",
    "describe",
    "history",
    "past",
    "record",
    "record_counted",
    "record_read",
    "seal",
    "verify",
    "write_counted",
]
MOST_LOOKS = 10_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing done. `detail` holds plain values, never an identifier of a patient on the national side."""

    action: str
    object_type: str
    object_id: str
    detail: dict[str, Any] = field(default_factory=dict)
    reason: str = ""


def record(*, by: Actor, entries: Iterable[Entry]) -> None:
    """Write audit rows, unsealed, in the caller's transaction; an actor without a name is refused."""
    if not by.name:
        raise ValueError("an audit row needs a named actor")
    now = timezone.now()
    insert(
        AuditRow(
            at=now,
            actor_kind=by.kind,
            actor=by.name,
            role=by.role,
            action=entry.action,
            object_type=entry.object_type,
            object_id=entry.object_id,
            detail=entry.detail,
            reason=entry.reason,
        )
        for entry in entries
    )


def record_counted(*, by: Actor, entries: Iterable[tuple[Entry, int]], counts: str = "images") -> None:
    """Count what a machine does image by image, in the caller's transaction: (entry, how many).

    The same entry by the same actor becomes one row once it pauses for half a minute, or after ten (`counted.py`).
    """
    if not by.name:
        raise ValueError("an audit row needs a named actor")
    things = ((e.action, e.object_type, e.object_id, e.detail, number) for e, number in entries)
    counted.add(by=by, things=things, counts=counts, now=timezone.now())


_looks: set[tuple[str, ...]] = set()
_looks_minute = 0
_looks_lock = threading.Lock()


def record_read(*, by: Actor, action: str, object_type: str, object_id: str, **detail: Any) -> None:
    """Write that somebody looked at something: one row a request, or a minute where one actor asks again and again.

    A viewer fetches the frames of one scan by hundreds of requests, a download its objects by thousands: the first
    of the same actor, role, action and object in a minute is written (before anything is sent, so call this first),
    the others are not. Another object, or another form (a page, a file), is always another row: nobody looks unseen.
    """
    key = (by.kind, by.name, by.role, action, object_type, object_id, str(detail.get("form", "")))
    if _looked(key):
        return
    record(by=by, entries=[Entry(action, object_type, object_id, detail)])
    with _looks_lock:
        if len(_looks) < MOST_LOOKS:
            _looks.add(key)


def _looked(key: tuple[str, ...]) -> bool:
    """True when this look was written in this minute, by this process."""
    global _looks_minute
    minute = int(time.monotonic() // 60)
    with _looks_lock:
        if minute != _looks_minute:
            _looks.clear()
            _looks_minute = minute
        return key in _looks


def history(*, object_type: str, object_id: str, most: int = 50) -> list[AuditRow]:
    """The newest rows about one object, for whoever works with them; a page shows `past`."""
    return list(AuditRow.objects.filter(object_type=object_type, object_id=object_id).order_by("-at", "-id")[:most])
