"""Upkeep of the archive: stale series metadata rebuilt, canaries heard and forgotten."""

from __future__ import annotations

from django.utils import timezone

from isocentre.core.actor import SYSTEM
from isocentre.core.events import Event
from isocentre.jobs import door as jobs
from isocentre.rooms.archive import describing, door
from isocentre.rooms.archive.models import ImagingStudy, Series
from isocentre.rooms.archive.ports import ports
from isocentre.rooms.archive.scoping import CANARY

KEEP = 12  # one is sent every five minutes: an hour's worth


def heard(event: Event) -> None:
    """A canary made the whole way: remember when."""
    if event.payload()["research_study"] == CANARY:
        jobs.remember("canary", {"ok_at": timezone.now().isoformat()})


def erase_canaries(worker: str) -> int:
    """Forget all but the newest canaries, without a tombstone; returns how many objects went."""
    newest = ImagingStudy.objects.filter(research_study=CANARY).order_by("-pk").values_list("study_uid", flat=True)
    return door.forget_canaries(by=SYSTEM, keep=list(newest[:KEEP]))


def rebuild_metadata(worker: str) -> int:
    """Rebuild the stored metadata of a few stale series; returns how many."""
    stale = Series.objects.select_related("study").filter(metadata__stale=True, instance_count__gt=0)
    rows = list(stale.exclude(study__research_study=CANARY).order_by("pk")[:4])
    for series in rows:
        describing.series_metadata(series, SYSTEM, ports().blobs)
    return len(rows)
