"""Gives every request its `actor`: the signed-in person in one role, or nobody."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from isocentre.people import acting


class ActingActor:
    """Sets `request.actor` (None when nobody is signed in)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Attach the actor and go on."""
        request.actor = acting.actor_of(request)  # type: ignore[attr-defined]  # Django's request takes attributes
        return self.get_response(request)
