"""Accession lists for programs: the scans a hospital names for a research study, by accession number."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from isocentre.api.paging import USUAL, After, Limit, Page, of_rows
from isocentre.api.spec import Sent, actor, needs
from isocentre.rooms.intake import door

router = Router(tags=["intake"])
NAMING = (
    "Up to 20,000, all or none. A scan that is named passes where its kind or day would not decide; its person must be "
    "enrolled, and consent, withdrawal and opt-out hold. What was left out is looked at again. Safe to repeat."
)


class Accession(Schema):
    """A scan named for a research study. `issuer`: empty for whoever gave the number."""

    id: int
    research_study: str
    accession: str
    issuer: str
    source: Literal["list", "fetching"]
    at: datetime


class Accessions(Page):
    """Scans named, the last first."""

    items: list[Accession]


class One(Sent):
    """An accession number, with its issuer only where scans carry one."""

    accession: str = Field(description="At most 16 characters")
    issuer: str = ""


class Naming(Sent):
    """Scans to name for one research study."""

    research_study: str
    accessions: list[One]


class Named(Schema):
    """How many are new on the list, and where images that were left out went."""

    listed: int
    images: dict[str, int]


@router.get("/accessions", response=Accessions, summary="List accession numbers", openapi_extra=needs("enrolment_view"))
def accessions(
    request: HttpRequest, research_study: str = "", after: After = "", limit: Limit = USUAL
) -> dict[str, Any]:  # fmt: skip
    """Scans named by accession number. Each look is in the audit trail."""
    rows = door.listed().accessions_named(actor(request), research_study=research_study)
    page, following = of_rows(request, rows, sort="-id", tie="pk", after=after, limit=limit)
    names = ("id", "research_study", "accession", "issuer", "source", "at")
    return {"items": [{name: getattr(one, name) for name in names} for one in page], "next": following}


@router.post(
    "/accessions", response=Named, summary="Name scans by accession number", description=NAMING,
    openapi_extra=needs("enrolment_edit"),
)  # fmt: skip
def name(request: HttpRequest, sent: Naming) -> dict[str, Any]:
    """All or none."""
    wanted = [(one.accession, one.issuer) for one in sent.accessions]
    lists = door.listed()
    new, images = lists.name_accessions(by=actor(request), research_study=sent.research_study, named=wanted)
    return {"listed": new, "images": images}
