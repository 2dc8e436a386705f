"""Put a batch of objects into the index: one transaction, safe to repeat, with its audit row and events."""

from __future__ import annotations

import secrets
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache

from django.db import IntegrityError, transaction
from django.db.models import F

from isocentre.audit import door as audit
from isocentre.audit import rows as plain
from isocentre.audit.rows import insert
from isocentre.core.actor import Actor
from isocentre.core.dicomweb.facts import CONFLICT, OUT_OF_SCOPE, TOMBSTONED, Facts
from isocentre.core.events import ScanStored
from isocentre.jobs import door as jobs
from isocentre.jobs.commit import GroupCommitter
from isocentre.rooms.archive import ways
from isocentre.rooms.archive.models import ImagingStudy, Instance, Series, SeriesMetadata
from isocentre.rooms.archive.ports import ports
from isocentre.rooms.archive.scoping import storable

ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One object whose blob is in the store: index facts, revision, SHA-256 (hex) and size of the whole file."""

    facts: Facts
    revision: int
    sha256: str
    blob_key: str
    size: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one object: stored (`failure` 0; `repeated` when it was here before) or refused, in words."""

    object_uid: str
    sop_class: str
    failure: int = 0
    reason: str = ""
    repeated: bool = False
    study_uid: str = ""
    series_uid: str = ""

    @property
    def stored(self) -> bool:
        """True when the object is held."""
        return self.failure == 0


@dataclass(slots=True)
class _Batch:
    """What the index knows of the objects of one batch, and what has to be written."""

    studies: dict[str, ImagingStudy]
    series: dict[str, Series]
    instances: dict[str, list[Instance]]
    new: list[tuple[StoredObject, Instance]] = field(default_factory=list)
    replaced: list[Instance] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)
    sent_too: list[Instance] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Request:
    """What one sender stores at once; `stones`: tombstones read beforehand."""

    by: Actor
    objects: Sequence[StoredObject]
    stones: Mapping[str, int]


def store(*, by: Actor, objects: Sequence[StoredObject], stones: Mapping[str, int]) -> list[Outcome]:
    """Index the objects in a transaction of their own; one outcome an object, in order."""

    def once() -> list[Outcome]:
        with transaction.atomic():
            return store_all([Request(by, objects, stones)])[0]

    return _repeated(once)


def store_together(request: Request) -> list[Outcome]:
    """As `store`, in one transaction with what others of this process are storing: one wait for the disk for all."""
    return _repeated(lambda: _commits().submit(request))


@cache
def _commits() -> GroupCommitter[Request]:
    return GroupCommitter(store_all, before=_settle)


def _settle(requests: Sequence[Request]) -> None:
    ports().blobs.settle(each.blob_key for request in requests for each in request.objects)


def _repeated(once: Callable[[], list[Outcome]]) -> list[Outcome]:
    for _ in range(ATTEMPTS - 1):
        # Another process indexed the same scan, series or object first; now it can be seen, so decide again.
        with suppress(IntegrityError):
            return once()
    return once()


def store_all(requests: Sequence[Request]) -> list[list[Outcome]]:
    """Index several requests inside the caller's transaction; one list of outcomes each, in order."""
    batch = _load([each for request in requests for each in request.objects])
    answers = [[_place(batch, each, r.by, r.stones) for each in r.objects] for r in requests]
    ways.sent_too(batch.sent_too)
    if batch.new:
        ways.count([row for _, row in batch.new], batch.instances)
        _write(batch)
        _publish(batch)
    for request, outcomes in zip(requests, answers, strict=True):
        _record(request.by, outcomes)
    return answers


def _load(objects: Sequence[StoredObject]) -> _Batch:
    # The lock on the scans keeps counts right between processes (PostgreSQL; SQLite has one writer).
    studies = plain.find(ImagingStudy, "study_uid", {o.facts.study_uid for o in objects}, lock=True)
    by_key = {study.pk: study for study in studies}
    series = {each.series_uid: each for each in plain.find(Series, "series_uid", _series_of(objects))}
    for each in series.values():
        if each.study_id in by_key:
            each.study = by_key[each.study_id]
    known: dict[str, list[Instance]] = defaultdict(list)
    uids = {o.facts.object_uid for o in objects}
    if plain.find(Instance, "object_uid", uids):
        for row in Instance.objects.filter(object_uid__in=uids).select_related("series__study"):
            known[row.object_uid].append(row)
    return _Batch({study.study_uid: study for study in studies}, series, known)


