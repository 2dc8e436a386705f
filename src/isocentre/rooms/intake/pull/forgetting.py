"""What lists asked for is forgotten some time after they ended: numbers of patients are kept no longer than of use."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from isocentre.audit import door as audit
from isocentre.core.actor import SYSTEM
from isocentre.rooms.intake.pull.rows import Pull, PullLine

DAYS = 30
"""After the end of a list: then its lines say no more than what became of them. What came is in the ledger."""
HALF_MADE = timedelta(hours=1)
PART = 500
_SAYS = ~Q(accession="") | ~Q(study_uid="") | ~Q(patient_id="") | Q(first_day__isnull=False)
NOTHING = {"accession": "", "study_uid": "", "patient_id": "", "first_day": None, "last_day": None}


def unmade(now: datetime | None = None) -> int:
    """Remove lists that a crash left half taken in: nobody was told that they are there; returns how many."""
    gone = 0
    for pull in Pull.objects.filter(state=Pull.MAKING, made_at__lt=(now or timezone.now()) - HALF_MADE):
        while ids := list(pull.lines.values_list("pk", flat=True)[:PART]):
            PullLine.objects.filter(pk__in=ids).delete()
        with transaction.atomic():
            audit.record(by=SYSTEM, entries=[audit.Entry("pull_unmade", "pull", str(pull.pk))])
            pull.delete()
        gone += 1
    return gone


def forget(now: datetime | None = None) -> int:
    """Take out what lines of lists that ended long ago asked for and were answered; returns how many lines."""
    limit = (now or timezone.now()) - timedelta(days=DAYS)
    lines = PullLine.objects.filter(_SAYS, pull__ended_at__lt=limit)
    with transaction.atomic():
        count = lines.update(**NOTHING, found=[])
        if count:
            entry = audit.Entry("pull_forgotten", "pull", "lines", {"lines": count})
            audit.record(by=SYSTEM, entries=[entry])
    return count
