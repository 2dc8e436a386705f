"""Scans as programs list them: the rows of the pages, as they are shown under the actor's scope and Selection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Count, QuerySet
from django.http import Http404

from isocentre.audit import door as audit
from isocentre.core.actor import Actor
from isocentre.core.checks import Unfit
from isocentre.rooms.archive import browsing, mapping, presenters, selections
from isocentre.rooms.archive.models import ImagingStudy, Instance, Selection, Series
from isocentre.rooms.archive.scoping import came, visible


def scans(by: Actor, chosen: Mapping[str, str]) -> tuple[QuerySet[ImagingStudy] | list[ImagingStudy], str]:
    """Scans that the filters leave, and what to put them in order by; noted in the audit trail as a list taken out.

    Under a Selection a list, each scan as it shows it and with the images it has of each; the filters are then held
    against what is shown. Unfit for one that cannot be.
    """
    audit.record_read(by=by, action="scans_exported", object_type="list", object_id="scans")
    if by.scope.selection is None:
        return browsing.scans(by, dict(chosen)), "-id" if came(by) else "study_uid"
    if chosen.get("body_part"):
        raise Unfit({"body_part": "The scans of a Selection cannot be narrowed by body part"})
    one = selections.one(by, by.scope.selection)
    rows = [] if one is None else selections.scans(by, one)
    return sorted((row for row in rows if _fits(row, chosen)), key=lambda row: str(row.study_uid)), "study_uid"


def _fits(row: ImagingStudy, chosen: Mapping[str, str]) -> bool:
    """Whether a scan as shown passes the filters."""
    plain = {
        "research_study": row.research_study == chosen.get("research_study"),
        "site": row.site == chosen.get("site"),
        "subject": chosen.get("subject", "") in (row.pseudonym, row.study_uid),
        "time_point": row.time_point.casefold() == chosen.get("time_point", "").casefold(),
        "modality": chosen.get("modality", "").upper() in row.modalities.split("\\"),
    }
    return all(plain[name] for name, value in chosen.items() if value)


def scan(by: Actor, study_uid: str) -> tuple[ImagingStudy, list[Series]]:
    """One scan with its series, as shown, each with the images `by` may see of it; Http404 when it may not be seen."""
    shown = mapping.of(by)
    held = study_uid if shown is None else shown.held(study_uid)
    row = visible(ImagingStudy, by, raw=True).filter(study_uid=held).first()
    if row is None:
        raise Http404
    series = list(visible(Series, by, raw=True).select_related("study").filter(study=row).order_by("number", "pk"))
    images = visible(Instance, by, raw=True).filter(series__in=[one.pk for one in series]).order_by()
    counted = dict(images.values_list("series").annotate(n=Count("pk")))
    for one in series:
        one.instance_count = counted.get(one.pk, 0)
    row.series_count, row.instance_count = len(series), sum(counted.values())
    if shown is not None:
        row, series = shown.study(row), [shown.series(one) for one in series]
    return row, series


def subject_id(by: Actor, row: ImagingStudy) -> str | None:
    """The subject id for those to whom pages name it (ADR 0018), empty where nobody enrolled them; None for others, and
    under a Selection, whose page names none."""
    return presenters.subject(row) if browsing.sees_subjects(by) and by.scope.selection is None else None


def modalities(row: ImagingStudy) -> list[str]:
    """`["CT", "PT"]`."""
    return [one for one in row.modalities.split("\\") if one]


def images(by: Actor, one: Selection) -> Any:
    """Images of a Selection as it shows them, in order of UID; noted as the download of its list.

    Under a map in memory: the order, and where the next page begins, would tell the UIDs that are held.
    """
    audit.record_read(by=by, action="selection_exported", object_type="selection", object_id=one.name)
    shown, rows = selections.map_of(by, one), selections.images(by, one)
    if shown is None:
        return rows.order_by("object_uid")
    return sorted((shown.instance(row) for row in rows), key=lambda row: str(row.object_uid))
