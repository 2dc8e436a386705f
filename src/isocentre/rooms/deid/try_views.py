"""Pages that try a profile on an arrived scan: the scans to choose from, and one image before and after."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from isocentre.audit import door as audit
from isocentre.core.deid.attributes import attribute
from isocentre.core.deid.beside import KEPT
from isocentre.core.dicom import dictionary
from isocentre.people.guard import needs
from isocentre.profiles import is_draft
from isocentre.rooms.deid.profile_views import MAY_VIEW, one_of, tabs
from isocentre.rooms.deid.trying import attempt
from isocentre.rooms.intake import door as intake
from isocentre.web import formats
from isocentre.web.listing import Cell, Column, Listing, Row, respond

MOST_LINES = 2000
COLOURS = {"Kept": "green", "Removed": "grey", "Emptied": "grey", "Changed": "blue", "Written": "purple"}


@require_safe
@needs(*MAY_VIEW)
def scans(request: HttpRequest, name: str, version: int) -> HttpResponseBase:
    """Scans of the person's scope whose originals are still here."""
    profile, by = one_of(name, version), intake.actor_of(request)
    titles = intake.titles()

    def present(page: Sequence[Any]) -> list[Row]:
        return [Row(str(r.pk), _cells(r, titles, [name, version])) for r in page]

    listing = Listing(
        name="scans-to-try",
        heading=lambda n: f"Try {profile.name} v{profile.version} on one of {formats.plural(n, 'scan')}",
        columns=(Column("arrived", "Arrived", "id"), Column("scan", "Scan"),
                 Column("research_study", "Research study", "research_study"), Column("scanner", "Scanner", "scanner")),
        rows=intake.originals(by),
        present=present,
        empty="No scan whose original is still here may be seen in your role.",
        sort="-id",
        intro="Choose a scan: the header of its first image is shown as it came, beside what this profile makes of it. "
        "That names the patient, so look where nobody stands behind you. Nothing is stored or sent on; that you looked "
        "is kept in the audit trail.",
        extra={"tabs": tabs(profile, "try"), "draft": is_draft(profile)},
    )  # fmt: skip
    return respond(request, listing, "deid/profile.html")


def _cells(row: Any, titles: dict[str, str], profile: list[Any]) -> tuple[Cell, ...]:
    at = row.arrival.arrived_at
    return (
        Cell(formats.moment(at), at),
        Cell(intake.title(row), url=reverse("deid:tried", args=[*profile, row.pk])),
        Cell(titles.get(row.research_study, row.research_study), row.research_study),
        Cell(row.scanner or "Not known"),
    )


@require_safe
@never_cache
@needs(*MAY_VIEW)
def tried(request: HttpRequest, name: str, version: int, pk: int) -> HttpResponse:
    """One image of a scan before and after, attribute by attribute; a look that the audit trail keeps."""
    profile, by = one_of(name, version), intake.actor_of(request)
    row = intake.originals(by).filter(pk=pk).first()
    if row is None:
        raise Http404
    words = f"{profile.name} v{profile.version}"
    audit.record_read(by=by, action="profile_tried", object_type="scan", object_id=str(row.pk), profile=words)
    result = attempt(row, profile)
    same = sum(line.done == KEPT for line, _ in result.lines)
    everything = request.GET.get("show") == "all"
    lines = [(line, why) for line, why in result.lines if everything or line.done != KEPT]
    shown = {
        "title": f"{intake.title(row)} under {words}",
        "profile": words,
        "result": result,
        "kind": dictionary.uid_name(result.sop_class),
        "lines": [_line(line, why) for line, why in lines[:MOST_LINES]],
        "more": max(0, len(lines) - MOST_LINES),
        "views": [
            {"text": f"What is changed ({len(result.lines) - same:,})", "href": "?", "current": not everything},
            {"text": f"All attributes ({len(result.lines):,})", "href": "?show=all", "current": everything},
        ],
        "back": reverse("deid:try", args=[name, version]),
    }
    return render(request, "deid/tried.html", shown)


def _line(line: Any, why: str) -> dict[str, Any]:
    return {"name": attribute(line.tag).name, "code": line.code, "old": line.old, "new": line.new, "done": line.done,
            "colour": COLOURS[line.done], "why": why}  # fmt: skip
