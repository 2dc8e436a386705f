"""What the pages of `people` share: the actor and the person behind a request the guard has let through."""

from __future__ import annotations

from django.http import HttpRequest

from isocentre.core.actor import Actor
from isocentre.people.models import User


def actor_of(request: HttpRequest) -> Actor:
    """The acting actor."""
    actor: Actor = request.actor  # type: ignore[attr-defined]  # people.middleware sets it, the guard proves it
    return actor


def person_of(request: HttpRequest) -> User:
    """The person signed in, as stored."""
    return User.objects.get(username=request.user.get_username())
