"""The network's part of the national API: the reference book of sites and scanners, the same for everybody."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from isocentre.api.paging import USUAL, After, Limit, Page, of_list
from isocentre.api.spec import needs
from isocentre.rooms.network import door

router = Router(tags=["network"])


class Site(Schema):
    """A site by ODS code, and the organisation it belongs to."""

    ods: str
    name: str
    organisation_ods: str
    organisation_name: str


class Sites(Page):
    """Sites, by name."""

    items: list[Site]


class Scanner(Schema):
    """A scanner, and how its images name it."""

    code: str
    site: str
    manufacturer: str
    model: str
    modality: str
    serial: str
    station_name: str
    ae_title: str
    software: str


class Scanners(Page):
    """Scanners, by site and code."""

    items: list[Scanner]


@router.get("/sites", response=Sites, summary="List sites", openapi_extra=needs("network_view"))
def sites(request: HttpRequest, after: After = "", limit: Limit = USUAL) -> dict[str, Any]:
    """Every site known here."""
    page, following = of_list(request, door.sites(), key=lambda one: one.ods, after=after, limit=limit)
    return {"items": page, "next": following}


@router.get("/scanners", response=Scanners, summary="List scanners", openapi_extra=needs("network_view"))
def scanners(request: HttpRequest, site: str = "", after: After = "", limit: Limit = USUAL) -> dict[str, Any]:
    """Every scanner known here, or those of one site."""
    found = door.scanners(at_sites=[site] if site else None)
    page, following = of_list(request, found, key=lambda one: one.entry.code, after=after, limit=limit)
    return {"items": [{**asdict(one.entry), "software": one.software} for one in page], "next": following}
