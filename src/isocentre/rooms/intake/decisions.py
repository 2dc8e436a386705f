"""What a person decides about held scans, in bulk: each with a reason, audited, safe to repeat, undone for a while.

A scan is all rows of one research study that share a source StudyInstanceUID; `keys` name scans by the id of any of
their rows, and a decision is about those of their rows that are held for `cause`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from isocentre.audit import door as audit
from isocentre.core.actor import Actor
from isocentre.core.checks import Checks
from isocentre.core.routing import Route
from isocentre.jobs import wake
from isocentre.rooms.intake import leading, persons, recalling, viewing
from isocentre.rooms.intake.models import UNASSIGNED, Arrival, Decision, Disposition, LedgerRow
from isocentre.rooms.intake.replacing import Replacement, prepared
from isocentre.rooms.intake.reroute import Placed, Router

CHUNK = 500
FOLLOWED = "followed"
DIFFERS, TELLS = "person_differs", "subject_id_tells"
KEPT = (
    "research_study", "enrolment_id", "arrival_id", "disposition", "cause", "words", "conflicting", "time_point",
    "study_day", "site", "scanner", "decided_at", "receipt_sent", "study_uid", "recalled", "follower", "assigned",
)  # fmt: skip
OPEN = (Disposition.HELD, Disposition.LEFT_OUT)
"""A cause of what is left out is one of what is held as well only where both are decided about."""
FREE: dict[str, Any] = {"claimed_by": "", "lease_until": None, "attempts": 0, "not_before": None, "last_error": ""}


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decision did: scans and images decided, where the images went, scans somebody had decided already.

    `unchanged` counts images that stay held for the same cause. `decision` is None when nothing was decided. `parts`:
    into how many decisions it was divided, each undone by itself.
    """

    decision: int | None
    scans: int
    already: int
    images: dict[str, int] = field(default_factory=dict)
    unchanged: int = 0
    parts: int = 1


@dataclass
class Change:
    """What becomes of one row: its new fields, research studies it is put into besides, a replacement."""

    fields: dict[str, Any]
    besides: tuple[Placed, ...] = ()
    enrol: bool = False
    replacement: Replacement | None = None


Plan = Callable[[LedgerRow], Change | None]


def try_again(*, by: Actor, keys: Sequence[int], cause: str, reason: str) -> Decided:
    """Route the scans again with what is known now, and let them go on when nothing holds them any more."""
    router = Router()
    return _decide(by, "try_again", keys, cause, reason, lambda row: routed(row, router.placed(row)))


def put_into(*, by: Actor, keys: Sequence[int], cause: str, reason: str, research_study: str) -> Decided:
    """Put scans of no research study into one. Its own rules still decide; a dedicated one enrols new people."""
    checks = Checks()
    offered = [slug for slug, _ in viewing.accepted(by)]
    checks.one_of("research_study", research_study, offered, "Choose the research study the scans belong to")
    checks.done()
    router = Router()
    return _decide(
        by, "put_into", keys, cause, reason,
        lambda row: routed(row, router.placed(row, research_study=research_study)) if row.research_study == UNASSIGNED
        else None,
        research_study,
    )  # fmt: skip


def reject(*, by: Actor, keys: Sequence[int], cause: str, reason: str) -> Decided:
    """The scans are not sent on, and count as rejected."""
    return _decide(by, "reject", keys, cause, reason, lambda row: _stopped(row, Disposition.REJECTED, reason))


def leave_out(*, by: Actor, keys: Sequence[int], cause: str, reason: str) -> Decided:
    """The research study does not need the scans: they are not sent on, and count as left out."""
    return _decide(by, "leave_out", keys, cause, reason, lambda row: _stopped(row, Disposition.LEFT_OUT, reason))


def keep(*, by: Actor, keys: Sequence[int], reason: str) -> Decided:
    """Of two objects with one UID and other pixels, the first stays; what came later is erased."""
    router = Router()

    def plan(row: LedgerRow) -> Change | None:
        if row.sent_at is not None:
            return Change({"disposition": Disposition.SENT_ON, "cause": "", "words": ""})
        if recalling.is_taken_back(row):
            return Change({"disposition": Disposition.REJECTED, **recalling.why(row)})
        return routed(row, router.placed(row), moved=True)

    return _decide(by, "keep", keys, "other_pixels", reason, plan)


def replace(*, by: Actor, keys: Sequence[int], reason: str) -> Decided:
    """Of two objects with one UID and other pixels, the later one is right: it goes on as the next revision."""
    router, ready = Router(), prepared(_rows(by, _scans(by, keys), "other_pixels"))

    def plan(row: LedgerRow) -> Change | None:
        if row.pk not in ready:
            return None
        change = routed(row, router.placed(row), moved=True)
        if change is not None:
            change.replacement = ready[row.pk]
            change.fields |= {"receipt_sent": False, "recalled": False}
        return change

    return _decide(by, "replace", keys, "other_pixels", reason, plan)


