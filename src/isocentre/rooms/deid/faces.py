"""Heads that must lose their faces: their images wait for the whole series, its cut is found, then each goes on.

Waiting images stay pending and are looked at again when the cut is there. The cut of a series is kept as long as an
original of it. An image that comes later and lies inside the volume takes the same cut; one that lies outside has the
cut found again, from all that is here; what was sent on before stays as it was.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from isocentre.audit import door as audit
from isocentre.core.actor import SYSTEM
from isocentre.core.deid.engine import SubjectContext
from isocentre.core.deid.faces.clean import TakenOff
from isocentre.core.deid.faces.cut import Cut, parse
from isocentre.core.deid.profile import Profile
from isocentre.core.deid.rules import Held
from isocentre.core.deid.screen import loses_face, may_show_face, words_of
from isocentre.core.dicom.walk import Buffer
from isocentre.jobs import claims
from isocentre.rooms.deid import door
from isocentre.rooms.deid.models import FaceSeries
from isocentre.rooms.intake import door as intake

QUIET = timedelta(seconds=20)
"""How long no image of a series may have come before it counts as whole."""
AGAIN = timedelta(minutes=1)
"""After how long a waiting image looks by itself whether the cut is there."""
REMEMBERED = timedelta(minutes=10)
"""How long a series counts as one whose face cannot be removed; tried again after that, its cut is sought anew."""
Name = tuple[str, str]  # research study, SeriesInstanceUID


class Wait:
    """The image waits for the whole of its series."""


@dataclass
class Heads:
    """What is known of the series of one batch, looked up once each."""

    known: dict[Name, FaceSeries | None] = field(default_factory=dict)
    waiting: list[Any] = field(default_factory=list)

    def of(self, row: Any, profile: Profile, context: SubjectContext) -> TakenOff | intake.Outcome | Wait | None:
        """Where the face of a row's series is taken off; None when it loses none. Waiting rows are noted."""
        if not loses_face(profile, row.arrival.sop_class_uid, _part(row), context.face_waiver, _type(row)):
            return None
        cleaner = door.faces()
        if cleaner is None:
            words = "Faces cannot be removed here: what does it is not installed."
            return intake.Outcome(row.pk, "held", "no_face_remover", words)
        series = self._series(row)
        if series is None:
            self.waiting.append(row)
            return Wait()
        if series.state == "failed":
            return intake.Outcome(row.pk, "held", series.cause, series.words)
        return TakenOff(cleaner, _parsed(bytes(series.cut or b"")))

    def late(self, row: Any) -> Wait:
        """An image outside the volume of its series: the cut is found again."""
        self.waiting.append(row)
        return Wait()

    def _series(self, row: Any) -> FaceSeries | None:
        name = _name(row)
        if name not in self.known:
            found = FaceSeries.objects.filter(research_study=name[0], series_uid=name[1]).first()
            self.known[name] = None if found is None or found.state == "waiting" or _stale(found) else found
        return self.known[name]

    def put_off(self, worker: str) -> int:
        """Have waiting rows wait and their series looked at once it is quiet; returns how many rows wait."""
        if not self.waiting:
            return 0
        now = timezone.now()
        with transaction.atomic():
            for slug, uid, study_uid in {(*_name(row), row.study_uid) for row in self.waiting}:
                FaceSeries.objects.update_or_create(
                    research_study=slug, series_uid=uid,
                    defaults={"state": "waiting", "study_uid": study_uid, "not_before": now + QUIET},
                )  # fmt: skip
            intake.put_off(rows=[row.pk for row in self.waiting], worker=worker, until=now + AGAIN)
        return len(self.waiting)


def _name(row: Any) -> Name:
    return row.research_study, row.arrival.series_uid


def _part(row: Any) -> bytes:
    return str(row.arrival.facts.get("body_part", "")).encode("ascii", "replace")


def _type(row: Any) -> tuple[str, ...]:
    return words_of(str(row.arrival.facts.get("image_type", "")).encode("ascii", "replace"))


def _stale(series: FaceSeries) -> bool:
    """Whether a failure is too old to speak for what is here now, or more of the series has come since."""
    if series.state != "failed":
        return False
    more = len(sources(series)) > series.images
    return more or series.found_at is None or series.found_at + REMEMBERED < timezone.now()


@lru_cache(maxsize=4)
def _parsed(cut: bytes) -> Cut:
    """Read once for the images of a series."""
    return parse(cut)


def find(worker: str) -> int:
    """Find the cut of one quiet series, without a transaction open; then its images go on. Returns 1 when one was."""
    waiting = FaceSeries.objects.filter(state="waiting").order_by("not_before", "pk")
    for series in claims.claim(waiting, worker=worker, limit=1):
        with claims.held(FaceSeries, [series.pk], worker=worker):
            images = sources(series)
            found: dict[str, Any] = {"images": len(images), "found_at": timezone.now(), "cause": "", "words": ""}
            try:
                if series.attempts > claims.MAX_ATTEMPTS:
                    raise Held("face_left", "The face cannot be removed: looking for it broke off several times.")
                cut = cut_of(images)
                found |= {"state": "found", "cut": cut.dump(), "figures": cut.figures}
            except Held as held:
                found |= {"state": "failed", "cause": held.reason, "words": held.words[:300], "cut": None}
        _record(series, worker, found)
        return 1
    return 0


def _record(series: FaceSeries, worker: str, found: dict[str, Any]) -> None:
    done = {"claimed_by": "", "lease_until": None, "last_error": "", "attempts": 0}
    with transaction.atomic():
        if not FaceSeries.objects.filter(pk=series.pk, claimed_by=worker, state="waiting").update(**done, **found):
            return  # somebody else took it over
        action = "face_found" if found["state"] == "found" else "face_not_removed"
        detail = {"images": found["images"], **({"cause": found["cause"]} if found["cause"] else {})}
        audit.record(by=SYSTEM, entries=[audit.Entry(action, "series", str(series.pk), detail)])
        intake.go_on(series.research_study, series.study_uid, series.series_uid)


def cut_of(images: list[Any]) -> Cut:
    """The cut of the images of a series; Held when there is none."""
    cleaner = door.faces()
    if cleaner is None:
        raise Held("no_face_remover", "Faces cannot be removed here: what does it is not installed.")
    try:
        return cleaner.find(images)
    except OSError:
        raise Held("face_left", "The face cannot be removed: an original of its series is not here.") from None


def sources(series: FaceSeries) -> list[Any]:
    """What opens each original of a series that may show a face."""
    rows = intake.of_series(series.research_study, series.study_uid, series.series_uid)
    shown = [row for row in rows if _shows(row)]
    return [partial(_opened, intake.quarantine() / row.arrival.path) for row in shown]


def _shows(row: Any) -> bool:
    return may_show_face(row.arrival.sop_class_uid, _part(row))


@contextmanager
def _opened(path: Path) -> Iterator[Buffer]:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as buffer:
        yield buffer


def forget(worker: str) -> int:
    """Let go of cuts of series of which no original is here any more; returns how many."""
    kept = FaceSeries.objects.values_list("pk", "research_study", "study_uid", "series_uid")
    gone = [pk for pk, *name in kept if not intake.any_here(*name)]
    return FaceSeries.objects.filter(pk__in=gone).delete()[0] if gone else 0
