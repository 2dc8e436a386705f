"""The national side's page of gateways: invite, see who joined and when they last called, revoke."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from isocentre.audit import door as audit
from isocentre.people import gateways as book
from isocentre.people.guard import afresh, needs
from isocentre.people.models import Gateway
from isocentre.people.viewing import actor_of
from isocentre.web import fields, names
from isocentre.web.formats import ago, moment, plural
from isocentre.web.listing import Cell, Column, Filter, Listing, Row, chosen_filters, respond

COLOURS = {"joined": "green", "invited": "blue", "invite ended": "grey", "revoked": "red"}
NEXT = {
    "invited": {"text": "The hospital joins with the code it was given.", "who": "the hospital's administrator"},
    "invite ended": {"text": "Its code was not used in time: invite it again with the same name.", "who": "you"},
    "revoked": {"text": "Its scans wait in the hospital: invite it again with the same name.", "who": "you"},
}  # fmt: skip
COLUMNS = (
    Column("name", "Gateway", "name"),
    Column("sites", "Sites", "site"),
    Column("joined", "Joined", "joined_at"),
    Column("last_seen", "Last called", "last_seen_at"),
    Column("state", "State"),
)


@needs("gateway_manage")
def gateways(request: HttpRequest) -> HttpResponseBase:
    """The list, by name."""
    filters = (Filter("q", "Name or site"),)
    words = chosen_filters(request, filters)["q"].casefold()
    rows: Any = Gateway.objects.all()
    if words:
        sites = [code for code, name in names.sites().items() if words in f"{code} {name}".casefold()]
        rows = [one for one in rows if words in one.name.casefold() or set(sites) & set(one.site.split(","))]
    listing = Listing(
        name="gateways",
        heading=lambda n: plural(n, "gateway"),
        columns=COLUMNS,
        rows=rows,
        present=_present,
        empty="No gateway yet. Invite the first hospital: it joins with a code that works once, for 24 hours.",
        sort="name",
        key=lambda one: str(one.pk),
        filters=filters,
        intro="Each hospital runs a gateway. It calls this side; nothing calls into the hospital.",
        extra={"add_url": reverse("gateway_invite")},
    )
    return respond(request, listing, "people/gateways.jinja")


def _present(page: Sequence[Gateway]) -> list[Row]:
    rows, called = [], names.sites()
    for gateway in page:
        state = book.state(gateway)
        cells = (
            Cell(gateway.name, url=reverse("gateway", args=[gateway.name])),
            Cell(", ".join(called.get(code, code) for code in gateway.site.split(",")), gateway.site),
            Cell(moment(gateway.joined_at) or "Not yet", gateway.joined_at or ""),
            Cell(ago(gateway.last_seen_at) or "Never", gateway.last_seen_at or ""),
            Cell(state.capitalize(), tag=COLOURS[state]),
        )
        rows.append(Row(gateway.name, cells))
    return rows


@needs("gateway_manage")
@require_safe
def gateway(request: HttpRequest, name: str) -> HttpResponse:
    """One gateway: the sites it serves, how far it is, when it last called, what was done with it."""
    one = Gateway.objects.filter(name=name).first()
    if one is None:
        raise Http404
    state, called = book.state(one), names.sites()
    invited = [("Its code works until", moment(one.invite_expires_at))] if state == "invited" else []
    revoked = [("Revoked", moment(one.revoked_at))] if one.revoked_at else []
    context = {
        "title": one.name,
        "caption": "Gateway",
        "tag": {"text": state.capitalize(), "colour": COLOURS[state]},
        "next": NEXT.get(state),
        "rows": [
            ("Sites it serves", "; ".join(called.get(code, code) for code in one.site.split(","))),
            ("Joined", moment(one.joined_at) or "Not yet"),
            *invited,
            ("Last called", ago(one.last_seen_at) or "Never"),
            *revoked,
        ],
        "revoke_url": reverse("gateway_revoke", args=[name]) if state != "revoked" else "",
        "history": audit.past(by=actor_of(request), about=[("gateway", name)]),
    }
    return render(request, "people/gateway.jinja", context)


@needs("gateway_manage")
@afresh
def invite(request: HttpRequest) -> HttpResponse:
    """Invite a gateway; the page that answers shows the code this once."""
    codes: list[tuple[str, str]] = []

    def save(typed: dict[str, str]) -> str:
        codes.append((typed["name"], book.invite(by=actor_of(request), **typed)))
        return reverse("gateways")

    sites = names.sites()
    hint = "" if sites else "No site is known yet: add it under sites and scanners first"
    form = fields.Form(
        title="Invite a gateway",
        fields=(
            fields.Field("name", "Name", "Small letters, like northmoor", width="20"),
            fields.Field("site", "Sites it serves", hint, "ticks", tuple(sites.items())),
        ),
        values={},
        save=save,
        saved="The code is made.",
        back=reverse("gateways"),
        back_text="Gateways",
        intro="You get a code to hand to the hospital. It works once, for 24 hours.",
        button="Make the code",
    )
    answer = fields.handle(request, form)
    if codes:
        name, code = codes[0]
        context = {"title": f"Code for {name}", "code": code, "address": settings.PUBLIC_URL}
        answer = render(request, "people/gateway_invited.jinja", context)
        answer.headers["Cache-Control"] = "no-store"
    return answer


@needs("gateway_manage")
@require_POST
@afresh
def revoke(request: HttpRequest, name: str) -> HttpResponse:
    """End a gateway's way in at once. What it holds stays there, and waits until it is invited again."""
    try:
        book.revoke(by=actor_of(request), name=name, reason=request.POST.get("reason", "").strip()[:500])
    except KeyError:
        raise Http404 from None
    messages.success(request, f"The gateway {name} is revoked. Its scans wait in the hospital until it joins again.")
    return redirect("gateways")
