"""Objects that hospitals took back: their notices wait here until they were carried out, and what hung on them goes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from django.db import models as db
from django.db import transaction

from isocentre.audit import door as audit
from isocentre.core.actor import Actor, Scope
from isocentre.core.ids import ObjectUid
from isocentre.core.record_types import EventRecall, RecallAnswer, RecallNotice, RecallOutcome
from isocentre.rooms.register.models import Evidence, RealTime, Recall, ReceiptRow, ScanVerdict
from isocentre.rooms.register.records import RecallRecord
from isocentre.rooms.register.scoping import within

M = TypeVar("M", bound=db.Model)
BATCH = 500
MOST_TOLD = 2000
"""Objects in each `study-config`, which a hospital side fetches every ten seconds."""
WHY = "Some of its images were taken back by the hospital."


def keep(notices: Sequence[RecallNotice], events: Sequence[EventRecall]) -> int:
    """Keep notices whose scope was checked; receipts and real times of what they name go. Returns how many are new.

    PermissionError when an object was reported by another research study or site than the notice says: it was not
    theirs to take back.
    """
    uids = sorted({str(notice.object_uid) for notice in notices})
    receipts = _of(ReceiptRow, uids)
    told = {row.object_uid: row for row in receipts}
    known = {(row.object_uid, row.revision): row for row in _of(Recall, uids)}
    fresh: dict[tuple[str, int], Recall] = {}
    for i, notice in enumerate(notices):
        key = (str(notice.object_uid), notice.revision)
        places = [(row.research_study, row.site) for row in (told.get(key[0]), known.get(key), fresh.get(key)) if row]
        if any(place != (notice.research_study, notice.site) for place in places):
            raise PermissionError(f"receipts.recalls[{i}] is of an object that another site reported")
        if key not in known:
            fresh[key] = Recall(
                object_uid=key[0], revision=notice.revision, research_study=notice.research_study, site=notice.site
            )
    Recall.objects.bulk_create(fresh.values(), batch_size=BATCH)
    upto: dict[str, int] = {}
    for notice in notices:
        upto[notice.object_uid] = max(notice.revision, upto.get(notice.object_uid, 0))
    doomed = [row.pk for row in receipts if row.revision <= upto[row.object_uid]]
    for at in range(0, len(doomed), BATCH):
        ReceiptRow.objects.filter(pk__in=doomed[at : at + BATCH]).delete()
    gone = 0
    for event in events:
        rows = RealTime.objects.filter(research_study=event.research_study, site=event.site, event_id=event.event_id)
        gone += rows.delete()[0]
    return len(fresh) + gone


def refused_up_to(uids: Iterable[str]) -> dict[str, int]:
    """The highest revision taken back, of these objects: no receipt of it is kept any more."""
    highest: dict[str, int] = {}
    for row in _of(Recall, sorted(set(uids))):
        highest[row.object_uid] = max(row.revision, highest.get(row.object_uid, 0))
    return highest


def answers(notices: Sequence[RecallNotice]) -> tuple[RecallAnswer, ...]:
    """What was done by now about these."""
    done = {(r.object_uid, r.revision): r.outcome for r in _of(Recall, sorted({str(n.object_uid) for n in notices}))}
    keys = dict.fromkeys((str(notice.object_uid), notice.revision) for notice in notices)
    return tuple(RecallAnswer(ObjectUid(uid), n, _outcome(done[uid, n])) for uid, n in keys if done.get((uid, n)))


def told(*, scope: Scope, sites: Sequence[str]) -> list[RecallRecord]:
    """The newest recalls carried out at these sites, for their hospital side: one restored from a backup made before
    them does not know of them any more."""
    rows = Recall.objects.filter(within(scope), site__in=sites, outcome="recalled").order_by("-pk")[:MOST_TOLD]
    return [RecallRecord(row.object_uid, row.revision, row.research_study, row.site) for row in rows]


def waiting(*, by: Actor, limit: int = BATCH) -> list[RecallRecord]:
    """Notices not carried out yet, the oldest first."""
    _system(by)
    rows = Recall.objects.filter(outcome="").order_by("pk")[:limit]
    return [RecallRecord(row.object_uid, row.revision, row.research_study, row.site) for row in rows]


def done(*, by: Actor, outcomes: Iterable[tuple[RecallRecord, RecallOutcome]]) -> None:
    """These notices were carried out. Safe to repeat."""
    _system(by)
    said = {(one.object_uid, one.revision): outcome for one, outcome in outcomes}
    rows = [row for row in _of(Recall, sorted({uid for uid, _ in said})) if (row.object_uid, row.revision) in said]
    with transaction.atomic():
        for outcome in sorted(set(said.values())):
            keys = [row.pk for row in rows if said[row.object_uid, row.revision] == outcome]
            for at in range(0, len(keys), BATCH):
                Recall.objects.filter(pk__in=keys[at : at + BATCH]).update(outcome=outcome)


def scan_recalled(*, by: Actor, research_study: str, study_uid: str, whole: bool) -> None:
    """A scan, or part of it, is not held any more: what it proved is open again. Of a part, what is left of the scan
    is matched anew; what a person said it does not prove stays said. Safe to repeat."""
    _system(by)
    with transaction.atomic():
        rows = list(Evidence.objects.filter(research_study=research_study, study_uid=study_uid).order_by("pk"))
        ScanVerdict.objects.filter(research_study=research_study, study_uid=study_uid).delete()
        if not rows:
            return
        audit.record(by=by, entries=[audit.Entry("scan_recalled", "imaging_event", row.event_id) for row in rows])
        first, *others = rows
        Evidence.objects.filter(pk__in=[row.pk for row in (rows if whole else others)]).delete()
        if not whole:
            first.not_of = sorted({code for row in rows for code in row.not_of})
            first.planned_event, first.why_not = "", WHY
            first.save()


def _of(model: type[M], uids: Sequence[str]) -> list[M]:
    found: list[M] = []
    for at in range(0, len(uids), BATCH):
        found.extend(model._default_manager.filter(object_uid__in=uids[at : at + BATCH]))
    return found


def _outcome(text: str) -> RecallOutcome:
    return "recalled" if text == "recalled" else "not_held" if text == "not_held" else "refused"


def _system(by: Actor) -> None:
    if by.kind != "system":
        raise PermissionError("recalls are carried out by the system itself")
