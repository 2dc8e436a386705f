"""Pages of rejection notes of the picture archive: what each named and came to, and what a person says of some."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from isocentre.core.dicom.rejection import TITLES
from isocentre.people.guard import afresh, needs
from isocentre.rooms.intake import recalling, rejections
from isocentre.rooms.intake.models import RejectionNote
from isocentre.rooms.intake.recall_views import tabs
from isocentre.rooms.intake.viewing import actor_of
from isocentre.web import fields, formats, names
from isocentre.web.listing import Cell, Column, Listing, Row, respond

COLUMNS = (
    Column("at", "Came", "at"), Column("code", "What it says", "code"), Column("images", "Images named", numeric=True),
    Column("found", "Of which here", "found", True), Column("state", "State", "state"), Column("scan", "Scan"),
    Column("decided", "Decided by"), Column("reason", "Why"),
)  # fmt: skip
STATES = {
    RejectionNote.WAITING: ("Images looked for", "blue"), RejectionNote.DONE: ("Done", "green"),
    RejectionNote.ASKED: ("Decide", "orange"), RejectionNote.KEPT: ("Kept in use", "grey"),
}  # fmt: skip
WHAT = (
    "What the picture archive says is not to be used any more. Rejected for patient safety, or as an incorrect "
    "worklist entry: taken back at once. For quality: what had not gone on is held, and somebody decides about the "
    "rest. Expired in the archive: nothing is taken back."
)
WHY = "Kept in the audit. Do not name the patient"


@needs(recalling.PERMISSION)
@require_safe
def notes(request: HttpRequest) -> HttpResponseBase:
    """Every note in the actor's scope, the newest first."""
    listing = Listing(
        name="rejection-notes",
        heading=lambda n: f"{formats.plural(n, 'rejection note')} of the picture archive",
        columns=COLUMNS,
        rows=rejections.visible(actor_of(request)),
        present=lambda page: [Row(str(one.pk), _cells(one)) for one in page],
        empty="The picture archive has sent none.",
        sort="-at",
        intro=WHAT,
        extra=tabs("intake:rejection_notes"),
    )
    return respond(request, listing, "intake/list.html")


def _cells(one: RejectionNote) -> tuple[Cell, ...]:
    words, colour = STATES[one.state]
    url = reverse("intake:rejection_note", args=[one.pk]) if one.state == RejectionNote.ASKED else ""
    return (
        Cell(formats.moment(one.at), one.at),
        Cell(f"{TITLES.get(one.code, one.code).capitalize()} ({one.code})", one.code),
        Cell(formats.number(len(one.images)), len(one.images)),
        Cell(formats.number(one.found), one.found),
        Cell(words, one.state, url) if url else Cell(words, one.state, tag=colour),
        Cell("See the scan", url=reverse("scan", args=[one.row])) if one.row else Cell("Not here"),
        Cell(names.person(one.decided_by)),
        Cell(one.reason),
    )


@needs(recalling.PERMISSION)
@require_http_methods(["GET", "HEAD", "POST"])
def note(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Say what becomes of images that were rejected for their quality and had been sent on."""
    one = rejections.visible(actor_of(request)).filter(pk=pk, state=RejectionNote.ASKED).first()
    if one is None:
        raise Http404
    return _note(request, one)


@afresh
def _note(request: HttpRequest, one: RejectionNote) -> HttpResponseBase:
    def save(typed: dict[str, str]) -> str:
        gone = rejections.decide(by=actor_of(request), pk=one.pk, decision=typed["decision"], why=typed["reason"])
        if gone:
            messages.info(request, f"{formats.plural(gone, 'image')} taken back.")
        return reverse("intake:rejection_notes")

    options, back = tuple(rejections.DECISIONS.items()), reverse("intake:rejection_notes")
    form = fields.Form(
        title="Images rejected for their quality",
        fields=(
            fields.Field("decision", "What becomes of them", kind="radios", options=options),
            fields.Field("reason", "Why", WHY),
        ),
        values={}, save=save, saved="It is decided.", back=back, back_text="Rejection notes",
        intro=f"The picture archive rejected {formats.plural(one.found, 'image')} for quality, and some had been sent "
        "on. Taken back, they are removed on the national side and cannot come again as they are; that cannot be "
        "undone. Taking them out of use there without removing them is not available yet. What is held here waits "
        "under Held.",
        button="Decide", warning=True,
    )  # fmt: skip
    return fields.handle(request, form)
