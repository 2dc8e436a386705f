"""The administrator's pages of people: list, add, roles, deactivate, hand over a sign-in link."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from django.conf import settings
from django.contrib import messages
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from isocentre.audit import door as audit
from isocentre.core.actor import Actor
from isocentre.core.checks import Unfit
from isocentre.core.days import LIKE, parse_day
from isocentre.people import accounts, places, signals, welcome
from isocentre.people.guard import afresh, needs
from isocentre.people.models import RoleAssignment, User
from isocentre.people.profile_views import described
from isocentre.people.roles import roles
from isocentre.people.viewing import actor_of
from isocentre.web import fields
from isocentre.web.formats import moment, plural
from isocentre.web.listing import Cell, Column, Filter, Listing, Row, chosen_filters, respond

COLUMNS = (
    Column("name", "Name", "name"),
    Column("username", "Sign-in name", "username"),
    Column("roles", "Roles"),
    Column("last_login", "Last signed in", "last_login"),
    Column("state", "State", "is_active"),
)


@needs("people_manage")
def people(request: HttpRequest) -> HttpResponseBase:
    """Everybody who has an account on this side."""
    held = tuple((r.key, r.title) for r in accounts.offered())
    filters = (Filter("q", "Name"), Filter("role", "Role", held), Filter("state", "State", (("no", "Deactivated"),)))
    chosen = chosen_filters(request, filters)
    rows: QuerySet[User] = User.objects.prefetch_related(Prefetch("roles", RoleAssignment.objects.order_by("id")))
    if chosen["q"]:
        rows = rows.filter(name__icontains=chosen["q"])
    if chosen["role"]:
        rows = rows.filter(pk__in=RoleAssignment.objects.filter(role=chosen["role"]).values("user"))
    if chosen["state"]:
        rows = rows.filter(is_active=False)

    def present(page: Sequence[User]) -> list[Row]:
        return [Row(str(user.pk), _cells(user)) for user in page]

    listing = Listing(
        name="people",
        heading=lambda n: plural(n, "person", "people"),
        columns=COLUMNS,
        rows=rows,
        present=present,
        empty="Nobody has an account yet. Add the first person.",
        sort="name",
        filters=filters,
        extra={"add_url": reverse("person_add")},
    )
    return respond(request, listing, "people/list.jinja")


def _cells(user: User) -> tuple[Cell, ...]:
    titles = [roles()[a.role].title for a in user.roles.all() if a.role in roles()]
    return (
        Cell(user.name, url=reverse("person", args=[user.pk])),
        Cell(user.username),
        Cell(", ".join(dict.fromkeys(titles)) or "None"),
        Cell(moment(user.last_login) or "Never", user.last_login or ""),
        Cell("Active", tag="green") if user.is_active else Cell("Deactivated", tag="grey"),
    )


@needs("people_manage")
@afresh
def add(request: HttpRequest) -> HttpResponse:
    """Add a person; their page then offers roles and the sign-in link."""

    def save(typed: dict[str, str]) -> str:
        return reverse("person", args=[accounts.add(by=actor_of(request), **typed).pk])

    form = fields.Form(
        title="Add a person",
        fields=(
            fields.Field("name", "Name", "As people write it, like Sam Lee", width="30"),
            fields.Field("username", "Sign-in name", "Small letters, like sam.lee; it cannot be changed", width="20"),
            fields.Field("email", "E-mail address", "If you know it", width="30"),
        ),
        values={},
        save=save,
        saved="The person is added. Now give a role and hand over a sign-in link.",
        back=reverse("people"),
        back_text="People",
        button="Add",
    )
    return fields.handle(request, form)


@needs("people_manage")
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """One person: roles, what an administrator may do, history."""
    return _page(request, get_object_or_404(User, pk=pk))


@needs("people_manage")
@afresh
def give_role(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a role over a research study and a site, until a day."""
    user = get_object_or_404(User, pk=pk)

    def save(typed: dict[str, str]) -> str:
        until = _day(typed.pop("until"))
        accounts.give_role(by=actor_of(request), user=user, until=until, **typed)
        return reverse("person", args=[pk])

    offered = tuple((r.key, r.title) for r in accounts.offered())
    form = fields.Form(
        title="Give a role",
        caption=user.name,
        fields=(
            fields.Field("role", "Role", kind="select", options=offered),
            fields.Field("research_study", "Research study", kind="select", options=places.study_options()),
            fields.Field("site", "Site", kind="select", options=places.site_options()),
            fields.Field("until", "Until", f"The last day, like {LIKE}; leave empty for no end", width="20"),
        ),
        values={},
        save=save,
        saved="The role is given. It holds from now on.",
        back=reverse("person", args=[pk]),
        back_text=user.name,
        button="Give the role",
    )
    return fields.handle(request, form)


