"""Rejection notes of the picture archive: what they name is taken back, held and asked about, or only logged.

For patient safety, or an incorrect worklist entry: taken back as by a person (`recalling`). For quality: what has not
gone on is held, and a person says whether the rest is taken back. Expired in the archive: nothing is. Images may come
after their note, so what was not here is looked for again for a day.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from isocentre.audit import door as audit
from isocentre.core.actor import SYSTEM, Actor
from isocentre.core.checks import Checks, NotFound
from isocentre.core.dicom.rejection import EXPIRED, QUALITY, TITLES
from isocentre.core.dicom.rejection import RejectionNote as Note
from isocentre.core.routing import Route
from isocentre.jobs import claims
from isocentre.rooms.intake import recalling, viewing
from isocentre.rooms.intake.models import CANARY, Disposition, LedgerRow, RejectionNote

CAUSE, HELD = "rejection_note", "rejected_quality"
WORDS = "A note of the picture archive, which says that images are not to be used any more."
AT_ONCE = 20
AGAIN, LOOKED_FOR = timedelta(minutes=1), timedelta(days=1)
"""How often, and how long, images are looked for that a note names and that had not come."""
DECISIONS = {"back": "Take these images back", "keep": "Keep them in use all the same"}


def routes(given: tuple[Route, ...]) -> tuple[Route, ...]:
    """Where a note itself goes: nowhere, in whichever research study."""
    return tuple(
        Route(one.research_study, Disposition.LEFT_OUT, CAUSE, WORDS)
        if one.disposition in (Disposition.PENDING, Disposition.HELD) else one
        for one in given
    )  # fmt: skip


def came(notes: Iterable[tuple[str, Note, datetime]]) -> None:
    """Notes (by their SOPInstanceUID, with when they came) now wait, once each. Inside the caller's transaction."""
    rows = [
        RejectionNote(sop_instance_uid=uid, code=note.code, images=[list(one) for one in note.images], at=at)
        for uid, note, at in notes
    ]
    if rows:
        RejectionNote.objects.bulk_create(rows, ignore_conflicts=True)


def carry_out(worker: str) -> int:
    """Do what the notes that are due ask for; returns how many are done with."""
    due = RejectionNote.objects.filter(state=RejectionNote.WAITING).order_by("pk")
    if not due.exists():  # nearly always
        return 0
    return sum(_carry_out(note) for note in claims.claim(due, worker=worker, limit=AT_ONCE))


def _carry_out(note: RejectionNote) -> bool:
    named = [(str(study), str(uid)) for study, uid in note.images]
    if note.code == EXPIRED:
        return _settle(note, RejectionNote.DONE, set())
    if note.code == QUALITY:
        found = _hold(named)
    else:
        found = recalling.take_back_rejected(by=SYSTEM, images=named, code=note.code, reason=reason(note.code))
    late = note.at < timezone.now() - LOOKED_FOR
    busy = _rows(named).filter(disposition=Disposition.PENDING).exists()  # in a worker's hands just now
    state = RejectionNote.DONE if late or len(found) == len({uid for _, uid in named}) else RejectionNote.WAITING
    if note.code == QUALITY and _in_use(named).exists():
        state = RejectionNote.ASKED
    state = RejectionNote.WAITING if busy else state
    return _settle(note, state, found)


def reason(code: str) -> str:
    """Why, as a recall and the audit trail have it."""
    return f"Rejection note of the picture archive: {TITLES.get(code, code)} ({code})"


def _hold(named: list[tuple[str, str]]) -> set[str]:
    """Hold what has not gone on of these images; the SOPInstanceUIDs of those that are here."""
    mine = _rows(named)
    with transaction.atomic():
        waiting = mine.filter(disposition=Disposition.PENDING, claimed_by="")
        waiting.update(disposition=Disposition.HELD, cause=HELD, words=reason(QUALITY), decided_at=timezone.now())
    return set(mine.values_list("sop_instance_uid", flat=True))


def _in_use(named: list[tuple[str, str]]) -> QuerySet[LedgerRow]:
    return _rows(named).filter(disposition=Disposition.SENT_ON, recalled=False)


def _rows(named: list[tuple[str, str]]) -> QuerySet[LedgerRow]:
    """Rows of what a note names, each in the scan the note says it is of."""
    where = Q(pk__in=[])
    for study in {study for study, _ in named}:
        where |= Q(study_uid=study, sop_instance_uid__in=[uid for of, uid in named if of == study])
    rows = LedgerRow.objects.filter(where).exclude(research_study=CANARY)
    return rows.exclude(disposition=Disposition.OPTED_OUT)


def _settle(note: RejectionNote, state: str, found: set[str]) -> bool:
    first = _rows([(str(study), str(uid)) for study, uid in note.images]).order_by("pk").first()
    waits = state == RejectionNote.WAITING
    with transaction.atomic():
        if len(found) != note.found or not waits:
            detail = {"code": note.code, "images": len(note.images), "found": len(found)}
            audit.record(by=SYSTEM, entries=[audit.Entry("rejection_note_taken", "note", str(note.pk), detail)])
        RejectionNote.objects.filter(pk=note.pk).update(
            state=state, found=len(found), row=first.pk if first else None, claimed_by="", lease_until=None,
            not_before=timezone.now() + AGAIN if waits else None,
        )  # fmt: skip
    return not waits


def visible(by: Actor) -> QuerySet[RejectionNote]:
    """Notes in the actor's scope: as the rows that tell that they came."""
    mine = viewing.visible(by).filter(sop_instance_uid=OuterRef("sop_instance_uid"))
    return RejectionNote.objects.filter(Exists(mine))


def decide(*, by: Actor, pk: int, decision: str, why: str) -> int:
    """A person says what becomes of images rejected for their quality; how many were taken back. Unfit with words."""
    viewing.require(by, recalling.PERMISSION)
    note = visible(by).filter(pk=pk, state=RejectionNote.ASKED).first()
    if note is None:
        raise NotFound("no rejection note waits under this number")
    checks = Checks()
    checks.one_of("decision", decision, DECISIONS, "Choose what becomes of the images")
    checks.filled("reason", why, "Say why, in a few words", most=300)
    checks.nobody("reason", why)
    checks.done()
    named = [(str(study), str(uid)) for study, uid in note.images]
    gone = 0
    if decision == "back":
        gone = len(recalling.take_back_rejected(by=by, images=named, code=note.code, reason=why))
    with transaction.atomic():
        state = RejectionNote.DONE if decision == "back" else RejectionNote.KEPT
        RejectionNote.objects.filter(pk=note.pk).update(state=state, decided_by=by.name, reason=why)
        entry = audit.Entry("rejection_note_decided", "note", str(note.pk), {"decision": decision, "images": gone}, why)
        audit.record(by=by, entries=[entry])
    return gone
