"""The pages of tokens: one's own, for an administrator everybody's; made once shown once, revoked in one click."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from isocentre.audit import door as audit
from isocentre.core.actor import Actor
from isocentre.core.checks import Unfit
from isocentre.people import granting, places
from isocentre.people import tokens as book
from isocentre.people.guard import afresh, needs
from isocentre.people.models import Token, User
from isocentre.people.viewing import actor_of
from isocentre.web import fields, names
from isocentre.web.formats import ago, moment, plural
from isocentre.web.listing import Cell, Column, Filter, Listing, Row, chosen_filters, respond

API = "/api/v1/"
USUAL = "List scans, fetch and store images, as far as its person may"
COLOURS = {"in use": "green", "expired": "grey", "revoked": "red"}
DAYS = (("1", "1 day"), ("7", "7 days"), ("30", "30 days"), ("90", "90 days"), ("366", "a year"))
COLUMNS = (
    Column("label", "What it is for", "label"),
    Column("person", "Person", "user__username"),
    Column("scope", "What it may see"),
    Column("may", "What it may do"),
    Column("made", "Made", "created_at"),
    Column("expires", "Ends", "expires_at"),
    Column("last_used", "Last used", "last_used_at"),
    Column("state", "State"),
)


@needs("tokens_own", "tokens_manage")
def tokens(request: HttpRequest) -> HttpResponseBase:
    """The list, newest first."""
    everybody = actor_of(request).may("tokens_manage")
    filters = (Filter("q", "What it is for, or person" if everybody else "What it is for"),)
    words = chosen_filters(request, filters)["q"]
    rows = book.visible(actor_of(request)).select_related("user")
    if words:
        person = Q(user__name__icontains=words) | Q(user__username__icontains=words)
        rows = rows.filter(Q(label__icontains=words) | person if everybody else Q(label__icontains=words))
    listing = Listing(
        name="tokens",
        heading=lambda n: plural(n, "token"),
        columns=tuple(c for c in COLUMNS if c.key != "person" or everybody),
        rows=rows,
        present=lambda page: _present(page, everybody=everybody),
        empty="No token yet. A token lets a program act for a person: in a script, a viewer, a sending system.",
        sort="-created_at",
        filters=filters,
        intro=f"A program sends its token to {API}; what it can ask for there is in {API}openapi.json.",
        extra={"add_url": reverse("token_make")},
    )
    return respond(request, listing, "people/tokens.jinja")


def _present(page: Sequence[Token], *, everybody: bool) -> list[Row]:
    rows = []
    for token, scope in zip(page, places.scopes_in_words([token.scope for token in page]), strict=True):
        state = book.state(token)
        cells = [
            Cell(token.label, url=reverse("token", args=[token.pk])),
            Cell(scope, ", ".join(token.scope)),
            Cell(granting.in_words(token.permissions) or USUAL, ", ".join(token.permissions)),
            Cell(moment(token.created_at), token.created_at),
            Cell(moment(token.expires_at), token.expires_at),
            Cell(ago(token.last_used_at) or "Never", token.last_used_at or ""),
            Cell(state.capitalize(), tag=COLOURS[state]),
        ]
        if everybody:
            cells.insert(1, Cell(token.user.get_full_name(), token.user.username))
        rows.append(Row(str(token.pk), cells))
    return rows


@needs("tokens_own", "tokens_manage")
@require_safe
def token(request: HttpRequest, pk: int) -> HttpResponse:
    """One token: whom it acts for, what it may see, when it was used, what was done with it."""
    by = actor_of(request)
    one = book.visible(by).select_related("user").filter(pk=pk).first()
    if one is None:
        raise Http404
    state = book.state(one)
    revoked = [("Revoked", moment(one.revoked_at))] if one.revoked_at else []
    context = {
        "title": one.label,
        "caption": "Token",
        "tag": {"text": state.capitalize(), "colour": COLOURS[state]},
        "rows": [
            ("Person", one.user.get_full_name()),
            ("What it may see", places.scopes_in_words([one.scope])[0]),
            ("What it may do", granting.in_words(one.permissions) or USUAL),
            ("Made", moment(one.created_at)),
            ("Ends", moment(one.expires_at)),
            ("Last used", ago(one.last_used_at) or "Never"),
            *revoked,
        ],
        "revoke_url": reverse("token_revoke", args=[pk]) if state == "in use" else "",
        "history": audit.past(by=by, about=[("token", str(pk))], thing="this token"),
    }
    return render(request, "people/token.jinja", context)


@needs("tokens_own", "tokens_manage")
@afresh
def make(request: HttpRequest) -> HttpResponse:
    """Make a token; the page that answers shows it this once."""
    by = actor_of(request)
    made: list[tuple[Token, str]] = []

    def save(typed: dict[str, str]) -> str:
        user = User.objects.filter(username=typed.get("person", by.name)).first()
        if user is None:
            raise Unfit({"person": "Choose the person the token acts for"})
        days = typed["days"]
        scope, may = _asked(typed)
        lasts = timedelta(days=int(days)) if days in dict(DAYS) else timedelta(0)
        try:
            made.append(
                book.create(by=by, user=user, label=typed["label"], scope=scope, lasts=lasts, permissions=may)
            )  # fmt: skip
        except Unfit as unfit:
            mine = {"expires": "days", "user": "person" if "person" in typed else "label", "scope": "research_studies"}
            raise Unfit({mine.get(name, name): words for name, words in unfit.errors.items()}) from unfit
        return reverse("tokens")

    answer = fields.handle(request, _form(request, save=save))
    if made:
        token, secret = made[0]
        answer = render(request, "people/token_made.jinja", {"title": "Your token", "token": token, "secret": secret})
        answer.headers["Cache-Control"] = "no-store"
    return answer


def _form(request: HttpRequest, *, save: object) -> fields.Form:
    by = actor_of(request)
    listed = [
        fields.Field("label", "What it is for", "Like: nightly download to the analysis server", width="30"),
        fields.Field("permissions", "What it may do", "Tick only what it is for", "ticks", _offered(by)),
        *places.scope_fields(by),
        fields.Field("days", "How long it lasts", kind="select", options=DAYS),
    ]
    if by.may("tokens_manage"):
        people = User.objects.filter(is_active=True).order_by("name", "username")
        options = tuple((user.username, f"{user.get_full_name()} ({user.username})") for user in people)
        listed.insert(0, fields.Field("person", "Person", "Whom the program acts for", "select", options))
        if selections := names.selections():
            hint = "If it is for one Selection: then tick nothing above"
            listed.append(fields.Field("selection", "Selection", hint, "select", tuple(selections.items())))
    return fields.Form(
        title="Make a token",
        fields=listed,
        values={"days": "7", "person": by.name},
        save=save,  # type: ignore[arg-type]  # the closure of `make`, which fits
        saved="The token is made.",
        back=reverse("tokens"),
        back_text="Tokens",
        intro="A token does and sees only what you tick, and never more than its person may at that moment. It can be "
        "revoked at once.",
        button="Make the token",
    )


def _offered(by: Actor) -> tuple[tuple[str, str], ...]:
    return tuple(granting.offered(by).items())


def _asked(typed: dict[str, str]) -> tuple[list[str], list[str]]:
    """The scope and the permissions ticked; Unfit with every sentence at once."""
    errors = {} if typed["permissions"] else {"permissions": "Tick what the token may do"}
    try:
        scope = _scope(typed)
    except Unfit as unfit:
        raise Unfit({**errors, **unfit.errors}) from unfit
    if errors:
        raise Unfit(errors)
    return scope, typed["permissions"].split(",")


def _scope(typed: dict[str, str]) -> list[str]:
    """What is ticked, or the one Selection: a scope is never both."""
    if not typed.get("selection"):
        return places.scope_of(typed)
    if typed["research_studies"] or typed["sites"]:
        raise Unfit({"selection": "Choose a Selection, or tick research studies and sites: not both"})
    return [f"selection:{typed['selection']}"]


@needs("tokens_own", "tokens_manage")
@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """End a token in one click; running downloads with it are broken off within seconds."""
    try:
        book.revoke(by=actor_of(request), token_id=pk)
    except KeyError:
        raise Http404 from None
    messages.success(request, "The token is revoked. Downloads that use it are broken off within seconds.")
    return redirect("tokens")
