"""Pages of senders: who is admitted, who was refused, admit one, withdraw one."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from isocentre.audit import door as audit
from isocentre.core.checks import Checks, Unfit
from isocentre.people.guard import needs
from isocentre.rooms.intake import connections, peers
from isocentre.rooms.intake.models import Peer, RefusedPeer
from isocentre.rooms.intake.viewing import actor_of
from isocentre.web import fields, formats, names
from isocentre.web.listing import Bulk, Cell, Column, Filter, Listing, Row, chosen_filters, respond

AE_TITLE = re.compile(r"[ !-\[\]-~]{1,16}")  # PS3.5 table 6.2-1: no backslash, no control characters
USUAL = {"max_associations": "16", "idle_seconds": "60"}
IDLE = "Seconds without anything sent. Only when all its connections are in use and it asks for one more"
STATES = (("yes", "Admitted"), ("no", "Withdrawn"))


PAGES = (
    ("intake:senders", "Admitted"), ("intake:senders_refused", "Refused"),
    ("intake:refused_objects", "Objects refused"), ("intake:for_manager", "For the PACS manager"),
    ("intake:conformance", "Conformance statement"),
)  # fmt: skip


def tabs(current: str) -> dict[str, Any]:
    """The pages of senders, and the way to admit one."""
    return {
        "tabs": [{"text": text, "href": reverse(name), "current": name == current} for name, text in PAGES],
        "add_url": reverse("intake:sender_add"), "add_text": "Admit a sender",
    }  # fmt: skip


@needs("peers_manage")
def senders(request: HttpRequest) -> HttpResponseBase:
    """Senders somebody admitted, by AE title and address."""
    filters = (Filter("q", "Name or AE title"), Filter("state", "State", STATES))
    chosen = chosen_filters(request, filters)
    rows = Peer.objects.all()
    if chosen["q"]:
        rows = rows.filter(name__icontains=chosen["q"]) | rows.filter(calling_ae__icontains=chosen["q"])
    if chosen["state"]:
        rows = rows.filter(admitted=chosen["state"] == "yes")

    def present(page: Sequence[Peer]) -> list[Row]:
        sites = names.sites({p.site for p in page if p.site})
        opened, turned_away = connections.opened(), connections.refused()
        return [
            Row(str(p.pk), (
                Cell(p.name, url=reverse("intake:sender", args=[p.pk])), Cell(p.calling_ae), Cell(p.address),
                Cell(sites.get(p.site, ""), p.site), _now(opened, p),
                Cell(formats.number(turned_away.get(p.name, 0)), turned_away.get(p.name, 0)),
                Cell("Admitted", tag="green") if p.admitted else Cell("Withdrawn", tag="grey"),
            ))
            for p in page
        ]  # fmt: skip

    listing = Listing(
        name="senders",
        heading=lambda n: formats.plural(n, "sender"),
        columns=(Column("name", "Name", "name"), Column("ae", "AE title", "calling_ae"),
                 Column("address", "Address", "address"), Column("site", "Site", "site"),
                 Column("open", "Open now, of at most", "max_associations", True),
                 Column("full", "Refused at that limit", "", True), Column("state", "State", "admitted")),
        rows=rows,
        present=present,
        empty="No sender is admitted yet, so nothing can arrive by DICOM. Admit the first one.",
        sort="name",
        filters=filters,
        bulk=(Bulk("Withdraw", reverse("intake:senders_withdraw"), reason="Why they are withdrawn", warning=True),),
        extra=tabs("intake:senders"),
    )  # fmt: skip
    return respond(request, listing, "intake/list.html")


def _now(opened: dict[str, int] | None, peer: Peer) -> Cell:
    """Open connections of at most so many; only the limit where the listener has not told."""
    if opened is None:
        return Cell(f"Not known, of {peer.max_associations}", peer.max_associations)
    now = opened.get(peer.name, 0)
    return Cell(f"{now} of {peer.max_associations}", now)


@needs("peers_manage")
def refused(request: HttpRequest) -> HttpResponseBase:
    """Senders that tried and are not on the list."""

    def present(page: Sequence[RefusedPeer]) -> list[Row]:
        return [
            Row(str(p.pk), (
                Cell(p.calling_ae, url=reverse("intake:sender_admit", args=[p.pk])), Cell(p.called_ae),
                Cell(p.address), Cell(formats.number(p.count), p.count), Cell(formats.moment(p.last_at), p.last_at),
                Cell(p.reason),
            ))
            for p in page
        ]  # fmt: skip

    listing = Listing(
        name="refused-senders",
        heading=lambda n: f"{formats.plural(n, 'sender')} refused",
        columns=(Column("ae", "AE title", "calling_ae"), Column("called", "Called", "called_ae"),
                 Column("address", "Address", "address"), Column("count", "Times", "count", True),
                 Column("last", "Last tried", "last_at"), Column("reason", "Why it was refused")),
        rows=RefusedPeer.objects.all(),
        present=present,
        empty="No unknown sender has tried to connect.",
        sort="-last_at",
        intro="Open one to admit it. Clear those that were a mistake: they are listed again when they try again.",
        bulk=(Bulk("Clear from this list", reverse("intake:senders_clear")),),
        extra=tabs("intake:senders_refused"),
    )  # fmt: skip
    return respond(request, listing, "intake/list.html")


def chosen_rows(request: HttpRequest) -> list[int]:
    """The ticked rows."""
    return [int(one) for one in request.POST.getlist("chosen") if one.isdigit() and len(one) < 18]


@needs("peers_manage")
@require_POST
def withdraw(request: HttpRequest) -> HttpResponse:
    """Withdraw the ticked senders."""
    try:
        gone = peers.withdraw_peers(
            by=actor_of(request), ids=chosen_rows(request), reason=request.POST.get("reason", "").strip()
        )
    except Unfit as unfit:
        messages.error(request, f"{' '.join(unfit.errors.values())}. Nothing was changed.")
    else:
        words = "Admit one again at any time." if gone else "None of those ticked was admitted."
        messages.success(request, f"{formats.plural(gone, 'sender')} withdrawn. {words}")
    return redirect("intake:senders")


@needs("peers_manage")
@require_POST
def clear(request: HttpRequest) -> HttpResponse:
    """Clear the ticked refusals."""
    gone = peers.clear_refused(by=actor_of(request), ids=chosen_rows(request))
    messages.success(request, f"{formats.plural(gone, 'refused sender')} cleared.")
    return redirect("intake:senders_refused")


@needs("peers_manage")
def sender(request: HttpRequest, pk: int = 0) -> HttpResponse:
    """Admit a sender, or change one."""
    peer = get_object_or_404(Peer, pk=pk) if pk else None
    columns = ("name", "calling_ae", "address", "site", "max_associations", "idle_seconds")
    values = {name: str(getattr(peer, name)) for name in columns} if peer else USUAL
    return _form(request, values, fixed=peer is not None, known=peer)


@needs("peers_manage")
def admit(request: HttpRequest, pk: int) -> HttpResponse:
    """Admit a sender that was refused: nothing typed twice."""
    one = get_object_or_404(RefusedPeer, pk=pk)
    values = {"name": one.calling_ae, "calling_ae": one.calling_ae, "address": one.address, **USUAL}
    return _form(request, values, fixed=True)


def _form(request: HttpRequest, values: dict[str, str], *, fixed: bool, known: Peer | None = None) -> HttpResponse:
    sites = tuple(names.sites().items())
    admitted = known is not None and known.admitted

    def save(typed: dict[str, str]) -> str:
        checks = Checks()
        checks.filled("name", typed["name"], "Give it a name people know it by", most=64)
        checks.nobody("name", typed["name"])
        checks.form("calling_ae", typed["calling_ae"], AE_TITLE, "An AE title has 1 to 16 characters, no backslash")
        checks.that(_network(typed["address"]), "address", "Write an IP address, or a network like 10.2.0.0/24")
        most = typed["max_associations"]
        checks.that(most.isdigit() and 1 <= int(most) <= 200, "max_associations", "Write a number from 1 to 200")
        idle = typed["idle_seconds"] or USUAL["idle_seconds"]
        checks.that(idle.isdigit() and 5 <= int(idle) <= 3600, "idle_seconds", "Write a number from 5 to 3600")
        checks.done()
        peers.admit_peer(
            by=actor_of(request), name=typed["name"], calling_ae=typed["calling_ae"], address=typed["address"],
            site=typed["site"], max_associations=int(most),
            idle_seconds=int(idle),
        )  # fmt: skip
        return reverse("intake:senders")

    form = fields.Form(
        title="Change a sender" if admitted else "Admit a sender",
        fields=(
            fields.Field("name", "Name", "What people call it, like PACS or MR 2", width="20"),
            fields.Field("calling_ae", "AE title", "The name it calls with", width="20", fixed=fixed),
            fields.Field("address", "Address", "Its IP address, or its network", width="20", fixed=fixed),
            fields.Field("site", "Site", "Used for scans whose scanner is not on the list", "select", sites),
            fields.Field("max_associations", "Connections at once", width="4"),
            fields.Field("idle_seconds", "Idle connections give way after", IDLE, width="4"),
        ),
        values=values,
        save=save,
        saved="The sender is changed." if admitted else "The sender is admitted. Its next connection is accepted.",
        back=reverse("intake:senders"),
        back_text="Senders",
        button="Save" if admitted else "Admit",
        intro="It may then send scans to this computer. Which research study they are for is decided by the scans.",
    )
    shown: dict[str, Any] = {}
    if known:
        shown["history"] = audit.past(by=actor_of(request), about=[("sender", str(known.pk))], thing="this sender")
    return fields.handle(request, form, **shown)


def _network(text: str) -> bool:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return network.prefixlen > 0
