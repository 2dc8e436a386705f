"""Which senders are connected now: told by the listener every few seconds, read by the page of senders."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db.models import Sum
from django.utils import timezone

from isocentre.core.ports import TOO_MANY
from isocentre.jobs import door as jobs
from isocentre.rooms.intake.models import Refusal

FRESH = timedelta(seconds=30)
"""Older than that the listener is not at work, and nobody knows."""
NAME = "associations"


def tell(opened: Mapping[str, int]) -> None:
    """Remember how many associations each sender has open."""
    jobs.remember(NAME, {"at": timezone.now().isoformat(), "open": {name: n for name, n in opened.items() if n}})


def opened() -> dict[str, int] | None:
    """Open associations by the sender's name; None when that is not known now."""
    told = jobs.recall(NAME)
    if not told or timezone.now() - datetime.fromisoformat(told["at"]) > FRESH:
        return None
    return {str(name): int(n) for name, n in told["open"].items()}


def refused() -> dict[str, int]:
    """How often each sender was refused because all its associations were in use."""
    rows = Refusal.objects.filter(cause=TOO_MANY).values("peer").annotate(n=Sum("objects_refused"))
    return {row["peer"]: row["n"] for row in rows.order_by()}
