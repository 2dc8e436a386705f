"""Pages of the reference book of sites and scanners: two lists and two forms; `object_views` shows one of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse

from isocentre.core.actor import Actor
from isocentre.core.record_types import ScannerEntry
from isocentre.people.guard import needs
from isocentre.rooms.network import door
from isocentre.web import fields
from isocentre.web.listing import Cell, Column, Filter, Listing, Row, chosen_filters, respond

SITE_FIELDS = (
    fields.Field("name", "Name of the site"),
    fields.Field("organisation_ods", "ODS code of the organisation", "Like RZN", width="10"),
    fields.Field("organisation_name", "Name of the organisation"),
)
SCANNER_FIELDS = (
    fields.Field("manufacturer", "Manufacturer", width="20"),
    fields.Field("model", "Model", width="20"),
    fields.Field("modality", "Modality", "In DICOM's capitals: MR, CT, PT, NM, US, DX", width="4"),
    fields.Field("serial", "Serial number", "As its images carry it in Device Serial Number", width="20"),
    fields.Field("station_name", "Station name", "As its images carry it in Station Name", width="20"),
    fields.Field("ae_title", "AE title", "The name it calls with, 16 characters at most", width="20"),
    fields.Field("software", "Software version", "If you know it", width="20"),
)


def actor_of(request: HttpRequest) -> Actor:
    """The actor the guard has let through."""
    actor: Actor = request.actor  # type: ignore[attr-defined]  # people.middleware sets it, the guard proves it
    return actor


@needs("network_view")
def sites(request: HttpRequest) -> HttpResponseBase:
    """All sites, with their scanners counted."""
    filters = (Filter("q", "Name or code"),)
    words = chosen_filters(request, filters)["q"].casefold()
    counts: dict[str, int] = {}
    for one in door.scanners():
        counts[one.entry.site] = counts.get(one.entry.site, 0) + 1
    rows = [s for s in door.sites() if words in f"{s.ods} {s.name} {s.organisation_name}".casefold()]

    def present(page: Sequence[door.SiteRecord]) -> list[Row]:
        return [
            Row(
                s.ods,
                (
                    Cell(s.name, url=reverse("network:site", args=[s.ods])),
                    Cell(s.ods),
                    Cell(s.organisation_name),
                    Cell(str(counts.get(s.ods, 0)), counts.get(s.ods, 0)),
                ),
            )
            for s in page
        ]

    listing = Listing(
        name="sites",
        heading=lambda n: f"{n} site{'' if n == 1 else 's'}",
        columns=(
            Column("name", "Site", "name"),
            Column("ods", "ODS code", "ods"),
            Column("organisation", "Organisation", "organisation_name"),
            Column("scanners", "Scanners", numeric=True),
        ),
        rows=rows,
        present=present,
        empty="No site is known yet. An administrator adds the first one.",
        sort="name",
        key=lambda s: str(s.ods),
        filters=filters,
        extra=_extra(request, "network:site_add", "Add a site", "sites"),
    )
    return respond(request, listing, "network/list.html")


@needs("network_view")
def scanners(request: HttpRequest) -> HttpResponseBase:
    """All scanners, and how their images name them."""
    by_site = tuple((s.ods, s.name) for s in door.sites())
    filters = (Filter("q", "Code, maker or model"), Filter("site", "Site", by_site))
    chosen = chosen_filters(request, filters)
    found = door.scanners(at_sites=[chosen["site"]] if chosen["site"] else None)
    rows = [_flat(s) for s in found]
    words = chosen["q"].casefold()
    rows = [r for r in rows if words in f"{r['code']} {r['manufacturer']} {r['model']}".casefold()]
    names = ("code", "site_name", "manufacturer", "model", "modality", "serial", "station_name", "ae_title", "software")
    titles = (
        "Code",
        "Site",
        "Manufacturer",
        "Model",
        "Modality",
        "Serial number",
        "Station name",
        "AE title",
        "Software",
    )

    def present(page: Sequence[dict[str, str]]) -> list[Row]:
        def code(text: str) -> Cell:
            return Cell(text, url=reverse("network:scanner", args=[text]))

        return [Row(r["code"], (code(r["code"]), *(Cell(r[n]) for n in names[1:]))) for r in page]

    listing = Listing(
        name="scanners",
        heading=lambda n: f"{n} scanner{'' if n == 1 else 's'}",
        columns=tuple(Column(n, t, n) for n, t in zip(names, titles, strict=True)),
        rows=rows,
        present=present,
        empty="No scanner is known yet. Scans of unknown scanners are held at the hospital until theirs is added.",
        sort="site_name",
        key=lambda r: str(r["code"]),
        filters=filters,
        extra=_extra(request, "network:scanner_add", "Add a scanner", "scanners"),
    )
    return respond(request, listing, "network/list.html")


def _extra(request: HttpRequest, add: str, add_text: str, tab: str) -> dict[str, Any]:
    tabs = [
        {"text": "Sites", "href": reverse("network:sites"), "current": tab == "sites"},
        {"text": "Scanners", "href": reverse("network:scanners"), "current": tab == "scanners"},
    ]
    may = actor_of(request).may("network_edit")
    return {"tabs": tabs, "add_url": reverse(add) if may else "", "add_text": add_text}


def _flat(scanner: door.ScannerRecord) -> dict[str, str]:
    entry = {name: str(getattr(scanner.entry, name)) for name in door.ENTRY}
    return {**entry, "site_name": scanner.site_name, "software": scanner.software}


@needs("network_edit")
def site_edit(request: HttpRequest, ods: str = "") -> HttpResponse:
    """Add or change a site."""
    known = door.sites(ods=[ods]) if ods else []
    if ods and not known:
        raise Http404
    values = {name: str(getattr(known[0], name)) for name in door.SiteRecord.__slots__} if known else {}

    def save(typed: dict[str, str]) -> str:
        _guarded(lambda: door.save_site(by=actor_of(request), **typed))
        return reverse("network:site", args=[ods]) if ods else reverse("network:sites")

    code = fields.Field("ods", "ODS site code", "Like RZN01", width="10", fixed=bool(ods))
    form = fields.Form(
        title="Change a site" if ods else "Add a site",
        fields=(code, *SITE_FIELDS),
        values=values,
        save=save,
        saved="The site is saved.",
        back=reverse("network:site", args=[ods]) if ods else reverse("network:sites"),
        back_text="The site" if ods else "All sites",
    )
    return fields.handle(request, form)


@needs("network_edit")
def scanner_edit(request: HttpRequest, code: str = "") -> HttpResponse:
    """Add or change a scanner."""
    known = door.scanners(codes=[code]) if code else []
    if code and not known:
        raise Http404

    def save(typed: dict[str, str]) -> str:
        software = typed.pop("software")
        _guarded(lambda: door.save_scanner(by=actor_of(request), scanner=ScannerEntry(**typed), software=software))
        return reverse("network:scanner", args=[code]) if code else reverse("network:scanners")

    options = tuple((s.ods, f"{s.name} ({s.ods})") for s in door.sites())
    form = fields.Form(
        title="Change a scanner" if code else "Add a scanner",
        fields=(
            fields.Field("code", "Code", "What people call it in lists, like NM-MR1", width="20", fixed=bool(code)),
            fields.Field("site", "Site", kind="select", options=options),
            *SCANNER_FIELDS,
        ),
        values=_flat(known[0]) if known else {},
        save=save,
        saved="The scanner is saved.",
        back=reverse("network:scanner", args=[code]) if code else reverse("network:scanners"),
        back_text="The scanner" if code else "All scanners",
        intro="A scan finds its site by serial number, else station name, else AE title. Enter at least one.",
    )
    return fields.handle(request, form)


def _guarded(act: Any) -> None:
    try:
        act()
    except PermissionError as error:
        raise PermissionDenied from error
