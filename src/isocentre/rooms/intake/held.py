"""Held scans by cause: the counts, and the scans of one cause, as the page of held scans shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, QuerySet

from isocentre.core.actor import Actor
from isocentre.rooms.intake import viewing
from isocentre.rooms.intake.models import Disposition, LedgerRow
from isocentre.rooms.intake.reconciling import ANY_DAY, Days, arrived
from isocentre.rooms.intake.scans import Name, named, representatives

PAGE = 200
"""Scans counted by one statement."""


@dataclass(frozen=True, slots=True)
class HeldCause:
    """One cause: how many scans and images are held for it, and since when the oldest is."""

    cause: str
    scans: int
    images: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class HeldScan:
    """Images of one scan held for one cause; `words` is the reason of one of them."""

    row: LedgerRow
    images: int
    since: datetime | None


def _held(by: Actor) -> QuerySet[LedgerRow]:
    return viewing.visible(by).filter(disposition=Disposition.HELD)


def held_by_cause(*, by: Actor) -> list[HeldCause]:
    """Every cause something is held for, the oldest first."""
    grouped: dict[str, HeldCause] = {}
    scans = _held(by).values("cause", "research_study", "study_uid")
    for one in scans.annotate(n=Count("pk"), oldest=Min("decided_at")).order_by():
        known = grouped.get(one["cause"], HeldCause(one["cause"], 0, 0, None))
        moments = [m for m in (known.oldest, one["oldest"]) if m is not None]
        oldest = min(moments, default=None)
        grouped[one["cause"]] = HeldCause(one["cause"], known.scans + 1, known.images + one["n"], oldest)
    return sorted(grouped.values(), key=lambda c: (c.oldest is None, c.oldest.timestamp() if c.oldest else 0, c.cause))


def held_scans(*, by: Actor, cause: str, research_study: str = "", of: Days = ANY_DAY) -> QuerySet[LedgerRow]:
    """One row a scan held for this cause, perhaps of one research study, of images that arrived on these days."""
    rows = arrived(_held(by).filter(cause=cause), of)
    return representatives(rows.filter(research_study=research_study) if research_study else rows)


def counted(*, by: Actor, cause: str, rows: list[LedgerRow]) -> dict[Name, HeldScan]:
    """Images held and since when, of the scans these rows stand for."""
    by_name = {(r.research_study, r.study_uid): r for r in rows}
    wanted = _held(by).filter(named(by_name), cause=cause).order_by()
    grouped = wanted.values("research_study", "study_uid").annotate(n=Count("pk"), since=Min("decided_at"))
    return {
        (one["research_study"], one["study_uid"]): HeldScan(
            by_name[one["research_study"], one["study_uid"]], one["n"], one["since"]
        )
        for one in grouped
        if (one["research_study"], one["study_uid"]) in by_name
    }


def counted_whole(*, by: Actor, cause: str, keys: Sequence[int]) -> tuple[int, int]:
    """How many scans and images are held for this cause, of the scans these rows stand for."""
    scans = images = 0
    for at in range(0, len(keys), PAGE):
        rows = list(held_scans(by=by, cause=cause).filter(pk__in=keys[at : at + PAGE]))
        scans += len(rows)
        images += sum(one.images for one in counted(by=by, cause=cause, rows=rows).values())
    return scans, images