def _stopped(row: LedgerRow, disposition: Disposition, reason: str) -> Change | None:
    if row.sent_at is not None:
        return None  # an earlier revision was sent on: the ledger must go on saying so
    return Change({"disposition": disposition, "cause": f"{disposition}_by_person", "words": reason[:300]})


def routed(row: LedgerRow, places: tuple[Placed, ...], *, moved: bool = False) -> Change | None:
    """The row's new place; None when it would stay held for the same cause (unless it moves for another reason)."""
    first, besides = places[0], places[1:]
    new = first.route
    if not moved and (new.research_study, new.disposition, new.cause) == (
        row.research_study, row.disposition, row.cause
    ):  # fmt: skip
        return None
    return Change(
        {"research_study": new.research_study, "enrolment_id": new.enrolment_id, "disposition": new.disposition,
         "cause": new.cause, "words": new.words, "time_point": new.time_point, "study_day": new.study_day,
         "scanner": first.scanner, "site": first.site, "follower": new.follower},
        besides, new.enrol,
    )  # fmt: skip


def _scans(by: Actor, keys: Iterable[int]) -> set[tuple[str, str]]:
    rows = viewing.visible(by).filter(pk__in=list(keys))
    return set(rows.values_list("research_study", "study_uid"))


def _rows(by: Actor, scans: Iterable[tuple[str, str]], cause: str) -> list[LedgerRow]:
    where = Q(pk__in=[])
    for slug, uid in scans:
        where |= Q(research_study=slug, study_uid=uid)
    held = viewing.visible(by).filter(where, disposition=Disposition.HELD, cause=cause)
    return list(held.select_related("arrival", "enrolment__person").order_by("pk"))


def people_of(rows: Iterable[LedgerRow]) -> set[str]:
    """What is known of the patients of these rows: a reason is kept for good, and may name none of them."""
    people = {row.enrolment.person for row in rows if row.enrolment}
    known = {value for p in people for value in (p.name, p.hospital_number, p.nhs_number)}
    facts = (row.arrival.facts for row in rows)
    return known | {one.get(name, "") for one in facts for name in ("patient_name", "patient_id", "accession")}


def check_reason(*, by: Actor, keys: Sequence[int], cause: str, reason: str) -> list[LedgerRow]:
    """The rows of these scans that are held for the cause; Unfit where the reason is none or names a patient."""
    viewing.require(by, "held_act")
    checks = Checks()
    checks.filled("reason", reason, "Say why, in a few words", most=300)
    checks.that(bool(keys), "chosen", "Choose at least one scan")
    checks.done()
    rows = _rows(by, _scans(by, keys), cause)
    checks.nobody("reason", reason, known=people_of(rows))
    checks.done()
    return rows


def _decide(
    by: Actor, action: str, keys: Sequence[int], cause: str, reason: str, plan: Plan, research_study: str = ""
) -> Decided:
    rows = check_reason(by=by, keys=keys, cause=cause, reason=reason)
    planned = {row.pk: change for row in rows if (change := plan(row)) is not None}
    now = timezone.now()
    decision = Decision(
        action=action, cause=cause, research_study=research_study, reason=reason, by=by.name, at=now
    )  # fmt: skip
    work = carry_out(by, decision, planned, (cause,))
    # A scan whose rows are all decided counts as decided already; so does one that left its research study.
    touched = {(row.was_study, row.study_uid) for row in work.rows}
    gone = max(0, len(set(keys)) - len({(r.research_study, r.study_uid) for r in rows}))
    raced = len({(r.research_study, r.study_uid) for r in rows if r.pk in planned} - touched)
    return Decided(decision.pk, len(touched), gone + raced, dict(work.counts), len(rows) - len(planned))


def carry_out(by: Actor, decision: Decision, planned: dict[int, Change], causes: Sequence[str]) -> _Work:
    """Apply the changes to the rows that are still held for these causes; the decision is saved when one was."""
    work = _Work(decision, by)
    with transaction.atomic():
        # A second person's decision waits here for the first one's, and then finds nothing held.
        for part in _chunks(list(planned)):
            held = LedgerRow.objects.filter(pk__in=part, disposition__in=OPEN, cause__in=causes)
            for row in held.select_for_update(of=("self",)).select_related("arrival"):
                work.apply(row, planned[row.pk])
        if work.rows:
            work.finish()
    return work


def _chunks(ids: list[int]) -> list[list[int]]:
    return [ids[at : at + CHUNK] for at in range(0, len(ids), CHUNK)]


@dataclass(frozen=True)
class _Touched:
    was_study: str
    study_uid: str


