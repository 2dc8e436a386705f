"""Notes scans that are to be held against the charter of their research study (see `charter_checks`)."""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from isocentre.rooms.intake.models import CharterCheck, LedgerRow, ResearchStudy

QUIET = timedelta(seconds=8)
"""How long no image of a scan may have come before it is judged: well within the 30 seconds a verdict may take."""
_ASKED_EVERY = 5.0
Name = tuple[str, str]  # research study, source StudyInstanceUID


class _Known:
    """Which research studies have a charter in force, asked again after some seconds."""

    def __init__(self) -> None:
        self.at, self.slugs = -_ASKED_EVERY, frozenset[str]()

    def now(self) -> frozenset[str]:
        if time.monotonic() - self.at > _ASKED_EVERY:
            rows = ResearchStudy.objects.filter(accepted__has_key="charter").values_list("slug", "accepted__charter")
            self.slugs = frozenset(slug for slug, charter in rows if isinstance(charter, dict))
            self.at = time.monotonic()
        return self.slugs

    def forget(self) -> None:
        self.at = -_ASKED_EVERY


known = _Known()


def note(names: Iterable[Name]) -> None:
    """Have these scans judged once they are quiet, where their research study has a charter. For a transaction."""
    mine = sorted({name for name in names if name[0] in known.now()})
    if not mine:
        return
    due = timezone.now() + QUIET
    # Whoever judges one of them now finds it taken away, and judges it again with what came.
    checks = [CharterCheck(research_study=slug, study_uid=uid, not_before=due) for slug, uid in mine]
    CharterCheck.objects.bulk_create(
        checks, update_conflicts=True, unique_fields=["research_study", "study_uid"],
        update_fields=["state", "not_before", "claimed_by", "lease_until", "attempts"],
    )  # fmt: skip


def note_decided(rows: Iterable[LedgerRow]) -> None:
    """Have the scans judged whose rows people decided about since they arrived: they may be of another study now."""
    names = {(row.research_study, row.study_uid) for row in rows if row.decided_at is not None}
    if names and any(slug in known.now() for slug, _ in names):
        with transaction.atomic():
            note(names)


def forget(names: Iterable[Name]) -> None:
    """Keep no verdict about these scans. For a caller's transaction."""
    for slug, uid in set(names):
        CharterCheck.objects.filter(research_study=slug, study_uid=uid).delete()
