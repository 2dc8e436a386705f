"""The reconciliation: one page, to print or keep, of what became of the images of some days, and why some are held."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils import timezone

from isocentre.core.actor import Actor
from isocentre.people.guard import needs
from isocentre.rooms.intake import causes, reconciling
from isocentre.rooms.intake.models import Disposition
from isocentre.rooms.intake.reconciling import PARTS, Days, HeldFor
from isocentre.rooms.intake.viewing import actor_of, titles
from isocentre.rooms.intake.views import research_study_options
from isocentre.web import formats
from isocentre.web.listing import Cell, Column, Filter, Listing, Row, chosen_filters, respond

HELD = "held"
"""What `?part=` asks for to have the reasons alone, as a file."""
COLUMNS = (
    Column("day", "Arrived on", "day"), Column("research_study", "Research study", "slug"),
    Column("received", "Received", "received", True), Column("sent_on", "Sent on", "sent_on", True),
    Column("stored", "Of which stored nationally", "stored", True),
    *(Column(key, title, key, True) for key, title in PARTS[1:]), Column("balances", "Balances"),
    Column("duplicates", "Sent again, counted apart", "duplicates", True),
)  # fmt: skip
WHY = (
    Column("cause", "Why it is held", "cause"), Column("research_study", "Research study", "research_study"),
    Column("images", "Images", "images", True), Column("scans", "Scans", "scans", True),
    Column("oldest", "Oldest arrived on", "oldest"), Column("advice", "What to do"),
)  # fmt: skip


@needs("ledger_view")
def reconciliation(request: HttpRequest) -> HttpResponseBase:
    """What arrived on the days asked for, today and yesterday unless others are, and what became of it."""
    by = actor_of(request)
    asked = request.GET.keys() & {"from", "to", "research_study"}
    if not request.GET.keys() & {"from", "to"}:
        _default(request)
    filters = (
        Filter("from", "Arrived from day", day=True),
        Filter("to", "To day", day=True),
        Filter("research_study", "Research study", research_study_options(by)),
    )
    days = reconciling.days_of(chosen_filters(request, filters))
    named = titles()
    found = reconciling.held_for(by, days)
    why = _why(by, days, named, found)
    if request.GET.get("part") == HELD:
        return respond(request, why)
    rows = reconciling.by_day(by, days)
    total = reconciling.totals(rows)
    words = _words(days, named)

    def present(page: Sequence[dict[str, Any]]) -> list[Row]:
        return [Row(f"{one['day']} {one['slug']}", _cells(one, named, by)) for one in page]

    listing = Listing(
        name="reconciliation",
        heading=lambda n: f"Reconciliation, {words}",
        columns=COLUMNS,
        rows=rows,
        present=present,
        empty=_nothing(days),
        sort="-day",
        key=lambda one: f"{one['day']} {one['slug']}",
        filters=filters,
        size=200,
        intro=f"Images by the day they first arrived on, as they stood on {formats.moment(timezone.now())}. "
        "An image counts once in each research study it belongs to.",
        extra={"total": total, "parts": PARTS, "whole": all(map(reconciling.balances, rows)), "filtered": False,
               "asked": bool(asked), "why": why, "reasons": why.present(found), "reasons_url": _reasons_url(request)},
    )  # fmt: skip
    return respond(request, listing, "intake/reconciliation.html")


def _default(request: HttpRequest) -> None:
    """Yesterday and today, written into the request so that page, files and further pages agree on them."""
    query, days = request.GET.copy(), reconciling.since_yesterday()
    query["from"], query["to"] = str(days.first), str(days.last)
    request.GET = query  # type: ignore[assignment]  # a view may read any QueryDict


def _words(days: Days, named: dict[str, str]) -> str:
    """`2 December 2026 to 3 December 2026`, with the research study where one is chosen."""
    first, last = formats.date(days.first), formats.date(days.last)
    span = {
        (True, True): first if first == last else f"{first} to {last}", (True, False): f"from {first} on",
        (False, True): f"up to {last}", (False, False): "all days",
    }[bool(first), bool(last)]  # fmt: skip
    return f"{span}: {named.get(days.research_study, days.research_study)}" if days.research_study else span


def _nothing(days: Days) -> str:
    if days.first and days.last and days.first > days.last:
        return "The first day is after the last, so there is no day between them. Change one of them."
    return (
        "No image arrived on these days, so there is nothing to reconcile. If some should have: ask whoever sends, "
        "then look at the senders and objects refused under Senders."
    )


def _cells(one: dict[str, Any], named: dict[str, str], by: Actor) -> tuple[Cell, ...]:
    """One row; numbers lead to the arrivals they count, for who may see those."""
    where = {"research_study": one["slug"], "day": one["day"].isoformat()}
    url = f"{reverse('intake:arrivals')}?{urlencode(where)}" if by.may("arrivals_view") else ""

    def cell(key: str, more: str = "") -> Cell:
        return Cell(formats.number(one[key]), one[key], f"{url}{more}" if url and more and one[key] else "")

    whole = reconciling.balances(one)
    return (
        Cell(formats.date(one["day"]), one["day"]),
        Cell(named.get(one["slug"], one["slug"]), one["slug"], url),
        cell("received"),
        cell("sent_on", f"&disposition={Disposition.SENT_ON}"),
        cell("stored"),
        *(cell(key, f"&disposition={key}") for key, _ in PARTS[1:]),
        Cell("Balances" if whole else "Does not balance", "yes" if whole else "no", tag="green" if whole else "red"),
        cell("duplicates"),
    )


def _why(by: Actor, days: Days, named: dict[str, str], found: Sequence[HeldFor]) -> Listing:
    """Why images of these days are held, each cause leading to the held scans it is about."""

    def present(page: Sequence[HeldFor]) -> list[Row]:
        return [
            Row(f"{one.cause} {one.research_study}", (
                Cell(causes.cause(one.cause).title, one.cause, _held_url(by, days, one)),
                Cell(named.get(one.research_study, one.research_study), one.research_study),
                Cell(formats.number(one.images), one.images), Cell(formats.number(one.scans), one.scans),
                Cell(formats.date(one.oldest), one.oldest), Cell(causes.cause(one.cause).advice),
            ))
            for one in page
        ]  # fmt: skip

    return Listing(
        name="reconciliation-held",
        heading=lambda n: "Why images are held",
        columns=WHY,
        rows=found,
        present=present,
        empty="Nothing that arrived on these days is held.",
        sort="-images",
        key=lambda one: f"{one.cause} {one.research_study}",
    )


def _held_url(by: Actor, days: Days, one: HeldFor) -> str:
    if not by.may("held_view"):
        return ""
    bounds = {"from": days.first, "to": days.last}
    where = {"research_study": one.research_study, **{name: f"{day}" for name, day in bounds.items() if day}}
    return f"{reverse('deid:held_cause', args=[one.cause])}?{urlencode(where)}"


def _reasons_url(request: HttpRequest) -> str:
    query = request.GET.copy()
    query["part"], query["format"] = HELD, "csv"
    return f"?{query.urlencode()}"