class _Work:
    """Applies one decision's changes inside its transaction, remembering how every row was."""

    def __init__(self, decision: Decision, by: Actor) -> None:
        self.decision, self.by = decision, by
        self.counts: Counter[str] = Counter()
        self.rows: list[_Touched] = []
        self._before: dict[tuple[Any, ...], list[int]] = {}
        self._after: dict[tuple[tuple[str, Any], ...], list[int]] = {}
        self._made: list[int] = []
        self._arrivals: list[int] = []
        self._new: dict[str, Arrival] = {}
        self._enrolled: dict[tuple[str, str, str], int] = {}

    def apply(self, row: LedgerRow, change: Change) -> None:
        """One row that is still held, changed."""
        fields = dict(change.fields)
        slug = fields.get("research_study", row.research_study)
        taken = None if slug == row.research_study else LedgerRow.objects.filter(
            sop_instance_uid=row.sop_instance_uid, research_study=slug
        ).select_related("arrival").first()  # fmt: skip
        again = taken is not None and recalling.is_out(taken) and taken.arrival.revision < row.arrival.revision
        if change.enrol and (taken is None or again):
            fields["enrolment_id"] = self._enrol(slug, row.arrival)
        if taken is not None:
            if again:  # what was taken back there comes again, put right: there, as its next revision
                put_right = {"arrival_id": row.arrival_id, "study_uid": row.study_uid, "recalled": False,
                             "receipt_sent": False}  # fmt: skip
                self._note(taken, {**fields, **put_right})
            words = "The same image is already in that research study."
            fields = {"disposition": Disposition.LEFT_OUT, "cause": "elsewhere", "words": words}
        if change.replacement is not None:
            new = self._replace(row, change.replacement)
            fields["arrival_id"], fields["study_uid"] = new.pk, new.study_uid
        self._note(row, fields, counted=not again)
        self.rows.append(_Touched(row.research_study, row.study_uid))
        for place in () if taken else change.besides:
            self._beside(row, place)

    def _note(self, row: LedgerRow, fields: dict[str, Any], *, counted: bool = True) -> None:
        """What a row was, and what it becomes."""
        before = tuple(_plain(getattr(row, name)) for name in KEPT)
        self._before.setdefault(before, []).append(row.pk)
        self._after.setdefault(tuple(fields.items()), []).append(row.pk)
        if counted:
            self.counts[str(fields["disposition"])] += 1

    def finish(self) -> None:
        """Write rows, decision and audit."""
        at = self.decision.at
        for fields, ids in self._after.items():
            for part in _chunks(ids):
                LedgerRow.objects.filter(pk__in=part).update(**dict(fields), **FREE, decided_at=at)
        before = [{"rows": ids, "fields": dict(zip(KEPT, was, strict=True))} for was, ids in self._before.items()]
        self.decision.was = {"before": before, "rows": self._made, "arrivals": self._arrivals}
        self.decision.scans = len({(r.was_study, r.study_uid) for r in self.rows})
        self.decision.images = len(self.rows)
        self.decision.save()
        detail = {"cause": self.decision.cause, "scans": self.decision.scans, **self.counts}
        entry = audit.Entry(f"held_{self.decision.action}", "decision", str(self.decision.pk), detail,
                            self.decision.reason)  # fmt: skip
        audit.record(by=self.by, entries=[entry])
        if self.decision.action != FOLLOWED:
            leading.look_now(row.study_uid for row in self.rows)
        transaction.on_commit(wake.wake)

    def _enrol(self, slug: str, arrival: Arrival) -> int:
        facts = arrival.facts
        key = (slug, facts["patient_id"], facts["issuer"])
        if key not in self._enrolled:
            made = persons.enrol(
                by=self.by, research_study=slug, hospital_number=facts["patient_id"], issuer=facts["issuer"],
                name=facts["patient_name"], on_arrival=True,
            )  # fmt: skip
            self._enrolled[key] = made.pk
        return self._enrolled[key]

    def _replace(self, row: LedgerRow, new: Replacement) -> Arrival:
        if row.conflicting not in self._new:
            arrival = new.arrival(row)
            arrival.save()
            self._new[row.conflicting] = arrival
            self._arrivals.append(arrival.pk)
        return self._new[row.conflicting]

    def _beside(self, row: LedgerRow, place: Placed) -> None:
        """A scan of two research studies becomes two rows (design §3.1)."""
        new: Route = place.route
        other, made = LedgerRow.objects.get_or_create(
            sop_instance_uid=row.sop_instance_uid, research_study=new.research_study,
            defaults={"arrival": row.arrival, "study_uid": row.study_uid,
                      "enrolment_id": new.enrolment_id, "disposition": new.disposition,
                      "cause": new.cause, "words": new.words, "time_point": new.time_point,
                      "study_day": new.study_day, "follower": new.follower, "site": place.site,
                      "scanner": place.scanner,
                      "first_day": row.first_day, "decided_at": self.decision.at},
        )  # fmt: skip
        if made:
            self._made.append(other.pk)


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
