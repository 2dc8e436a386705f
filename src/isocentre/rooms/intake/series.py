"""Rows of one series that must be looked at together before any of them goes on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet

from isocentre.rooms.intake.models import Disposition, LedgerRow


def of_series(research_study: str, study_uid: str, series_uid: str) -> list[LedgerRow]:
    """Rows of a series whose originals are here and that go on, or went; those left out or rejected are no part."""
    return list(_here(research_study, study_uid, series_uid).select_related("arrival").order_by("pk"))


def any_here(research_study: str, study_uid: str, series_uid: str) -> bool:
    """Whether `of_series` would find any row; none is read."""
    return _here(research_study, study_uid, series_uid).exists()


def _here(research_study: str, study_uid: str, series_uid: str) -> QuerySet[LedgerRow]:
    return LedgerRow.objects.filter(
        research_study=research_study, study_uid=study_uid, arrival__series_uid=series_uid, arrival__erased_at=None,
        disposition__in=(Disposition.PENDING, Disposition.SENT_ON, Disposition.HELD),
    )  # fmt: skip


def put_off(*, rows: Sequence[int], worker: str, until: datetime) -> int:
    """Give claimed rows back, to be looked at again then; returns how many. For a caller's transaction."""
    mine = LedgerRow.objects.filter(pk__in=rows, claimed_by=worker)
    return mine.update(claimed_by="", lease_until=None, not_before=until, attempts=0)


def go_on(research_study: str, study_uid: str, series_uid: str) -> int:
    """What waited for the whole series need not wait any more; returns how many rows. For a caller's transaction."""
    waiting = LedgerRow.objects.filter(
        research_study=research_study, study_uid=study_uid, arrival__series_uid=series_uid,
        disposition=Disposition.PENDING, claimed_by="",
    )  # fmt: skip
    waiting = waiting.exclude(not_before=None)
    return LedgerRow.objects.filter(pk__in=list(waiting.values_list("pk", flat=True))).update(not_before=None)
