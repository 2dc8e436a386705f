"""Takes the `receipts` message of a gateway: checked against its scope, then kept, all of it or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from django.db import models as db
from django.db import transaction

from isocentre.audit import door as audit
from isocentre.core.actor import ANY, Actor
from isocentre.core.record_types import (
    CharterVerdict,
    EventRecall,
    EventTime,
    RecallNotice,
    Receipts,
    SendReceipt,
    SubjectNotice,
)
from isocentre.core.records import dump
from isocentre.rooms.register import models, recalls
from isocentre.rooms.register.records import Taken
from isocentre.rooms.register.scoping import only_site

M = TypeVar("M", bound=db.Model)
BATCH = 500  # SQLite takes 32,766 variables a statement, and a short one keeps the plan small
Pairs = set[tuple[str, str]]
Reported = SendReceipt | EventTime | SubjectNotice | CharterVerdict | RecallNotice | EventRecall


def take_receipts(*, by: Actor, message: Receipts) -> Taken:
    """Keep what a gateway reports; the same message again changes nothing.

    PermissionError, and nothing kept, when any row is of a research study and site the gateway does not serve, or
    speaks of a subject, object or event another site reported. A receipt whose hash differs from the one held under
    the same revision is not kept and is named in `conflicts`: a correction comes as the next revision.
    """
    if not by.may("receipts_post") or (by.kind == "gateway" and by.name != message.gateway):
        raise PermissionError("a gateway may report its own receipts only")
    _in_scope(by, message)
    with transaction.atomic():
        taken_back = recalls.keep(message.recalls, message.recalled_events)
        sent, repeated, conflicts = _keep_sent(by, message.sent)
        times = _keep_times(by, message.times)
        subjects = _keep_subjects(by, message.subjects)
        verdicts = _keep_verdicts(by, message.verdicts)
        reports = _keep_reports(message, site=only_site(by.scope))
        if sent or conflicts or times or subjects or verdicts or reports or taken_back:
            # This row has a clock time, so neither what was reported is named beside it nor how much: a scan is known
            # by its number of images. Conflicts are of objects that are not kept.
            detail = {"conflicts": len(conflicts)} if conflicts else {}
            audit.record(by=by, entries=[audit.Entry("receipts_taken", "gateway", message.gateway, detail)])
    recalled = recalls.answers(message.recalls)
    return Taken(sent, repeated, tuple(sorted(conflicts)), times, subjects, recalled)


def _in_scope(by: Actor, message: Receipts) -> None:
    known = set(models.StudySite.objects.values_list("research_study__slug", "site"))
    rows: Iterable[tuple[str, Sequence[Reported]]] = (
        ("sent", message.sent),
        ("times", message.times),
        ("subjects", message.subjects),
        ("verdicts", message.verdicts),
        ("recalls", message.recalls),
        ("recalled_events", message.recalled_events),
    )
    for name, items in rows:
        for i, row in enumerate(items):
            if (row.research_study, row.site) not in known or not by.scope.allows(row.research_study, row.site):
                raise PermissionError(
                    f"receipts.{name}[{i}] is of a research study or site this gateway does not serve"
                )
    for slug in message.totals:
        if slug != "unassigned" and not any(study in (ANY, slug) for study, _ in by.scope.pairs):
            raise PermissionError("receipts.totals names a research study this gateway does not serve")


def _held(model: type[M], name: str, values: Iterable[str]) -> list[M]:
    wanted = sorted(set(values))
    found: list[M] = []
    for start in range(0, len(wanted), BATCH):
        found.extend(model._default_manager.filter(**{f"{name}__in": wanted[start : start + BATCH]}))
    return found


def _own(by: Actor, row: Any, what: str) -> None:
    if not by.scope.allows(row.research_study, row.site):
        raise PermissionError(f"{what} was reported by another site")


def _keep_sent(by: Actor, sent: Sequence[SendReceipt]) -> tuple[int, int, set[str]]:
    held = {(r.object_uid, r.revision): r for r in _held(models.ReceiptRow, "object_uid", (s.object_uid for s in sent))}
    fresh: dict[tuple[str, int], models.ReceiptRow] = {}
    taken_back = recalls.refused_up_to(str(s.object_uid) for s in sent)
    repeated, conflicts = 0, set()
    for i, receipt in enumerate(sent):
        key = (str(receipt.object_uid), receipt.revision)
        if receipt.revision <= taken_back.get(key[0], -1):
            repeated += 1
            continue
        before = held.get(key) or fresh.get(key)
        if before is None:
            fresh[key] = models.ReceiptRow(**_columns(receipt))
            continue
        _own(by, before, f"receipts.sent[{i}]")
        if before.sha256 == receipt.sha256:
            repeated += 1
        else:
            conflicts.add(key[0])
    models.ReceiptRow.objects.bulk_create(fresh.values(), batch_size=BATCH)
    return len(fresh), repeated, conflicts


def _columns(receipt: SendReceipt) -> dict[str, Any]:
    return {name: getattr(receipt, name) for name in SendReceipt.__slots__} | {
        "actions": dict(receipt.actions),
        "findings": dict(receipt.findings),
    }


def _keep_times(by: Actor, times: Sequence[EventTime]) -> int:
    held = {(r.research_study, r.event_id): r for r in _held(models.RealTime, "event_id", (t.event_id for t in times))}
    kept: dict[tuple[str, str], models.RealTime] = {}
    for i, time in enumerate(times):
        key = (time.research_study, time.event_id)
        row = models.RealTime(**{name: getattr(time, name) for name in EventTime.__slots__})
        before = held.get(key)
        if before is not None:
            _own(by, before, f"receipts.times[{i}]")
            row.pk = before.pk
            if _same(before, row):
                continue
        kept[key] = row
    names = [name for name in EventTime.__slots__ if name not in ("research_study", "event_id")]
    models.RealTime.objects.bulk_create([r for r in kept.values() if r.pk is None], batch_size=BATCH)
    models.RealTime.objects.bulk_update([r for r in kept.values() if r.pk is not None], names, batch_size=BATCH)
    return len(kept)


def _keep_subjects(by: Actor, notices: Sequence[SubjectNotice]) -> int:
    held = {
        (r.research_study, r.pseudonym): r
        for r in _held(models.Subject, "pseudonym", (str(n.pseudonym) for n in notices))
    }
    kept: dict[tuple[str, str], models.Subject] = {}
    for i, notice in enumerate(notices):
        key = (notice.research_study, str(notice.pseudonym))
        columns = {name: getattr(notice, name) for name in SubjectNotice.__slots__}
        row = models.Subject(**columns | {"consent": list(notice.consent)})
        before = held.get(key)
        if before is not None:
            _own(by, before, f"receipts.subjects[{i}]")
            row.pk = before.pk
            if _same(before, row):
                continue
        kept[key] = row
    names = ["site", "subject_id", "status", "consent", "withdrawal"]
    models.Subject.objects.bulk_create([r for r in kept.values() if r.pk is None], batch_size=BATCH)
    models.Subject.objects.bulk_update([r for r in kept.values() if r.pk is not None], names, batch_size=BATCH)
    return len(kept)


def _keep_verdicts(by: Actor, verdicts: Sequence[CharterVerdict]) -> int:
    """The newest of each scan: a series that was repeated mends it."""
    held = {
        (r.research_study, r.study_uid): r
        for r in _held(models.ScanVerdict, "study_uid", (v.study_uid for v in verdicts))
    }
    kept: dict[tuple[str, str], models.ScanVerdict] = {}
    for i, verdict in enumerate(verdicts):
        key = (verdict.research_study, str(verdict.study_uid))
        columns = {name: getattr(verdict, name) for name in CharterVerdict.__slots__}
        row = models.ScanVerdict(**columns | {"deviations": dict(verdict.deviations)})
        if before := held.get(key):
            _own(by, before, f"receipts.verdicts[{i}]")
            row.pk = before.pk
            if _same(before, row):
                continue
        kept[key] = row
    names = ["site", "charter_version", "outcome", "deviations"]
    models.ScanVerdict.objects.bulk_create([r for r in kept.values() if r.pk is None], batch_size=BATCH)
    models.ScanVerdict.objects.bulk_update([r for r in kept.values() if r.pk is not None], names, batch_size=BATCH)
    return len(kept)


def _same(one: db.Model, other: db.Model) -> bool:
    return all(getattr(one, f.attname) == getattr(other, f.attname) for f in one._meta.concrete_fields)


def _keep_reports(message: Receipts, *, site: str) -> int:
    totals = dump(message)["totals"]
    before = {r.research_study: r for r in models.LedgerReport.objects.filter(gateway=message.gateway)}
    changed = 0
    for slug, counts in totals.items():
        if slug in before and before[slug].totals == counts:
            continue
        models.LedgerReport.objects.update_or_create(
            gateway=message.gateway, research_study=slug, defaults={"totals": counts, "site": site}
        )
        changed += 1
    if message.opt_out_sweep is not None:
        swept = models.SweepReport.objects.filter(gateway=message.gateway).first()
        if swept is None or swept.swept_at < message.opt_out_sweep:
            models.SweepReport.objects.update_or_create(
                gateway=message.gateway, defaults={"swept_at": message.opt_out_sweep}
            )
            changed += 1
    return changed