def _series_of(objects: Sequence[StoredObject]) -> set[str]:
    return {o.facts.series_uid for o in objects}


def _held(facts: Facts, *, repeated: bool = False) -> Outcome:
    return Outcome(
        facts.object_uid, facts.sop_class, repeated=repeated, study_uid=facts.study_uid, series_uid=facts.series_uid
    )


def _place(batch: _Batch, each: StoredObject, by: Actor, stones: Mapping[str, int]) -> Outcome:
    facts = each.facts

    def refuse(failure: int, reason: str) -> Outcome:
        return Outcome(facts.object_uid, facts.sop_class, failure, reason)

    if not storable(by, facts.research_study, facts.site, facts.study_uid):
        return refuse(OUT_OF_SCOPE, "the sender may not store for this research study and site")
    if stones.get(facts.object_uid, -1) >= each.revision:
        return refuse(TOMBSTONED, "this object was recalled or erased in this revision and may not return")
    rows = batch.instances[facts.object_uid]
    same = next((row for row in rows if row.revision == each.revision), None)
    if same is not None:
        if same.sha256 == each.sha256 and same.state == "stored":
            if same.direct and not ways.direct(by):
                batch.sent_too += rows
            return _held(facts, repeated=True)
        return refuse(CONFLICT, "another object is held under this UID and revision")
    if any(row.revision > each.revision for row in rows):
        return refuse(CONFLICT, "a later revision of this object is held")
    if any(row.direct != ways.direct(by) for row in rows):
        return refuse(CONFLICT, "the object held under this UID came another way, and is corrected the way it came")
    if any(_study_of(row).research_study != facts.research_study or _study_of(row).site != facts.site for row in rows):
        return refuse(CONFLICT, "the object's UID belongs to another research study or site")
    study = batch.studies.get(facts.study_uid)
    if study is not None and not _fits(batch, study, facts):
        return refuse(CONFLICT, "the scan's UID belongs to another subject, research study or site")
    series = batch.series.get(facts.series_uid)
    if series is not None and series.study.study_uid != facts.study_uid:
        return refuse(CONFLICT, "the series' UID belongs to another scan")
    _take(batch, each, study, series, direct=ways.direct(by))
    return _held(facts)


def _fits(batch: _Batch, study: ImagingStudy, facts: Facts) -> bool:
    """True when the object is of the scan's subject; or of another, where all of the scan was recalled or erased: then
    it is a scan put right, and the subject is whose the first object that comes says."""
    if (study.research_study, study.site) != (facts.research_study, facts.site):
        return False
    emptied = study.instance_count == 0 and study.study_uid not in batch.taken
    return study.pseudonym == facts.pseudonym or emptied


def _study_of(row: Instance) -> ImagingStudy:
    return row.series.study


def _take(
    batch: _Batch, each: StoredObject, study: ImagingStudy | None, series: Series | None, *, direct: bool
) -> None:
    facts = each.facts
    if study is None:
        study = batch.studies[facts.study_uid] = ImagingStudy(study_uid=facts.study_uid)
        _describe_study(study, facts)
    if series is None:
        series = batch.series[facts.series_uid] = Series(series_uid=facts.series_uid, study=study)
        _describe_series(series, facts)
    batch.taken.add(facts.study_uid)
    if each.revision or study.pseudonym != facts.pseudonym:
        # A correction corrects what the scan and series say, too.
        _describe_study(study, facts)
        _describe_series(series, facts)
    row = Instance(
        object_uid=facts.object_uid,
        revision=each.revision,
        direct=direct,
        series=series,
        sha256=each.sha256,
        blob_key=each.blob_key,
        size=each.size,
        transfer_syntax=facts.transfer_syntax,
        sop_class=facts.sop_class,
        number=facts.number,
        rows=facts.rows,
        columns=facts.columns,
        frames=facts.frames,
        bits=facts.bits,
        dataset_offset=facts.dataset_offset,
        pixel_offset=facts.pixel_offset,
        pixel_length=facts.pixel_length,
    )
    for older in batch.instances[facts.object_uid]:
        if older.current:
            older.current = False
            batch.replaced.append(older)
    batch.instances[facts.object_uid].append(row)
    batch.new.append((each, row))


def _describe_study(study: ImagingStudy, facts: Facts) -> None:
    study.research_study, study.site, study.pseudonym = facts.research_study, facts.site, facts.pseudonym
    study.subject_id, study.time_point, study.study_day = facts.subject_id, facts.time_point, facts.study_day
    for column, value in facts.study.items():
        setattr(study, column, value)


