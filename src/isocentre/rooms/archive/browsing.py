"""What the repository browser asks of the index: filters, one scan, one series, one image; all through `visible`."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.http import Http404, HttpRequest

from isocentre.core.actor import Actor
from isocentre.core.ids import is_uid
from isocentre.rooms.archive.finding import Like, pattern
from isocentre.rooms.archive.models import ImagingStudy, Instance, Series
from isocentre.rooms.archive.scoping import visible
from isocentre.rooms.register import door as register
from isocentre.web import names


def actor_of(request: HttpRequest) -> Actor:
    """The actor the guard has let through."""
    actor: Actor = request.actor  # type: ignore[attr-defined]  # people.middleware sets it, the guard proves it
    return actor


def sees_subjects(by: Actor) -> bool:
    """True when pages name subjects to this actor by their id; headers carry it for all who read them (ADR 0018)."""
    return register.sees_subject_ids(by)


def scans(by: Actor, chosen: dict[str, str]) -> QuerySet[ImagingStudy]:
    """Scans `by` may see that the filters leave."""
    rows = visible(ImagingStudy, by)
    for column in ("research_study", "site"):
        if value := chosen.get(column, ""):
            rows = rows.filter(**{column: value})
    if value := chosen.get("time_point", ""):
        rows = rows.filter(time_point__iexact=value)
    modality, body_part = (chosen.get(name, "").upper() for name in ("modality", "body_part"))
    if modality or body_part:
        inner = visible(Series, by)
        inner = inner.filter(modality=modality) if modality else inner
        inner = inner.filter(body_part=body_part) if body_part else inner
        rows = rows.filter(pk__in=inner.values("study"))
    return about(rows, by, chosen["subject"]) if chosen.get("subject") else rows


def about(rows: QuerySet[ImagingStudy], by: Actor, words: str) -> QuerySet[ImagingStudy]:
    """Scans by pseudonym, by subject id for those who may see it, or by the whole UID of a scan or series."""
    like = pattern(f"*{words[:64]}*".replace("**", "*"))
    found: Any = Like(F("pseudonym"), like)
    if sees_subjects(by):
        found |= Like(F("subject_id"), like)
    if is_uid(words):
        found |= Q(study_uid=words) | Q(pk__in=visible(Series, by).filter(series_uid=words).values("study"))
    return rows.filter(found)


def study_options(by: Actor) -> tuple[tuple[str, str], ...]:
    """(slug, title) of the research studies that have scans `by` may see."""
    slugs = visible(ImagingStudy, by).values_list("research_study", flat=True).distinct().order_by()
    return tuple(names.research_studies(set(slugs)).items())


def site_options(by: Actor) -> tuple[tuple[str, str], ...]:
    """(ODS code, name) of the sites that have scans `by` may see."""
    codes = visible(ImagingStudy, by).values_list("site", flat=True).distinct().order_by()
    return tuple(names.sites(set(codes)).items())


def counted(rows: list[ImagingStudy], by: Actor) -> list[ImagingStudy]:
    """The rows with the series and images `by` may see of them: under a Selection fewer than are held."""
    if by.scope.selection is None:
        return rows
    held = visible(Instance, by).filter(series__study__in=[row.pk for row in rows]).order_by()
    per_scan = held.values_list("series__study").annotate(s=Count("series", distinct=True), n=Count("pk"))
    found = {int(pk): (s, n) for pk, s, n in per_scan}
    for row in rows:
        row.series_count, row.instance_count = found.get(row.pk, (0, 0))
    return rows


def one_scan(by: Actor, study_uid: str) -> ImagingStudy:
    """The scan; Http404 alike when it is absent or may not be seen."""
    row = visible(ImagingStudy, by).filter(study_uid=study_uid).first()
    if row is None:
        raise Http404
    return counted([row], by)[0]


def series_of(by: Actor, scan: ImagingStudy) -> list[Series]:
    """The series of a scan by number, each with `images` (to be seen) and `pictures` (that can be drawn)."""
    rows = list(visible(Series, by).filter(study=scan).order_by("number", "pk"))
    held = visible(Instance, by).filter(series__in=[row.pk for row in rows]).order_by()
    # COUNT of a column counts what is not null: reports have no rows of pixels.
    found = {int(pk): (n, p) for pk, n, p in held.values_list("series").annotate(n=Count("pk"), p=Count("rows"))}
    for row in rows:
        row.images, row.pictures = found.get(row.pk, (0, 0))  # type: ignore[attr-defined]  # for this page only
    return rows


def one_series(by: Actor, study_uid: str, series_uid: str) -> Series:
    """The series with its scan; Http404 alike when it is absent or may not be seen."""
    rows = visible(Series, by).select_related("study").filter(study__study_uid=study_uid, series_uid=series_uid)
    row = rows.first()
    if row is None:
        raise Http404
    return row


def one_instance(by: Actor, study_uid: str, series_uid: str, object_uid: str) -> Instance:
    """The instance with series and scan; Http404 alike when it is absent or may not be seen."""
    rows = visible(Instance, by).select_related("series__study").filter(object_uid=object_uid)
    row = rows.filter(series__series_uid=series_uid, series__study__study_uid=study_uid).first()
    if row is None:
        raise Http404
    return row
