"""Who may ask a PACS now: never more requests at once than its manager allows, over all processes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils import timezone

from isocentre.core.pull.limits import next_request
from isocentre.jobs import claims
from isocentre.rooms.intake.pull.rows import PacsNode, PullLine, PullSeries


def open_requests(pacs: PacsNode, now: datetime) -> int:
    """Requests to this PACS that are open: lines it is asked about and series it is sending."""
    return sum(
        kind._default_manager.filter(pull__pacs=pacs, lease_until__gt=now).count() for kind in (PullLine, PullSeries)
    )


def take(rows: QuerySet[Any], pacs_id: int, *, worker: str, images: bool = False) -> Any | None:
    """Claim the first of `rows`, all of one PACS, where it may be asked one thing more; None where not.

    `images`: it is asked to send, which it is only in its hours and at its rate. The PACS's own row is locked
    meanwhile, so that two workers never both take the last place.
    """
    now = timezone.now()
    with transaction.atomic():
        pacs = PacsNode.objects.select_for_update().get(pk=pacs_id)
        if pacs.paused or open_requests(pacs, now) >= pacs.at_once:
            return None
        if images and not (pacs.limits.open_at(now) and (pacs.next_request is None or pacs.next_request <= now)):
            return None
        found = claims.claim(rows, worker=worker, limit=1)
        if not found:
            return None
        if images:
            PacsNode.objects.filter(pk=pacs_id).update(
                next_request=next_request(pacs.limits, now, found[0].expected or 1)
            )
    return found[0]


def let_go(row: Model, worker: str, **fields: Any) -> bool:
    """Record what became of a claimed row, once: False where another worker has it by now."""
    mine = type(row)._default_manager.filter(pk=row.pk, claimed_by=worker)
    return bool(mine.update(claimed_by="", lease_until=None, last_error="", **fields))
