"""Writes of the ledger: arrivals recorded in groups, rows claimed, dispositions recorded."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from isocentre.audit import door as audit
from isocentre.audit import rows as plain
from isocentre.core.actor import Actor
from isocentre.core.dicom.rejection import RejectionNote
from isocentre.core.routing import Route
from isocentre.jobs import claims, wake
from isocentre.rooms.intake import charter_notes, persons, recalling, rejections
from isocentre.rooms.intake.forgetting import forget_people
from isocentre.rooms.intake.models import LOST, UNASSIGNED, Arrival, Disposition, LedgerRow
from isocentre.rooms.intake.recall_arrivals import NOTHING, TakenBack, taken_back


@dataclass(frozen=True, slots=True)
class Newcomer:
    """One object ready to be recorded: durable at `path`, its routes decided.

    `told`: what its header says of the patient that may be new (`persons.remember`). `note`: what it is, where it is a
    rejection note.
    """

    path: str
    size: int
    sop_class_uid: str
    sop_instance_uid: str
    transfer_syntax: str
    header_sha256: str
    pixel_sha256: str
    source: str
    peer: str
    association: str
    facts: dict[str, Any]
    site: str
    scanner: str
    routes: tuple[Route, ...]
    arrived_at: datetime
    by: Actor
    called_ae: str = ""
    told: tuple[str, ...] = ()
    note: RejectionNote | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a newcomer: `new`, `duplicate`, `correction`, `conflict` or `recalled` (refused: just this was
    taken back); whether its file is still needed."""

    outcome: str
    needed: bool


def record_arrivals(items: list[Newcomer]) -> list[Kept]:
    """Record a batch inside the caller's transaction: arrival, rows, audit; one `Kept` an item, in order."""
    known = _known({i.sop_instance_uid for i in items})
    fresh = [i for i in items if i.sop_instance_uid not in known]
    taken = taken_back(scans={i.facts["study_uid"] for i in items}, images=known)
    if taken is not NOTHING:
        routed = {id(i): replace(i, routes=taken.routes(i.sop_instance_uid, i.facts, i.routes)) for i in items}
        items, fresh = [routed[id(i)] for i in items], [routed[id(i)] for i in fresh]
    _record_new({i.sop_instance_uid: i for i in reversed(fresh)}.values(), known)
    seen: set[str] = {i.sop_instance_uid for i in items} - {i.sop_instance_uid for i in fresh}
    answers = []
    for item in items:
        first = item.sop_instance_uid not in seen
        seen.add(item.sop_instance_uid)
        answers.append(Kept("new", True) if first else _record_again(item, known, taken))
    persons.remember(
        (route.enrolment_id, i.told)
        for i, kept in zip(items, answers, strict=True)
        for route in i.routes
        if i.told and route.enrolment_id and kept.outcome != "recalled"
    )
    rejections.came((i.sop_instance_uid, i.note, i.arrived_at) for i in items if i.note is not None)
    charter_notes.note(
        (route.research_study, i.facts["study_uid"])
        for i, kept in zip(items, answers, strict=True)
        for route in i.routes
        if kept.outcome not in ("duplicate", "recalled")
    )
    tally = Counter((i.by, i.association, kept.outcome) for i, kept in zip(items, answers, strict=True))
    for by in {each[0] for each in tally}:
        audit.record_counted(
            by=by,
            entries=[
                (audit.Entry("scan_received", "association", association, {"outcome": outcome}), images)
                for (who, association, outcome), images in tally.items()
                if who == by
            ],
        )
    transaction.on_commit(wake.wake)
    return answers


def _known(uids: set[str]) -> dict[str, Arrival]:
    """The newest arrival of each UID that came before."""
    found = plain.find(Arrival, "sop_instance_uid", uids)
    return {arrival.sop_instance_uid: arrival for arrival in sorted(found, key=lambda arrival: arrival.revision)}


def _record_new(items: Iterable[Newcomer], known: dict[str, Arrival]) -> None:
    """Arrivals and rows of images seen for the first time, in two statements however many they are."""
    order = list(items)
    arrivals = [_arrival(item, 0) for item in order]
    plain.insert(arrivals)
    known |= {arrival.sop_instance_uid: arrival for arrival in arrivals}
    plain.insert(_row(item, known[item.sop_instance_uid], route) for item in order for route in item.routes)


