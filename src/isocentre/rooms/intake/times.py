"""How long originals and held scans are kept here: read by upkeep, set by an administrator, with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from isocentre.audit import door as audit
from isocentre.core.actor import Actor
from isocentre.core.checks import Checks
from isocentre.jobs import door as jobs
from isocentre.rooms.intake import viewing
from isocentre.rooms.intake.models import CANARY, Arrival, Disposition, LedgerRow

ERASE_DAYS, HELD_DAYS = 7, 30
MOST_ERASE, LEAST_HELD, MOST_HELD = 90, 7, 365
PERMISSION = "settings_manage"
NEVER = ("gate_unmet", "no_agreement")
"""What waits for what was agreed nationally never expires: nobody here can see to it."""
WARNED = 5
"""Days before held scans are rejected that people are told."""


@dataclass(frozen=True, slots=True)
class Times:
    """Days an original is kept after the last decision about it, and days a held scan waits for one."""

    erase_days: int
    held_days: int


def kept_until(row: LedgerRow, in_force: Times) -> datetime | None:
    """When a scan that waits is let go of, unless somebody decides; None for what never expires or is not decided."""
    if row.decided_at is None or row.cause in NEVER:
        return None
    held = row.disposition == Disposition.HELD
    return row.decided_at + timedelta(days=in_force.held_days if held else in_force.erase_days)


@dataclass(frozen=True, slots=True)
class Effect:
    """What shorter times would end at once: images held that would be rejected, originals that would be erased."""

    rejected: int
    erased: int

    def __bool__(self) -> bool:
        return bool(self.rejected or self.erased)


def times() -> Times:
    """The times in force."""
    return Times(int(jobs.recall("erase_days", ERASE_DAYS)), int(jobs.recall("held_days", HELD_DAYS)))


def expiring(held_days: int, now: datetime) -> Q:
    """Rows held for longer than that; what waits for what was agreed nationally never does."""
    limit = now - timedelta(days=held_days)
    return Q(disposition=Disposition.HELD, decided_at__lt=limit) & ~Q(cause__in=NEVER)


def effect(wanted: Times, now: datetime | None = None) -> Effect:
    """What these times would end at once beyond what those in force end."""
    now, current = now or timezone.now(), times()
    rejected = erased = 0
    if wanted.held_days < current.held_days:
        rejected = LedgerRow.objects.filter(expiring(wanted.held_days, now)).exclude(research_study=CANARY).count()
    if wanted.erase_days < current.erase_days:
        limit = now - timedelta(days=wanted.erase_days)
        waiting = Q(rows__disposition__in=(Disposition.PENDING, Disposition.HELD)) | Q(rows__decided_at__gte=limit)
        needed = Arrival.objects.filter(waiting).values("pk")
        due = Arrival.objects.filter(erased_at=None, arrived_at__lt=limit).exclude(pk__in=needed)
        erased = due.exclude(rows__research_study=CANARY).count()
    return Effect(rejected, erased)


def set_times(*, by: Actor, erase_days: int | None, held_days: int | None, reason: str) -> Times:
    """Put these times in force, with a reason; Unfit with words by field. Audited; safe to repeat."""
    viewing.require(by, PERMISSION)
    checks = Checks()
    checks.that(erase_days is not None and 1 <= erase_days <= MOST_ERASE, "erase_days",
                f"Write a number of days from 1 to {MOST_ERASE}")  # fmt: skip
    checks.that(held_days is not None and LEAST_HELD <= held_days <= MOST_HELD, "held_days",
                f"Write a number of days from {LEAST_HELD} to {MOST_HELD}")  # fmt: skip
    checks.filled("reason", reason, "Say why, in a few words", most=300)
    checks.nobody("reason", reason)
    checks.done()
    before, after = times(), Times(erase_days or 0, held_days or 0)
    with transaction.atomic():
        jobs.remember("erase_days", after.erase_days)
        jobs.remember("held_days", after.held_days)
        if after != before:
            detail = {"erase_days": [before.erase_days, after.erase_days],
                      "held_days": [before.held_days, after.held_days]}  # fmt: skip
            audit.record(by=by, entries=[audit.Entry("times_changed", "setting", "times", detail, reason)])
    return after
