"""Heads of a scan whose faces were removed, or could not be: figures, and before and after side by side."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from isocentre.audit import door as audit
from isocentre.core.deid.faces.cut import SHAPE_LEFT, SURFACE_LEFT, parse
from isocentre.core.deid.rules import Held
from isocentre.people.guard import needs
from isocentre.rooms.deid import door, faces
from isocentre.rooms.deid.models import FaceSeries
from isocentre.rooms.intake import door as intake
from isocentre.web import formats

NOT_RECORDED = "Not recorded"
MAY_LOOK = ("held_view", "arrivals_view")
STATES = {"waiting": ("Waiting for the whole series", "grey"), "found": ("Face removed", "green"),
          "failed": ("Face not removed", "orange")}  # fmt: skip


@require_safe
@never_cache
@needs(*MAY_LOOK)
def heads(request: HttpRequest, pk: int) -> HttpResponse:
    """The series of one scan whose faces are to be removed."""
    row, found = _of(request, pk)
    audit.record_read(by=intake.actor_of(request), action="faces_viewed", object_type="scan", object_id=str(row.pk))
    shown = {"title": intake.title(row), "series": [_shown(pk, one, n) for n, one in enumerate(found, 1)]}
    return render(request, "deid/faces.html", shown)


@require_safe
@never_cache
@needs(*MAY_LOOK)
def picture(request: HttpRequest, pk: int, series: int) -> HttpResponse:
    """Original and result of one series side by side, as PNG; it shows the face, so nothing of it is stored."""
    _, found = _of(request, pk)
    one = next((s for s in found if s.pk == series and s.state == "found"), None)
    cleaner = door.faces()
    if one is None or cleaner is None:
        raise Http404
    try:
        made = cleaner.show(parse(bytes(one.cut or b"")), faces.sources(one))
    except (Held, OSError):
        raise Http404 from None
    return HttpResponse(made, content_type="image/png")


def _of(request: HttpRequest, pk: int) -> tuple[Any, list[FaceSeries]]:
    """The row of a scan whose original may be looked into, and its series; 404 when there is none."""
    row = intake.originals(intake.actor_of(request)).filter(pk=pk).first()
    if row is None:
        raise Http404
    mine = FaceSeries.objects.filter(research_study=row.research_study, study_uid=row.study_uid)
    return row, list(mine.order_by("pk"))


def _measured(figures: dict[str, float]) -> list[tuple[str, str]]:
    """What was measured when the face was taken off; what was not recorded is not taken for nothing."""

    def share(name: str, form: str, most: float | None = None) -> str:
        if name not in figures:
            return NOT_RECORDED
        return f"{figures[name]:{form}}" + (f" (at most {most:.0%})" if most is not None else "")

    brain = NOT_RECORDED
    if "brain_emptied" in figures:
        touched, whole = figures["brain_emptied"], figures.get("brain_ml")
        brain = f"{touched:,.0f} places" if touched else "None" + (f" of {whole:,.0f} ml" if whole else "")
    return [
        ("Surface of the face left", share("surface_left", ".1%", SURFACE_LEFT)),
        ("Shape of the face left in the new front", share("shape_left", ".0%", SHAPE_LEFT)),
        ("Brain emptied", brain),
        ("Part of the head emptied", share("emptied", ".1%")),
    ]


def _shown(pk: int, one: FaceSeries, number: int) -> dict[str, Any]:
    figures = one.figures if one.state == "found" else {}
    text, colour = STATES[one.state]
    rows = _measured(figures) if figures else []
    url = reverse("deid:face_picture", args=[pk, one.pk]) if figures else ""
    return {
        "title": f"Series {number}", "state": text, "colour": colour, "words": one.words, "rows": rows,
        "images": formats.plural(one.images, "image"), "url": url,
    }  # fmt: skip
