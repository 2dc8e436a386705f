"""Storing a batch: one index transaction with its audit row and events; safe to repeat."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from isocentre.audit import door as audit
from isocentre.core.actor import Actor
from isocentre.core.events import ScanStored
from isocentre.jobs import door as jobs
from isocentre.rooms.archive import tombstones
from isocentre.rooms.archive.admission import DIFFERS, NOT_ALLOWED, Object
from isocentre.rooms.archive.models import ImagingStudy, Instance, Series


@dataclass(frozen=True, slots=True)
class Stored:
    """The answer for one object: stored (failure 0) or a DICOM failure reason and words."""

    object_uid: str
    sop_class_uid: str
    failure: int = 0
    words: str = ""


def store(*, by: Actor, objects: list[Object]) -> list[Stored]:
    """Index a batch whose blobs are durable; one answer an object, in order."""
    gone = tombstones.recalled()
    with transaction.atomic():
        known = {
            i.object_uid: i
            for i in Instance.objects.select_related("series__study").filter(
                object_uid__in=[o.instance["object_uid"] for o in objects]
            )
        }
        answers, touched = [], {}
        for one in objects:
            answer, series = _store(one, known, gone)
            answers.append(answer)
            if series is not None:
                touched[series.pk] = (series, touched.get(series.pk, (series, 0))[1] + 1)
        for series, new in touched.values():
            _count(series, new)
        _tell(by, [s for s, _ in touched.values()], {s.pk: n for s, n in touched.values()})
    return answers


def _store(one: Object, known: dict[str, Instance], gone: dict[str, int]) -> tuple[Stored, Series | None]:
    uid, sop_class = one.instance["object_uid"], one.instance["sop_class_uid"]
    if gone.get(uid, -1) >= one.revision:
        return Stored(uid, sop_class, NOT_ALLOWED, "This image was recalled."), None
    before = known.get(uid)
    if before is not None and before.revision == one.revision and before.sha256 == one.sha256:
        return Stored(uid, sop_class), None
    if before is not None and before.revision > one.revision:
        return Stored(uid, sop_class), None  # an older revision again: the newer one stays
    if before is not None and before.revision == one.revision:
        return Stored(uid, sop_class, DIFFERS, "The same image with other content is already stored."), None
    study = _study(one)
    if (study.research_study, study.site) != (one.study["research_study"], one.study["site"]):
        return Stored(uid, sop_class, DIFFERS, "This imaging study belongs to another research study or site."), None
    series, _ = Series.objects.get_or_create(
        series_uid=one.series["series_uid"], defaults={**one.series, "study": study}
    )
    fields = {
        **one.instance,
        "series": series,
        "revision": one.revision,
        "sha256": one.sha256,
        "blob": one.blob,
        "size": one.size,
    }
    known[uid], _ = Instance.objects.update_or_create(object_uid=uid, defaults=fields)
    return Stored(uid, sop_class), series


def _study(one: Object) -> ImagingStudy:
    study, made = ImagingStudy.objects.get_or_create(study_uid=one.study["study_uid"], defaults=one.study)
    if (
        not made
        and one.revision
        and (study.research_study, study.site) == (one.study["research_study"], one.study["site"])
    ):
        ImagingStudy.objects.filter(pk=study.pk).update(**{k: v for k, v in one.study.items() if k != "study_uid"})
    return study


def _count(series: Series, new: int) -> None:
    Series.objects.filter(pk=series.pk).update(instance_count=series.instances.count(), metadata=None)
    study = series.study
    rows = list(study.series.values_list("modality", "instance_count"))
    ImagingStudy.objects.filter(pk=study.pk).update(
        modalities="\\".join(sorted({m for m, _ in rows if m})),
        series_count=len(rows),
        instance_count=sum(n for _, n in rows),
    )


def _tell(by: Actor, series: list[Series], new: dict[int, int]) -> None:
    """One audit row and one event a series; objects are named by number only: a row has a clock beside it."""
    for one in series:
        study = one.study
        jobs.publish(
            ScanStored(
                research_study=study.research_study,
                site=study.site,
                pseudonym=study.pseudonym,
                time_point=study.time_point,
                study_uid=study.study_uid,
                series_uid=one.series_uid,
                modality=one.modality,
                body_part=one.body_part,
                instances=new[one.pk],
            )
        )
    totals: dict[str, int] = {}
    for one in series:
        totals[one.study.research_study] = totals.get(one.study.research_study, 0) + new[one.pk]
    audit.record(
        by=by,
        entries=[audit.Entry("images_stored", "research_study", slug, {"images": n}) for slug, n in totals.items()],
    )
