"""Upkeep of the archive: stale series metadata rebuilt, canaries heard and forgotten, strays swept."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from isocentre.core.actor import SYSTEM
from isocentre.core.events import Event
from isocentre.jobs import door as jobs
from isocentre.rooms.archive import arriving, describing, door
from isocentre.rooms.archive.models import ImagingStudy, Series, SeriesMetadata
from isocentre.rooms.archive.ports import ports
from isocentre.rooms.archive.scoping import CANARY

STRAY_AFTER = 3600.0
KEEP = 12  # one is sent every five minutes: an hour's worth
LOOKED_AT = 500
SPELL = 0.5
"""Seconds after which other work has its turn."""
_last_look: dict[int, int] = {}
"""Stale series and their generation at this worker's last look: no clock is kept beside a series."""


def heard(event: Event) -> None:
    """A canary made the whole way: remember when."""
    if event.payload()["research_study"] == CANARY:
        jobs.remember("canary", {"ok_at": timezone.now().isoformat()})


def erase_canaries(worker: str) -> int:
    """Forget all but the newest canaries, without a tombstone; returns how many objects went."""
    newest = ImagingStudy.objects.filter(research_study=CANARY).order_by("-pk").values_list("study_uid", flat=True)
    return door.forget_canaries(by=SYSTEM, keep=list(newest[:KEEP]))


def sweep_strays(worker: str) -> int:
    """Remove what a crash left of objects on their way in (never acknowledged), after an hour; returns how many."""
    limit = time.time() - STRAY_AFTER
    gone = ports().blobs.sweep(limit)
    for path in (Path(settings.ZONE_HOME) / arriving.SPOOL).glob("*"):
        with contextlib.suppress(FileNotFoundError):  # its request may end at this moment
            if path.stat().st_mtime < limit:
                path.unlink()
                gone += 1
    return gone


def rebuild_metadata(worker: str) -> int:
    """Rebuild the kept metadata of series that nothing came to since the last look; returns how many.

    While images of a series still arrive each would make the last rebuild stale; who reads it earlier rebuilds it.
    """
    stale = SeriesMetadata.objects.filter(stale=True, series__instance_count__gt=0)
    rows = stale.exclude(series__study__research_study=CANARY).order_by("series")[:LOOKED_AT]
    now = dict(rows.values_list("series", "generation"))
    quiet = [series for series, generation in now.items() if _last_look.get(series) == generation]
    _last_look.clear()
    _last_look.update(now)
    until = time.monotonic() + SPELL
    for done, series in enumerate(Series.objects.select_related("study").filter(pk__in=quiet).order_by("pk")):
        if done and time.monotonic() > until:
            return done
        describing.series_metadata(series, SYSTEM, ports().blobs)
    return len(quiet)
