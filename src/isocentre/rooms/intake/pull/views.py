"""The console of fetching: lists, one list with what the PACS answered and what came, choosing among several scans."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from isocentre.core.checks import Unfit
from isocentre.people.guard import needs
from isocentre.rooms.intake import tables, viewing
from isocentre.rooms.intake.pull import making, reading, telling
from isocentre.rooms.intake.pull.rows import PacsNode, Pull, PullLine, PullSeries
from isocentre.rooms.intake.viewing import actor_of
from isocentre.web import formats
from isocentre.web.listing import Cell, Column, Filter, Listing, Row, chosen_filters, respond

SERIES = (
    Column("line", "Line", "line_id", True), Column("date", "Modality", "modality"),
    Column("description", "Description", "description"), Column("body_part", "Body part", "body_part"),
    Column("expected", "Images in the PACS", "expected", True), Column("received", "Received", "received", True),
    Column("asked", "Times asked", "asked_times", True), Column("state", "State", "state"), Column("why", "Why"),
)  # fmt: skip
LINES = (
    Column("line", "Line", "number", True), Column("asked", "Asked for"), Column("state", "State", "state"),
    Column("why", "Why"), Column("series", "Series", "", True),
)  # fmt: skip


@needs("pulls_view")
def pulls(request: HttpRequest) -> HttpResponseBase:
    """Lists of scans to fetch, newest first."""
    by = actor_of(request)
    filters = (
        Filter("research_study", "Research study", tuple(viewing.accepted(by))),
        Filter("state", "State", tuple(telling.PULLS.items())),
    )
    chosen = chosen_filters(request, filters)
    rows = making.visible(by)
    for name, value in chosen.items():
        rows = rows.filter(**{name: value}) if value else rows
    titles = viewing.titles()

    def present(page: Sequence[Pull]) -> list[Row]:
        made = []
        for one in page:
            done, total = telling.progress(one, fetching=one.started_at is not None)
            made.append(Row(str(one.pk), (
                Cell(one.name, url=reverse("intake:pull", args=[one.pk])),
                Cell(titles.get(one.research_study, one.research_study), one.research_study), Cell(one.pacs.name),
                Cell(formats.moment(one.made_at), one.made_at), Cell(f"{done:,} of {total:,}", done),
                Cell(telling.PULLS[one.state], one.state, tag="green" if one.state == Pull.DONE else "blue"),
            )))  # fmt: skip
        return made

    listing = Listing(
        name="fetching",
        heading=lambda n: f"{formats.plural(n, 'list')} of scans to fetch",
        columns=(Column("name", "List", "name"), Column("research_study", "Research study", "research_study"),
                 Column("pacs", "PACS", "pacs__name"), Column("made", "Made", "made_at"),
                 Column("done", "Done", "", True), Column("state", "State", "state")),
        rows=rows,
        present=present,
        empty="Nothing has been fetched from a PACS yet. Make a list of scans, or add the PACS first.",
        sort="-made_at",
        filters=filters,
        extra=tabs(request, "intake:pulls"),
    )  # fmt: skip
    return respond(request, listing, "intake/list.html")


def tabs(request: HttpRequest, current: str) -> dict[str, Any]:
    """The pages of fetching, and what this person may add on them."""
    by = actor_of(request)
    pages = [("intake:pulls", "Lists"), ("intake:pacs", "PACS and limits")]
    shown: dict[str, Any] = {
        "tabs": [{"text": text, "href": reverse(name), "current": name == current} for name, text in pages]
    }
    if current == "intake:pulls" and by.may(making.MAKE):
        shown |= {"add_url": reverse("intake:pull_add"), "add_text": "Fetch scans of a list",
                  "more_url": reverse("intake:pull_expected"), "more_text": "Fetch what is expected"}  # fmt: skip
    if current == "intake:pacs" and by.may(making.MANAGE):
        shown |= {"add_url": reverse("intake:pacs_add"), "add_text": "Add a PACS"}
    return shown


@needs("pulls_make")
def add(request: HttpRequest) -> HttpResponse:
    """Take in a list: look at it, then have the PACS asked. Nothing is fetched by that."""
    by = actor_of(request)
    typed = {name: request.POST.get(name, "").strip() for name in (
        "research_study", "pacs", "name", "modalities", "body_parts", "words", "without", "least_images")}  # fmt: skip
    shown: dict[str, Any] = {
        "title": "Fetch scans of a list", "studies": viewing.accepted(by), "values": typed, "errors": {}, "text": "",
        "nodes": [(str(pk), name) for pk, name in PacsNode.objects.order_by("name").values_list("pk", "name")],
    }  # fmt: skip
    if request.method != "POST":
        return render(request, "intake/pull_add.html", shown)
    try:
        given = tables.given(request, reading.MOST_CHARACTERS)
        shown |= {"text": given.text, "notes": given.notes}
        lines = reading.lines(given.text)
        rule = reading.rule(typed)
        good = [(line.number, line.asked) for line in lines if line.asked is not None and not line.same_as]
        bad = [line for line in lines if line.errors]
        if bad and request.POST.get("confirm") != "good":
            shown |= {"bad": bad[:50], "more": max(0, len(bad) - 50), "good": len(good)}
            raise Unfit({"list": f"{formats.plural(len(bad), 'line')} of the list cannot be read. See below"})
        pacs = int(typed["pacs"]) if typed["pacs"].isdigit() else 0
        made = making.make(by=by, research_study=typed["research_study"], pacs=pacs, name=typed["name"], asked=good,
                           rule=rule)  # fmt: skip
    except Unfit as unfit:
        return render(request, "intake/pull_add.html", {**shown, "errors": unfit.errors}, status=400)
    same = sum(bool(line.same_as) for line in lines)
    again = f" {formats.plural(same, 'line')} came twice and count once." if same else ""
    for words in given.notes:
        messages.warning(request, words)
    messages.success(request, f"The PACS is being asked about {formats.plural(len(good), 'scan')}.{again}")
    return redirect("intake:pull", made.pk)


def _found(request: HttpRequest, pk: int) -> Pull:
    pull = making.found(actor_of(request), pk)
    if pull is None:
        raise Http404
    return pull


@needs("pulls_view")
def pull(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One list: how far it is, what fetching it would be, and its series."""
    one = _found(request, pk)
    filters = (Filter("state", "State", tuple(telling.SERIES.items())),)
    chosen = chosen_filters(request, filters)
    rows = one.series.select_related("line")
    rows = rows.filter(state=chosen["state"]) if chosen["state"] else rows

    def present(page: Sequence[PullSeries]) -> list[Row]:
        return [
            Row(str(row.pk), (
                Cell(str(row.line.number), row.line.number), Cell(row.modality), Cell(row.description),
                Cell(row.body_part), Cell("Not told" if row.expected is None else formats.number(row.expected),
                                          row.expected),
                Cell(formats.number(row.received), row.received), Cell(str(row.asked_times), row.asked_times),
                Cell(telling.SERIES[row.state].capitalize(), row.state, tag=telling.COLOURS.get(row.state, "grey")),
                Cell(row.words or row.last_error),
            ))
            for row in page
        ]  # fmt: skip

    listing = Listing(
        name=f"fetching-{one.pk}", heading=lambda n: one.name, columns=SERIES, rows=rows, present=present,
        empty="No series yet: the PACS has not answered, or none of what it has is wanted.", sort="line_id",
        filters=filters, extra=_console(request, one, "intake:pull"),
    )  # fmt: skip
    return respond(request, listing, "intake/pull.html")


