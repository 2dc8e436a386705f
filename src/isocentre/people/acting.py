"""From a signed-in person to an Actor: one role at a time, with that role's scope only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from isocentre.core.actor import ANY, Actor, Scope
from isocentre.people.models import RoleAssignment, Token, User
from isocentre.people.roles import roles

SESSION_KEY = "acting_role"
SELECTION_KEY = "acting_selection"
UNDER_SELECTION = frozenset({"images_view", "scans_view"})
"""What a person may do under a Selection: look, where their role may; what else the role may is over other things."""


def assignments(user: User) -> list[RoleAssignment]:
    """Role assignments in force today."""
    today = timezone.localdate()
    return list(
        RoleAssignment.objects.filter(user=user)
        .filter(Q(starts=None) | Q(starts__lte=today), Q(ends=None) | Q(ends__gte=today))
        .order_by("id")
    )


def actor_for(user: User, role: str = "") -> Actor:
    """The person as one role (the first one held when `role` is not held); no role: no permission at all."""
    held = [a for a in assignments(user) if a.role in roles()]
    if not held:
        return Actor("person", user.username)
    chosen = role if any(a.role == role for a in held) else held[0].role
    pairs = frozenset((a.research_study, a.site) for a in held if a.role == chosen)
    return Actor("person", user.username, chosen, Scope(pairs), roles()[chosen].permissions)


def actor_of(request: HttpRequest) -> Actor | None:
    """The actor of a request's session, or None when nobody is signed in."""
    if not request.user.is_authenticated:
        return None
    actor = actor_for(request.user, request.session.get(SESSION_KEY, ""))
    chosen = request.session.get(SELECTION_KEY)
    return actor if chosen is None else _under(actor, chosen)


def choose_selection(request: HttpRequest, *, name: str, title: str, places: Iterable[tuple[str, str]]) -> None:
    """Work under a Selection from now on. `places`: the pairs of research study and site it holds scans of."""
    request.session[SELECTION_KEY] = {"name": name, "title": title, "places": [list(place) for place in places]}


def chosen_selection(request: HttpRequest) -> str:
    """What the Selection is called that this session works under; empty when it works under none."""
    return str(request.session.get(SELECTION_KEY, {}).get("title", ""))


def _under(actor: Actor, chosen: dict[str, Any]) -> Actor:
    """The person under the Selection; without any permission once their role no longer covers all that it holds."""
    covered = all(actor.scope.allows(study, site) for study, site in chosen["places"])
    permissions = actor.permissions & UNDER_SELECTION if covered else frozenset()
    return replace(actor, scope=Scope(selection=chosen["name"]), permissions=permissions)


TOKEN_PERMISSIONS = frozenset({"images_view", "scans_view", "images_store", "arrivals_view", "held_view"})
"""What a token may do unless it was made for something else (granting.py); always within its person's role."""


def token_actor(token: Token) -> Actor:
    """A token's actor: one of its person's roles of today, narrowed to the token's scope and permissions.

    Roles are never added up (what one role may do at one site would then be allowed where another role only looks):
    the first role held that may do anything of what the token asks is the token's role.
    """
    asked = Scope.parse(token.scope)
    wanted = frozenset(token.permissions) or TOKEN_PERMISSIONS
    name = f"{token.user.username}#{token.pk}"
    held = [a for a in assignments(token.user) if a.role in roles()]
    for role in dict.fromkeys(a.role for a in held):
        mine = [(a.research_study, a.site) for a in held if a.role == role]
        kept = frozenset(both for one in asked.pairs for two in mine if (both := _meet(one, two)) is not None)
        scope = Scope(kept) if asked.selection is None else asked
        permissions = roles()[role].permissions & wanted
        if permissions and not scope.empty:
            return Actor("token", name, role, scope, permissions)
    return Actor("token", name)


def _meet(one: tuple[str, str], two: tuple[str, str]) -> tuple[str, str] | None:
    """What both pairs cover: the narrower of each part, None when they do not meet."""
    parts = []
    for a, b in zip(one, two, strict=True):
        if a != b and ANY not in (a, b):
            return None
        parts.append(b if a == ANY else a)
    return parts[0], parts[1]
