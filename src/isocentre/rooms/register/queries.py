"""Queries of the register, each bounded by the actor's scope; only `real_times` gives a clock time of a scan."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Count, Q

from isocentre.core.actor import Actor
from isocentre.core.checks import NotFound
from isocentre.core.record_types import LedgerTotals, PlannedEvent
from isocentre.core.register import STATUSES
from isocentre.rooms.network import door as network
from isocentre.rooms.register import models
from isocentre.rooms.register.commands import planned_event, study_record
from isocentre.rooms.register.records import (
    EvidenceRecord,
    ImagingRecord,
    LedgerRecord,
    RealTimeRecord,
    ReceiptRecord,
    ResearchStudyRecord,
    StudySiteRecord,
    SubjectRecord,
    VerdictRecord,
)
from isocentre.rooms.register.scoping import sees_subject_ids, studies_within, visible, within

EXPECTED = ("candidate", "on-study")


def research_studies(
    *, by: Actor, words: str = "", status: str = "", slugs: Iterable[str] | None = None
) -> list[ResearchStudyRecord]:
    """Research studies in scope, by title; those with all `words` in title, short name, sponsor or IRAS number."""
    rows = models.ResearchStudy.objects.filter(studies_within(by.scope))
    wanted = words.split()[:10]
    # "IRAS 312345" is how people write the number, and the word itself is in no column.
    for word in [w for w in wanted if w.casefold() != "iras" or len(wanted) == 1]:
        rows = rows.filter(
            Q(title__icontains=word) | Q(slug__icontains=word) | Q(sponsor__icontains=word) | Q(iras__startswith=word)
        )
    if status in STATUSES:
        rows = rows.filter(status=status)
    if slugs is not None:
        rows = rows.filter(slug__in=sorted(set(slugs)))
    return [study_record(row) for row in rows.order_by("title", "slug").distinct()]


def study_sites(*, by: Actor, slug: str) -> list[StudySiteRecord]:
    """Sites of a research study, by name."""
    study = visible(by, slug)
    rows = {row.site: row for row in models.StudySite.objects.filter(research_study=study)}
    known = network.sites(ods=rows)
    return [StudySiteRecord(s.ods, s.name, rows[s.ods].status, rows[s.ods].handed_version) for s in known]


def planned_events(*, by: Actor, slug: str) -> list[PlannedEvent]:
    """The schedule of imaging events, by window."""
    rows = models.PlannedEvent.objects.filter(research_study=visible(by, slug))
    return [planned_event(row) for row in rows.order_by("window_from", "code")]


def subjects(*, by: Actor, slug: str) -> list[SubjectRecord]:
    """Subjects in scope, by subject id and pseudonym, with how many planned events their scans proved."""
    study = visible(by, slug)
    in_scope = within(by.scope)
    proved: dict[str, int] = dict(
        models.Evidence.objects.filter(in_scope, research_study=study.slug)
        .exclude(planned_event="")
        .values_list("pseudonym")
        .annotate(Count("planned_event", distinct=True))
    )
    rows = models.Subject.objects.filter(in_scope, research_study=study.slug).order_by("subject_id", "pseudonym")
    return [_subject(row, proved.get(row.pseudonym, 0)) for row in rows]


def subject(*, by: Actor, slug: str, pseudonym: str) -> SubjectRecord:
    """One subject; NotFound when absent or out of scope."""
    study = visible(by, slug)
    row = models.Subject.objects.filter(within(by.scope), research_study=study.slug, pseudonym=pseudonym).first()
    if row is None:
        raise NotFound("no subject of this name in the research study")
    proved = {one.planned_event for one in scans_of(by=by, slug=slug, pseudonym=pseudonym)} - {""}
    return _subject(row, len(proved))


def scans_of(*, by: Actor, slug: str, pseudonym: str) -> list[EvidenceRecord]:
    """Scans of one subject in scope, with what each proves; in order of event and UID, which tells no time."""
    study = visible(by, slug)
    rows = models.Evidence.objects.filter(within(by.scope), research_study=study.slug, pseudonym=pseudonym)
    return [_evidence(row) for row in rows.order_by("planned_event", "study_uid")]


def find_subjects(*, by: Actor, text: str, most: int = 20) -> list[SubjectRecord]:
    """Subjects in scope whose pseudonym, or for who may see it subject id, begins with `text`."""
    called = Q(pseudonym__istartswith=text)
    if sees_subject_ids(by):
        called |= Q(subject_id__istartswith=text)
    rows = models.Subject.objects.filter(within(by.scope)).filter(called)
    return [_subject(row) for row in rows.order_by("research_study", "subject_id", "pseudonym")[:most]]


def imaging(*, by: Actor, slug: str) -> list[ImagingRecord]:
    """Imaging received against expected, one row a planned event, over the subjects in scope.

    Expected: subjects on study, and those no longer on it whose scan came all the same.
    """
    study = visible(by, slug)
    in_scope = within(by.scope)
    on_study = set(
        models.Subject.objects.filter(in_scope, research_study=study.slug, status__in=EXPECTED).values_list(
            "pseudonym", flat=True
        )
    )
    proved: dict[str, set[str]] = {}
    rows = models.Evidence.objects.filter(in_scope, research_study=study.slug).exclude(planned_event="")
    for code, pseudonym in rows.values_list("planned_event", "pseudonym"):
        proved.setdefault(code, set()).add(pseudonym)
    return [
        ImagingRecord(event, len(on_study | proved.get(event.id, set())), len(proved.get(event.id, set())))
        for event in planned_events(by=by, slug=slug)
    ]


def unmatched(*, by: Actor, slug: str) -> list[EvidenceRecord]:
    """Scans in scope that wait to be matched, with why; in order of subject and time point.

    None where nothing is planned for the research study: there is nothing to match them to (`unplanned`).
    """
    return _without_event(by, slug, planned=True)


def matched(*, by: Actor, slug: str) -> list[EvidenceRecord]:
    """Scans in scope that prove a planned event; in order of event, subject and time point."""
    study = visible(by, slug)
    rows = models.Evidence.objects.filter(within(by.scope), research_study=study.slug).exclude(planned_event="")
    return [_evidence(row) for row in rows.order_by("planned_event", "pseudonym", "study_uid")]


def unplanned(*, by: Actor, slug: str) -> list[EvidenceRecord]:
    """Scans in scope of a research study for which nothing is planned; none where anything is."""
    return _without_event(by, slug, planned=False)


def _without_event(by: Actor, slug: str, *, planned: bool) -> list[EvidenceRecord]:
    study = visible(by, slug)
    if models.PlannedEvent.objects.filter(research_study=study).exists() != planned:
        return []
    rows = models.Evidence.objects.filter(within(by.scope), research_study=study.slug, planned_event="")
    return [_evidence(row) for row in rows.order_by("pseudonym", "time_point", "study_uid")]


def evidence(*, by: Actor, study_uids: Iterable[str]) -> dict[str, list[EvidenceRecord]]:
    """What scans in scope prove, by imaging study UID; the scans the register does not know are left out."""
    found: dict[str, list[EvidenceRecord]] = {}
    rows = models.Evidence.objects.filter(within(by.scope), study_uid__in=sorted(set(study_uids)))
    for row in rows.order_by("study_uid", "planned_event"):
        found.setdefault(row.study_uid, []).append(_evidence(row))
    return found


def event_ids(*, by: Actor, study_uid: str = "", slug: str = "", pseudonym: str = "") -> list[str]:
    """By what the audit trail names what a scan in scope, or those of a subject, prove; never shown beside them
    (design §3, Dates)."""
    of = Q(study_uid=study_uid) if study_uid else Q(research_study=slug, pseudonym=pseudonym)
    rows = models.Evidence.objects.filter(within(by.scope), of)
    return list(rows.order_by("planned_event").values_list("event_id", flat=True))


def receipts(*, by: Actor, object_uids: Iterable[str]) -> dict[str, ReceiptRecord]:
    """What gateways did to objects in scope, by object UID; the highest revision of each."""
    rows = models.ReceiptRow.objects.filter(within(by.scope), object_uid__in=sorted(set(object_uids)))
    names = ReceiptRecord.__slots__
    return {
        row.object_uid: ReceiptRecord(**{name: getattr(row, name) for name in names})
        for row in rows.order_by("object_uid", "revision")
    }


def verdicts(*, by: Actor, study_uid: str) -> list[VerdictRecord]:
    """What came of holding a scan in scope against its charter, by research study; none where nobody told."""
    rows = models.ScanVerdict.objects.filter(within(by.scope), study_uid=study_uid).order_by("research_study")
    return [VerdictRecord(r.research_study, r.charter_version, r.outcome, r.deviations) for r in rows]


def real_times(*, by: Actor, research_study: str, pseudonym: str = "") -> list[RealTimeRecord]:
    """Real times of imaging events: the one way to them, for site and study team only (design §3, Dates).

    NotFound for actors without `realtime_view`, as for a research study out of scope.
    """
    if not by.may("realtime_view"):
        raise NotFound("no real times for this role")
    study = visible(by, research_study)
    rows = models.RealTime.objects.filter(within(by.scope), research_study=study.slug)
    if pseudonym:
        rows = rows.filter(pseudonym=pseudonym)
    names = RealTimeRecord.__slots__
    return [RealTimeRecord(**{name: getattr(row, name) for name in names}) for row in rows.order_by("arrived_at", "id")]


def ledger(*, by: Actor) -> list[LedgerRecord]:
    """The ledgers gateways last reported, in scope; `unassigned` for those who see the whole of a site."""
    if not by.may("ledger_view"):
        return []
    rows = models.LedgerReport.objects.order_by("research_study", "gateway")
    return [
        LedgerRecord(row.gateway, row.site, row.research_study, LedgerTotals(**row.totals))
        for row in rows
        if by.scope.allows("*" if row.research_study == "unassigned" else row.research_study, row.site or "*")
    ]


def _evidence(row: models.Evidence) -> EvidenceRecord:
    return EvidenceRecord(**{name: getattr(row, name) for name in EvidenceRecord.__slots__})


def _subject(row: models.Subject, received: int = 0) -> SubjectRecord:
    return SubjectRecord(
        row.research_study, row.site, row.pseudonym, row.subject_id, row.status, tuple(row.consent), received,
        row.withdrawal,
    )  # fmt: skip
