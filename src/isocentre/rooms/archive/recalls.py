"""Carries out what hospitals took back: the register holds the notices, and every step may be done again.

An object goes with its tombstone, row and blob. When nothing that a hospital sent on is left of a scan, what was made
of it here (segmentations, reports) goes with it, and the visit it proved is open again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import structlog
from django.conf import settings
from django.db import transaction

from isocentre.audit import door as audit
from isocentre.core.actor import SYSTEM
from isocentre.core.events import Event, ScanStored
from isocentre.core.record_types import RecallOutcome
from isocentre.jobs import door as jobs
from isocentre.rooms.archive import erasing, looks
from isocentre.rooms.archive.models import ImagingStudy, Instance, Series, SeriesMetadata
from isocentre.rooms.register import door as register

log = structlog.get_logger()
REASON = "Taken back by the hospital"
RECALLED = "scan_recalled"


def carry_out(worker: str) -> int:
    """Carry out the notices that wait, and say so to the register; returns how many."""
    waiting = register.recalls.waiting(by=SYSTEM)
    if not waiting:
        return 0
    rows = _held(one.object_uid for one in waiting)
    foreign = {one for one in waiting if any(not _theirs(one, row) for row in rows[one.object_uid])}
    stones: dict[str, int] = {}
    for one in waiting:
        if one not in foreign:
            stones[one.object_uid] = max(one.revision, stones.get(one.object_uid, 0))
    remove(stones)
    rows = _held(stones)  # an object may have come just before its tombstone
    register.recalls.done(by=SYSTEM, outcomes=[(one, _outcome(one, rows, foreign)) for one in waiting])
    log.info("recalls_carried_out", objects=len(stones), refused=len(foreign))
    return len(waiting)


def remove(stones: dict[str, int]) -> int:
    """Tombstone and remove objects up to a revision, and let go of what their scans proved; how many were held."""
    if not stones:
        return 0
    gone = erasing.erase(by=SYSTEM, stones=stones, reason=REASON, recalled=True, home=settings.ZONE_HOME)
    settle(stones, home=settings.ZONE_HOME)
    return gone


def unless_gone(match: Callable[[Event], None]) -> Callable[[Event], None]:
    """A handler of ScanStored for what is still here: what was taken back before it is heard proves nothing."""

    def heard(event: Event) -> None:
        if not isinstance(event, ScanStored):
            raise TypeError("this handler listens to ScanStored")
        if not _holds(event):
            return
        match(event)
        if not _holds(event):  # taken back meanwhile, when there was nothing yet to open again
            whole = not Series.objects.filter(study__study_uid=event.study_uid, instance_count__gt=0).exists()
            study, uid = event.research_study, event.study_uid
            register.recalls.scan_recalled(by=SYSTEM, research_study=study, study_uid=uid, whole=whole)

    return heard


def _holds(event: ScanStored) -> bool:
    return Series.objects.filter(series_uid=event.series_uid, instance_count__gt=0).exists()


def settle(uids: Iterable[str], *, home: Path) -> None:
    """After objects went: what hangs on their scans. Safe to repeat, also when nothing went just now."""
    rows = [row for some in _held(uids).values() for row in some]
    for study in {row.series.study_id: row.series.study for row in rows}.values():
        _settle(study, home)


def _settle(study: ImagingStudy, home: Path) -> None:
    left = Instance.objects.filter(series__study=study, current=True, state="stored")
    whole = not left.filter(direct=False).exists()
    if whole and (made := {row.object_uid: row.revision for row in left}):
        erasing.erase(by=SYSTEM, stones=made, reason=REASON, recalled=True, home=home)
    register.recalls.scan_recalled(
        by=SYSTEM, research_study=study.research_study, study_uid=study.study_uid, whole=whole
    )
    with transaction.atomic():
        # The kept description of a series without images would stay as it was.
        empty = SeriesMetadata.objects.filter(series__study=study, series__instance_count=0).exclude(content=b"")
        empty.update(content=b"", stale=True)
        if not whole:
            for series in Series.objects.filter(study=study, instance_count__gt=0):
                jobs.publish(_stored(study, series))
        where = {"research_study": study.research_study, "site": study.site}
        audit.record(by=SYSTEM, entries=[audit.Entry(RECALLED, "scan", looks.name_of(study.study_uid), where)])


def _stored(study: ImagingStudy, series: Series) -> ScanStored:
    return ScanStored(
        research_study=study.research_study, site=study.site, pseudonym=study.pseudonym, time_point=study.time_point,
        study_uid=study.study_uid, series_uid=series.series_uid, modality=series.modality,
        body_part=series.body_part,
    )  # fmt: skip


def _held(uids: Iterable[str]) -> dict[str, list[Instance]]:
    """Rows of these objects in every revision and state, by UID."""
    wanted, found = sorted(set(uids)), defaultdict[str, list[Instance]](list)
    for at in range(0, len(wanted), erasing.STEP):
        rows = Instance.objects.filter(object_uid__in=wanted[at : at + erasing.STEP]).select_related("series__study")
        for row in rows:
            found[row.object_uid].append(row)
    return found


def _theirs(one: register.RecallRecord, row: Instance) -> bool:
    """True when a hospital sent the object on, from just where its notice says."""
    study = row.series.study
    return not row.direct and (study.research_study, study.site) == (one.research_study, one.site)


def _outcome(
    one: register.RecallRecord, rows: dict[str, list[Instance]], foreign: set[register.RecallRecord]
) -> RecallOutcome:
    if one in foreign:
        return "refused"
    was: Sequence[Instance] = rows[one.object_uid]
    return "recalled" if any(row.revision <= one.revision for row in was) else "not_held"
