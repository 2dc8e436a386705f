"""What every page knows: the side it is on, whether it is the demo, who is acting, where one can go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

Provider = Callable[[HttpRequest], dict[str, Any]]
_providers: list[Provider] = []


def register(provider: Provider) -> None:
    """Let a higher app add to every page's context (navigation, roles); called once, when that app is ready."""
    if provider not in _providers:
        _providers.append(provider)


def address(name: str, *args: Any) -> str:
    """The address of a named page, or nothing where this side does not have it."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def side() -> str:
    """This process's side, in words."""
    return "hospital side" if settings.ZONE == "gateway" else "national side"


def page(request: HttpRequest) -> dict[str, Any]:
    """Context of the layout."""
    context: dict[str, Any] = {
        "side": side(),
        "hospital": settings.ZONE == "gateway",
        "demo": bool(getattr(settings, "DEMO", False)),
        "actor": getattr(request, "actor", None),
        "csp_nonce": getattr(request, "csp_nonce", ""),
        "person_name": person_name(request),
        "acting_role_url": address("acting_role"),
        "selection": "",
        "selection_leave_url": address("selection_leave"),
        "sign_in_url": address("account_login"),
        "provider_name": getattr(getattr(settings, "SIGN_IN_PROVIDER", None), "name", ""),
        "sign_out_url": address("account_logout"),
        "profile_url": address("profile"),
        "search_url": address("search"),
        "navigation": [],
        "roles": [],
        "shortcuts": [],
        "footer_links": [],
    }
    for provider in _providers:
        context.update(provider(request))
    return context


def person_name(request: HttpRequest) -> str:
    """The signed-in person's name, or nothing."""
    user = getattr(request, "user", None)
    return user.get_full_name() if user is not None and user.is_authenticated else ""
