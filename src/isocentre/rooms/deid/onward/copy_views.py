"""Pages of copies: the list of all that went or is to go elsewhere, and the certificate of those deleted there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from isocentre.core.days import LIKE, parse_day
from isocentre.people.guard import needs
from isocentre.rooms.deid.onward import asking_back, naming, words
from isocentre.rooms.deid.onward.rows import OnwardCopy
from isocentre.rooms.intake import door as intake
from isocentre.web import fields, formats
from isocentre.web.listing import Cell, Column, Filter, Listing, Row, chosen_filters, respond

INTRO = (
    "One row an image and destination, beside the ledger and no part of its sum: each is a copy of what the national "
    "side acknowledged."
)
EMPTY = (
    "No copies go anywhere: it is off. On the page of a research study, under Sent on elsewhere, one person enters a "
    "destination and another confirms it."
)


@require_safe
@needs("arrivals_view", "held_view")
def copies(request: HttpRequest) -> HttpResponseBase:
    """Every copy in the actor's scope."""
    by = intake.actor_of(request)
    nodes = tuple((str(one.pk), one.name) for one in naming.visible(by).order_by("name", "pk"))
    filters = (
        Filter("research_study", "Research study", tuple(intake.accepted(by))),
        Filter("node", "Destination", nodes),
        Filter("state", "State", tuple((key, text) for key, (text, _) in words.COPY_STATES.items())),
    )
    chosen = {name: value for name, value in chosen_filters(request, filters).items() if value}
    wanted = chosen.pop("state", "")
    rows = asking_back.visible(by).filter(**chosen)
    titles = intake.titles()

    def present(page: Sequence[OnwardCopy]) -> list[Row]:
        found = intake.visible(by).filter(pk__in=[one.row for one in page]).select_related("arrival")
        ledger = {row.pk: row for row in found}
        return [Row(str(one.pk), _cells(one, ledger.get(one.row), titles)) for one in page]

    listing = Listing(
        name="copies",
        heading=lambda n: formats.plural(n, "copy elsewhere", "copies elsewhere"),
        columns=(Column("scan", "Scan"), Column("research_study", "Research study", "research_study"),
                 Column("destination", "Destination", "node_id"),
                 Column("object", "Image, as sent on", "object_uid"),
                 Column("revision", "Revision", "revision", True), Column("queued", "Queued", "queued_at"),
                 Column("sent", "Sent", "sent_at"), Column("state", "State", "state"), Column("why", "Why", "words"),
                 Column("certificate", "Certificate")),
        rows=(rows.filter(state=wanted) if wanted else rows).select_related("node", "certificate"),
        present=present,
        empty=EMPTY,
        sort="-queued_at",
        filters=filters,
        intro=f"{INTRO} {_counted(rows)}",
    )  # fmt: skip
    return respond(request, listing)


def _counted(rows: QuerySet[OnwardCopy]) -> str:
    found = rows.order_by().values("state").annotate(n=Count("pk"))
    counts = Counter({one["state"]: one["n"] for one in found})
    said = [
        f"{formats.lower_first(text)}: {formats.number(counts[key])}"
        for key, (text, _) in words.COPY_STATES.items()
        if counts[key]
    ]
    return f"By state: {', '.join(said)}." if said else ""


def _cells(one: OnwardCopy, row: Any, titles: dict[str, str]) -> tuple[Cell, ...]:
    text, colour = words.COPY_STATES[one.state]
    why = one.words or (one.last_error if one.state == OnwardCopy.WAITING else "")
    return (
        Cell(intake.title(row), url=reverse("scan", args=[one.row])) if row else Cell("Scan"),
        Cell(titles.get(one.research_study, one.research_study), one.research_study),
        Cell(one.node.name, url=reverse("deid:node", args=[one.node_id])),
        Cell(one.object_uid, mono=True),
        Cell(formats.number(one.revision), one.revision),
        Cell(formats.moment(one.queued_at), one.queued_at),
        Cell(formats.moment(one.sent_at), one.sent_at or ""),
        Cell(text, one.state, tag=colour),
        Cell(why),
        Cell(one.certificate.reference if one.certificate else ""),
    )


@needs(intake.recalling.PERMISSION)
@require_http_methods(["GET", "HEAD", "POST"])
def deleted(request: HttpRequest, pk: int) -> HttpResponse:
    """Record what a destination confirmed that it deleted."""
    by = intake.actor_of(request)
    node = naming.visible(by).filter(pk=pk).first()
    if node is None:
        raise Http404
    scans = asking_back.to_delete(by, node)
    rows = intake.visible(by).filter(pk__in=[one.row for one in scans]).select_related("arrival")
    titles = {row.pk: intake.title(row) for row in rows}
    options = tuple((one.key, f"{titles.get(one.row, 'Scan')}: {formats.plural(one.images, 'image')}") for one in scans)

    def save(typed: dict[str, str]) -> str:
        asking_back.certify(
            by=by, pk=pk, chosen=typed["scans"].split(","), confirmed_by=typed["confirmed_by"],
            on=parse_day(typed["on"]), reference=typed["reference"], sha256=typed["sha256"],
        )  # fmt: skip
        return f"{reverse('deid:copies')}?node={pk}"

    form = fields.Form(
        title=f"Copies deleted at {node.name}", caption="Deletion certificate",
        fields=(
            fields.Field("scans", "Which scans were deleted there", "Untick what it has not confirmed", "ticks",
                         options),
            fields.Field("confirmed_by", "Who confirmed it there", "A person or an office of the destination"),
            fields.Field("on", "On which day", f"Like {LIKE}", width="20"),
            fields.Field("reference", "Reference of the certificate", width="20"),
            fields.Field("sha256", "SHA-256 of its file", "If there is a file; it is not kept here"),
        ),
        values={"scans": ",".join(key for key, _ in options)}, save=save,
        saved="Recorded. These copies count as deleted.", back=reverse("deid:node", args=[pk]), back_text=node.name,
        intro=_ask(node.name, scans), button="Record it",
    )  # fmt: skip
    return fields.handle(request, form)


def _ask(name: str, scans: Sequence[asking_back.ToDelete]) -> str:
    if not scans:
        return f"No copies are to be deleted at {name} now, so there is nothing to record."
    images = sum(one.images for one in scans)
    return (
        f"{formats.plural(images, 'copy', 'copies')} to be deleted at {name}. It cannot be done from here: ask the "
        "destination to delete them by the UIDs in the list of copies, also from its backups, and record its answer."
    )
