"""The page of the visit calendar: what is due, overdue, upcoming and done, as a list, CSV, JSON or calendar file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils import timezone

from isocentre.audit import door as audit
from isocentre.core import visits as rules
from isocentre.people.guard import needs
from isocentre.rooms.intake import viewing, visits
from isocentre.rooms.intake.viewing import actor_of
from isocentre.rooms.intake.visits import Due, Wanted
from isocentre.web import formats
from isocentre.web.listing import Cell, Column, Filter, Listing, Row, chosen_filters, respond

COLUMNS = (
    Column("subject_id", "Subject id", "subject"), Column("event", "Planned imaging", "event"),
    Column("time_point", "Time point", "time_point"), Column("first", "Due from", "first"),
    Column("last", "Due until", "last"), Column("state", "State", "state"), Column("scan", "Scan"),
    Column("research_study", "Research study", "research_study"),
)  # fmt: skip
TAGS = {rules.DUE: "blue", rules.OVERDUE: "red", rules.UPCOMING: "white", rules.DONE: "green", rules.OVER: "grey"}


@needs("enrolment_view")
def calendar(request: HttpRequest) -> HttpResponseBase:
    """Visits of the people enrolled, in the actor's scope. Each look is in the audit trail."""
    by = actor_of(request)
    filters = (
        Filter("q", "Subject id"),
        Filter("research_study", "Research study", tuple(viewing.accepted(by))),
        Filter("state", "State", tuple(rules.STATES.items())),
        Filter("from", "Due from day", day=True, hint="Its window reaches to this day or later"),
        Filter("to", "To day", day=True),
    )
    chosen = chosen_filters(request, filters)
    wanted = Wanted(chosen["research_study"], chosen["state"], chosen["q"], _day(chosen["from"]), _day(chosen["to"]))
    form = request.GET.get("format", "")
    audit.record_read(by=by, action="enrolment_viewed", object_type="list", object_id="visit calendar",
                      form="file" if form in ("csv", "json", "ics") else "page")  # fmt: skip
    found = visits.calendar(by, wanted)
    if form == "ics":
        return _file(visits.as_ics(by, found, timezone.now()))
    titles = viewing.titles()
    without = viewing.enrolments(by).filter(day_zero=None, status="active").count()
    missing = (
        f" {formats.plural(without, 'person', 'people')} without a day 0 {'is' if without == 1 else 'are'} not here."
    )
    address = request.GET.copy()
    address["format"] = "ics"

    def present(page: Sequence[Due]) -> list[Row]:
        return [Row(one.pk, cells(one, titles.get(one.research_study, one.research_study))) for one in page]

    listing = Listing(
        name="visits",
        heading=lambda n: f"{formats.plural(n, 'planned visit')}",
        columns=COLUMNS,
        rows=found,
        present=present,
        empty="No planned imaging is due here. It follows from day 0 of each person and the planned events of their "
        "research study.",
        sort="first",
        key=lambda one: one.pk,
        filters=filters,
        intro=f"Days on which planned imaging is due, counted from day 0.{missing if without else ''}",
        extra={"ics_url": f"?{address.urlencode()}"},
    )  # fmt: skip
    return respond(request, listing, "intake/visits.html")


def cells(one: Due, title: str) -> tuple[Cell, ...]:
    """A visit as a row of the list."""
    return (
        Cell(one.subject or "New person", one.subject, reverse("intake:person", args=[one.enrolment])),
        Cell(one.event), Cell(one.time_point),
        Cell(formats.date(one.first), one.first.isoformat()), Cell(formats.date(one.last), one.last.isoformat()),
        Cell(rules.STATES[one.state], one.state, tag=TAGS[one.state]), Cell(came(one), _made(one)),
        Cell(title, one.research_study),
    )  # fmt: skip


def came(one: Due) -> str:
    """The scan that came, in words."""
    if one.made is None:
        return "None yet" if one.state != rules.OVER else "None"
    on = f"Made on {formats.date(one.made.on)}" if one.made.on else "Came without a date"
    return f"{on}, held" if one.made.held else on


def _made(one: Due) -> str:
    return one.made.on.isoformat() if one.made and one.made.on else ""


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _file(text: str) -> HttpResponse:
    answer = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="visits.ics"'
    return answer