def _describe_series(series: Series, facts: Facts) -> None:
    for column, value in facts.series.items():
        setattr(series, column, (int(value) if value.lstrip("-").isdigit() else None) if column == "number" else value)


def _write(batch: _Batch) -> None:
    """Insert what is new, step replaced revisions down, and keep the counts."""
    touched = {row.series.series_uid: row.series for row in batch.replaced}
    # What the newest revision says of its series wins over the row loaded beside the one it replaces.
    touched |= {row.series.series_uid: row.series for _, row in batch.new}
    studies = {each.study.study_uid: batch.studies.get(each.study.study_uid, each.study) for each in touched.values()}
    if batch.replaced:
        Instance.objects.filter(pk__in=[row.pk for row in batch.replaced if row.pk]).update(current=False)
    fresh = [study for study in studies.values() if study.pk is None]
    for study in fresh:
        study.save(force_insert=True)
    for series in touched.values():
        series.study = studies[series.study.study_uid]
        if series.pk is None:
            series.save(force_insert=True)
            SeriesMetadata.objects.create(series=series, content=b"", stale=True)
    for _, row in batch.new:
        row.series = touched[row.series.series_uid]
    insert(row for _, row in batch.new)
    gained = Counter(row.series.series_uid for _, row in batch.new if row.current)
    gained.subtract(Counter(row.series.series_uid for row in batch.replaced if row.pk and row.state == "stored"))
    if (
        fresh
        or batch.replaced
        or any(each.revision for each, _ in batch.new)
        or not all(map(_counted, touched.values()))
    ):
        recount(list(touched.values()), gained, corrected=any(each.revision for each, _ in batch.new))
    else:
        _grow(touched.values(), gained)


def _counted(series: Series) -> bool:
    """True when its scan's number of series and its modalities already tell of it."""
    return series.instance_count > 0


def _grow(touched: Iterable[Series], gained: Mapping[str, int]) -> None:
    """More images of series the scan already counts: what `recount` comes to, in three plain."""
    counts = [(gained[series.series_uid], series.pk, series.study_id) for series in touched]
    plain.add(Series, "instance_count", [(n, key) for n, key, _ in counts])
    plain.add(ImagingStudy, "instance_count", [(n, study) for n, _, study in counts])
    stale = f"UPDATE {SeriesMetadata._meta.db_table} SET stale = %s, generation = generation + 1 WHERE series_id = %s"  # noqa: S608 - our own table's name
    plain.many(stale, [(True, key) for _, key, _ in counts])


def recount(touched: Sequence[Series], gained: Mapping[str, int], *, corrected: bool = True) -> None:
    """Add `gained` (by series UID, may be negative) to the counts, refresh the scans, mark metadata stale."""
    for series in touched:
        if corrected:
            series.save()
        Series.objects.filter(pk=series.pk).update(
            instance_count=F("instance_count") + gained.get(series.series_uid, 0)
        )
    SeriesMetadata.objects.filter(series__in=touched).update(stale=True, generation=F("generation") + 1)
    for study in {series.study.pk: series.study for series in touched}.values():
        held = list(Series.objects.filter(study=study, instance_count__gt=0).values_list("modality", "instance_count"))
        study.modalities = "\\".join(sorted({modality for modality, _ in held if modality}))[:200]
        study.series_count, study.instance_count = len(held), sum(count for _, count in held)
        study.save()


def _publish(batch: _Batch) -> None:
    # One a series, however many of its images came: who hears it looks at what the series holds by then.
    for facts in {each.facts.series_uid: each.facts for each, _ in batch.new}.values():
        jobs.publish(
            ScanStored(
                research_study=facts.research_study,
                site=facts.site,
                pseudonym=facts.pseudonym,
                time_point=facts.time_point,
                study_uid=facts.study_uid,
                series_uid=facts.series_uid,
                modality=facts.series["modality"],
                body_part=facts.series["body_part"],
            )
        )


def _record(by: Actor, outcomes: Sequence[Outcome]) -> None:
    # No UID, no research study, no count of images: an audit row has a clock, and what tells one scan from another
    # beside it ties that clock to a shifted date. Receipts and the ledger's totals say how many of what.
    refused = sum(not outcome.stored for outcome in outcomes)
    detail = {"refused": refused} if refused else {}
    audit.record(by=by, entries=[audit.Entry("objects_stored", "store_request", secrets.token_hex(8), detail)])
