"""From a signed-in person to an Actor: one role at a time, with that role's scope only."""

from __future__ import annotations

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from isocentre.core.actor import Actor, Scope
from isocentre.people.models import RoleAssignment, User
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
