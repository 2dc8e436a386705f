"""Gives every request its `actor`; asks for a second step where the role makes it mandatory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from isocentre.core.actor import Scope
from isocentre.people import acting
from isocentre.people.adapter import BY_PROVIDER
from isocentre.people.roles import roles

OPEN = ("/accounts/", "/healthz", "/readyz")
"""Where a person may go before their second step is set up: to set it up, to sign out, and what machines ask."""


class ActingActor:
    """Sets `request.actor` (None when nobody is signed in)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Attach the actor and go on; one who still owes a second step may do nothing, and is led to set it up."""
        actor = acting.actor_of(request)
        if actor is not None and owes_second_step(request, actor.role):
            actor = replace(actor, permissions=frozenset(), scope=Scope())
            if request.method in ("GET", "HEAD") and not request.path_info.startswith(OPEN):
                return redirect("mfa_activate_totp")
        request.actor = actor  # type: ignore[attr-defined]  # Django's request takes attributes
        return self.get_response(request)


def owes_second_step(request: HttpRequest, role: str) -> bool:
    """True when the role makes a second step mandatory, and the person has none and the provider asserted none."""
    if not settings.MFA_MANDATORY or role not in roles() or not roles()[role].mfa:
        return False
    if request.session.get(BY_PROVIDER, {}).get("second_step"):
        return False
    return not is_mfa_enabled(request.user, [Authenticator.Type.TOTP])
