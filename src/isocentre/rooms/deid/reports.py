"""Tells the national side what was done, whatever it refuses of it: that is set aside, seen, and told again later."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from isocentre.audit import door as audit
from isocentre.core.actor import Actor
from isocentre.core.ports import MessageRefused
from isocentre.core.records import dump
from isocentre.jobs import wake
from isocentre.rooms.deid import door
from isocentre.rooms.deid.models import RefusedReport
from isocentre.rooms.intake import door as intake

log = structlog.get_logger()
IMAGE = "image"
EVERY = timedelta(hours=1)
"""How often what was refused is told again by itself: the national side may have been put right."""
ONCE = 500
_ENTRY = re.compile(r"(sent|times|subjects)\[(\d+)\]")
WORDS = {
    "subject_id": "The subject id has a form that does not leave the hospital: correct it in the enrolment.",
    "consent": "The version of the consent form has a form that does not leave the hospital: correct it in the "
    "enrolment.",
}


def tell(rows: list[Any]) -> int:
    """Tell of these rows; what is refused is set aside and the others go. Returns how many were told.

    Refusals name an entry of the message, so each costs one more request. An error without a place is looked for by
    halves, as long as a message without rows passes. OSError when the national side is away.
    """
    from isocentre.rooms.deid import messages  # which tells through this module

    totals = True
    while True:
        try:
            door.wall().post_receipts(dump(messages.message(rows, totals=totals)))
        except MessageRefused as refused:
            bad = _spoken_of(refused.place, messages.parts(rows))
            if not bad and not (totals and refused.place.startswith("totals")):
                log.error("receipts_refused", place=refused.place)
                raise
            totals = totals and bool(bad)
            _set_aside(bad, _words(refused))
            gone = {row.pk for row in bad}
            rows = [row for row in rows if row.pk not in gone]
        except OSError as error:
            if not getattr(error, "status", 0) or not rows:
                raise
            return _by_halves(rows)
        else:
            return _told(rows)


def _by_halves(rows: list[Any]) -> int:
    tell([])  # it takes messages as such; else the error is nobody's here, and is raised
    if len(rows) == 1:
        _set_aside(rows, "The national side answered with an error: tell its administrator.")
        return 0
    middle = len(rows) // 2
    return tell(rows[:middle]) + tell(rows[middle:])


def _spoken_of(place: str, parts: dict[str, list[list[Any]]]) -> list[Any]:
    found = _ENTRY.match(place)
    entries = parts[found[1]] if found else []
    return entries[int(found[2])] if found and int(found[2]) < len(entries) else []


def _words(refused: MessageRefused) -> str:
    known = next((words for name, words in WORDS.items() if f".{name}" in refused.place), "")
    return known or f"The national side refused it: {refused.words}"[:300]


def _told(rows: Sequence[Any]) -> int:
    keys = [row.pk for row in rows]
    with transaction.atomic():
        RefusedReport.objects.filter(kind=IMAGE, key__in=keys).delete()
        return intake.LedgerRow.objects.filter(pk__in=keys, disposition="sent_on").update(receipt_sent=True)


def _set_aside(rows: Sequence[Any], words: str) -> None:
    """These wait for a person or a better moment, and the queue goes on without them."""
    told = {row.pk: said(row) for row in rows}
    with transaction.atomic():
        for row in rows:
            made, new = RefusedReport.objects.get_or_create(
                kind=IMAGE, key=row.pk, defaults={"words": words, "said": told[row.pk], "at": timezone.now()}
            )
            if not new:
                made.words, made.said, made.at, made.tries = words, told[row.pk], timezone.now(), made.tries + 1
                made.save()
            log.warning("report_refused", row=row.pk, tries=made.tries)
        intake.LedgerRow.objects.filter(pk__in=[row.pk for row in rows]).update(receipt_sent=True)


def said(row: Any) -> str:
    """A hash of what the national side is told of a row."""
    from isocentre.rooms.deid import messages

    told = dump(messages.message([row], totals=False))
    known = {name: told[name] for name in ("sent", "subjects")}
    return hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()


def again(worker: str) -> int:
    """Have told again what an hour has passed for, or what is another now (a corrected enrolment); returns how many."""
    old = timezone.now() - EVERY
    aside = {one.key: one for one in RefusedReport.objects.filter(kind=IMAGE).order_by("at")[:ONCE]}
    rows = {row.pk: row for row in _rows(aside)}
    due = [pk for pk, row in rows.items() if aside[pk].at < old or aside[pk].said != said(row)]
    stale = [one.pk for key, one in aside.items() if key not in rows]  # corrected since, or recalled: nothing to tell
    if stale:
        RefusedReport.objects.filter(pk__in=stale).delete()
    return intake.LedgerRow.objects.filter(pk__in=due, receipt_sent=True).update(receipt_sent=False) if due else 0


def _rows(keys: Iterable[int]) -> QuerySet[Any]:
    rows = intake.LedgerRow.objects.filter(pk__in=list(keys), disposition="sent_on")
    return rows.select_related("arrival", "enrolment")


def _aside() -> QuerySet[Any, Any]:
    return RefusedReport.objects.filter(kind=IMAGE).values("key")


def untold_of(scan: intake.Scan) -> list[str]:
    """Why the national side would not be told of images of a scan, each reason once."""
    of_it = intake.LedgerRow.objects.filter(research_study=scan.first.research_study, study_uid=scan.first.study_uid)
    keys = of_it.filter(disposition="sent_on", pk__in=_aside()).values("pk")
    return sorted(set(RefusedReport.objects.filter(kind=IMAGE, key__in=keys).values_list("words", flat=True)))


@dataclass(frozen=True, slots=True)
class Untold:
    """Images of one scan that were sent on and that the national side would not be told of, for one reason."""

    key: int
    row: Any
    words: str
    images: int
    tries: int
    at: datetime


def untold(by: Actor) -> list[Untold]:
    """What is set aside in the actor's scope, the oldest first."""
    intake.require(by, "held_view")
    aside = {one.key: one for one in RefusedReport.objects.filter(kind=IMAGE)}
    rows = intake.visible(by).filter(pk__in=_aside(), disposition="sent_on").select_related("arrival", "enrolment")
    found: dict[tuple[str, str, str], list[Any]] = {}
    for row in rows.order_by("pk"):
        found.setdefault((row.research_study, row.study_uid, aside[row.pk].words), []).append(row)
    listed = [
        Untold(some[0].pk, some[0], words, len(some), max(aside[row.pk].tries for row in some),
               min(aside[row.pk].at for row in some))
        for (_, _, words), some in found.items()
    ]  # fmt: skip
    return sorted(listed, key=lambda one: (one.at, one.key))


def tell_again(*, by: Actor, keys: Sequence[int]) -> int:
    """Have the national side told again now of the scans these rows stand for; returns how many images."""
    intake.require(by, "held_act")
    scans = {(one.row.research_study, one.row.study_uid) for one in untold(by) if one.key in set(keys)}
    aside = intake.visible(by).filter(pk__in=_aside())
    rows = [row.pk for row in aside if (row.research_study, row.study_uid) in scans]
    if not rows:
        return 0
    with transaction.atomic():
        mine = intake.LedgerRow.objects.filter(pk__in=rows, disposition="sent_on", receipt_sent=True)
        images = mine.update(receipt_sent=False)
        if images:
            entry = audit.Entry("reports_told_again", "receipts", "refused", {"images": images})
            audit.record(by=by, entries=[entry])
        transaction.on_commit(wake.wake)
    return images
