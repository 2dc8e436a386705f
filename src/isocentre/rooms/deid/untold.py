"""What the national side would not be told, as people see it: scans that were sent on, and people who withdrew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from isocentre.audit import door as audit
from isocentre.core.actor import Actor
from isocentre.jobs import wake
from isocentre.rooms.deid.models import RefusedReport
from isocentre.rooms.deid.reports import IMAGE, PERSON
from isocentre.rooms.intake import door as intake


@dataclass(frozen=True, slots=True)
class Untold:
    """What was refused of one scan, for one reason; without images it is that the person withdrew."""

    key: int
    row: Any
    words: str
    images: int
    tries: int
    at: datetime


def _aside(kind: str) -> QuerySet[Any, Any]:
    return RefusedReport.objects.filter(kind=kind).values("key")


def of_scan(scan: intake.Scan) -> list[str]:
    """Why the national side would not be told of images of a scan, each reason once."""
    of_it = intake.LedgerRow.objects.filter(research_study=scan.first.research_study, study_uid=scan.first.study_uid)
    keys = of_it.filter(disposition="sent_on", pk__in=_aside(IMAGE)).values("pk")
    return sorted(set(RefusedReport.objects.filter(kind=IMAGE, key__in=keys).values_list("words", flat=True)))


def all_of(by: Actor) -> list[Untold]:
    """What is set aside in the actor's scope, the oldest first."""
    intake.require(by, "held_view")
    listed = [*_scans(by), *_people(by)]
    return sorted(listed, key=lambda one: (one.at, one.key))


def _scans(by: Actor) -> list[Untold]:
    aside = {one.key: one for one in RefusedReport.objects.filter(kind=IMAGE)}
    rows = intake.visible(by).filter(pk__in=_aside(IMAGE), disposition="sent_on")
    found: dict[tuple[str, str, str], list[Any]] = {}
    for row in rows.select_related("arrival", "enrolment").order_by("pk"):
        found.setdefault((row.research_study, row.study_uid, aside[row.pk].words), []).append(row)
    return [
        Untold(some[0].pk, some[0], words, len(some), max(aside[row.pk].tries for row in some),
               min(aside[row.pk].at for row in some))
        for (_, _, words), some in found.items()
    ]  # fmt: skip


def _people(by: Actor) -> list[Untold]:
    found = []
    for one in RefusedReport.objects.filter(kind=PERSON):
        rows = intake.visible(by).filter(enrolment=one.key).exclude(sent_at=None)
        row = rows.select_related("arrival", "enrolment").order_by("-sent_at", "-pk").first()
        if row is not None:
            found.append(Untold(row.pk, row, f"That the person withdrew. {one.words}", 0, one.tries, one.at))
    return found


def tell_again(*, by: Actor, keys: Sequence[int]) -> int:
    """Have the national side told again, now, of what these rows stand for; returns of how many scans and people."""
    intake.require(by, "held_act")
    chosen = [one for one in all_of(by) if one.key in set(keys)]
    if not chosen:
        return 0
    scans = {(one.row.research_study, one.row.study_uid) for one in chosen if one.images}
    aside = intake.visible(by).filter(pk__in=_aside(IMAGE))
    rows = [row.pk for row in aside if (row.research_study, row.study_uid) in scans]
    people = [one.row.enrolment_id for one in chosen if not one.images]
    with transaction.atomic():
        intake.LedgerRow.objects.filter(pk__in=rows, disposition="sent_on").update(receipt_sent=False)
        RefusedReport.objects.filter(kind=PERSON, key__in=people).delete()
        entry = audit.Entry("reports_told_again", "receipts", "refused", {"scans": len(chosen)})
        audit.record(by=by, entries=[entry])
        transaction.on_commit(wake.wake)
    return len(chosen)
