"""A scan of the wrong patient is taken back: nothing of it goes on, the national side is told, its replay is refused.

An image is of one patient in whichever research study it is, so every research study of this hospital is taken in, of
which the person who does it may see one. What was sent on stays in the ledger as sent on, of which recalled; what was
not is rejected. The same images under the right patient come as the next revision, once the national side answered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet
from django.utils import timezone

from isocentre.audit import door as audit
from isocentre.core.actor import Actor
from isocentre.core.checks import Checks
from isocentre.jobs import wake
from isocentre.rooms.intake import viewing
from isocentre.rooms.intake.models import (
    CANARY,
    FAILED,
    UNASSIGNED,
    Arrival,
    CharterCheck,
    Disposition,
    LedgerRow,
    Recall,
    RecalledImage,
)

PERMISSION = "scans_recall"
CAUSE = "wrong_patient"
WORDS = "Taken back: its images are of another patient than its header says."
REJECTED_THERE = "rejected_there"
NOTED = "The picture archive rejected the image."
OUT = (
    Q(disposition=Disposition.SENT_ON, recalled=True)
    | Q(disposition=Disposition.REJECTED, cause__in=(CAUSE, REJECTED_THERE))
    | Q(disposition=Disposition.LEFT_OUT, cause="rejection_note")
)
"""Rows that are taken back, and not here for anybody but those who look after the recall; a note is no image either."""
CHUNK = 500
AGAIN = timedelta(seconds=3)
"""After which the national side is asked again what it did."""


@dataclass(frozen=True, slots=True)
class Part:
    """One series of a scan, as a person chooses it: images of it not taken back yet, and of those the ones sent on."""

    series_uid: str
    words: str
    images: int
    sent: int


@dataclass
class _Work:
    """What becomes of the rows of one recall."""

    recall: Recall
    made: list[RecalledImage] = field(default_factory=list)
    sent: list[int] = field(default_factory=list)
    rejected: list[int] = field(default_factory=list)
    patients: set[str] = field(default_factory=set)
    series: set[str] = field(default_factory=set)

    def take(self, row: LedgerRow, arrival: Arrival, state: str) -> None:
        """Take one image back, up to this arrival of it."""
        self.patients.add(arrival.patient_id)
        self.series.add(arrival.series_uid)
        self.made.append(RecalledImage(
            recall=self.recall, row=row.pk, research_study=row.research_study, site=row.site, study_uid=row.study_uid,
            sop_instance_uid=row.sop_instance_uid, revision=arrival.revision, header_sha256=arrival.header_sha256,
            pixel_sha256=arrival.pixel_sha256, object_uid=row.object_uid if row.sent_at else "",
            event_id=row.event_id if self.recall.whole else "", state=state,
        ))  # fmt: skip


def _all(study_uid: str) -> QuerySet[LedgerRow]:
    """Rows of a scan in every research study; who opted out keeps none that names anybody."""
    rows = LedgerRow.objects.filter(study_uid=study_uid).exclude(research_study=CANARY)
    return rows.exclude(disposition=Disposition.OPTED_OUT)


def parts(*, by: Actor, key: int) -> list[Part]:
    """The series of the scan that this row belongs to, as far as they are not taken back, in the order they came."""
    row = viewing.visible(by).filter(pk=key).first()
    if row is None:
        return []
    found: dict[str, list[LedgerRow]] = {}
    for one in _all(row.study_uid).exclude(OUT).select_related("arrival").order_by("pk"):
        found.setdefault(one.arrival.series_uid, []).append(one)
    return [
        Part(uid, _called(rows[0].arrival.facts), len({one.sop_instance_uid for one in rows}),
             len({one.sop_instance_uid for one in rows if one.sent_at}))
        for uid, rows in found.items()
    ]  # fmt: skip


def _called(facts: Mapping[str, Any]) -> str:
    number = facts.get("series_number", "")
    told = (
        facts.get("series_description") or facts.get("protocol_name"),
        facts.get("modality"),
        facts.get("body_part"),
    )
    return ", ".join(filter(None, (f"Series {number}" if number else "Series", *told)))


def recall(*, by: Actor, key: int, series: Sequence[str], reason: str) -> Recall:
    """Take these series of a scan back, in every research study of this hospital. Unfit with a sentence by field.

    Nothing of them is sent on from now on. The national side is told by whoever tells it; it waits while that is away.
    """
    viewing.require(by, PERMISSION)
    with transaction.atomic():
        row = viewing.visible(by).filter(pk=key).select_related("arrival").first()
        if row is None:
            raise PermissionDenied("There is no such scan in your scope.")
        # Of the rows themselves only: a worker that has one in hand finds it gone when it records what came of it.
        left = _all(row.study_uid).exclude(OUT).select_for_update(of=("self",)).select_related("arrival")
        every = list(left.order_by("pk"))
        rows = [one for one in every if one.arrival.series_uid in set(series)]
        checks = Checks()
        checks.filled("reason", reason, "Say why, in a few words", most=300)
        checks.that(bool(rows), "series", "Choose at least one series")
        checks.nobody("reason", reason, known=_people(rows))
        checks.done()
        return _take_back(by, row, rows, every, reason)


def take_back_rejected(*, by: Actor, images: Iterable[tuple[str, str]], code: str, reason: str) -> set[str]:
    """Take back what a rejection note names, (StudyInstanceUID, SOPInstanceUID) each, in every research study; the
    SOPInstanceUIDs of it that are here, also those taken back before. Safe to repeat."""
    wanted: dict[str, set[str]] = {}
    for study_uid, uid in images:
        wanted.setdefault(study_uid, set()).add(uid)
    found: set[str] = set()
    for study_uid, uids in wanted.items():
        with transaction.atomic():
            mine = _all(study_uid).select_for_update(of=("self",)).select_related("arrival").order_by("pk")
            named = [row for row in mine if row.sop_instance_uid in uids]
            found |= {row.sop_instance_uid for row in named}
            every = [row for row in mine if not is_out(row)]
            if rows := [row for row in every if row.sop_instance_uid in uids]:
                _take_back(by, rows[0], rows, every, reason, code)
    return found


def take_back(by: Actor, rows: Sequence[LedgerRow], reason: str) -> Recall:
    """Inside the caller's transaction: take these rows of one scan back."""
    every = [row for row in _all(rows[0].study_uid) if not is_out(row)]
    return _take_back(by, rows[0], rows, every, reason)


