"""Tells the national side what was done, whatever it refuses of it: that is set aside, seen, and told again later."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import structlog
from django.db import transaction
from django.utils import timezone

from isocentre.core.ports import MessageRefused
from isocentre.core.records import dump
from isocentre.rooms.deid import door
from isocentre.rooms.deid.models import RefusedReport
from isocentre.rooms.intake import door as intake

log = structlog.get_logger()
IMAGE, PERSON = "image", "person"
"""Of what a report is: an image (by its row), or a person who withdrew (by the enrolment)."""
EVERY = timedelta(hours=1)
"""How often what was refused is told again by itself: the national side may have been put right."""
ONCE = 500
_ENTRY = re.compile(r"(sent|times|subjects)\[(\d+)\]")
WORDS = {
    "subject_id": "The subject id has a form that does not leave the hospital: correct it in the enrolment.",
    "consent": "The version of the consent form has a form that does not leave the hospital: correct it in the "
    "enrolment.",
}


def tell(rows: list[Any], people: list[Any] | None = None) -> int:
    """Tell of these rows, and of these people, each by one of their rows, that they withdrew; what is refused is set
    aside and the others go. Returns how many rows were told of.

    Refusals name an entry of the message, so each costs one more request. An error without a place is looked for by
    halves, as long as a message without rows passes. OSError when the national side is away.
    """
    from isocentre.rooms.deid import messages  # which tells through this module

    totals, people = True, people or []
    while True:
        try:
            door.wall().post_receipts(dump(messages.message(rows, people, totals=totals)))
        except MessageRefused as refused:
            bad = {row.pk for row in _spoken_of(refused.place, messages.parts(rows, people))}
            if not bad and not (totals and refused.place.startswith("totals")):
                log.error("receipts_refused", place=refused.place)
                raise
            totals = totals and bool(bad)
            _set_aside([row for row in rows if row.pk in bad], _words(refused), IMAGE)
            _set_aside([row for row in people if row.pk in bad], _words(refused), PERSON)
            rows, people = [r for r in rows if r.pk not in bad], [r for r in people if r.pk not in bad]
        except OSError as error:
            if not getattr(error, "status", 0) or not (rows or people):
                raise
            return _by_halves(rows, people)
        else:
            return _told(rows, people)


def _by_halves(rows: list[Any], people: list[Any]) -> int:
    tell([])  # it takes messages as such; else the error is nobody's here, and is raised
    if len(rows) + len(people) == 1:
        words = "The national side answered with an error: tell its administrator."
        _set_aside(rows, words, IMAGE)
        _set_aside(people, words, PERSON)
        return 0
    first, second = len(rows) // 2, len(people) // 2
    if len(rows) == len(people) == 1:
        return tell(rows) + tell([], people)
    return tell(rows[:first], people[:second]) + tell(rows[first:], people[second:])


def _spoken_of(place: str, parts: dict[str, list[list[Any]]]) -> list[Any]:
    found = _ENTRY.match(place)
    entries = parts[found[1]] if found else []
    return entries[int(found[2])] if found and int(found[2]) < len(entries) else []


def _words(refused: MessageRefused) -> str:
    known = next((words for name, words in WORDS.items() if f".{name}" in refused.place), "")
    return known or f"The national side refused it: {refused.words}"[:300]


def _told(rows: Sequence[Any], people: Sequence[Any]) -> int:
    keys = [row.pk for row in rows]
    with transaction.atomic():
        RefusedReport.objects.filter(kind=IMAGE, key__in=keys).delete()
        RefusedReport.objects.filter(kind=PERSON, key__in=[row.enrolment_id for row in people]).delete()
        intake.withdrawing.told(people)
        return intake.LedgerRow.objects.filter(pk__in=keys, disposition="sent_on").update(receipt_sent=True)


def _set_aside(rows: Sequence[Any], words: str, kind: str) -> None:
    """These wait for a person or a better moment, and the queue goes on without them."""
    told = {row.pk: said(row) for row in rows}
    with transaction.atomic():
        for row in rows:
            key = row.pk if kind == IMAGE else row.enrolment_id
            made, new = RefusedReport.objects.get_or_create(
                kind=kind, key=key, defaults={"words": words, "said": told[row.pk], "at": timezone.now()}
            )
            if not new:
                made.words, made.said, made.at, made.tries = words, told[row.pk], timezone.now(), made.tries + 1
                made.save()
            log.warning("report_refused", kind=kind, key=key, tries=made.tries)
        if kind == IMAGE:
            intake.LedgerRow.objects.filter(pk__in=[row.pk for row in rows]).update(receipt_sent=True)


def said(row: Any) -> str:
    """A hash of what the national side is told of a row."""
    from isocentre.rooms.deid import messages

    told = dump(messages.message([row], totals=False))
    known = {name: told[name] for name in ("sent", "subjects")}
    return hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()


def again(worker: str) -> int:
    """Have told again what an hour has passed for, or what is another now (a corrected enrolment); returns how many."""
    aside = {one.key: one for one in RefusedReport.objects.filter(kind=IMAGE).order_by("at")[:ONCE]}
    rows = intake.LedgerRow.objects.filter(pk__in=list(aside), disposition="sent_on", recalled=False)
    found = {row.pk: row for row in rows.select_related("arrival", "enrolment")}
    stale = [one.pk for key, one in aside.items() if key not in found]  # corrected since, or recalled: nothing to tell
    if stale:
        RefusedReport.objects.filter(pk__in=stale).delete()
    due = [pk for pk, row in found.items() if _due(aside[pk], row)]
    return intake.LedgerRow.objects.filter(pk__in=due, receipt_sent=True).update(receipt_sent=False) if due else 0


def not_aside(people: list[Any]) -> list[Any]:
    """Of these rows those whose people are to be told of now."""
    keys = [row.enrolment_id for row in people]
    aside = {one.key: one for one in RefusedReport.objects.filter(kind=PERSON, key__in=keys)}
    return [row for row in people if row.enrolment_id not in aside or _due(aside[row.enrolment_id], row)]


def _due(one: RefusedReport, row: Any) -> bool:
    return one.at < timezone.now() - EVERY or one.said != said(row)