@needs("people_manage")
@require_POST
@afresh
def take_role(request: HttpRequest, pk: int, assignment: int) -> HttpResponse:
    """End a role."""
    user = get_object_or_404(User, pk=pk)
    return _done(
        request, user, lambda by: accounts.take_role(by=by, user=user, assignment=assignment), "The role ended."
    )


@needs("people_manage")
@afresh
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct a person's name and e-mail address."""
    user = get_object_or_404(User, pk=pk)

    def save(typed: dict[str, str]) -> str:
        accounts.correct(by=actor_of(request), user=user, **typed)
        return reverse("person", args=[user.pk])

    form = fields.Form(
        title=f"Change {user.name}",
        fields=(
            fields.Field("name", "Name", "As people write it", width="30"),
            fields.Field(
                "email", "E-mail address", "Their own: an identity provider may sign them in by it", width="30"
            ),
        ),
        values={"name": user.name, "email": user.email},
        save=save,
        saved="The changes are saved.",
        back=reverse("person", args=[user.pk]),
        back_text=user.name,
    )
    return fields.handle(request, form)


@needs("people_manage")
@require_POST
@afresh
def act(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    """Deactivate, activate, end sessions, drop a lost second step, or make a sign-in link."""
    user = get_object_or_404(User, pk=pk)
    if act == "link":
        return _link(request, user)
    acts: dict[str, tuple[Callable[[Actor], None], str]] = {
        "deactivate": (
            lambda by: accounts.set_active(by=by, user=user, active=False),
            "Deactivated: signed out everywhere, and no token of theirs works any more.",
        ),
        "activate": (
            lambda by: accounts.set_active(by=by, user=user, active=True),
            "Activated: they may sign in again.",
        ),
        "end-sessions": (lambda by: accounts.end_sessions(by=by, user=user), "Signed out everywhere."),
        "drop-second-step": (lambda by: accounts.drop_second_step(by=by, user=user), "The second step is removed."),
        "forget-provider": (
            lambda by: accounts.forget_provider(by=by, user=user),
            "Forgotten: the next sign-in by the identity provider settles which account there is theirs.",
        ),
    }
    if act not in acts:
        raise Http404
    return _done(request, user, *acts[act])


def _link(request: HttpRequest, user: User) -> HttpResponse:
    """A sign-in link, shown this once: made for an active person only."""
    if not user.is_active:
        messages.error(request, "Activate the person first.")
        return redirect("person", pk=user.pk)
    signals.note(actor_of(request), "sign_in_link_made", user)
    answer = _page(request, user, link=f"{settings.PUBLIC_URL}{welcome.link(user)}")
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _done(request: HttpRequest, user: User, command: Callable[[Actor], None], words: str) -> HttpResponse:
    try:
        command(actor_of(request))
    except Unfit as unfit:
        messages.error(request, ". ".join(unfit.errors.values()) + ".")
    else:
        messages.success(request, words)
    return redirect("person", pk=user.pk)


def _page(request: HttpRequest, user: User, link: str = "") -> HttpResponse:
    today = timezone.localdate()
    mine = list(user.roles.order_by("id"))
    held = [
        {"pk": a.pk, "text": text, "ended": a.ends is not None and a.ends < today}
        for a, text in zip(mine, described(mine), strict=True)
    ]
    context = {
        "title": user.name,
        "caption": "Person",
        "tag": {"text": "Active", "colour": "green"} if user.is_active else {"text": "Deactivated", "colour": "grey"},
        "rows": [
            ("Sign-in name", user.username),
            ("E-mail address", user.email),
            *_at_provider(user),
            ("Last signed in", moment(user.last_login) or "Never"),
            ("Password", "Set" if user.has_usable_password() else "Not set yet"),
        ],
        "person": user,
        "held": held,
        "link": link,
        "history": audit.past(by=actor_of(request), about=[("person", user.username)]),
    }
    return render(request, "people/person.jinja", context)


def _at_provider(user: User) -> list[tuple[str, str]]:
    """Whether the identity provider has signed this person in; nothing where this side has none."""
    if settings.SIGN_IN_PROVIDER is None:
        return []
    return [(settings.SIGN_IN_PROVIDER.name, "Signed in by it before" if user.provider_subject else "Not yet")]


def _day(text: str) -> date | None:
    """The day typed; Unfit when it is none."""
    if not text:
        return None
    found = parse_day(text)
    if found is None:
        raise Unfit({"until": f"Enter the day as {LIKE}, or leave it empty"})
    return found