def _record_again(item: Newcomer, known: dict[str, Arrival], taken: TakenBack) -> Kept:
    before = known[item.sop_instance_uid]
    if taken.replayed(item.sop_instance_uid, item.header_sha256, item.pixel_sha256):
        return Kept("recalled", False)
    rows = LedgerRow.objects.filter(sop_instance_uid=item.sop_instance_uid)
    same = (before.header_sha256, before.pixel_sha256) == (item.header_sha256, item.pixel_sha256)
    # Held because its original is lost: what comes again is what was asked for, and no duplicate.
    if same and not rows.filter(disposition=Disposition.HELD, cause=LOST).exists():
        rows.update(duplicates=F("duplicates") + 1)
        return Kept("duplicate", False)
    # No pixel hash: the row was opted out and keeps nothing to compare with, so the image is looked at again.
    if before.pixel_sha256 in (item.pixel_sha256, ""):
        known[item.sop_instance_uid] = arrival = _arrival(item, before.revision + 1)
        arrival.save()
        _correct(item, arrival, rows)
        return Kept("correction", True)
    # Other pixels under the same UID: a person says keep or replace; the row keeps what it had.
    rows.update(
        disposition=Disposition.HELD, cause="other_pixels", conflicting=item.path, claimed_by="", lease_until=None,
        words="The same image came again with other pixels: keep the first, or replace it.",
    )  # fmt: skip
    return Kept("conflict", True)


def _arrival(item: Newcomer, revision: int) -> Arrival:
    return Arrival(
        sop_instance_uid=item.sop_instance_uid, revision=revision, header_sha256=item.header_sha256,
        pixel_sha256=item.pixel_sha256, path=item.path, size=item.size, sop_class_uid=item.sop_class_uid,
        transfer_syntax=item.transfer_syntax, source=item.source, peer=item.peer, association=item.association,
        called_ae=item.called_ae, arrived_at=item.arrived_at,
        study_uid=item.facts["study_uid"], series_uid=item.facts["series_uid"],
        facts=item.facts, accession=item.facts["accession"], patient_id=item.facts["patient_id"],
    )  # fmt: skip


def _row(item: Newcomer, arrival: Arrival, route: Route) -> LedgerRow:
    row = LedgerRow(sop_instance_uid=item.sop_instance_uid, first_day=timezone.localdate(item.arrived_at))
    return _apply(row, item, arrival, route)


def _apply(row: LedgerRow, item: Newcomer, arrival: Arrival, route: Route) -> LedgerRow:
    row.arrival, row.research_study, row.enrolment_id = arrival, route.research_study, route.enrolment_id
    row.study_uid = arrival.study_uid
    row.disposition, row.cause, row.words = route.disposition, route.cause, route.words
    row.follower, row.assigned = route.follower, False
    row.time_point, row.study_day, row.site, row.scanner = route.time_point, route.study_day, item.site, item.scanner
    row.claimed_by, row.lease_until, row.attempts, row.not_before = "", None, 0, None
    row.receipt_sent, row.recalled = False, False  # the next revision is reported as well
    row.decided_at = None if route.disposition == Disposition.PENDING else item.arrived_at
    return row


def _correct(item: Newcomer, arrival: Arrival, rows: Any) -> None:
    """A correction is the same row with the next revision, moved where the corrected header belongs.

    Research studies it newly belongs to take over rows that were never sent on; none of those goes on as it was,
    for its header may have named another person. A row that was sent on keeps saying which revision that was.
    """
    existing = {row.research_study: row for row in rows}
    wanted = {route.research_study for route in item.routes}
    left = [row for slug, row in existing.items() if slug not in wanted and row.sent_at is None]
    left.sort(key=lambda row: row.research_study != UNASSIGNED)
    for route in item.routes:
        row = existing.get(route.research_study)
        if row is None:
            row = left.pop(0) if left else _row(item, arrival, route)
        _apply(row, item, arrival, route).save()
    for row in left:
        away = Route(row.research_study, Disposition.LEFT_OUT, "corrected_away", _AWAY)
        _apply(row, item, arrival, away).save()
    for row in existing.values():
        if row.sent_at is not None and row.research_study not in wanted and row.disposition != Disposition.SENT_ON:
            # Sent on before, and a later revision was waiting: that one stays here.
            _apply(row, item, arrival, Route(row.research_study, "held", "corrected_away", _AWAY)).save()


