"""Undoing a person's decision about held scans, and what is settled when that is no longer possible."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from isocentre.audit import door as audit
from isocentre.core.actor import Actor
from isocentre.core.checks import Unfit
from isocentre.rooms.intake import viewing
from isocentre.rooms.intake.decisions import CHUNK
from isocentre.rooms.intake.models import Arrival, Decision, Disposition, LedgerRow
from isocentre.rooms.intake.rerouting import BY_ITSELF

UNDO_FOR = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Undone:
    """Images that are held again as before, and images that had already moved on and stay where they are."""

    images: int
    moved: int


def undoable(*, by: Actor, cause: str = "") -> list[Decision]:
    """Decisions of the last minutes about scans the actor may see, newest first."""
    recent = Decision.objects.filter(at__gte=timezone.now() - UNDO_FOR, undone_at=None).exclude(action__in=BY_ITSELF)
    if cause:
        recent = recent.filter(cause=cause)
    return [one for one in recent.order_by("-at", "-pk")[:20] if _untouched(by, one)]


def undo(*, by: Actor, decision: int) -> Undone:
    """Put back every row the decision moved and nobody has touched since; Unfit when it is too late for all."""
    viewing.require(by, "held_act")
    with transaction.atomic():
        one = Decision.objects.select_for_update().filter(pk=decision).first()
        if one is None or not _rows(by, one).exists():
            raise Unfit({"decision": "There is no such decision."})
        if one.action in BY_ITSELF:
            raise Unfit({"decision": "Scans that went on by themselves are not taken back."})
        if one.undone_at is not None:
            raise Unfit({"decision": "This decision has already been undone."})
        if one.at < timezone.now() - UNDO_FOR:
            minutes = int(UNDO_FOR.total_seconds() // 60)
            raise Unfit({"decision": f"More than {minutes} minutes have passed. Decide again on the scan's page."})
        back = sum(_restore(by, one, group) for group in one.was["before"])
        if not back:
            raise Unfit({"decision": "The images have already moved on, so nothing was undone."})
        _take_back(one)
        one.undone_by, one.undone_at = by.name, timezone.now()
        one.save(update_fields=["undone_by", "undone_at"])
        detail = {"action": one.action, "cause": one.cause, "images": back}
        audit.record(by=by, entries=[audit.Entry("decision_undone", "decision", str(one.pk), detail)])
    return Undone(back, one.images - back)


def settle_conflicts(now: datetime | None = None) -> int:
    """Let go of later objects whose case was decided and can no longer be undone; the sweep then erases the files."""
    limit = (now or timezone.now()) - UNDO_FOR
    decided = LedgerRow.objects.exclude(conflicting="").filter(decided_at__lt=limit)
    return decided.exclude(disposition=Disposition.HELD, cause="other_pixels").update(conflicting="")


def _restore(by: Actor, decision: Decision, group: dict[str, Any]) -> int:
    fields = dict(group["fields"])
    fields["decided_at"] = parse_datetime(fields["decided_at"]) if fields["decided_at"] else None
    ids = group["rows"]
    back = 0
    for at in range(0, len(ids), CHUNK):
        # Not moved: nobody claimed it, and nothing has been decided about it since.
        mine = viewing.visible(by).filter(
            pk__in=ids[at : at + CHUNK], decided_at=decision.at, claimed_by="", attempts=0
        )
        part = list(mine.select_for_update(of=("self",)).values_list("pk", flat=True))
        back += LedgerRow.objects.filter(pk__in=part).update(**fields)
    return back


def _take_back(decision: Decision) -> None:
    """Rows and revisions the decision made, as far as nothing stands on them."""
    made = LedgerRow.objects.filter(pk__in=decision.was["rows"], decided_at=decision.at, claimed_by="", attempts=0)
    made.delete()
    Arrival.objects.filter(pk__in=decision.was["arrivals"], rows=None).delete()


def _rows(by: Actor, decision: Decision) -> QuerySet[LedgerRow]:
    """Rows that the decision moved, as far as the actor may see them; of a decision about very many, the first."""
    return viewing.visible(by).filter(pk__in=[pk for group in decision.was["before"] for pk in group["rows"]][:CHUNK])


def _untouched(by: Actor, decision: Decision) -> bool:
    return _rows(by, decision).filter(decided_at=decision.at, claimed_by="", attempts=0).exists()
