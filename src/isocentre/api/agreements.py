"""Contribution agreements by the national API: how each trust's stands for a research study, and what it says."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router, Schema

from isocentre.api.paging import USUAL, After, Limit, Page, of_list
from isocentre.api.spec import actor, needs
from isocentre.core.agreements import AgreementTerms
from isocentre.rooms.register import door

router = Router(tags=["register"])
State = Literal["", "in_force", "not", "waiting"]


class Terms(Schema):
    """What a version says. `caldicott_on`, `siro_on`: the day it was signed, null while it is not."""

    controllers: str
    processor: str
    purposes: str
    dpia: str
    file_reference: str
    caldicott_name: str
    caldicott_post: str
    caldicott_on: date | None
    siro_name: str
    siro_post: str
    siro_on: date | None
    starts: date | None
    until: date | None
    exit_terms: str


class Version(Schema):
    """One version: `state` is entered, confirmed or discarded; `ended_on` where it was ended early."""

    number: int
    state: str
    entered_by: str
    confirmed_by: str
    ended_on: date | None
    ended_by: str
    end_reason: str
    terms: Terms


class Agreement(Schema):
    """The agreement of a trust for a research study; `why_not` is empty while it is in force."""

    research_study: str
    organisation: str
    name: str
    sites: list[str]
    in_force: bool
    why_not: str
    until: date | None
    version: int | None
    waiting: int | None


class AgreementWhole(Agreement):
    """An agreement with its versions, the newest first."""

    versions: list[Version]


class Agreements(Page):
    """Agreements, by research study and trust. `required`: whether anything is stopped for want of one."""

    required: bool
    items: list[Agreement]


@router.get(
    "/agreements", response=Agreements, summary="List contribution agreements", openapi_extra=needs("agreements_view")
)
def agreements(
    request: HttpRequest, research_study: str = "", state: State = "", after: After = "", limit: Limit = USUAL
) -> dict[str, Any]:
    """One a trust that takes part in a research study in scope, with or without an agreement."""
    slugs = [research_study] if research_study else None
    found = [one for one in door.agreements.listed(by=actor(request), slugs=slugs) if _asked(one, state)]
    page, following = of_list(request, found, key=lambda one: one.key, after=after, limit=limit)
    return {"items": [_plain(one) for one in page], "next": following, "required": door.agreements.required()}


@router.get(
    "/agreements/{slug:slug}/{str:organisation}", response=AgreementWhole, summary="One contribution agreement",
    openapi_extra=needs("agreements_view"),
)  # fmt: skip
def agreement(request: HttpRequest, slug: str, organisation: str) -> dict[str, Any]:
    """How it stands, and every version of it."""
    one = door.agreements.agreement(by=actor(request), slug=slug, organisation=organisation)
    return {**_plain(one), "versions": [_version(each) for each in one.versions]}


def _asked(one: door.AgreementRecord, state: str) -> bool:
    if state == "waiting":
        return one.waiting is not None
    return not state or one.standing.in_force == (state == "in_force")


def _plain(one: door.AgreementRecord) -> dict[str, Any]:
    return {
        "research_study": one.research_study, "organisation": one.organisation, "name": one.name,
        "sites": list(one.sites), "in_force": one.standing.in_force, "why_not": one.standing.why_not,
        "until": one.standing.until, "version": one.standing.number,
        "waiting": one.waiting.number if one.waiting else None,
    }  # fmt: skip


def _version(one: door.agreements.VersionRecord) -> dict[str, Any]:
    told = {name: getattr(one.terms, name) for name in AgreementTerms.__dataclass_fields__}
    return {
        "number": one.number, "state": one.state, "entered_by": one.entered_by, "confirmed_by": one.confirmed_by,
        "ended_on": one.ended_on, "ended_by": one.ended_by, "end_reason": one.end_reason, "terms": told,
    }  # fmt: skip
