"""The page of what admitted senders and imports were refused, by cause, and clearing it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from isocentre.people.guard import needs
from isocentre.rooms.intake import refusals
from isocentre.rooms.intake.models import Refusal
from isocentre.rooms.intake.sender_views import chosen_rows, tabs
from isocentre.rooms.intake.viewing import actor_of
from isocentre.web import formats
from isocentre.web.listing import Bulk, Cell, Column, Listing, Row, respond

COLUMNS = (
    Column("sender", "Sender", "peer"), Column("called", "Called", "called_ae"),
    Column("objects", "Objects", "objects_refused", True), Column("cause", "Why, and what to do", "cause"),
    Column("last_words", "The last one was told"), Column("first", "First", "first_at"),
    Column("last", "Last", "last_at"),
)  # fmt: skip


@needs("peers_manage")
def refused_objects(request: HttpRequest) -> HttpResponseBase:
    """Objects refused, by sender and cause: they are in no ledger, and their sender was told so."""
    listing = Listing(
        name="refused-objects",
        heading=lambda n: "Objects refused",
        columns=COLUMNS,
        rows=refusals.objects(),
        present=lambda page: [Row(str(one.pk), _cells(one)) for one in page],
        empty="Nothing that an admitted sender sent, or that was imported, was refused.",
        sort="-last_at",
        intro="These came from admitted senders or imports and could not be taken, so they are not among the arrivals. "
        "Each sender was answered with a failure and the reason. Nothing of the objects is kept. "
        "Clear those that are settled: they are listed again when they happen again.",
        bulk=(Bulk("Clear from this list", reverse("intake:refused_objects_clear")),),
        extra=tabs("intake:refused_objects"),
    )
    return respond(request, listing, "intake/list.html")


def _cells(one: Refusal) -> tuple[Cell, ...]:
    title, advice = refusals.cause(one.cause)
    imported = one.peer == refusals.IMPORT
    where = f"{one.calling_ae} at {one.address}" if one.address else "other titles or addresses"
    return (
        Cell("Import on this computer" if imported else f"{one.peer} ({where})", one.peer),
        Cell(one.called_ae),
        Cell(formats.number(one.objects_refused), one.objects_refused),
        Cell(f"{title}. {advice}", one.cause),
        Cell(one.words),
        Cell(formats.moment(one.first_at), one.first_at),
        Cell(formats.moment(one.last_at), one.last_at),
    )


@needs("peers_manage")
@require_POST
def clear(request: HttpRequest) -> HttpResponse:
    """Clear the ticked refusals."""
    gone = refusals.clear(by=actor_of(request), ids=chosen_rows(request))
    messages.success(request, f"{formats.plural(gone, 'line')} cleared." if gone else "Nothing was ticked.")
    return redirect("intake:refused_objects")