def is_out(row: LedgerRow) -> bool:
    """As `OUT`, of one row."""
    stopped = {Disposition.REJECTED: (CAUSE, REJECTED_THERE), Disposition.LEFT_OUT: ("rejection_note",)}
    if row.disposition == Disposition.SENT_ON:
        return row.recalled
    return row.cause in stopped.get(Disposition(row.disposition), ())


def _take_back(
    by: Actor, row: LedgerRow, rows: Sequence[LedgerRow], every: Sequence[LedgerRow], reason: str, note: str = ""
) -> Recall:
    """Inside the caller's transaction: `rows` of a scan, of `every` one of it that is not taken back yet."""
    whole = len(rows) == len(every)
    first = min(one.pk for one in every if one.research_study == row.research_study)
    made = Recall.objects.create(
        research_study=row.research_study, study_uid=row.study_uid, site=row.site, row=first, whole=whole, note=note,
        reason=reason, by=by.name, at=timezone.now(),
    )  # fmt: skip
    work = _Work(made)
    _sort(work, rows)
    _write(work, row.study_uid)
    detail = {"recall": made.pk, "images": made.images, "sent": made.sent, "whole": whole}
    audit.record(by=by, entries=[audit.Entry("scan_recalled", "scan", str(row.pk), detail, reason)])
    transaction.on_commit(wake.wake)
    return made


def _people(rows: Iterable[LedgerRow]) -> set[str]:
    facts = [row.arrival.facts for row in rows]
    return {one.get(name, "") for one in facts for name in ("patient_name", "patient_id", "accession")}


def _sort(work: _Work, rows: Sequence[LedgerRow]) -> None:
    """What becomes of each row: told of where it left the hospital or may have, rejected where it did not."""
    earlier = _earlier([row for row in rows if row.sent_at and row.disposition != Disposition.SENT_ON])
    for row in rows:
        was = earlier.get(row.pk)
        if was is not None and was.patient_id != row.arrival.patient_id:
            # The picture archive corrected it already: what it sent before goes, and what it says now may come.
            work.take(row, was, RecalledImage.WAITING)
            continue
        out = row.sent_at is not None or _in_doubt(row)
        work.take(row, row.arrival, RecalledImage.WAITING if out else RecalledImage.KEPT)
        (work.sent if row.sent_at else work.rejected).append(row.pk)


def _earlier(rows: Sequence[LedgerRow]) -> dict[int, Arrival]:
    """Of rows that were sent on and are on their way again: the revision before the one they have now, unless that was
    taken back already."""
    found: dict[int, Arrival] = {}
    for row in rows:
        before = Arrival.objects.filter(sop_instance_uid=row.sop_instance_uid, revision__lt=row.arrival.revision)
        gone = RecalledImage.objects.filter(row=row.pk, revision=OuterRef("revision"))
        before = before.exclude(Exists(gone))
        if (last := before.order_by("-revision").first()) is not None:
            found[row.pk] = last
    return found


def _in_doubt(row: LedgerRow) -> bool:
    """True when it may have reached the national side without our having been told so."""
    if row.research_study == UNASSIGNED:
        return False
    if row.disposition == Disposition.PENDING:
        return bool(row.claimed_by or row.attempts)
    return row.disposition == Disposition.HELD and (row.attempts > 1 or row.cause == FAILED)


