"""The register's part of the national API: research studies with sites and planned imaging, subjects, what came."""

from __future__ import annotations

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router, Schema

from isocentre.api.paging import USUAL, After, Limit, Page, of_list
from isocentre.api.spec import PlannedEvent, actor, needs
from isocentre.rooms.register import door

router = Router(tags=["register"])
State = Literal["", "set_up", "open", "paused", "closed"]


class ResearchStudy(Schema):
    """A research study as agreed; `slug` is its short name, used in every address and filter."""

    slug: str
    title: str
    status: str
    sponsor: str
    protocol_name: str
    iras: str
    intake_mode: str
    profile: str
    legal_basis: str
    ae_title: str
    prior_imaging: bool
    version: int


class StudySite(Schema):
    """A site that takes part, and which version of the proposal its hospital side last fetched (0: none)."""

    site: str
    name: str
    status: str
    handed_version: int


class ResearchStudyWhole(ResearchStudy):
    """A research study with the sites that take part and the planned imaging."""

    sites: list[StudySite]
    planned_events: list[PlannedEvent]


class ResearchStudies(Page):
    """Research studies, by title."""

    items: list[ResearchStudy]


class Subject(Schema):
    """A subject by pseudonym; `subject_id` is null for all but the study team. `received` planned events came."""

    pseudonym: str
    subject_id: str | None
    site: str
    status: str
    withdrawal: str
    received: int
    planned: int


class Subjects(Page):
    """Subjects, by pseudonym."""

    items: list[Subject]


class Imaging(Schema):
    """One planned event: of how many subjects its scan is expected, and of how many it came."""

    id: str
    name: str
    time_point: str
    expected: int
    received: int
    missing: int


@router.get(
    "/research-studies", response=ResearchStudies, summary="List research studies",
    openapi_extra=needs("register_view"),
)  # fmt: skip
def research_studies(
    request: HttpRequest, q: str = "", status: State = "", after: After = "", limit: Limit = USUAL
) -> dict[str, Any]:
    """Research studies in scope. `q`: words in title, short name, sponsor or IRAS number; `status`: one state."""
    found = door.research_studies(by=actor(request), words=q, status=status)
    page, following = of_list(request, found, key=lambda one: one.slug, after=after, limit=limit)
    return {"items": [_study(one) for one in page], "next": following}


@router.get(
    "/research-studies/{slug:slug}", response=ResearchStudyWhole, summary="One research study",
    openapi_extra=needs("register_view"),
)  # fmt: skip
def research_study(request: HttpRequest, slug: str) -> dict[str, Any]:
    """What was agreed about it, the sites that take part, the planned imaging."""
    by = actor(request)
    return {
        **_study(door.research_study(by=by, slug=slug)),
        "sites": door.study_sites(by=by, slug=slug),
        "planned_events": door.planned_events(by=by, slug=slug),
    }


@router.get(
    "/research-studies/{slug:slug}/subjects", response=Subjects, summary="List the subjects of a research study",
    openapi_extra=needs("register_view"),
)  # fmt: skip
def subjects(request: HttpRequest, slug: str, after: After = "", limit: Limit = USUAL) -> dict[str, Any]:
    """Subjects in scope, pseudonymised, with how many of the planned events came of each."""
    by = actor(request)
    # By pseudonym for everybody: the order of subject ids would tell something of them.
    found = sorted(door.subjects(by=by, slug=slug), key=lambda one: one.pseudonym)
    page, following = of_list(request, found, key=lambda one: one.pseudonym, after=after, limit=limit)
    planned, named = len(door.planned_events(by=by, slug=slug)), door.sees_subject_ids(by)
    rows = [
        {
            "pseudonym": one.pseudonym, "subject_id": one.subject_id if named else None, "site": one.site,
            "status": one.status, "withdrawal": one.withdrawal, "received": one.received, "planned": planned,
        }
        for one in page
    ]  # fmt: skip
    return {"items": rows, "next": following}


@router.get(
    "/research-studies/{slug:slug}/imaging", response=list[Imaging], summary="Imaging received against expected",
    openapi_extra=needs("register_view"),
)  # fmt: skip
def imaging(request: HttpRequest, slug: str) -> list[dict[str, Any]]:
    """One row a planned event, over the subjects in scope."""
    return [
        {
            "id": one.event.id, "name": one.event.name, "time_point": one.event.time_point,
            "expected": one.expected, "received": one.received, "missing": one.missing,
        }
        for one in door.imaging(by=actor(request), slug=slug)
    ]  # fmt: skip


def _study(one: door.ResearchStudyRecord) -> dict[str, Any]:
    return {
        **{name: getattr(one.terms, name) for name in ResearchStudy.model_fields if name != "version"},
        "version": one.version,
    }
