"""From a signed-in person to an Actor: one role at a time, with that role's scope only."""

from __future__ import annotations

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from isocentre.core.actor import ANY, Actor, Scope
from isocentre.people.models import RoleAssignment, Token, User
from isocentre.people.roles import roles

SESSION_KEY = "acting_role"


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
    return actor_for(request.user, request.session.get(SESSION_KEY, ""))


def token_actor(token: Token) -> Actor:
    """A token's actor: its scope and permissions, never more than its person's roles hold today."""
    held = [a for a in assignments(token.user) if a.role in roles()]
    mine = frozenset((a.research_study, a.site) for a in held)
    permissions = frozenset(p for a in held for p in roles()[a.role].permissions)
    asked = Scope.parse(token.scope)
    pairs = asked.pairs if asked.selection is None else frozenset()
    kept = frozenset(both for one in pairs for two in mine if (both := _meet(one, two)) is not None)
    scope = Scope(kept) if asked.selection is None else asked
    wanted = frozenset(token.permissions) or frozenset({"images_view", "scans_view"})
    return Actor("token", f"{token.user.username}#{token.pk}", "token", scope, permissions & wanted)


def _meet(one: tuple[str, str], two: tuple[str, str]) -> tuple[str, str] | None:
    """What both pairs cover: the narrower of each part, None when they do not meet."""
    parts = []
    for a, b in zip(one, two, strict=True):
        if a != b and ANY not in (a, b):
            return None
        parts.append(b if a == ANY else a)
    return parts[0], parts[1]
