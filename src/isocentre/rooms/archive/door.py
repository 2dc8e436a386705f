"""What others may ask of the archive: store, look up, count, freeze, erase. Every look-up is bounded by its actor."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db.models import QuerySet, Subquery

from isocentre.core.actor import Actor, Scope
from isocentre.core.dicomweb.facts import SecondCheck
from isocentre.core.ports import Blobs
from isocentre.core.trust.document import Document
from isocentre.rooms.archive import balance, describing, erasing, listed, proof, selections, storing, tombstones
from isocentre.rooms.archive.balance import places
from isocentre.rooms.archive.finding import Like, pattern
from isocentre.rooms.archive.freezing import freeze
from isocentre.rooms.archive.models import ImagingStudy, Instance, Series
from isocentre.rooms.archive.ports import Ports, Renderer, fill, ports
from isocentre.rooms.archive.scoping import CANARY, came, visible
from isocentre.rooms.archive.selecting import ShownAs
from isocentre.rooms.archive.storing import Outcome, StoredObject

__all__ = [
    "CANARY", "Outcome", "ShownAs", "StoredObject", "freeze", "listed", "places", "proof", "selections", "statement",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan as the repository lists it."""

    study_uid: str
    research_study: str
    site: str
    pseudonym: str
    subject_id: str
    time_point: str
    study_day: float | None
    study_date: str
    description: str
    modalities: tuple[str, ...]
    series: int
    instances: int


@dataclass(frozen=True, slots=True)
class SeriesCard:
    """One series of a scan."""

    series_uid: str
    study_uid: str
    number: int | None
    modality: str
    body_part: str
    description: str
    protocol: str
    manufacturer: str
    model: str
    instances: int


