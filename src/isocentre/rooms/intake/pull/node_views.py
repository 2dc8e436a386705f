"""Pages of PACS: where each is, and the limits its manager sets: hours, requests at once, images a minute, pause."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from isocentre.core.checks import Checks, Unfit
from isocentre.core.ports import PacsAway
from isocentre.people.guard import needs
from isocentre.rooms.intake.pull import making, slots, telling
from isocentre.rooms.intake.pull.ports import ports
from isocentre.rooms.intake.pull.rows import PacsNode
from isocentre.rooms.intake.pull.views import tabs
from isocentre.rooms.intake.sender_views import AE_TITLE
from isocentre.rooms.intake.viewing import actor_of
from isocentre.web import fields, names
from isocentre.web.listing import Cell, Column, Listing, Row, respond

HOURS = tuple((str(hour), f"{hour:02}:00") for hour in range(24))
USUAL = {"way": "move", "port": "104", "calling_ae": "ISOCENTRE", "destination": "ISOCENTRE",
         "from_hour": "19", "to_hour": "7", "at_once": "1", "images_a_minute": "0"}  # fmt: skip
NUMBERS = {"port": (1, 65535), "from_hour": (0, 23), "to_hour": (0, 23), "at_once": (1, 20),
           "images_a_minute": (0, 100_000)}  # fmt: skip
WAYS = (
    (PacsNode.MOVE, "C-MOVE: it sends to our AE title, by a connection of its own"),
    (PacsNode.GET, "C-GET: it hands over on the connection we open; it need not know our address"),
    (PacsNode.WEB, "DICOMweb (QIDO-RS and WADO-RS): at an address that the administrator wrote into the configuration"),
)  # fmt: skip


@needs("pulls_view")
def nodes(request: HttpRequest) -> HttpResponseBase:
    """The PACS we may ask, and how much."""
    may = actor_of(request).may(making.MANAGE)

    def present(page: Sequence[PacsNode]) -> list[Row]:
        now = timezone.now()
        return [
            Row(str(one.pk), (
                Cell(one.name, url=reverse("intake:pacs_change", args=[one.pk]) if may else ""),
                Cell(telling.WAYS[one.way], one.way), Cell(one.ae_title), Cell(_where(one)), Cell(_hours(one)),
                Cell(f"{slots.open_requests(one, now)} of {one.at_once}"), Cell(_rate(one), one.images_a_minute),
                Cell("Paused", tag="yellow") if one.paused else
                Cell("Sends now", tag="green") if one.limits.open_at(now) else Cell("Waits for its hours", tag="blue"),
            ))
            for one in page
        ]  # fmt: skip

    listing = Listing(
        name="pacs", heading=lambda n: f"{n} PACS",
        columns=(Column("name", "Name", "name"), Column("way", "Fetched by", "way"),
                 Column("ae", "AE title", "ae_title"), Column("address", "Address"),
                 Column("hours", "Images are sent"), Column("open", "Open now, of at most"),
                 Column("rate", "Images a minute", "images_a_minute", True), Column("state", "State")),
        rows=PacsNode.objects.all(), present=present,
        empty="No PACS has been entered, so nothing can be fetched. Its manager adds it, with its limits.",
        sort="name", extra=tabs(request, "intake:pacs"),
        intro="Limits hold for everybody and every list. Questions are asked at any hour; images are sent in these.",
    )  # fmt: skip
    return respond(request, listing, "intake/list.html")


def _hours(one: PacsNode) -> str:
    return "At any hour" if one.from_hour == one.to_hour else f"{one.from_hour:02}:00 to {one.to_hour:02}:00"


def _where(one: PacsNode) -> str:
    return one.web if one.way == PacsNode.WEB else f"{one.host}:{one.port}"


def _rate(one: PacsNode) -> str:
    return f"{one.images_a_minute:,}" if one.images_a_minute else "No limit"


@needs("pacs_manage")
def node(request: HttpRequest, pk: int = 0) -> HttpResponse:
    """Add a PACS, or change where it is and its limits."""
    known = get_object_or_404(PacsNode, pk=pk) if pk else None
    values = {name: str(getattr(known, name)) for name in ("name", *making.NODE)} if known else dict(USUAL)

    servers, trouble = _servers()

    def save(typed: dict[str, str]) -> str:
        if typed["way"] == PacsNode.WEB:  # what DIMSE alone asks for is not asked
            typed |= {"host": "", "port": "0", "ae_title": "", "calling_ae": "", "destination": ""}
        _check(typed, servers)
        numbers = {name: int(typed[name]) for name in NUMBERS}
        texts = {name: typed[name] for name in ("host", "ae_title", "calling_ae", "destination", "site", "way")}
        texts["web"] = typed["web"] if typed["way"] == PacsNode.WEB else ""
        made = making.set_node(by=actor_of(request), name=typed["name"], **texts, **numbers)
        return reverse("intake:pacs_change", args=[made.pk])

    form = fields.Form(
        title="Change a PACS" if known else "Add a PACS", fields=_fields(known is not None, servers, trouble),
        values=values, save=save,
        saved="Kept. Limits hold from the next request on.", back=reverse("intake:pacs"), back_text="PACS and limits",
        intro="For C-MOVE the PACS must know us too: our AE title as a place to send to, with this machine's address "
              "and DICOM port. Ask its manager to enter both.",
    )  # fmt: skip
    return fields.handle(request, form, "intake/pacs.html", node=known)


def _servers() -> tuple[tuple[str, ...], str]:
    """Names of the DICOMweb servers in the configuration, and what is wrong with it."""
    try:
        return tuple(ports().web_servers()), ""
    except PacsAway as away:
        return (), away.words


def _check(typed: dict[str, str], servers: Sequence[str]) -> None:
    """Unfit with words by field; of DICOMweb only what it needs."""
    checks, by_web = Checks(), typed["way"] == PacsNode.WEB
    checks.filled("name", typed["name"], "Give it a name people know it by", most=64)
    checks.nobody("name", typed["name"])
    checks.that(bool(typed["way"]), "way", "Choose how images come")
    if by_web:
        checks.one_of("web", typed["web"], servers, "Choose the DICOMweb server; the administrator adds it first")
    else:
        checks.filled("host", typed["host"], "Write its IP address, or its name in the network")
        for name in ("ae_title", "calling_ae", "destination"):
            checks.form(name, typed[name], AE_TITLE, "An AE title has 1 to 16 characters, no backslash")
    for name, (least, most) in NUMBERS.items():
        text = typed[name]
        fits = text.isdigit() and len(text) < 7 and least <= int(text) <= most
        checks.that(fits or (by_web and name == "port"), name, f"Write a number from {least:,} to {most:,}")
    checks.done()


def _fields(fixed: bool, servers: Sequence[str], trouble: str) -> tuple[fields.Field, ...]:
    field, sites = fields.Field, tuple(names.sites().items())
    hint = f"{trouble}. " if trouble else "" if servers else "None is in the configuration yet (dicomweb.json). "
    return (
        field("name", "Name", "What people call it", width="20", fixed=fixed),
        field("way", "How images come", "", "radios", WAYS),
        field("web", "DICOMweb server", f"{hint}Only for DICOMweb, which needs none of the next five", "select",
              tuple((one, one) for one in servers)),
        field("host", "Address", "Its IP address, or its name in the network. An IP address is also admitted as a "
              "sender: a PACS sends to us by a connection of its own", width="20"),
        field("port", "Port", width="5"),
        field("ae_title", "Its AE title", width="20"),
        field("calling_ae", "Our AE title, when we ask", width="20"),
        field("destination", "Our AE title, where it sends to", width="20"),
        field("site", "Site", "Used for scans whose scanner is not on the list", "select", sites),
        field("from_hour", "Images are sent from", "The same hour twice: at any time", "select", HOURS),
        field("to_hour", "Until", "", "select", HOURS),
        field("at_once", "Requests at once", width="4"),
        field("images_a_minute", "Images a minute, on average", "0: as fast as the PACS sends", width="7"),
    )  # fmt: skip


@needs("pacs_manage")
@require_POST
def pause(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask this PACS nothing more, or again."""
    by = actor_of(request)
    known = get_object_or_404(PacsNode, pk=pk)
    try:
        if request.POST.get("resume") == "yes":
            making.resume(by=by, node=pk)
            messages.success(request, f"{known.name} is asked again.")
        else:
            making.pause(by=by, node=pk, why=request.POST.get("why", "").strip())
            messages.success(request, f"{known.name} is paused. What it is sending now comes to its end.")
    except Unfit as unfit:
        messages.error(request, f"{' '.join(unfit.errors.values())}. Nothing was changed.")
    return redirect("intake:pacs_change", pk)
