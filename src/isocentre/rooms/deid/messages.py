"""The two messages of the gateway: `study-config` fetched, `receipts` posted; both only when the gateway calls out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from isocentre.core.actor import SYSTEM
from isocentre.core.consent import terms
from isocentre.core.ids import ObjectUid, Pseudonym
from isocentre.core.records import (
    EventTime,
    LedgerTotals,
    Receipts,
    SendReceipt,
    SubjectNotice,
    parse_study_config,
)
from isocentre.jobs import door as jobs
from isocentre.rooms.deid import door, opt_out, reports
from isocentre.rooms.intake import door as intake

LIMIT = 500
CANARY = "canary"


def fetch_config(worker: str) -> int:
    """Take the newest proposals in; nothing comes into force by it but contribution agreements, and what waited for one
    goes on. What was taken back and is not known here is learnt. OSError when the national side is away."""
    config = parse_study_config(door.wall().fetch_study_config())
    learnt = intake.recall_learning.learn(by=SYSTEM, recalls=((r.object_uid, r.revision) for r in config.recalls))
    taken = intake.take_proposals(by=SYSTEM, config=config)
    return learnt + taken + sum(intake.reroute_agreed(by=SYSTEM).values())


def post_receipts(worker: str) -> int:
    """Send what was sent on since, the times of those events, who withdrew, and the ledger's totals; returns how many
    objects.

    What the national side refuses of it is set aside by itself (`reports`), and the rest goes: one odd value never
    keeps it from being told of the others. OSError when it is away.
    """
    waiting = intake.LedgerRow.objects.filter(receipt_sent=False, disposition="sent_on", recalled=False)
    rows = list(waiting.exclude(research_study=CANARY).select_related("arrival", "enrolment").order_by("pk")[:LIMIT])
    sweep = opt_out.swept_at()
    swept = sweep.isoformat() if sweep else ""
    told = not swept or jobs.recall("opt_out_told") == swept
    people = reports.not_aside(intake.withdrawing.to_tell())
    if not rows and not people and told:
        return 0
    taken = reports.tell(rows, people)
    if not told:
        jobs.remember("opt_out_told", swept)
    return taken


def message(rows: list[Any], people: Sequence[Any] = (), *, totals: bool = True) -> Receipts:
    """The `receipts` message of these rows: no identifier of a person, no clock time beside an object UID.

    `people`: a row each of whose person alone is told.
    """
    found = parts(rows, people)
    counted = intake.totals().items() if totals else ()
    return Receipts(
        gateway=gateway_name(),
        sent=tuple(_sent(row) for (row,) in found["sent"]),
        times=tuple(_time(some[-1]) for some in found["times"]),
        totals={slug: LedgerTotals(**numbers) for slug, numbers in counted if slug != "unassigned"},
        subjects=tuple(_subject(some[-1]) for some in found["subjects"]),
        opt_out_sweep=opt_out.swept_at(),
    )


def parts(rows: list[Any], people: Sequence[Any] = ()) -> dict[str, list[list[Any]]]:
    """The rows that each entry of each list of the message speaks of."""
    times: dict[str, list[Any]] = {}
    subjects: dict[str, list[Any]] = {}
    for row in rows:
        times.setdefault(row.object_study_uid + row.time_point, []).append(row)
    for row in [*people, *rows]:
        if row.enrolment:
            subjects.setdefault(f"{row.research_study} {row.pseudonym}", []).append(row)
    return {"sent": [[row] for row in rows], "times": list(times.values()), "subjects": list(subjects.values())}


def gateway_name() -> str:
    """The name this gateway joined under."""
    path = settings.ZONE_HOME / "platform.json"
    return str(json.loads(path.read_text(encoding="utf-8"))["name"]) if path.exists() else "gateway"


def _sent(row: Any) -> SendReceipt:
    name, _, version = row.profile.partition(" v")
    return SendReceipt(
        object_uid=ObjectUid(row.object_uid), revision=row.arrival.revision, sha256=row.sent_sha256,
        research_study=row.research_study, site=row.site, scanner=row.scanner, profile=name,
        profile_version=int(version or 0), actions=_actions(row), findings={}, pseudonym=Pseudonym(row.pseudonym),
        subject_id=row.enrolment.subject_id if row.enrolment else "", time_point=row.time_point,
        study_day=row.study_day,
    )  # fmt: skip


def _actions(row: Any) -> dict[str, int]:
    """Elements by action; by which rules of the hospital is no news of the national side."""
    return {name: count for name, count in row.actions.items() if not name.startswith(door.RULE)}


def _time(row: Any) -> EventTime:
    return EventTime(
        research_study=row.research_study, site=row.site, pseudonym=Pseudonym(row.pseudonym),
        time_point=row.time_point, event_id=row.event_id, acquired_at=_acquired(row),
        arrived_at=row.arrival.arrived_at, sent_at=row.sent_at,
    )  # fmt: skip


def _acquired(row: Any) -> datetime | None:
    """Midnight, Europe/London, of the acquisition date; None when the header names none."""
    text = row.arrival.facts.get("acquired")
    return timezone.make_aware(datetime.fromisoformat(text)) if text else None


def _subject(row: Any) -> SubjectNotice:
    return SubjectNotice(
        research_study=row.research_study, site=row.site, pseudonym=Pseudonym(row.pseudonym),
        subject_id=row.enrolment.subject_id, status="on-study" if row.enrolment.status == "active" else "withdrawn",
        consent=terms(row.enrolment.consent_version, row.enrolment.consent_scope), withdrawal=row.enrolment.withdrawal,
    )  # fmt: skip
