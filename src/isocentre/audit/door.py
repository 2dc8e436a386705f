"""What others may ask of the audit trail: record a row inside their own transaction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from isocentre.audit.models import AuditRow
from isocentre.core.actor import Actor


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
    AuditRow.objects.bulk_create(
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