def _console(request: HttpRequest, one: Pull, current: str) -> dict[str, Any]:
    """What stands over both pages of a list."""
    by, told, size = actor_of(request), telling.told(one), making.estimate(one)
    pages = (("intake:pull", "Series"), ("intake:pull_lines", "Lines of the list"))
    done, total = telling.progress(one, fetching=one.state != Pull.ASKING)
    return {
        "pull": one, "told": told, "state": telling.PULLS[one.state], "why": telling.why_waiting(one),
        "estimate": size, "done": done, "total": total, "may": by.may(making.MAKE),
        "size": formats.filesize(size.size), "begun": one.started_at is not None,
        "research_study": viewing.titles().get(one.research_study, one.research_study),
        "open": one.state not in (Pull.DONE, Pull.CANCELLED),
        "tabs": [{"text": text, "href": reverse(name, args=[one.pk]), "current": name == current}
                 for name, text in pages],
    }  # fmt: skip


@needs("pulls_view")
def lines(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The lines of a list: which scan each means, and who must choose."""
    one, may = _found(request, pk), actor_of(request).may(making.MAKE)
    filters = (Filter("state", "State", tuple(telling.LINES.items())),)
    chosen = chosen_filters(request, filters)
    rows = one.lines.all()
    rows = rows.filter(state=chosen["state"]) if chosen["state"] else rows

    def present(page: Sequence[PullLine]) -> list[Row]:
        several = PullLine.SEVERAL
        series = telling.of_series([row.pk for row in page])
        return [
            Row(str(row.pk), (
                Cell(str(row.number), row.number), Cell(asked_for(row)),
                Cell(telling.LINES[row.state].capitalize(), row.state,
                     url=reverse("intake:pull_choose", args=[one.pk, row.pk]) if may and row.state == several else "",
                     tag="" if may and row.state == several else telling.COLOURS.get(row.state, "grey")),
                Cell(". ".join(filter(None, (row.words or row.last_error, differs(row))))),
                Cell(str(series.get(row.pk, 0)), series.get(row.pk, 0)),
            ))
            for row in page
        ]  # fmt: skip

    listing = Listing(
        name=f"fetching-{one.pk}-lines", heading=lambda n: one.name, columns=LINES, rows=rows, present=present,
        empty="No line of the list is in this state.", sort="number", filters=filters,
        extra=_console(request, one, "intake:pull_lines"),
    )  # fmt: skip
    return respond(request, listing, "intake/pull.html")


def asked_for(row: PullLine) -> str:
    """What a line asks for, as it was written: only people who fetch see it."""
    if row.accession:
        return f"Accession {row.accession}"
    if row.study_uid:
        return f"Scan …{row.study_uid[-12:]}"
    if not row.patient_id:
        return "Nothing of it is kept"
    last = f" to {formats.date(row.last_day)}" if row.last_day != row.first_day else ""
    of = f", {row.modalities.replace(',', ' or ')}" if row.modalities else ""
    return f"Hospital number {row.patient_id}, {formats.date(row.first_day)}{last}{of}"


def differs(row: PullLine) -> str:
    """What tells the scans of a line apart."""
    return f"They differ in {', '.join(row.differs)}" if row.differs else ""


@needs("pulls_make")
@require_POST
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Fetch what was found."""
    waiting = making.start(by=actor_of(request), pull=_found(request, pk))
    messages.success(request, f"{formats.plural(waiting, 'series', 'series')} wait to be fetched, within the limits.")
    return redirect("intake:pull", pk)


@needs("pulls_make")
@require_POST
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """Fetch nothing more of the list."""
    try:
        making.end(by=actor_of(request), pull=_found(request, pk), reason=request.POST.get("reason", "").strip())
    except Unfit as unfit:
        messages.error(request, f"{' '.join(unfit.errors.values())}. Nothing was changed.")
    else:
        messages.success(request, "Nothing more of this list is fetched. What came stays.")
    return redirect("intake:pull", pk)


@needs("pulls_make")
@require_POST
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask once more for what was not found, or came short."""
    count = making.ask_again(by=actor_of(request), pull=_found(request, pk))
    messages.success(request, f"The PACS is asked again about {formats.plural(count, 'line or series', 'of them')}.")
    return redirect("intake:pull", pk)


def _told(one: dict[str, Any]) -> dict[str, Any]:
    """A candidate with its day as people read it."""
    return one | {"day": formats.date(date.fromisoformat(one["day"])) if one["day"] else ""}


@needs("pulls_make")
def choose(request: HttpRequest, pk: int, line: int) -> HttpResponse:
    """Say which of several scans a line means."""
    one = _found(request, pk)
    row = one.lines.filter(pk=line).first()
    if row is None:
        raise Http404
    if row.state != PullLine.SEVERAL:
        messages.info(request, "There is nothing to choose for this line any more.")
        return redirect("intake:pull_lines", pk)
    shown = {"title": f"Line {row.number}: which scan is meant?", "pull": one, "line": row, "asked": asked_for(row),
             "differs": differs(row), "found": [_told(one) for one in row.found]}  # fmt: skip
    if request.method != "POST":
        return render(request, "intake/pull_choose.html", shown)
    chosen = request.POST.getlist("chosen")
    try:
        if not chosen and request.POST.get("none") != "yes":
            raise Unfit({"chosen": "Choose a scan, or say that none of them is meant"})
        making.choose(by=actor_of(request), line=row, study_uids=[] if request.POST.get("none") == "yes" else chosen)
    except Unfit as unfit:
        return render(request, "intake/pull_choose.html", {**shown, "errors": unfit.errors}, status=400)
    messages.success(request, "Chosen. The PACS is asked about its series.")
    return redirect("intake:pull_lines", pk)
