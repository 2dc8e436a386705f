"""Has a PACS send series to us: in its hours, at its rate, never what is here already, and again what is missing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import structlog
from django.db import transaction
from django.utils import timezone

from isocentre.core.ports import Moved, Pacs, PacsAway
from isocentre.jobs import claims
from isocentre.rooms.intake import recalling
from isocentre.rooms.intake.models import Arrival, LedgerRow
from isocentre.rooms.intake.pull import asking, slots
from isocentre.rooms.intake.pull.ports import ports
from isocentre.rooms.intake.pull.rows import Pull, PullSeries

log = structlog.get_logger()
TIMES = 3
"""How often images that are missing are asked for."""
PAUSES = (timedelta(seconds=30), timedelta(minutes=5))
"""Between those times: a PACS that fetches from tape has them later."""


def take(worker: str) -> PullSeries | None:
    """A series the PACS may send now, claimed."""
    going = Pull.objects.filter(state=Pull.FETCHING, pacs__paused=False)
    return slots.first(PullSeries, going, state=PullSeries.WAITING, worker=worker, images=True)


def here(row: PullSeries) -> set[str]:
    """The SOPInstanceUIDs of a series that arrived here, whether or not their originals still are.

    Without what was taken back as of the wrong patient: once the PACS has put it right, it is wanted again.
    """
    gone = LedgerRow.objects.filter(recalling.OUT, study_uid=row.study_uid).values("sop_instance_uid")
    arrived = Arrival.objects.filter(study_uid=row.study_uid, series_uid=row.series_uid)
    arrived = arrived.exclude(sop_instance_uid__in=gone)
    return set(arrived.values_list("sop_instance_uid", flat=True))


def fetch(row: PullSeries, worker: str) -> None:
    """Have a claimed series sent, and record what came."""
    try:
        pacs = ports().open_pacs(row.pull.pacs)
        with claims.held(PullSeries, [row.pk], worker=worker):
            told, expected, asked = _ask(row, pacs)
    except PacsAway as away:
        log.warning("pacs_not_asked", phase="pull", error=type(away).__name__)
        slots.give_back(row, worker, away.words)
        return
    _record(row, worker, told, expected, asked)


def _ask(row: PullSeries, pacs: Pacs) -> tuple[Moved, int | None, bool]:
    """Ask for what is not here yet: how that ended, how many images there should be, and whether anything was asked."""
    before = here(row)
    expected = row.expected
    if not before:
        return pacs.fetch(row.study_uid, row.series_uid), expected, True
    images = set(pacs.images(row.study_uid, row.series_uid))
    if not images:  # a PACS that does not answer by image: the whole series again, of which what is here counts once
        return pacs.fetch(row.study_uid, row.series_uid), expected, True
    missing = sorted(images - before)
    if not missing:
        return Moved(0, 0), len(images) or expected, False
    return pacs.fetch(row.study_uid, row.series_uid, missing), len(images), True


def _record(row: PullSeries, worker: str, told: Moved, expected: int | None, asked: bool) -> None:
    came, times = len(here(row)), row.asked_times + asked
    fields: dict[str, Any] = {"received": came, "expected": expected, "asked_times": times, "words": told.words}
    whole = came >= (expected or 1)
    if whole:
        state, fields["words"] = PullSeries.WHOLE if asked or row.asked_times else PullSeries.HERE, ""
    elif times >= TIMES:
        state = PullSeries.SHORT
        fields["words"] = f"{came} of {expected or 'its'} images came, asked for {times} times. {told.words}".strip()
    else:
        state = PullSeries.WAITING
        fields["not_before"] = timezone.now() + PAUSES[min(times, len(PAUSES)) - 1 if times else 0]
    with transaction.atomic():
        if slots.let_go(row, worker, state=state, attempts=0, **fields):
            asking.settle(row.pull)


def studies_of(series_uid: str, calling_ae: str, pacs: int | None = None) -> tuple[str, ...]:
    """The research studies for which this PACS was asked for this series and may be sending it now.

    By the title that sends it; what we took over on our own line, by the PACS it is of.
    """
    # By its UID alone, of which there are few rows; asked for with their states, a database looks at all that wait.
    named = PullSeries.objects.filter(series_uid=series_uid).select_related("pull__pacs")
    asked = [one for one in named if one.state == PullSeries.WAITING and one.pull.state == Pull.FETCHING]
    of = (one.pull for one in asked if (calling_ae == one.pull.pacs.ae_title if pacs is None else
                                        pacs == one.pull.pacs_id))  # fmt: skip
    return tuple(sorted({pull.research_study for pull in of}))
