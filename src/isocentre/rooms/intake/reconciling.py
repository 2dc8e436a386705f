"""What became of the images that arrived on some days: by day and research study, and why those held are held."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Min, Q, QuerySet, Sum
from django.utils import timezone

from isocentre.core.actor import Actor
from isocentre.rooms.intake import viewing
from isocentre.rooms.intake.models import Disposition, LedgerRow

PARTS = (
    ("sent_on", "Sent on"), ("held", "Held"), ("left_out", "Left out"), ("rejected", "Rejected"),
    ("opted_out", "Opted out"), ("pending", "On its way"),
)  # fmt: skip
STORED = Q(disposition=Disposition.SENT_ON, sent_at__isnull=False) & ~Q(sent_sha256="")
"""Sent on, and the national side answered that it stored what was sent: when, and which bytes."""


@dataclass(frozen=True, slots=True)
class Days:
    """The arrival days asked for, both counted in (None: no bound), and perhaps one research study."""

    first: date | None = None
    last: date | None = None
    research_study: str = ""


ANY_DAY = Days()


def days_of(chosen: Mapping[str, str]) -> Days:
    """The days that filters called `from`, `to` and `research_study` ask for."""
    first, last = (date.fromisoformat(chosen[name]) if chosen[name] else None for name in ("from", "to"))
    return Days(first, last, chosen["research_study"])


@dataclass(frozen=True, slots=True)
class HeldFor:
    """Images of one research study held for one cause: how many, of how many scans, since which arrival day."""

    cause: str
    research_study: str
    images: int
    scans: int
    oldest: date


def since_yesterday() -> Days:
    """Yesterday and today, as a hospital in London counts days."""
    today = timezone.localdate()
    return Days(today - timedelta(1), today)


def by_day(by: Actor, days: Days) -> list[dict[str, Any]]:
    """One row an arrival day and research study: received, each state, stored nationally, sent again."""
    counted: Iterable[Any] = _rows(by, days).order_by().values("first_day", "research_study").annotate(
        received=Count("pk"), stored=Count("pk", filter=STORED), again=Sum("duplicates"),
        **{f"n_{key}": Count("pk", filter=Q(disposition=key)) for key, _ in PARTS},
    )  # fmt: skip
    return [
        {
            "day": row["first_day"], "slug": row["research_study"], "received": row["received"],
            "stored": row["stored"], "duplicates": row["again"], **{key: row[f"n_{key}"] for key, _ in PARTS},
        }
        for row in counted
    ]  # fmt: skip


def held_for(by: Actor, days: Days) -> list[HeldFor]:
    """Why images of these days are held, the cause of most images first."""
    held = _rows(by, days).filter(disposition=Disposition.HELD).order_by().values("cause", "research_study")
    found = held.annotate(n=Count("pk"), scans=Count("study_uid", distinct=True), oldest=Min("first_day"))
    listed = [HeldFor(one["cause"], one["research_study"], one["n"], one["scans"], one["oldest"]) for one in found]
    return sorted(listed, key=lambda one: (-one.images, one.cause, one.research_study))


def totals(rows: list[dict[str, Any]]) -> dict[str, int]:
    """The rows added up."""
    return {key: sum(row[key] for row in rows) for key in ("received", "stored", "duplicates", *dict(PARTS))}


def balances(counts: dict[str, Any]) -> bool:
    """Whether every image received is in exactly one state."""
    return bool(counts["received"] == sum(counts[key] for key, _ in PARTS))


def _rows(by: Actor, days: Days) -> QuerySet[LedgerRow]:
    return arrived(viewing.visible(by), days)


def arrived(rows: QuerySet[LedgerRow], days: Days) -> QuerySet[LedgerRow]:
    """Of these rows, those whose image first arrived on these days, for this research study."""
    if days.first:
        rows = rows.filter(first_day__gte=days.first)
    if days.last:
        rows = rows.filter(first_day__lte=days.last)
    return rows.filter(research_study=days.research_study) if days.research_study else rows
