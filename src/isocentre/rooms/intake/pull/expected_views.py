"""The page of what is expected: planned imaging that is due and did not come, looked up in a PACS with one button."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from isocentre.audit import door as audit
from isocentre.core import visits as rules
from isocentre.core.actor import Actor
from isocentre.core.checks import Unfit
from isocentre.people.guard import needs
from isocentre.rooms.intake import viewing
from isocentre.rooms.intake.pull import expected as expecting
from isocentre.rooms.intake.pull import making
from isocentre.rooms.intake.pull.expected import Expected
from isocentre.rooms.intake.pull.rows import PacsNode
from isocentre.rooms.intake.viewing import actor_of
from isocentre.rooms.intake.visit_views import TAGS
from isocentre.web import formats
from isocentre.web.listing import Cell, Column, Filter, Listing, Row, chosen_filters, respond

COLUMNS = (
    Column("subject_id", "Subject id"), Column("event", "Planned imaging"), Column("modality", "Modality"),
    Column("first", "Due from", "first"), Column("last", "Due until"), Column("state", "State"),
    Column("asked", "Can be asked for"), Column("research_study", "Research study"),
)  # fmt: skip
NO_NUMBER = "Not: no hospital number that can be asked for"


@needs("pulls_make")
def expected(request: HttpRequest) -> HttpResponseBase:
    """Planned imaging that is due and did not come, and, by POST, the PACS asked about that of one research study."""
    by = actor_of(request)
    studies = tuple(viewing.accepted(by))
    filters = (
        Filter(
            "research_study",
            "Research study",
            studies,
        ),
        Filter("state", "State", tuple((one, rules.STATES[one]) for one in expecting.STATES)),
    )
    if request.method == "POST":
        return _made(request, by)
    chosen = chosen_filters(request, filters)
    found = expecting.expected(by, chosen["research_study"], chosen["state"])
    audit.record_read(by=by, action="enrolment_viewed", object_type="list", object_id="what is expected",
                      form="file" if request.GET.get("format") else "page")  # fmt: skip
    titles = viewing.titles()

    def present(page: Sequence[Expected]) -> list[Row]:
        return [Row(one.due.pk, _cells(one, titles)) for one in page]

    listing = Listing(
        name="expected",
        heading=lambda n: f"{formats.plural(n, 'planned visit')} to fetch",
        columns=COLUMNS,
        rows=found,
        present=present,
        empty="Nothing that is planned is due and missing here. Under section 251 support nothing is offered whose "
        "window is over: a scan that did not come may be an opt-out.",
        sort="first",
        key=lambda one: one.due.pk,
        filters=filters,
        intro="Planned imaging that is due or overdue and did not come, by the visit calendar. The PACS is asked for "
        "scans of each person, on these days, of this modality; where it has several, you choose.",
        extra=_shown(chosen, found),
    )  # fmt: skip
    return respond(request, listing, "intake/pull_expected.html")


def _cells(one: Expected, titles: Mapping[str, str]) -> tuple[Cell, ...]:
    due = one.due
    return (
        Cell(due.subject or "New person", due.subject, reverse("intake:person", args=[due.enrolment])),
        Cell(due.event), Cell(" or ".join(due.modalities) or "Any"),
        Cell(formats.date(due.first), due.first.isoformat()), Cell(formats.date(due.last), due.last.isoformat()),
        Cell(rules.STATES[due.state], due.state, tag=TAGS[due.state]),
        Cell("Yes" if one.asked else NO_NUMBER, "yes" if one.asked else "no"),
        Cell(titles.get(due.research_study, due.research_study), due.research_study),
    )  # fmt: skip


def _shown(chosen: dict[str, str], found: Sequence[Expected]) -> dict[str, Any]:
    """What the form beside the list needs."""
    return {
        "chosen": chosen, "count": len(expecting.lines(found)), "name": f"Expected on {formats.date(timezone.now())}",
        "nodes": [(str(pk), name) for pk, name in PacsNode.objects.order_by("name").values_list("pk", "name")],
    }  # fmt: skip


def _made(request: HttpRequest, by: Actor) -> HttpResponseBase:
    typed = {key: request.POST.get(key, "").strip() for key in ("research_study", "state", "pacs", "name")}
    slug = typed["research_study"]
    pacs = int(typed["pacs"]) if typed["pacs"].isdigit() and len(typed["pacs"]) < 10 else 0
    asked = expecting.lines(expecting.expected(by, slug, typed["state"])) if slug else []
    try:
        made = making.make(by=by, research_study=slug, pacs=pacs, name=typed["name"], asked=asked)
    except Unfit as unfit:
        messages.error(request, f"{'. '.join(unfit.errors.values())}. Nothing was asked.")
        where = urlencode({"research_study": slug, "state": typed["state"]})
        return redirect(f"{reverse('intake:pull_expected')}?{where}")
    messages.success(request, f"The PACS is being asked about {formats.plural(len(asked), 'planned visit')}.")
    return redirect("intake:pull", made.pk)
