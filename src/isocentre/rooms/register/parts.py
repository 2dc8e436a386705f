"""The parts of a research study's page, each a list with its own address, CSV and JSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

from isocentre.core.register import STATUSES
from isocentre.people.guard import needs
from isocentre.people.plainly import plainly
from isocentre.people.viewing import actor_of
from isocentre.rooms.network import door as network
from isocentre.rooms.register import door, presenters
from isocentre.web import names
from isocentre.web.formats import moment, plural
from isocentre.web.listing import Cell, Column, Filter, Listing, Row, chosen_filters, respond


@needs("register_view")
@plainly
def sites(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Sites of a research study, and how far each hospital side has got with the proposal."""
    by = actor_of(request)
    study, may_edit = door.research_study(by=by, slug=slug), door.may_change(by, slug)
    rows = [
        {
            "site": s.site,
            "name": s.name,
            "status": s.status,
            "handed": presenters.handed(s, study.version),
            "url": reverse("register:site", args=[slug, s.site]) if may_edit else "",
        }
        for s in door.study_sites(by=by, slug=slug)
    ]

    def cells(r: dict[str, str]) -> tuple[Cell, ...]:
        tag = Cell(STATUSES[r["status"]], tag=presenters.COLOURS[r["status"]])
        return Cell(r["name"], url=r["url"]), Cell(r["site"]), tag, Cell(r["handed"])

    add = ("register:site_add", "Add a site") if may_edit else None
    return part(
        request,
        slug,
        "sites",
        "site",
        columns_of(name="Site", site="ODS code", status="State", handed="Hospital side"),
        rows,
        cells,
        key="site",
        empty="No site takes part yet. Add the first one; its hospital side then fetches the proposal.",
        add=add,
    )


