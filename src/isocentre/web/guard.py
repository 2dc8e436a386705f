"""The decorator that guards a page: signed in, in a role that holds the permission. Knows only the actor."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, resolve_url

from isocentre.web.problem import problem, wants_json

View = Callable[..., HttpResponseBase]


def needs(*permissions: str) -> Callable[[View], View]:
    """Let through actors that hold one of the permissions; none named: any signed-in person.

    Nobody signed in: to the sign-in page (401 for a program). Signed in without the permission: 403 in words.
    The permissions are left on the view as `isocentre_needs`, where the role × address matrix reads them.
    """

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            actor = getattr(request, "actor", None)
            if actor is None:
                return _sign_in(request)
            if permissions and not any(actor.may(p) for p in permissions):
                raise PermissionDenied("Your current role does not show this page. Choose another role in the header.")
            return view(request, *args, **kwargs)

        guarded.isocentre_needs = permissions  # type: ignore[attr-defined]  # read by the matrix
        return guarded

    return wrap


def _sign_in(request: HttpRequest) -> HttpResponseBase:
    if wants_json(request):
        answer = problem(401, "Nobody is signed in.", next_action="Sign in on this side's start page.")
        answer.headers["WWW-Authenticate"] = "Bearer"
        return answer
    # A form that was sent cannot be sent again after signing in: go on to the start page instead.
    onward = request.get_full_path() if request.method in ("GET", "HEAD") else "/"
    return redirect(f"{resolve_url(settings.LOGIN_URL)}?next={quote(onward)}")
