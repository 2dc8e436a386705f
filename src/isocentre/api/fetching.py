"""Fetching from a PACS for programs: lists of scans made, what became of them, their lines and series."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from django.http import Http404, HttpRequest
from ninja import Router, Schema
from pydantic import Field

from isocentre.api.paging import USUAL, After, Limit, Page, of_rows
from isocentre.api.spec import Sent, actor, needs
from isocentre.rooms.intake import door

router = Router(tags=["fetching"])
MADE = "The PACS is asked about each scan; nothing is fetched before the list is started. Not repeated by itself."
STARTED = "Fetch what was found, within the hours, requests at once and rate of the PACS. Safe to repeat."


class Estimate(Schema):
    """What fetching the list would be: `bytes` estimated; `nearline`: scans not at hand in the PACS."""

    scans: int
    series: int
    images: int
    bytes: int
    nearline: int
    nights: int


class Fetch(Schema):
    """A list of scans to fetch. `lines`, `series`: how many by state, in words. `waits`: what keeps it just now."""

    id: int
    name: str
    research_study: str
    pacs: str
    state: Literal["asking", "ready", "fetching", "done", "cancelled"]
    made: datetime
    lines: dict[str, int]
    series: dict[str, int]
    images_expected: int
    images_received: int
    estimate: Estimate
    waits: str


class Fetches(Page):
    """Lists, the newest first."""

    items: list[Fetch]


class Series(Schema):
    """One series of a list. `images_expected` is null where the PACS did not say."""

    id: int
    line: int
    study_uid: str
    series_uid: str
    modality: str
    body_part: str
    description: str
    images_expected: int | None
    images_received: int
    asked_times: int
    state: str
    why: str


class SeriesList(Page):
    """The series of a list."""

    items: list[Series]


class Wanted(Sent):
    """One scan: by accession number, by StudyInstanceUID, or by patient and days."""

    accession: str = ""
    study_uid: str = ""
    patient_id: str = ""
    first_day: date | None = None
    last_day: date | None = None


class Making(Sent):
    """A list of scans to look up. The rule chooses series; empty means any."""

    research_study: str
    pacs: str = Field(description="Its name, as on the page PACS and limits")
    name: str
    scans: list[Wanted]
    modalities: list[str] = []
    body_parts: list[str] = []
    words: list[str] = []
    without: list[str] = []
    least_images: int = Field(0, ge=0, le=99_999)


@router.get("/fetches", response=Fetches, summary="List what is fetched", openapi_extra=needs("pulls_view"))
def fetches(
    request: HttpRequest, research_study: str = "", after: After = "", limit: Limit = USUAL
) -> dict[str, Any]:  # fmt: skip
    """Lists of scans to fetch, in the scope of the token."""
    rows = door.pulling.visible(actor(request))
    rows = rows.filter(research_study=research_study) if research_study else rows
    page, following = of_rows(request, rows, sort="-id", tie="pk", after=after, limit=limit)
    return {"items": [_told(one) for one in page], "next": following}


@router.post("/fetches", response=Fetch, summary="Look a list up", description=MADE, openapi_extra=needs("pulls_make"))
def make(request: HttpRequest, sent: Making) -> dict[str, Any]:
    """Make a list; the PACS is then asked about it."""
    pulling = door.pulling
    lines = pulling.lines_of([one.dict() for one in sent.scans])
    said = {name: ",".join(getattr(sent, name)) for name in ("modalities", "body_parts", "words", "without")}
    rule = pulling.rule({**said, "least_images": str(sent.least_images or "")})
    made = pulling.make(
        by=actor(request), research_study=sent.research_study, pacs=pulling.node_named(sent.pacs), name=sent.name,
        asked=lines, rule=rule,
    )  # fmt: skip
    return _told(made)


@router.get("/fetches/{str:key}", response=Fetch, summary="How far a list is", openapi_extra=needs("pulls_view"))
def one(request: HttpRequest, key: str) -> dict[str, Any]:
    """One list."""
    return _told(_found(request, key))


@router.post(
    "/fetches/{str:key}", response=Fetch, summary="Fetch what was found", description=STARTED,
    openapi_extra=needs("pulls_make"),
)  # fmt: skip
def start(request: HttpRequest, key: str) -> dict[str, Any]:
    """Start a list."""
    found = _found(request, key)
    door.pulling.start(by=actor(request), pull=found)
    return _told(_found(request, key))


@router.get(
    "/fetches/{str:key}/series", response=SeriesList, summary="Series of a list", openapi_extra=needs("pulls_view")
)
def series(request: HttpRequest, key: str, after: After = "", limit: Limit = USUAL) -> dict[str, Any]:
    """Each series that the list comes to, expected against received."""
    rows = _found(request, key).series.select_related("line")
    page, following = of_rows(request, rows, sort="id", tie="pk", after=after, limit=limit)
    found = [
        {"id": row.pk, "line": row.line.number, "study_uid": row.study_uid, "series_uid": row.series_uid,
         "modality": row.modality, "body_part": row.body_part, "description": row.description,
         "images_expected": row.expected, "images_received": row.received, "asked_times": row.asked_times,
         "state": row.state, "why": row.words or row.last_error}
        for row in page
    ]  # fmt: skip
    return {"items": found, "next": following}


def _found(request: HttpRequest, key: str) -> Any:
    found = door.pulling.found(actor(request), int(key)) if key.isdigit() and len(key) < 18 else None
    if found is None:
        raise Http404
    return found


def _told(one: Any) -> dict[str, Any]:
    told, size = door.pulling.told(one), door.pulling.estimate(one)
    return {
        "id": one.pk, "name": one.name, "research_study": one.research_study, "pacs": one.pacs.name,
        "state": one.state, "made": one.made_at, "lines": told["lines"], "series": told["series"],
        "images_expected": told["images"]["expected"], "images_received": told["images"]["received"],
        "estimate": {"scans": size.scans, "series": size.series, "images": size.images, "bytes": size.size,
                     "nearline": size.nearline, "nights": size.nights},
        "waits": door.pulling.why_waiting(one),
    }  # fmt: skip
