"""The hospital API of what is held, by cause, what is decided about it; and of research studies accepted here."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.http import Http404, HttpRequest
from ninja import Router, Schema
from pydantic import Field

from isocentre.api.intake import listed_of
from isocentre.api.paging import USUAL, After, Limit, Page, of_list, of_rows
from isocentre.api.spec import PlannedEvent, Sent, actor, needs
from isocentre.core.actor import Actor
from isocentre.rooms.deid import door
from isocentre.rooms.intake import door as intake

router = Router(tags=["deid"])
Key = Annotated[int, Field(ge=1, lt=10**18)]
STUDIES = ("study_config_accept", "arrivals_view", "profiles_view")


class Cause(Schema):
    """A cause scans are held for: in words, what to do now, how many, and since when the oldest is."""

    cause: str
    title: str
    advice: str
    scans: int
    images: int
    oldest: datetime | None


class HeldScan(Schema):
    """A scan, as far as it is held for one cause, without name or number."""

    id: int
    title: str
    research_study: str
    subject: str
    site: str
    scanner: str
    images: int
    since: datetime | None
    reason: str


class HeldScans(Page):
    """Scans held for one cause, in order of arrival."""

    items: list[HeldScan]


class Decide(Sent):
    """What to do with which scans, and why. `put-into` needs the research study; `keep` and `replace` are for an image
    that came again with other pixels."""

    act: Literal["try-again", "put-into", "leave-out", "reject", "keep", "replace"]
    scans: list[Key] = Field(description="`id` of each, from the list")
    reason: str = Field(description="In a few words, and naming no patient")
    research_study: str = ""


class Decided(Schema):
    """What was done: scans decided, scans that were not held for it any more, images by where they went, images that
    stay held since nothing has changed. It can be undone on the page for ten minutes."""

    scans: int
    already: int
    images: dict[str, int]
    unchanged: int


class Agreed(Schema):
    """What was agreed about a research study; `receive` is true, or says why scans may not be taken in.

    `charter` is the imaging charter, null where there is none, or says why it cannot be read here.
    """

    version: int = 0
    sponsor: str = ""
    protocol_name: str = ""
    intake_mode: str = ""
    sites: list[str] = []
    profile: str = ""
    legal_basis: str = ""
    ae_title: str = ""
    prior_imaging: bool = False
    receive: bool | str = False
    planned_events: list[PlannedEvent] = []
    charter: dict[str, Any] | str | None = None


class SiteAgreement(Schema):
    """The contribution agreement of a site's trust, as the national side tells of it: `why_not` is empty while scans
    may be sent on; `until` is its last day."""

    site: str
    why_not: str
    until: date | None


class ResearchStudy(Schema):
    """A research study at this hospital; `accepted` is what is in force, null until a person has accepted it.

    `state` is to_accept, changed, waiting (for a second person) or in_force; `profile` is the one pinned. `agreements`
    is empty where the national side does not require contribution agreements.
    """

    slug: str
    title: str
    state: str
    profile: str
    accepted_by: str
    accepted_at: datetime | None
    face_waiver: str
    accepted: Agreed | None
    proposed: Agreed
    agreements: list[SiteAgreement]


class ResearchStudies(Page):
    """Research studies proposed to this hospital, by title."""

    items: list[ResearchStudy]


@router.get("/held", response=list[Cause], summary="What is held, by cause", openapi_extra=needs("held_view"))
def held(request: HttpRequest) -> list[dict[str, Any]]:
    """Every cause something is held for, the oldest first."""
    return [
        {
            "cause": one.cause, "title": intake.causes.cause(one.cause).title,
            "advice": intake.causes.cause(one.cause).advice, "scans": one.scans, "images": one.images,
            "oldest": one.oldest,
        }
        for one in intake.held_by_cause(by=actor(request))
    ]  # fmt: skip


@router.get(
    "/held/{slug:cause}", response=HeldScans, summary="List the scans held for a cause",
    openapi_extra=needs("held_view"),
)  # fmt: skip
def held_scans(
    request: HttpRequest, cause: str, research_study: str = "", after: After = "", limit: Limit = USUAL
) -> dict[str, Any]:  # fmt: skip
    """The scans, each with the reason of one of its images."""
    by = actor(request)
    _must_exist(by, cause)
    rows = intake.held_scans(by=by, cause=cause, research_study=research_study)
    page, following = of_rows(request, rows, sort="id", tie="pk", after=after, limit=limit)
    found = [
        {**listed_of(one), "images": one.images["held"], "since": one.at, "reason": one.reason}
        for one in intake.listed().held_scans(by, cause, page)
    ]
    return {"items": found, "next": following}


@router.post(
    "/held/{slug:cause}", response=Decided, summary="Decide about scans held for a cause",
    openapi_extra=needs("held_act"),
)  # fmt: skip
def decide(request: HttpRequest, cause: str, sent: Decide) -> Any:
    """Release, put into a research study, leave out or reject; with the reason, in the audit trail. Safe to repeat."""
    by = actor(request)
    _must_exist(by, cause)
    return door.decide_held(
        by=by, cause=cause, act=sent.act, keys=sent.scans, reason=sent.reason.strip(),
        research_study=sent.research_study,
    )  # fmt: skip


@router.get(
    "/research-studies", response=ResearchStudies, summary="List research studies", openapi_extra=needs(*STUDIES)
)
def research_studies(request: HttpRequest, after: After = "", limit: Limit = USUAL) -> dict[str, Any]:
    """Research studies proposed to this hospital, and what is in force."""
    page, following = of_list(
        request, door.agreements(actor(request)), key=lambda one: one.slug, after=after, limit=limit
    )  # fmt: skip
    return {"items": page, "next": following}


@router.get(
    "/research-studies/{slug:slug}", response=ResearchStudy, summary="One research study",
    openapi_extra=needs(*STUDIES),
)  # fmt: skip
def research_study(request: HttpRequest, slug: str) -> Any:
    """What is proposed and what is in force."""
    found = [one for one in door.agreements(actor(request)) if one.slug == slug]
    if not found:
        raise Http404
    return found[0]


def _must_exist(by: Actor, cause: str) -> None:
    """404 for a cause that this version does not know and nothing is held for."""
    if not intake.causes.is_known(cause) and not intake.held_scans(by=by, cause=cause).exists():
        raise Http404
