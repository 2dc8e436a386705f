"""The archive's part of the national API: scans, and the ledger's balance. Images themselves are under /dicomweb."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Query, Router, Schema

from isocentre.api.paging import USUAL, After, Limit, Page, of_list, of_rows
from isocentre.api.spec import actor, needs
from isocentre.rooms.archive import door

router = Router(tags=["archive"])


class ScanFilters(Schema):
    """What a list of scans is narrowed to; empty means any. `subject`: pseudonym, or the UID of a scan or series."""

    research_study: str = ""
    site: str = ""
    subject: str = ""
    time_point: str = ""
    modality: str = ""
    body_part: str = ""


class Scan(Schema):
    """A scan (a DICOM study), pseudonymised; `study_day` counts from day 0. `subject_id`: for the study team."""

    study_uid: str
    pseudonym: str
    subject_id: str | None
    research_study: str
    site: str
    time_point: str
    study_day: float | None
    description: str
    modalities: list[str]
    series: int
    images: int


class Scans(Page):
    """Scans: the last to arrive first for the study team; for others in no order of time."""

    items: list[Scan]


class Series(Schema):
    """One series of a scan; fetch it from /dicomweb/studies/{study_uid}/series/{series_uid}."""

    series_uid: str
    number: int | None
    modality: str
    body_part: str
    description: str
    protocol: str
    manufacturer: str
    model: str
    images: int


class ScanWhole(Scan):
    """A scan with its series."""

    series_list: list[Series]


class Place(Schema):
    """A research study at a site: the hospital's ledger as last reported, beside what is here.

    `sent_on` = `stored` + `recalled` + `erased`; `difference` is what is over (or, below 0, what is missing). `sites`:
    a gateway of several reports for all of them together; `difference` is null where the token sees only part of them.
    """

    research_study: str
    sites: list[str]
    received: int
    held: int
    pending: int
    sent_on: int
    stored: int
    recalled: int
    erased: int
    difference: int | None


class Ledger(Page):
    """The national side's ledger, by research study and site."""

    items: list[Place]


@router.get("/scans", response=Scans, summary="List scans", openapi_extra=needs("scans_view"))
def scans(
    request: HttpRequest, chosen: Query[ScanFilters], after: After = "", limit: Limit = USUAL
) -> dict[str, Any]:  # fmt: skip
    """Scans stored here that the token may see. A token of a Selection sees what it holds, as it shows it."""
    by = actor(request)
    found, sort = door.listed.scans(by, chosen.dict())
    if isinstance(found, QuerySet):
        tie = "pk" if sort == "-id" else "study_uid"
        page, following = of_rows(request, found, sort=sort, tie=tie, after=after, limit=limit)
    else:
        page, following = of_list(request, found, key=lambda row: str(row.study_uid), after=after, limit=limit)
    return {"items": [scan_of(by, row) for row in page], "next": following}


@router.get(
    "/scans/{str:study_uid}", response=ScanWhole, summary="One scan with its series", openapi_extra=needs("scans_view")
)
def scan(request: HttpRequest, study_uid: str) -> dict[str, Any]:
    """What it is, and its series by number."""
    by = actor(request)
    row, series = door.listed.scan(by, study_uid)
    names = [name for name in Series.model_fields if name != "images"]
    listed = [{**{name: getattr(one, name) for name in names}, "images": one.instance_count} for one in series]
    return {**scan_of(by, row), "series_list": listed}


@router.get("/ledger", response=Ledger, summary="The ledger's balance", openapi_extra=needs("ledger_view"))
def ledger(request: HttpRequest, after: After = "", limit: Limit = USUAL) -> dict[str, Any]:
    """Images by research study and site: what hospitals say they sent on, and what became of it here."""
    found = door.places(actor(request))
    page, following = of_list(
        request, found, key=lambda one: f"{one.research_study} {one.site}", after=after, limit=limit
    )  # fmt: skip
    figures = [name for name in Place.model_fields if name not in ("sites", "difference")]
    rows = [
        {
            **{name: getattr(one, name) for name in figures}, "sites": one.site.split(),
            "difference": one.difference if one.compared else None,
        }
        for one in page
    ]  # fmt: skip
    return {"items": rows, "next": following}


def scan_of(by: Any, row: Any) -> dict[str, Any]:
    """A row of the index as a `Scan`."""
    same = ("study_uid", "pseudonym", "research_study", "site", "time_point", "study_day", "description")
    return {
        **{name: getattr(row, name) for name in same},
        "subject_id": door.listed.subject_id(by, row), "modalities": door.listed.modalities(row),
        "series": row.series_count, "images": row.instance_count,
    }  # fmt: skip
