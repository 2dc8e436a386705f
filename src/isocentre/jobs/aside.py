"""Events set aside because what should happen on them failed too often: seen by people, tried again, or dropped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet

from isocentre.audit import door as audit
from isocentre.core.actor import Actor
from isocentre.core.checks import Checks
from isocentre.jobs import claims, wake
from isocentre.jobs.models import OutboxRow

PERMISSION = "events_act"
POISON = "poison"


def rows() -> QuerySet[OutboxRow]:
    """Every event that is set aside. What it is about is not for a page: it may name a scan beside a clock."""
    return OutboxRow.objects.filter(state=POISON)


def tried_at(row: OutboxRow) -> datetime | None:
    """When it was tried last: its lease began then."""
    return row.lease_until - claims.LEASE if row.lease_until else None


def retry(*, by: Actor, ids: Sequence[int]) -> int:
    """Try these again, as if for the first time; returns how many."""
    _require(by)
    with transaction.atomic():
        fresh = {"state": "waiting", "attempts": 0, "claimed_by": "", "lease_until": None, "not_before": None}
        moved = rows().filter(pk__in=ids).update(**fresh, last_error="")
        if moved:
            audit.record(by=by, entries=[audit.Entry("events_retried", "outbox", "set_aside", {"events": moved})])
        transaction.on_commit(wake.wake)
    return moved


def drop(*, by: Actor, ids: Sequence[int], reason: str) -> int:
    """Let these go: what should have happened on them does not. Returns how many; Unfit without a reason."""
    _require(by)
    checks = Checks()
    checks.filled("reason", reason, "Say why, in a few words", most=300)
    checks.nobody("reason", reason)
    checks.done()
    with transaction.atomic():
        gone = rows().filter(pk__in=ids)
        kinds = sorted(set(gone.values_list("event", flat=True)))
        count, _ = gone.delete()
        if count:
            detail = {"events": count, "kinds": ", ".join(kinds)}
            audit.record(by=by, entries=[audit.Entry("events_dropped", "outbox", "set_aside", detail, reason)])
    return count


def _require(by: Actor) -> None:
    if not by.may(PERMISSION):
        raise PermissionDenied("Your current role does not do this. Choose another role in the header.")