@dataclass(frozen=True, slots=True)
class InstanceCard:
    """One instance of a series."""

    object_uid: str
    series_uid: str
    study_uid: str
    revision: int
    number: int | None
    sop_class: str
    transfer_syntax: str
    size: int
    rows: int | None
    columns: int | None
    frames: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of scans is narrowed to; empty means any. `text` looks in pseudonym, subject id and description."""

    research_study: str = ""
    site: str = ""
    pseudonym: str = ""
    subject_id: str = ""
    time_point: str = ""
    modality: str = ""
    body_part: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Counts:
    """Objects by what became of them, canary objects left out."""

    stored: int = 0
    recalled: int = 0
    erased: int = 0
    by_research_study: dict[str, int] = field(default_factory=dict)


def configure(*, blobs: Blobs, renderer: Renderer, second_check: SecondCheck) -> None:
    """Give the room its collaborators, once a process."""
    fill(Ports(blobs, renderer, second_check))


def store(*, by: Actor, objects: Sequence[StoredObject]) -> list[Outcome]:
    """Index objects whose blobs are durable; one outcome an object, in order. Safe to repeat."""
    return storing.store(by=by, objects=objects, stones=tombstones.read(settings.ZONE_HOME))


def search(
    *, by: Actor, scope: Scope | None = None, filters: Filters | None = None, after: str = "", limit: int = 50
) -> list[Scan]:
    """Scans `by` may see, after the UID of the last one shown; newest first for whoever may know which that is."""
    wanted = filters or Filters()
    rows = _scans(by, scope)
    for column in ("research_study", "site", "pseudonym", "subject_id", "time_point"):
        if value := getattr(wanted, column):
            rows = rows.filter(**{column: value})
    if wanted.modality or wanted.body_part:
        series = visible(Series, by, scope)
        series = series.filter(modality=wanted.modality) if wanted.modality else series
        series = series.filter(body_part=wanted.body_part) if wanted.body_part else series
        rows = rows.filter(pk__in=series.values("study"))
    if wanted.text:
        rows = _with_text(rows, wanted.text)
    if after and came(by):
        rows = rows.filter(pk__lt=Subquery(ImagingStudy.objects.filter(study_uid=after).values("pk")))
    elif after:
        rows = rows.filter(study_uid__gt=after)
    return [_scan(row) for row in rows.order_by("-pk" if came(by) else "study_uid")[:limit]]


def study(*, by: Actor, study_uid: str, scope: Scope | None = None) -> Scan | None:
    """One scan, or None when it does not exist or may not be seen."""
    row = _scans(by, scope).filter(study_uid=study_uid).first()
    return None if row is None else _scan(row)


def studies(*, by: Actor, study_uids: Iterable[str], scope: Scope | None = None) -> dict[str, Scan]:
    """The scans among `study_uids` that may be seen, by UID."""
    return {row.study_uid: _scan(row) for row in _scans(by, scope).filter(study_uid__in=list(study_uids))}


def series_of(*, by: Actor, study_uid: str, scope: Scope | None = None) -> list[SeriesCard]:
    """The series of a scan, by number."""
    if not by.may("images_view"):
        return []
    rows = visible(Series, by, scope).filter(study__study_uid=study_uid).select_related("study")
    return [_series(row) for row in rows.order_by("number", "pk")]


def instances_of(*, by: Actor, series_uid: str, scope: Scope | None = None) -> list[InstanceCard]:
    """The instances of a series, by number."""
    rows = _instances(by, scope).filter(series__series_uid=series_uid)
    return [_instance(row) for row in rows.order_by("number", "pk")]


def instance(*, by: Actor, object_uid: str, scope: Scope | None = None) -> InstanceCard | None:
    """One instance, or None when it does not exist or may not be seen."""
    row = _instances(by, scope).filter(object_uid=object_uid).first()
    return None if row is None else _instance(row)


def header_of(*, by: Actor, object_uid: str, scope: Scope | None = None) -> list[tuple[str, str, str, str]]:
    """The stored header as (tag, keyword, VR, value in words), sequences indented by `> `; [] when not to be seen."""
    row = _instances(by, scope).filter(object_uid=object_uid).first()
    if row is None:
        return []
    return list(describing.lines(describing.describe(row, ports().blobs)))


def counts(*, by: Actor, direct: bool = False) -> Counts:
    """Objects stored, recalled and erased, of the research studies `by` may see: those that hospitals sent on, which
    their ledgers account for, or those stored here directly."""
    total: Counter[str] = Counter()
    by_study: Counter[str] = Counter()
    for (research_study, _), fates in balance.fates(by, direct=direct).items():
        total.update(fates)
        by_study[research_study] += fates["stored"]
    return Counts(total["stored"], total["recalled"], total["erased"], dict(+by_study))


def erase(*, by: Actor, stones: Mapping[str, int], reason: str, recalled: bool = False) -> int:
    """Tombstone and remove objects up to a revision, blobs and all; returns how many were held. Safe to repeat."""
    return erasing.erase(by=by, stones=stones, reason=reason, recalled=recalled, home=settings.ZONE_HOME)


def forget_canaries(*, by: Actor, keep: Iterable[str] = ()) -> int:
    """Remove canary scans but those in `keep` (study UIDs), without tombstone; returns how many objects went."""
    return erasing.forget_canaries(by=by, keep=list(keep))


def _scans(by: Actor, scope: Scope | None) -> QuerySet[ImagingStudy]:
    rows = visible(ImagingStudy, by, scope)
    return rows if by.may("images_view") or by.may("scans_view") else rows.none()


def _instances(by: Actor, scope: Scope | None) -> QuerySet[Instance]:
    rows = visible(Instance, by, scope).select_related("series__study")
    return rows if by.may("images_view") else rows.none()


def _with_text(rows: QuerySet[ImagingStudy], words: str) -> QuerySet[ImagingStudy]:
    from django.db.models import F

    like = pattern(f"*{words[:64]}*".replace("**", "*"))
    found = Like(F("pseudonym"), like) | Like(F("subject_id"), like) | Like(F("description"), like)
    return rows.filter(found)


def _scan(row: ImagingStudy) -> Scan:
    return Scan(
        study_uid=row.study_uid,
        research_study=row.research_study,
        site=row.site,
        pseudonym=row.pseudonym,
        subject_id=row.subject_id,
        time_point=row.time_point,
        study_day=row.study_day,
        study_date=row.study_date,
        description=row.description,
        modalities=tuple(filter(None, row.modalities.split("\\"))),
        series=row.series_count,
        instances=row.instance_count,
    )


def _series(row: Series) -> SeriesCard:
    same: dict[str, Any] = {
        name: getattr(row, name)
        for name in (
            "series_uid",
            "number",
            "modality",
            "body_part",
            "description",
            "protocol",
            "manufacturer",
            "model",
        )
    }
    return SeriesCard(study_uid=row.study.study_uid, instances=row.instance_count, **same)


def _instance(row: Instance) -> InstanceCard:
    same: dict[str, Any] = {
        name: getattr(row, name)
        for name in ("object_uid", "revision", "number", "sop_class", "transfer_syntax", "size", "rows", "columns")
    }
    return InstanceCard(
        series_uid=row.series.series_uid,
        study_uid=row.series.study.study_uid,
        frames=row.frames,
        sha256=row.sha256,
        **same,
    )


def statement() -> Document:
    """The conformance statement. Loaded when asked for: few processes ever ask."""
    from isocentre.rooms.archive import conformance

    return conformance.statement()
