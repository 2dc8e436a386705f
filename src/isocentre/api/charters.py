"""Charters in the national API: list, read a version, upload one, put it in force."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Path, Router, Schema, Status
from pydantic import Field

from isocentre.api.paging import USUAL, After, Limit, Page, of_list
from isocentre.api.spec import Sent, actor, needs
from isocentre.core.charter.reading import MOST_BYTES
from isocentre.core.charter.records import plain
from isocentre.rooms.trials import door

router = Router(tags=["trials"])
Number = Annotated[int, Path(ge=1, lt=10**9)]


class Charter(Schema):
    """A version of a research study's charter; `state` is uploaded, in_force or replaced."""

    research_study: str
    version: int
    title: str
    state: Literal["uploaded", "in_force", "replaced"]
    sha256: str
    uploaded_by: str
    published_by: str


class CharterWhole(Charter):
    """A version with what it asks, as it can be uploaded again."""

    charter: dict[str, Any]


class Charters(Page):
    """Charters in force, by research study; or versions of one, the newest first."""

    items: list[Charter]


class NewCharter(Sent):
    """A charter as text, in YAML or JSON."""

    text: str = Field(max_length=MOST_BYTES)


class Act(Sent):
    """Put a version in force."""

    act: Literal["publish"]


@router.get("/charters", response=Charters, summary="List charters in force", openapi_extra=needs("charters_view"))
def charters(request: HttpRequest, after: After = "", limit: Limit = USUAL) -> dict[str, Any]:
    """The charter in force of each research study that the token may see and that has one."""
    found = [one for _, one, _ in door.newest(by=actor(request)) if one]
    page, following = of_list(request, found, key=lambda one: one.research_study, after=after, limit=limit)
    return {"items": [_charter(one) for one in page], "next": following}


@router.get(
    "/charters/{slug:slug}", response=Charters, summary="List versions of a charter",
    openapi_extra=needs("charters_view"),
)  # fmt: skip
def charter_versions(request: HttpRequest, slug: str, after: After = "", limit: Limit = USUAL) -> dict[str, Any]:
    """Every version of one research study's charter."""
    found = door.versions(by=actor(request), slug=slug)
    page, following = of_list(request, found, key=lambda one: str(one.version), after=after, limit=limit)
    return {"items": [_charter(one) for one in page], "next": following}


@router.post(
    "/charters/{slug:slug}", response={201: Charter}, summary="Upload a charter",
    openapi_extra=needs("charters_publish"),
)  # fmt: skip
def upload_charter(request: HttpRequest, slug: str, sent: NewCharter) -> Status[dict[str, Any]]:
    """Kept as the next version, not in force. The same as the newest version again makes no other."""
    return Status(201, _charter(door.upload(by=actor(request), slug=slug, text=sent.text)))


@router.get(
    "/charters/{slug:slug}/{int:number}", response=CharterWhole, summary="One version of a charter",
    openapi_extra=needs("charters_view"),
)  # fmt: skip
def charter(request: HttpRequest, slug: str, number: Number) -> dict[str, Any]:
    """What it is, and what it asks."""
    one = door.version(by=actor(request), slug=slug, number=number)
    return {**_charter(one), "charter": plain(one.charter)}


@router.post(
    "/charters/{slug:slug}/{int:number}", response=Charter, summary="Put a charter in force",
    openapi_extra=needs("charters_publish"),
)  # fmt: skip
def act_on_charter(request: HttpRequest, slug: str, number: Number, sent: Act) -> dict[str, Any]:
    """Safe to repeat. It takes the place of the version in force; each hospital accepts it before it checks by it."""
    return _charter(door.publish(by=actor(request), slug=slug, number=number))


def _charter(one: door.CharterRecord) -> dict[str, Any]:
    same = ("research_study", "version", "state", "sha256", "uploaded_by", "published_by")
    return {**{name: getattr(one, name) for name in same}, "title": one.charter.title}
