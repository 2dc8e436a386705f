"""Counts of what a machine does again and again, each written as one audit row once it pauses (design §6.11).

A C-STORE association hands over one image a commit: a row for each would bury what people did. The count commits with
what it counts, so no crash loses or doubles one; the row tells how many, from when to when.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from isocentre.audit.models import AuditRow, Counted
from isocentre.audit.rows import insert, many
from isocentre.core.actor import Actor

QUIET = timedelta(seconds=30)
LONGEST = timedelta(minutes=10)
"""A count becomes a row when nothing was added for so long, or it was open for so long."""

_TABLE = Counted._meta.db_table
_COLUMNS = "key, actor_kind, actor, role, action, object_type, object_id, detail, counts, number, first_at, last_at"
_ADD = (
    f"INSERT INTO {_TABLE} ({_COLUMNS}) VALUES ({', '.join(['%s'] * 12)}) "  # noqa: S608 - our own table's name
    f"ON CONFLICT (key) DO UPDATE SET number = {_TABLE}.number + excluded.number, last_at = excluded.last_at"
)


def add(*, by: Actor, things: Iterable[tuple[str, str, str, dict[str, str], int]], counts: str, now: datetime) -> None:
    """Add (action, object type, object id, detail, how many) to what is counted, in the caller's transaction."""
    moment = connection.ops.adapt_datetimefield_value(now)
    rows = []
    for action, kind, name, detail, number in things:
        said = json.dumps(detail, sort_keys=True)
        same = json.dumps([by.kind, by.name, by.role, action, kind, name, said, counts])
        key = hashlib.sha256(same.encode()).hexdigest()
        rows.append((key, by.kind, by.name, by.role, action, kind, name, said, counts, number, moment, moment))
    many(_ADD, sorted(rows))  # in one order: two processes that add to the same counts never wait for each other


def write(now: datetime | None = None) -> int:
    """Write what paused, or was counted long enough, as audit rows; returns how many.

    A clock that was set back holds none up.
    """
    now = now or timezone.now()
    paused = Q(last_at__lt=now - QUIET) | Q(last_at__gt=now + QUIET)
    due = Counted.objects.filter(paused | Q(first_at__lt=now - LONGEST))
    with transaction.atomic():
        rows = list(due.select_for_update().order_by("first_at", "pk"))
        Counted.objects.filter(pk__in=[row.pk for row in rows]).delete()
        insert(_row(row, now) for row in rows)
    return len(rows)


def _row(one: Counted, now: datetime) -> AuditRow:
    span = {one.counts: one.number, "from": _moment(one.first_at), "to": _moment(one.last_at)}
    return AuditRow(
        at=now, actor_kind=one.actor_kind, actor=one.actor, role=one.role, action=one.action,
        object_type=one.object_type, object_id=one.object_id, detail={**one.detail, **span},
    )  # fmt: skip


def _moment(at: datetime) -> str:
    return timezone.localtime(at).isoformat(timespec="seconds")
