"""The page of messages between parts that were set aside: which, why, how often tried; try again, or drop."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from isocentre.core.actor import Actor
from isocentre.core.checks import Unfit
from isocentre.desk.doorway import needs
from isocentre.jobs import aside
from isocentre.jobs.models import OutboxRow
from isocentre.web import formats
from isocentre.web.listing import Bulk, Cell, Column, Listing, Row, respond

EVENTS = {
    "scan_received": "A scan arrived",
    "scan_stored": "Images were stored",
    "scan_matched": "A scan was matched to what is planned",
}
HEARD = {
    "register.match": "It is held against the planned imaging",
    "archive.canary": "It is noted that the test object arrived",
}
INTRO = (
    "One part of this side tells another what happened. What failed eight times is set aside here, so that it holds up "
    "nothing else. Read why: it is a fault of this program or of the machine. Once that is put right, try it again. "
    "What is dropped does not happen: a scan may then have to be matched by hand."
)


@needs("status_view")
@require_safe
def set_aside(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Everything that is set aside, the longest first."""
    acts = (
        Bulk("Try again", reverse("set_aside_retry")),
        Bulk("Drop", reverse("set_aside_drop"), reason="Why they are dropped", warning=True),
    )
    listing = Listing(
        name="set-aside",
        heading=lambda n: f"{formats.plural(n, 'message')} between parts set aside",
        columns=(Column("event", "What happened", "event"), Column("listener", "What should follow", "listener"),
                 Column("why", "Why it failed", "last_error"), Column("attempts", "Tried", "attempts", True),
                 Column("last", "Last tried", "lease_until")),
        rows=aside.rows(),
        present=_present,
        empty="Nothing is set aside: every message between parts was heard.",
        sort="id",
        intro=INTRO,
        bulk=acts if actor.may(aside.PERMISSION) else (),
    )  # fmt: skip
    return respond(request, listing, "desk/set_aside.html")


def _present(page: Sequence[OutboxRow]) -> list[Row]:
    return [
        Row(str(row.pk), (
            Cell(EVENTS.get(row.event, row.event), row.event),
            Cell(HEARD.get(row.listener, row.listener), row.listener),
            Cell(row.last_error or "The program that worked on it was ended"),
            Cell(formats.plural(row.attempts, "time"), row.attempts),
            Cell(formats.moment(aside.tried_at(row)), aside.tried_at(row)),
        ))
        for row in page
    ]  # fmt: skip


def _chosen(request: HttpRequest) -> list[int]:
    return [int(key) for key in request.POST.getlist("chosen") if key.isdigit() and len(key) < 18]


@needs(aside.PERMISSION)
@require_POST
def retry(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Try the ticked ones again."""
    count = aside.retry(by=actor, ids=_chosen(request))
    if count:
        words = "is tried again now. It comes back" if count == 1 else "are tried again now. They come back"
        messages.success(request, f"{formats.plural(count, 'message')} {words} here only if it fails again.")
    else:
        messages.error(request, "Nothing was ticked that is still set aside.")
    return redirect("set_aside")


@needs(aside.PERMISSION)
@require_POST
def drop(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Drop the ticked ones, with a reason."""
    try:
        count = aside.drop(by=actor, ids=_chosen(request), reason=request.POST.get("reason", "").strip())
    except Unfit as unfit:
        messages.error(request, f"{' '.join(unfit.errors.values())}. Nothing was dropped.")
    else:
        if count:
            messages.success(request, f"{formats.plural(count, 'message')} dropped.")
        else:
            messages.error(request, "Nothing was ticked that is still set aside.")
    return redirect("set_aside")