@needs("register_view")
@plainly
def scanners(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Scanners at the sites of a research study."""
    taking_part = [s.site for s in door.study_sites(by=actor_of(request), slug=slug)]
    rows = [
        {
            "code": s.entry.code,
            "site": s.site_name,
            "modality": s.entry.modality,
            "device": f"{s.entry.manufacturer} {s.entry.model}",
        }
        for s in network.scanners(at_sites=taking_part)
    ]
    return part(
        request,
        slug,
        "scanners",
        "scanner",
        columns_of(code="Code", site="Site", modality="Modality", device="Device"),
        rows,
        lambda r: tuple(Cell(r[n]) for n in ("code", "site", "modality", "device")),
        key="code",
        empty="No scanner is known at the sites that take part. An administrator adds them under sites and scanners.",
    )


@needs("register_view")
@plainly
def planned_events(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The schedule of imaging events, with windows in days from day 0."""
    by = actor_of(request)
    may_edit = door.may_change(by, slug)
    rows = [
        {
            "id": e.id,
            "name": e.name,
            "time_point": e.time_point,
            "what": ", ".join(e.modalities),
            "where": ", ".join(e.body_parts) or "any",
            "window": presenters.window(e),
            "first": e.window[0],
            "url": reverse("register:planned_event", args=[slug, e.id]) if may_edit else "",
        }
        for e in door.planned_events(by=by, slug=slug)
    ]

    def cells(r: dict[str, Any]) -> tuple[Cell, ...]:
        return Cell(r["name"], url=r["url"]), *(Cell(r[n]) for n in ("id", "time_point", "what", "where", "window"))

    columns = (
        *columns_of(name="Imaging event", id="Code", time_point="Time point", what="Modality", where="Body part"),
        Column("window", "Window", "first"),
    )
    return part(
        request,
        slug,
        "planned_events",
        "planned imaging event",
        columns,
        rows,
        cells,
        key="id",
        sort="first",
        empty="No imaging is planned yet. Scans can arrive, but none can be ticked off until an event is planned.",
        add=("register:planned_event_add", "Add an imaging event") if may_edit else None,
    )


@needs("register_view")
@plainly
def subjects(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Subjects in scope, pseudonymised, with how much of their planned imaging came."""
    by = actor_of(request)
    planned, found = len(door.planned_events(by=by, slug=slug)), door.subjects(by=by, slug=slug)
    called = names.sites({s.site for s in found})
    rows = [
        {
            "pseudonym": s.pseudonym,
            "subject_id": s.subject_id,
            "site": s.site,
            "status": presenters.subject_state(s),
            "received": s.received,
        }
        for s in found
    ]

    def cells(r: dict[str, Any]) -> tuple[Cell, ...]:
        received = Cell(f"{r['received']} of {planned}", r["received"])
        site = Cell(called[r["site"]], r["site"])
        named = (Cell(r["subject_id"]),) if sees else ()
        page = reverse("register:subject", args=[slug, r["pseudonym"]])
        return *named, Cell(r["pseudonym"], url=page, mono=True), site, Cell(r["status"]), received

    sees = door.sees_subject_ids(by)
    columns = columns_of(pseudonym="Pseudonym", site="Site", status="State", received="Imaging")
    columns = (*columns_of(subject_id="Subject"), *columns) if sees else columns
    empty = "No subject yet. They show here when the first scan is sent on or the hospital side reports an enrolment."
    return part(request, slug, "subjects", "subject", columns, rows, cells, key="pseudonym", empty=empty)


@needs("register_view")
@plainly
def imaging(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Imaging received against expected, one row a planned event."""
    rows = [
        {
            "id": i.event.id,
            "name": i.event.name,
            "time_point": i.event.time_point,
            "first": i.event.window[0],
            "expected": i.expected,
            "received": i.received,
            "missing": i.missing,
        }
        for i in door.imaging(by=actor_of(request), slug=slug)
    ]

    def cells(r: dict[str, Any]) -> tuple[Cell, ...]:
        came = f"{reverse('register:matched', args=[slug])}?q={quote(r['name'])}" if r["received"] else ""
        expected, missing = (Cell(str(r[n]), r[n]) for n in ("expected", "missing"))
        return Cell(r["name"]), Cell(r["time_point"]), expected, Cell(str(r["received"]), r["received"], came), missing

    columns = (
        *columns_of(name="Imaging event"),
        Column("time_point", "Time point", "first"),
        *(Column(n, n.capitalize(), n, numeric=True) for n in ("expected", "received", "missing")),
    )
    empty = "No imaging is planned yet, so none can be expected."
    return part(
        request, slug, "imaging", "planned imaging event", columns, rows, cells, key="id", sort="first", empty=empty
    )


@needs("register_view")
@plainly
def unmatched(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Scans that prove no planned event, with why; a person may choose the event. Where nothing is planned, they are
    shown as that, and nobody has to do anything."""
    by = actor_of(request)
    may_edit = door.may_change(by, slug)
    planned = bool(door.planned_events(by=by, slug=slug))
    found = door.unmatched(by=by, slug=slug) if planned else door.unplanned(by=by, slug=slug)
    called = names.sites({e.site for e in found})
    rows = [
        {
            "study_uid": e.study_uid,
            "pseudonym": e.pseudonym,
            "time_point": e.time_point,
            "site": e.site,
            "why": e.why_not if planned else "Not planned: nothing is planned for this research study",
            "scan": reverse("scan", args=[e.study_uid]) if by.may("scans_view") else "",
            "url": reverse("register:choose", args=[slug, e.study_uid]) if may_edit and planned else "",
        }
        for e in found
    ]

    def cells(r: dict[str, str]) -> tuple[Cell, ...]:
        choice = Cell("Choose the imaging event" if r["url"] else "", url=r["url"])
        site = Cell(called[r["site"]], r["site"])
        # Who says which event it is of wants to see it first.
        who = Cell(r["pseudonym"], url=r["scan"], mono=True)
        told = who, Cell(r["time_point"]), site, Cell(r["why"])
        return (*told, choice) if planned else told

    columns = (
        *columns_of(pseudonym="Pseudonym", time_point="Time point", site="Site", why="Why it was not matched"),
        *((Column("choice", "What to do"),) if planned else ()),
    )
    empty = "Every scan that came was matched to a planned imaging event."
    if not planned:
        empty = "Nothing is planned for this research study, so there is nothing to match."
    one, many = ("scan to match", "scans to match") if planned else ("scan not planned", "scans not planned")
    return part(
        request,
        slug,
        "unmatched",
        one,
        columns,
        rows,
        cells,
        key="study_uid",
        empty=empty,
        many=many,
    )


@needs("realtime_view")
@plainly
def times(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Real times of imaging events, for the site and the study team only."""
    rows = [
        {
            "event_id": t.event_id,
            "pseudonym": t.pseudonym,
            "time_point": t.time_point,
            "acquired": t.acquired_at,
            "arrived": t.arrived_at,
            "sent": t.sent_at,
        }
        for t in door.real_times(by=actor_of(request), research_study=slug)
    ]

    def cells(r: dict[str, Any]) -> tuple[Cell, ...]:
        clock = (Cell(moment(r[n]), r[n] or "") for n in ("acquired", "arrived", "sent"))
        return Cell(r["pseudonym"], mono=True), Cell(r["time_point"]), *clock

    columns = columns_of(
        pseudonym="Pseudonym", time_point="Time point", acquired="Scanned", arrived="Arrived", sent="Sent on"
    )
    empty = "No times yet. The hospital side reports them after it has sent scans on."
    return part(
        request, slug, "times", "imaging event with times", columns, rows, cells, key="event_id", sort="arrived",
        empty=empty, many="imaging events with times",
    )  # fmt: skip


def columns_of(**titles: str) -> tuple[Column, ...]:
    return tuple(Column(key, title, key) for key, title in titles.items())


def part(
    request: HttpRequest,
    slug: str,
    name: str,
    one: str,
    columns: Sequence[Column],
    rows: Sequence[Any],
    cells: Callable[[Any], Sequence[Cell]],
    *,
    key: str,
    empty: str,
    sort: str = "",
    many: str = "",
    add: tuple[str, str] | None = None,
) -> HttpResponseBase:
    """One part of a research study's page as a list, with the tabs above it; its filter finds words in any column."""
    by = actor_of(request)
    study = door.research_study(by=by, slug=slug)
    filters = (Filter("q", "Words in the list"),)
    words = chosen_filters(request, filters)["q"].lower()
    found = [r for r in rows if words in " ".join(cell.text for cell in cells(r)).lower()] if words else rows
    listing = Listing(
        name=f"{slug}-{name.replace('_', '-')}",
        heading=lambda n: plural(n, one, many),
        columns=columns,
        rows=found,
        present=lambda page: [Row(str(r[key]), cells(r)) for r in page],
        filters=filters,
        empty=empty,
        intro=presenters.only_to_read(by, slug),
        sort=sort or columns[0].sort,
        key=lambda r: str(r[key]),
        extra={
            "caption": study.title,
            "tabs": presenters.tabs(by, slug, name),
            "add_url": reverse(add[0], args=[slug]) if add else "",
            "add_text": add[1] if add else "",
        },
    )
    return respond(request, listing, "register/list.html")
