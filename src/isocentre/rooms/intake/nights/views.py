"""Pages of the nightly reconciliation: the nights, one of them on one page, and that as a PDF."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from isocentre.core.actor import ANY
from isocentre.people.guard import needs
from isocentre.rooms.intake import causes, viewing
from isocentre.rooms.intake.nights.keeping import Listed, Night, Short
from isocentre.rooms.intake.nights.ports import ports
from isocentre.rooms.intake.nights.rows import NightReport
from isocentre.rooms.intake.reconciling import PARTS
from isocentre.rooms.intake.viewing import actor_of
from isocentre.web import formats, names
from isocentre.web.listing import Cell, Column, Listing, Row, respond

SHOWN = 400
"""Nights on the list: older ones are at their addresses."""
TEMPLATE = "intake/typst/night.typ"
MAIL = {"": "", NightReport.WAITING: "E-mail waits", NightReport.SENT: "E-mail sent",
        NightReport.FAILED: "E-mail could not be sent"}  # fmt: skip


@needs("ledger_view")
def nights(request: HttpRequest) -> HttpResponseBase:
    """The records, newest first; only those with something in the actor's scope."""
    by = actor_of(request)
    kept = NightReport.objects.order_by("-day")[:SHOWN]
    rows = [
        {"pk": one.pk, "day": one.day, "mail": one.mail, "night": night}
        for one in kept
        if not (night := Night.of(one.said).within(by)).empty
    ]

    def present(page: Sequence[dict[str, Any]]) -> list[Row]:
        return [
            Row(str(one["pk"]), (
                Cell(formats.date(one["day"]), one["day"], reverse("intake:night", args=[one["pk"]])),
                *(_number(one["night"].total(key)) for key in ("received", "sent_on", "stored", "held", "pending")),
                _number(one["night"].short_series), Cell(", ".join(each.name for each in one["night"].lists)),
                Cell(MAIL[one["mail"]], one["mail"]),
            ))
            for one in page
        ]  # fmt: skip

    listing = Listing(
        name="nights", heading=lambda n: f"Nightly reconciliation: {formats.plural(n, 'day')}",
        columns=(Column("day", "Arrived on", "day"), Column("received", "Received", "", True),
                 Column("sent_on", "Sent on", "", True), Column("stored", "Of which stored nationally", "", True),
                 Column("held", "Held", "", True), Column("pending", "On its way", "", True),
                 Column("short", "Series short", "", True), Column("lists", "Lists fetched"), Column("mail", "Told")),
        rows=rows, present=present, sort="-day", key=lambda one: str(one["pk"]),
        empty="No day is recorded yet: the record of a day is made the morning after, if anything came or was fetched.",
        intro="How each day stood on the morning after. These records are not changed afterwards: for how things stand "
        "now, see the reconciliation.",
    )  # fmt: skip
    return respond(request, listing, "intake/nights.html")


def _number(value: int) -> Cell:
    return Cell(formats.number(value), value)


def _found(request: HttpRequest, pk: int) -> tuple[NightReport, Night]:
    row = NightReport.objects.filter(pk=pk).first()
    night = Night.of(row.said).within(actor_of(request)) if row else Night()
    # A day on which nothing came is there for who sees everything.
    if row is None or (night.empty and not actor_of(request).scope.allows(ANY, ANY)):
        raise Http404
    return row, night


@needs("ledger_view")
def night(request: HttpRequest, pk: int) -> HttpResponse:
    """One night."""
    row, found = _found(request, pk)
    may = actor_of(request).may("pulls_view")
    return render(request, "intake/night.html", {**told(row, found), "pk": pk, "may": may})


@needs("ledger_view")
def night_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The same as a PDF, made of the record when it is asked for."""
    row, found = _found(request, pk)
    made = ports().typesetter.pdf(TEMPLATE, told(row, found), at=row.made_at)
    answer = HttpResponse(made, content_type="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="reconciliation-{row.day:%Y-%m-%d}.pdf"'
    return answer


def told(row: NightReport, found: Night) -> dict[str, Any]:
    """The record in words and tables, for the page and the PDF: so they cannot differ."""
    titles = viewing.titles()
    states = [("received", "Received"), *PARTS, ("stored", "Stored nationally"), ("duplicates", "Sent again")]
    return {
        "title": f"Reconciliation of {formats.date(row.day)}",
        "made": f"As it stood on {formats.moment(row.made_at)}.",
        "words": words(found),
        "tables": [
            _table("Images that arrived", ["Research study", "Site", *(name for _, name in states)],
                   [[titles.get(one.research_study, one.research_study), names.site(one.site) or "Not known",
                     *(formats.number(one.counts[key]) for key, _ in states)] for one in found.came]),
            _table("Why images are held", ["Why", "Research study", "Images", "Scans"],
                   [[causes.cause(one.cause).title, titles.get(one.research_study, one.research_study),
                     formats.number(one.images), formats.number(one.scans)] for one in found.held]),
            _table("Fetched from a PACS", ["List", "Research study", "PACS", "Series", "Whole", "Short", "Waiting",
                   "Images in the PACS", "Received"], [_list(one, titles) for one in found.lists]),
            _table("Series that came short", ["List", "Line", "Series", "Modality", "Images in the PACS", "Received",
                   "Times asked"], [_short(one, found.lists) for one in found.short]),
        ],
        "more": f"and {formats.number(found.more_short)} more" if found.more_short else "",
    }  # fmt: skip


def words(found: Night) -> str:
    """The day in a sentence or two."""
    if not found.came:
        return "No image arrived."
    parts = [f"{formats.number(n)} {name.lower()}" for key, name in PARTS if (n := found.total(key))]
    sent, stored = found.total("sent_on"), found.total("stored")
    whole = sum(found.total(key) for key, _ in PARTS) == found.total("received")
    confirmed = "" if not sent else " All sent on are confirmed as stored nationally." if sent == stored else (
        f" {formats.number(sent - stored)} of those sent on were not confirmed as stored nationally yet.")  # fmt: skip
    short = f" {formats.plural(n, 'series', 'series')} came short." if (n := found.short_series) else ""
    balance = "" if whole else " These numbers do not balance: tell the administrator."
    return (
        f"{formats.plural(found.total('received'), 'image')} received: {', '.join(parts)}.{confirmed}{short}{balance}"
    )


def _table(title: str, heads: list[str], rows: list[list[str]]) -> dict[str, Any]:
    return {"title": title, "heads": heads, "rows": rows}


def _list(one: Listed, titles: dict[str, str]) -> list[str]:
    numbers = (one.series, one.whole, one.short, one.waiting, one.expected, one.received)
    return [one.name, titles.get(one.research_study, one.research_study), one.pacs, *map(formats.number, numbers)]


def _short(one: Short, lists: Sequence[Listed]) -> list[str]:
    name = next((each.name for each in lists if each.pull == one.pull), "")
    number = "Not told" if one.number is None else str(one.number)
    return [name, str(one.line), number, one.modality, *map(formats.number, (one.expected, one.received, one.asked))]
