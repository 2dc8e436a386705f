"""Who may open the desk's own pages: a signed-in person, where asked with a permission."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from isocentre.core.actor import Actor

View = Callable[..., HttpResponseBase]


def needs(permission: str = "") -> Callable[[View], View]:
    """Send nobody to sign in, refuse a role without the permission, and hand the view its actor.

    The view's signature is (request, actor, …). `needs.permission` on the view names it for the access matrix.
    """

    def wrap(view: View) -> View:
        @wraps(view)
        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            actor = actor_of(request)
            if actor is None:
                return redirect_to_login(request.get_full_path(), str(settings.LOGIN_URL))
            if permission and not actor.may(permission):
                raise PermissionDenied
            return view(request, actor, *args, **kwargs)

        inner.needs = permission or "signed in"  # type: ignore[attr-defined]  # read by the access matrix
        return inner

    return wrap


def actor_of(request: HttpRequest) -> Actor | None:
    """The request's actor, as the people's middleware set it."""
    return getattr(request, "actor", None)


def side(key: str = "") -> str:
    """This process's side, 'gateway' or 'platform'; in unit tests, which hold both, by the look of a scan's key."""
    if settings.ZONE in ("gateway", "platform"):
        return str(settings.ZONE)
    return "platform" if "." in key or not key else "gateway"
