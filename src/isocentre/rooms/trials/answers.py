"""What every page of charters shares: the actor, and 404 or 403 for what the door refuses."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar, cast

from django.http import Http404, HttpRequest, HttpResponseBase

from isocentre.core.actor import Actor
from isocentre.rooms.trials.door import NotFound
from isocentre.web.errors import Refused

P = ParamSpec("P")
R = TypeVar("R", bound=HttpResponseBase)


def actor_of(request: HttpRequest) -> Actor:
    """The actor the guard has let through."""
    actor: Actor = request.actor  # type: ignore[attr-defined]  # people.middleware sets it, the guard proves it
    return actor


def plainly(view: Callable[Concatenate[HttpRequest, P], R]) -> Callable[Concatenate[HttpRequest, P], R]:
    """Absent and out of scope are both 404; a change beyond the role is 403."""

    @wraps(view)
    def inner(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return view(request, *args, **kwargs)
        except NotFound as error:
            raise Http404 from error
        except PermissionError as error:
            raise Refused(str(error)) from error

    return cast("Callable[Concatenate[HttpRequest, P], R]", inner)