def _write(work: _Work, study_uid: str) -> None:
    cause, words = (REJECTED_THERE, NOTED) if work.recall.note else (CAUSE, WORDS)
    now, free = work.recall.at, {"claimed_by": "", "lease_until": None, "not_before": None, "last_error": ""}
    for ids, fields in (
        (work.sent, {"disposition": Disposition.SENT_ON, "cause": "", "words": "", "recalled": True,
                     "receipt_sent": True}),
        (work.rejected, {"disposition": Disposition.REJECTED, "cause": cause, "words": words}),
    ):  # fmt: skip
        for at in range(0, len(ids), CHUNK):
            LedgerRow.objects.filter(pk__in=ids[at : at + CHUNK]).update(**fields, **free, decided_at=now)
    RecalledImage.objects.bulk_create(work.made, batch_size=CHUNK)
    work.recall.images = len({one.sop_instance_uid for one in work.made})
    work.recall.sent = len({one.sop_instance_uid for one in work.made if one.state != RecalledImage.KEPT})
    work.recall.series, work.recall.patients = sorted(work.series), sorted(work.patients)
    work.recall.save(update_fields=["images", "sent", "series", "patients"])
    if work.recall.whole:
        CharterCheck.objects.filter(study_uid=study_uid).delete()


def is_taken_back(row: LedgerRow) -> bool:
    """True when just what the row has now was taken back: whatever else came under its UID, that never goes on."""
    return RecalledImage.objects.filter(row=row.pk, revision=row.arrival.revision).exists()


def images() -> QuerySet[RecalledImage]:
    """Every image that was taken back, by its ledger row (`row`) and up to which revision."""
    return RecalledImage.objects.all()


def revisions(rows: Iterable[int]) -> dict[int, int]:
    """Up to which revision each of these rows was taken back; only those that were."""
    found = RecalledImage.objects.filter(row__in=list(rows)).order_by().values("row")
    return {one["row"]: one["revision"] for one in found.annotate(revision=Max("revision"))}


def why(row: LedgerRow) -> dict[str, str]:
    """Cause and words of a row that was taken back before it was sent on."""
    last = RecalledImage.objects.filter(row=row.pk).select_related("recall").order_by("-pk").first()
    noted = last is not None and last.recall.note
    return {"cause": REJECTED_THERE, "words": NOTED} if noted else {"cause": CAUSE, "words": WORDS}


def answered(rows: QuerySet[LedgerRow]) -> QuerySet[LedgerRow]:
    """Without those of scans of which the national side has not answered a recall: none of them goes on before, or it
    would meet there what was taken back."""
    waiting = RecalledImage.objects.filter(state__in=RecalledImage.OPEN)
    if not waiting.exists():  # nearly always
        return rows
    mine = waiting.filter(research_study=OuterRef("research_study"), study_uid=OuterRef("study_uid"))
    return rows.exclude(Exists(mine))


def to_tell(limit: int) -> list[RecalledImage]:
    """Images the national side is told of now: it is asked again every few seconds until it answers."""
    due = Q(state=RecalledImage.WAITING) | Q(state=RecalledImage.TOLD, told_at__lt=timezone.now() - AGAIN)
    return list(RecalledImage.objects.filter(due).order_by(F("told_at").asc(nulls_first=True), "pk")[:limit])


def name(images: Mapping[int, str]) -> None:
    """The object UIDs that images got for which it is not known whether they left; none: they cannot have."""
    with transaction.atomic():
        for pk, uid in images.items():
            found = RecalledImage.objects.filter(pk=pk, state__in=RecalledImage.OPEN)
            found.update(object_uid=uid) if uid else found.update(state=RecalledImage.KEPT)


def told(images: Iterable[int], answers: Mapping[int, str]) -> int:
    """The national side was told of these; `answers`: what it did, by image, as far as it did it. How many it did."""
    now = timezone.now()
    keys = list(images)
    with transaction.atomic():
        RecalledImage.objects.filter(pk__in=keys).update(told_at=now)
        RecalledImage.objects.filter(pk__in=keys, state=RecalledImage.WAITING).update(state=RecalledImage.TOLD)
        for outcome in set(answers.values()):
            some = [pk for pk, said in answers.items() if said == outcome]
            rows = RecalledImage.objects.filter(pk__in=some, state__in=RecalledImage.OPEN)
            if outcome == RecalledImage.RECALLED:
                _were_there(rows)
            rows.update(state=outcome, answered_at=now)
        transaction.on_commit(wake.wake)
    return len(answers)


def _were_there(images: QuerySet[RecalledImage]) -> None:
    """It had received what nobody told us it had: so it was sent on, and recalled."""
    unsent = LedgerRow.objects.filter(disposition=Disposition.REJECTED, cause__in=(CAUSE, REJECTED_THERE), sent_at=None)
    found = set(unsent.filter(pk__in=images.values("row")).values_list("pk", flat=True))
    for one in images.filter(row__in=found).select_related("recall"):
        unsent.filter(pk=one.row).update(
            disposition=Disposition.SENT_ON, cause="", words="", recalled=True, receipt_sent=True,
            object_uid=one.object_uid, sent_at=one.recall.at,
        )  # fmt: skip
