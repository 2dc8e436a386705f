"""Pages of the repository browser: scans, one scan with its series, one series with its images, one image's header."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from isocentre.audit import door as audit
from isocentre.core.actor import Actor
from isocentre.core.dicom.walk import MalformedDicom
from isocentre.people.guard import needs
from isocentre.rooms.archive import browsing, describing, earlier, looks, presenters
from isocentre.rooms.archive.browsing import actor_of
from isocentre.rooms.archive.models import ImagingStudy, Instance
from isocentre.rooms.archive.ports import ports
from isocentre.rooms.archive.scoping import came, visible
from isocentre.web.context import address
from isocentre.web.formats import plural
from isocentre.web.listing import Filter, Listing, Row, chosen_filters, respond

EMPTY = (
    "No scan is stored here yet for what your role covers. Scans appear by themselves when a hospital side has sent "
    "them on; the research study's page shows which are expected."
)

LAST_FIRST = "Pseudonymised scans stored on the national side, the last to arrive first."
NO_ORDER = (
    "Pseudonymised scans stored on the national side, in no order of time: when scans came is for their study team, "
    "because beside a shifted date it would tell the true one. Sort by a heading."
)


@require_safe
@needs("scans_view")
def scans(request: HttpRequest) -> HttpResponseBase:
    """Every scan in scope, filtered and exported as shown; the newest first for whoever may know which it is.

    Under a Selection its own page lists them: there under its map, and with the images it has of each.
    """
    by = actor_of(request)
    if by.scope.selection is not None:
        return redirect("archive:selection", by.scope.selection)
    filters = scan_filters(by)
    if request.GET.get("format") in ("csv", "json"):
        audit.record_read(by=by, action="scans_exported", object_type="list", object_id="scans")

    def present(page: Sequence[ImagingStudy]) -> list[Row]:
        return presenters.scan_rows(browsing.counted(list(page), by), by)

    listing = Listing(
        name="scans",
        heading=lambda n: plural(n, "scan"),
        columns=presenters.scan_columns(by),
        rows=browsing.scans(by, chosen_filters(request, filters)),
        present=present,
        empty=EMPTY,
        sort="-id" if came(by) else "study_uid",
        tie="pk" if came(by) else "study_uid",
        filters=filters,
        intro=LAST_FIRST if came(by) else NO_ORDER,
        extra={"freeze_url": _freeze_url(request, by)},
    )
    return respond(request, listing, "archive/scans.html")


def _freeze_url(request: HttpRequest, by: Actor) -> str:
    """Where what is listed can be frozen as a Selection, for those who may."""
    if not by.may("selections_make"):
        return ""
    query = request.GET.copy()
    for name in ("after", "sort", "format"):
        query.pop(name, None)
    return f"{reverse('archive:freeze')}?{query.urlencode()}"


def scan_filters(by: Actor) -> tuple[Filter, ...]:
    """What the list of scans can be narrowed to; research study first, site second."""
    who = "Subject, pseudonym or UID" if browsing.sees_subjects(by) else "Pseudonym or UID"
    return (
        Filter("research_study", "Research study", browsing.study_options(by)),
        Filter("site", "Site", browsing.site_options(by)),
        Filter("subject", who),
        Filter("time_point", "Time point"),
        Filter("modality", "Modality, such as CT or MR"),
        Filter("body_part", "Body part, such as CHEST"),
    )


@require_safe
@needs("scans_view")
def scan(request: HttpRequest, study_uid: str) -> HttpResponseBase:
    """One scan: what it is, its series with a picture of each, and how to open, follow and fetch it."""
    by = actor_of(request)
    row = browsing.one_scan(by, study_uid)
    images = by.may("images_view")
    dicomweb = f"{presenters.ROOT}/studies/{row.study_uid}"
    life = address("scan", row.study_uid)
    context = {
        "title": presenters.title(row),
        "caption": "Scan",
        "action": {"text": "Open in the viewer", "href": presenters.VIEWER + row.study_uid} if images else None,
        "rows": [*presenters.scan_facts(row, by), ("UID", row.study_uid)],
        "links": [{"text": "Life of this scan", "href": life}] if life else [],
        "series": [
            {"row": s, "url": presenters.series_url(s), "address": presenters.series_address(s)}
            for s in browsing.series_of(by, row)
        ],
        "images": images,
        "fetch": fetch(dicomweb, presenters.curl_many(dicomweb, "scan.multipart")) if images else None,
        "history": audit.past(by=by, about=earlier.trail(by, row), thing="this scan", routine=True),
    }
    return render(request, "archive/scan.html", context)


@require_safe
@needs("scans_view")
def series(request: HttpRequest, study_uid: str, series_uid: str) -> HttpResponseBase:
    """One series: what it is, and its images."""
    by = actor_of(request)
    row = browsing.one_series(by, study_uid, series_uid)
    base = presenters.series_address(row)
    images = by.may("images_view")

    def present(page: Sequence[Instance]) -> list[Row]:
        return presenters.instance_rows(page, base)

    listing = Listing(
        name="images",
        heading=lambda n: plural(n, "image"),
        columns=presenters.instance_columns(),
        rows=visible(Instance, by).select_related("series__study").filter(series=row),
        present=present,
        empty="No image of this series may be seen.",
        sort="number",
        tie="object_uid",
        size=48,
        extra={
            "scan_title": presenters.title(row.study),
            "scan_url": presenters.scan_url(row.study),
            "name": row.description or row.protocol or f"Series {row.number}",
            "facts": [*presenters.series_facts(row), ("UID", row.series_uid)],
            "images": images,
            "viewer": presenters.viewer(study_uid, series_uid) if images else "",
            "fetch": fetch(base, presenters.curl_many(base, "series.multipart")) if images else None,
        },
    )
    return respond(request, listing, "archive/series.html")


@require_safe
@needs("scans_view")
def instance(request: HttpRequest, study_uid: str, series_uid: str, object_uid: str) -> HttpResponseBase:
    """One image: its picture, and its de-identified header as a table."""
    by = actor_of(request)
    row = browsing.one_instance(by, study_uid, series_uid, object_uid)
    looks.note(by, "header_viewed", row.series.study)
    base, images = describing.address(row), by.may("images_view")
    try:
        lines = describing.lines(describing.describe(row, ports().blobs))
        elements, more = presenters.header_rows(lines)
    except (MalformedDicom, KeyError):  # too big to be read at once, or erased a moment ago
        elements, more = [], False
    opened = presenters.viewer(study_uid, series_uid, object_uid)
    drawn = images and bool(row.rows and row.columns) and row.pixel_length != 0
    context = {
        "title": "Image without a number" if row.number is None else f"Image {row.number}",
        "caption": presenters.title(row.series.study),
        "rows": presenters.instance_facts(row),
        "scan_url": presenters.scan_url(row.series.study),
        "scan_title": presenters.title(row.series.study),
        "series_url": presenters.series_url(row.series),
        "series_title": row.series.description or f"Series {row.series.number}",
        "action": {"text": "Open in the viewer", "href": opened} if images else None,
        "picture": f"{base}/rendered?viewport=512,512" if drawn else "",
        "elements": elements,
        "more": f"{base}/metadata" if more and images else "",
        "shown": presenters.MOST_ELEMENTS,
        "fetch": fetch(base, presenters.curl(base, "application/dicom", "image.dcm")) if images else None,
    }
    return render(request, "archive/instance.html", context)


def fetch(dicomweb: str, line: str) -> dict[str, str]:
    """How to fetch something by program: its address, a line to copy, and where tokens are made."""
    return {"address": dicomweb, "line": line, "tokens": address("tokens")}
