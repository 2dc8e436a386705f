"""The queue of copies: which objects are to go where, and whether one may go at this moment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from isocentre.rooms.deid.onward.naming import in_force, is_in_force
from isocentre.rooms.deid.onward.rows import OnwardCopy, SendNode
from isocentre.rooms.intake import door as intake

AT_ONCE = 200
"""Copies that are queued for a destination in one go."""


def fill(worker: str = "") -> int:
    """Queue what was sent on and is not queued yet, for each destination in force; returns how many.

    Only what the national side acknowledged, what nobody took back, and whose original is here to make it again. All
    of that is looked through each time, so not each second: no mark says up to where it was done before.
    """
    _settle()
    agreed = intake.contribution.Agreed()
    return sum(_fill(node, agreed) for node in SendNode.objects.filter(in_force()).order_by("pk"))


def _settle() -> None:
    """What waits for a destination whose last day is over will not go there."""
    over = OnwardCopy.objects.filter(state=OnwardCopy.WAITING).exclude(in_force("node__"))
    if over.exists():  # looked at first, for the write lock
        words = "The approval of the destination ended before it was sent."
        over.update(state=OnwardCopy.FAILED, words=words)


def _fill(node: SendNode, agreed: Any) -> int:
    queued = OnwardCopy.objects.filter(
        place=node.place, object_uid=OuterRef("object_uid"), revision=OuterRef("arrival__revision")
    )
    # What was there under another patient is deleted first: the destination might keep it in place of this.
    asked = OnwardCopy.objects.filter(
        place=node.place, object_uid=OuterRef("object_uid"), state=OnwardCopy.RECALL_ASKED
    )
    newer = intake.Arrival.objects.filter(
        sop_instance_uid=OuterRef("sop_instance_uid"), revision__gt=OuterRef("arrival__revision")
    )
    due = sendable().filter(research_study=node.research_study)
    due = due.exclude(Exists(queued)).exclude(Exists(asked)).exclude(Exists(newer))
    rows = [
        row
        for row in due.select_related("arrival").order_by("pk")[:AT_ONCE]
        if not agreed.why_not(row.research_study, row.site)
    ]
    now = timezone.now()
    with transaction.atomic():
        OnwardCopy.objects.bulk_create(
            (
                OnwardCopy(
                    node=node, place=node.place, research_study=row.research_study, site=row.site,
                    study_uid=row.study_uid, row=row.pk, object_uid=row.object_uid, revision=row.arrival.revision,
                    sha256=row.sent_sha256, queued_at=now,
                )
                for row in rows
            ),
            ignore_conflicts=True,
        )  # fmt: skip
    return len(rows)


def sendable() -> QuerySet[Any]:
    """Ledger rows of which a copy may go elsewhere: sent on, acknowledged, not taken back, their original here."""
    rows = intake.LedgerRow.objects.filter(
        disposition=intake.Disposition.SENT_ON, recalled=False, erased=False, arrival__erased_at=None
    )
    rows = rows.exclude(sent_sha256="").exclude(object_uid="").exclude(sent_at=None)
    return rows.filter(Q(enrolment=None) | ~Q(enrolment__status=intake.withdrawing.WITHDRAWN))


def waiting() -> QuerySet[OnwardCopy]:
    """Copies that wait for their turn."""
    return OnwardCopy.objects.filter(state=OnwardCopy.WAITING).order_by("pk")


def nodes() -> QuerySet[SendNode]:
    """Destinations in force for which something is due, the one that waited longest first."""
    now = timezone.now()
    due = waiting().filter(
        Q(lease_until=None) | Q(lease_until__lt=now), Q(not_before=None) | Q(not_before__lte=now), node=OuterRef("pk")
    )
    return (
        SendNode.objects.filter(in_force())
        .filter(Exists(due.order_by()))
        .order_by(F("used_at").asc(nulls_first=True), "pk")
    )


def rows_of(copies: Sequence[OnwardCopy]) -> dict[int, Any]:
    """Their ledger rows, with what is wanted beside them."""
    rows = intake.LedgerRow.objects.filter(pk__in=[one.row for one in copies])
    return {row.pk: row for row in rows.select_related("arrival").prefetch_related("enrolment__person")}


class Never(str):
    """Why a copy may not go, now or ever: nobody need try again."""


def why_not(copy: OnwardCopy, row: Any, agreed: Any) -> str:
    """Why a copy may not go at this moment, as a sentence; empty when it may."""
    if row is None or row.disposition != intake.Disposition.SENT_ON or row.arrival.revision != copy.revision:
        return Never("It is not sent on any more as it was: another revision came, or it was held.")
    if row.recalled or copy.revision <= intake.recalling.revisions([row.pk]).get(row.pk, -1):
        return Never("It was taken back before it was sent.")
    if row.object_uid != copy.object_uid or row.sent_sha256 != copy.sha256:
        return Never("It is not what the national side acknowledged.")
    if row.enrolment is not None and row.enrolment.status == intake.withdrawing.WITHDRAWN:
        return Never("The person withdrew before it was sent.")
    return str(agreed.why_not(row.research_study, row.site))


def offered(node: SendNode, copies: Sequence[OnwardCopy], worker: str) -> set[int]:
    """Mark what is handed over now, in one write; those still to go: neither taken back nor ended meanwhile."""
    with transaction.atomic():
        now_is = SendNode.objects.select_for_update().filter(pk=node.pk).first()
        if now_is is None or not is_in_force(now_is):
            return set()
        out = intake.recalling.revisions([one.row for one in copies])
        good = [one.pk for one in copies if one.revision > out.get(one.row, -1)]
        mine = OnwardCopy.objects.filter(pk__in=good, state=OnwardCopy.WAITING, claimed_by=worker)
        kept = set(mine.values_list("pk", flat=True))
        OnwardCopy.objects.filter(pk__in=kept).update(offered_at=timezone.now())
    return kept
