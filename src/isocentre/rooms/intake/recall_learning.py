"""Recalls this side does not know of any more, for it was restored from a backup made before: learnt again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from isocentre.core.actor import Actor
from isocentre.jobs import door as jobs
from isocentre.rooms.intake import recalling
from isocentre.rooms.intake.models import CANARY, Disposition, LedgerRow, RecalledImage

REASON = "Taken back before this side was restored from a backup"
SETTING = "recalls_learnt"


def learn(*, by: Actor, recalls: Iterable[tuple[str, int]]) -> int:
    """Take back here what the national side says was (object UID, revision) and is not; how many images. Looked at
    again only when what it says has changed, or what was remembered is older. Safe to repeat."""
    said = sorted(recalls)
    digest = hashlib.sha256(repr(said).encode()).hexdigest()
    if not said or jobs.recall(SETTING) == digest:
        return 0
    upto, found = dict(said), dict[str, list[LedgerRow]]()
    uids = list(upto)
    for at in range(0, len(uids), recalling.CHUNK):
        rows = LedgerRow.objects.filter(object_uid__in=uids[at : at + recalling.CHUNK], recalled=False)
        rows = rows.filter(disposition=Disposition.SENT_ON).exclude(research_study=CANARY)
        for row in rows.select_related("arrival").order_by("pk"):
            if row.arrival.revision <= upto[row.object_uid]:
                found.setdefault(row.study_uid, []).append(row)
    for rows_of_scan in found.values():
        now = timezone.now()
        with transaction.atomic():
            made = recalling.take_back(by, rows_of_scan, REASON)
            images = RecalledImage.objects.filter(recall=made)
            images.update(state=RecalledImage.RECALLED, told_at=now, answered_at=now)
    jobs.remember(SETTING, digest)
    return sum(map(len, found.values()))
