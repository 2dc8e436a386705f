"""Selections in the national API: list, what is in one, freeze what a search finds, end one and put it in use again."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from isocentre.api.archive import ScanFilters
from isocentre.api.paging import USUAL, After, Limit, Page, of_list, of_rows
from isocentre.api.spec import Sent, actor, needs
from isocentre.core.actor import Actor
from isocentre.rooms.archive import door

router = Router(tags=["archive"])
book = door.selections


class Selection(Schema):
    """A frozen set of images with a purpose and a last day. `name` is what tokens and addresses use."""

    name: str
    title: str
    purpose: str
    research_studies: list[str]
    sites: list[str]
    scans: int
    images: int
    made_by: str
    last_day: date
    in_use: bool
    mapped: bool = Field(description="Whether it shows other UIDs, and labels for subjects, than are stored")
    digest: str = Field(description="SHA-256 of the list of its images")


class Selections(Page):
    """Selections, by title."""

    items: list[Selection]


class Image(Schema):
    """One image of a Selection, as it shows it; no `sha256` under a map, whose file is another than the one held."""

    object_uid: str
    series_uid: str
    study_uid: str
    revision: int
    sha256: str


class Images(Page):
    """Images of a Selection, by UID."""

    items: list[Image]


class NewSelection(Sent):
    """What to freeze, by the filters of the list of scans, and what it is for."""

    title: str = Field(description="2 to 63 small letters, figures and dashes, like lung-readers")
    purpose: str
    last_day: date = Field(description="Within 366 days")
    relabel: bool = Field(False, description="Show other UIDs, and subjects as S-001, S-002 and so on")
    research_study: str = ""
    site: str = ""
    subject: str = ""
    time_point: str = ""
    modality: str = ""
    body_part: str = ""


class Act(Sent):
    """End a Selection for a reason, or put it in use again until its last day."""

    act: Literal["end", "reopen"]
    reason: str = ""


@router.get("/selections", response=Selections, summary="List Selections", openapi_extra=needs("scans_view"))
def selections(request: HttpRequest, after: After = "", limit: Limit = USUAL) -> dict[str, Any]:
    """Selections that hold nothing but what the token may see."""
    found = book.seen(actor(request))
    page, following = of_list(request, found, key=lambda one: str(one.name), after=after, limit=limit)
    return {"items": [_selection(one) for one in page], "next": following}


@router.post(
    "/selections", response={201: Selection}, summary="Freeze a Selection", openapi_extra=needs("selections_make")
)
def make_selection(request: HttpRequest, sent: NewSelection) -> Status[dict[str, Any]]:
    """Every image of the scans that the filters find, in the state they have now. A title in use is refused, so that
    the same request again makes no second one."""
    chosen = {name: getattr(sent, name).strip() for name in ScanFilters.model_fields}
    made = book.freeze_scans(
        by=actor(request), chosen=chosen, title=sent.title, purpose=sent.purpose, last_day=sent.last_day,
        relabel=sent.relabel,
    )  # fmt: skip
    return Status(201, _selection(made))


@router.get(
    "/selections/{str:name}", response=Selection, summary="One Selection", openapi_extra=needs("scans_view")
)  # fmt: skip
def selection(request: HttpRequest, name: str) -> dict[str, Any]:
    """What it is; its images have an address of their own."""
    return _selection(_found(actor(request), name))


@router.post(
    "/selections/{str:name}", response=Selection, summary="End or reopen a Selection",
    openapi_extra=needs("selections_make"),
)  # fmt: skip
def act_on_selection(request: HttpRequest, name: str, sent: Act) -> dict[str, Any]:
    """Safe to repeat. What works under a Selection that ended sees nothing any more, at once."""
    by = actor(request)
    _found(by, name)
    if sent.act == "end":
        book.end(by=by, name=name, reason=sent.reason.strip())
    else:
        book.reopen(by=by, name=name)
    return _selection(_found(by, name))


@router.get(
    "/selections/{str:name}/images", response=Images, summary="List the images of a Selection",
    openapi_extra=needs("scans_view"),
)  # fmt: skip
def selection_images(request: HttpRequest, name: str, after: After = "", limit: Limit = USUAL) -> dict[str, Any]:
    """Its images as it shows them; none once it has ended."""
    by = actor(request)
    one = _found(by, name)
    found = door.listed.images(by, one)
    if isinstance(found, QuerySet):
        page, following = of_rows(request, found, sort="object_uid", tie="object_uid", after=after, limit=limit)
    else:
        page, following = of_list(request, found, key=lambda row: str(row.object_uid), after=after, limit=limit)
    return {"items": [_image(row, mapped=bool(one.uid_key)) for row in page], "next": following}


def _found(by: Actor, name: str) -> Any:
    one = book.one(by, name)
    if one is None:
        raise Http404
    return one


def _selection(one: Any) -> dict[str, Any]:
    same = ("name", "title", "purpose", "scans", "made_by", "digest")
    return {
        **{name: getattr(one, name) for name in same},
        "research_studies": sorted({study for study, _ in one.places}),
        "sites": sorted({site for _, site in one.places}),
        "images": one.size, "last_day": one.expires_on, "in_use": book.serves(one), "mapped": bool(one.uid_key),
    }  # fmt: skip


def _image(row: Any, *, mapped: bool) -> dict[str, Any]:
    return {
        "object_uid": row.object_uid, "series_uid": row.series.series_uid, "study_uid": row.series.study.study_uid,
        "revision": row.revision, "sha256": "" if mapped else row.sha256,
    }  # fmt: skip
