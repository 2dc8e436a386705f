"""Upkeep of quarantine: originals erased after the national side's answer, held ones expired, strays swept.

The gateway is never an archive (design §3, the ledger).
"""

from __future__ import annotations

import contextlib
import time
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from isocentre.audit import door as audit
from isocentre.core.actor import SYSTEM
from isocentre.rooms.intake import accessions, mending
from isocentre.rooms.intake.models import CANARY, Arrival, Disposition, LedgerRow
from isocentre.rooms.intake.pull import forgetting
from isocentre.rooms.intake.receive import quarantine
from isocentre.rooms.intake.times import expiring, times
from isocentre.rooms.intake.undoing import settle_conflicts

STRAY_AFTER = 3600.0
BATCH = 200


def expire_held(now: datetime | None = None) -> int:
    """Held longer than the setting: rejected (`expired`), but for what nobody here can see to; how many."""
    now = now or timezone.now()
    rows = LedgerRow.objects.filter(expiring(times().held_days, now))
    with transaction.atomic():
        ids = list(rows.values_list("pk", flat=True)[:BATCH])
        moved = LedgerRow.objects.filter(pk__in=ids, disposition=Disposition.HELD).update(
            disposition=Disposition.REJECTED, cause="expired", decided_at=now, words="Held past its time."
        )
        if moved:
            audit.record(by=SYSTEM, entries=[audit.Entry("scan_rejected", "ledger", "expired", {"images": moved})])
    return moved


def erase_originals(now: datetime | None = None) -> int:
    """Erase originals none of whose rows still needs them, N days after the last decision; returns how many."""
    now = now or timezone.now()
    limit = now - timedelta(days=times().erase_days)
    needed = LedgerRow.objects.filter(arrival=OuterRef("pk"), disposition__in=(Disposition.PENDING, Disposition.HELD))
    fresh = LedgerRow.objects.filter(arrival=OuterRef("pk"), decided_at__gte=limit)
    due = Arrival.objects.filter(erased_at=None, arrived_at__lt=limit).exclude(Exists(needed)).exclude(Exists(fresh))
    arrivals = list(due.exclude(rows__research_study=CANARY).order_by("pk")[:BATCH])
    for arrival in arrivals:
        (quarantine() / arrival.path).unlink(missing_ok=True)
    if arrivals:
        with transaction.atomic():
            Arrival.objects.filter(pk__in=[a.pk for a in arrivals]).update(erased_at=now)
            entry = audit.Entry("originals_erased", "quarantine", "originals", {"images": len(arrivals)})
            audit.record(by=SYSTEM, entries=[entry])
    return len(arrivals)


def sweep_strays(now: float | None = None) -> int:
    """Remove files a crash left without a row (never acknowledged), older than an hour; returns how many."""
    limit = (now or time.time()) - STRAY_AFTER
    gone = 0
    for path in quarantine().glob("incoming/*"):
        # What is on its way has its final name in the next moment; a folder is one that a library works in.
        with contextlib.suppress(FileNotFoundError, IsADirectoryError):
            if path.stat().st_mtime < limit and path.is_file():
                path.unlink()
                gone += 1
    old = [p for p in quarantine().glob("originals/??/*.dcm") if p.stat().st_mtime < limit]
    names = {str(p.relative_to(quarantine())): p for p in old}
    known = set(Arrival.objects.filter(path__in=list(names)).values_list("path", flat=True))
    known |= set(LedgerRow.objects.exclude(conflicting="").values_list("conflicting", flat=True))
    for name, path in names.items():
        if name not in known:
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def run(worker: str) -> int:
    """One round of upkeep."""
    forgotten = mending.forget() + forgetting.forget() + forgetting.unmade() + accessions.forget()
    return expire_held() + erase_originals() + settle_conflicts() + sweep_strays() + forgotten