_AWAY = "A correction of the header says that the image does not belong here."


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a mover decided for one claimed row."""

    row_id: int
    disposition: str
    cause: str = ""
    words: str = ""
    fields: dict[str, Any] = field(default_factory=dict)


def claim_pending(*, worker: str, limit: int) -> list[LedgerRow]:
    """Lease pending rows that nobody has tried yet, oldest first, with their arrival and enrolment."""
    return claims.untried(_pending(), worker=worker, limit=limit, read=_read())


def claim_tried(*, worker: str) -> LedgerRow | None:
    """Lease the oldest pending row that was tried before, by itself; None when none is due. See `claims.tried`."""
    row: LedgerRow | None = claims.tried(_pending(), worker=worker, read=_read())
    return row


def _pending() -> QuerySet[LedgerRow]:
    return recalling.answered(LedgerRow.objects.filter(disposition=Disposition.PENDING).order_by("pk"))


def _read() -> QuerySet[LedgerRow]:
    # A batch is mostly of one person: read once, not with every row.
    return LedgerRow.objects.select_related("arrival").prefetch_related("enrolment__person")


def sent_since(moment: datetime) -> bool:
    """Whether the national side has stored the newest image that was sent on, a canary's too, since then."""
    newest = LedgerRow.objects.filter(disposition=Disposition.SENT_ON).order_by("-pk").values_list("sent_at", flat=True)
    return any(at is not None and at >= moment for at in newest[:1])


COLUMNS = ("object_uid", "object_study_uid", "event_id", "pseudonym", "profile", "actions", "sent_sha256", "sent_at")


def record_outcomes(
    *, by: Actor, worker: str, outcomes: Iterable[Outcome], told: Iterable[tuple[int, Iterable[str]]] = ()
) -> int:
    """Record dispositions of rows still held by `worker`, each kind of outcome counted; returns how many moved.

    `told`: by enrolment, what headers said of people that was not known of them yet. One prepared statement for all
    rows: the write lock is held for milliseconds (design §6.13).
    """
    listed = list(outcomes)
    if not listed:
        return 0
    by_kind = Counter((outcome.disposition, outcome.cause) for outcome in listed)
    now = timezone.now()
    rows = [_parameters(outcome, now, worker) for outcome in listed]
    entries = [
        (audit.Entry(f"scan_{disposition}", "ledger", cause or disposition), images)
        for (disposition, cause), images in by_kind.items()
    ]
    with transaction.atomic():
        moved = plain.many(_OUTCOME, rows)
        persons.remember(told)
        forget_people(o.row_id for o in listed if o.disposition == Disposition.OPTED_OUT)
        audit.record_counted(by=by, entries=entries)
    return moved


# COALESCE keeps what a row has where an outcome brings nothing (a held row was not sent).
_OUTCOME = (
    "UPDATE intake_ledgerrow SET disposition = %s, cause = %s, words = %s, decided_at = %s, claimed_by = '', "  # noqa: S608 - column names are ours
    "lease_until = NULL, not_before = NULL, last_error = '', "
    + ", ".join(f"{column} = COALESCE(%s, {column})" for column in COLUMNS)
    + " WHERE id = %s AND claimed_by = %s AND disposition = 'pending'"
)


def _parameters(outcome: Outcome, now: datetime, worker: str) -> tuple[Any, ...]:
    fields = dict(outcome.fields)
    if "actions" in fields:
        fields["actions"] = json.dumps(fields["actions"])
    extra = [_adapted(fields.pop(column, None)) for column in COLUMNS]
    if fields:
        raise ValueError(f"an outcome may not set {sorted(fields)}")
    decided = (outcome.disposition, outcome.cause, outcome.words[:300], _adapted(now))
    return (*decided, *extra, outcome.row_id, worker)


def _adapted(value: Any) -> Any:
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value
