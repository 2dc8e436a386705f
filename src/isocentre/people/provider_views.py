"""Signing in by the trust's identity provider: go there, come back; and prove it there before a dangerous act."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.internal.flows.reauthentication import resume_request
from allauth.account.models import Login
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from isocentre.audit import door as audit
from isocentre.people.adapter import BY_PROVIDER, SIGN_IN
from isocentre.people.models import User


@require_safe
@never_cache
def begin(request: HttpRequest) -> HttpResponseBase:
    """Go to the identity provider to sign in."""
    return _away_to(request, again=False)


@require_safe
@never_cache
def again(request: HttpRequest) -> HttpResponseBase:
    """Go there to prove once more who one is, before a dangerous act."""
    return _away_to(request, again=True)


def _away_to(request: HttpRequest, *, again: bool) -> HttpResponseBase:
    provider = _provider()
    after = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(after, {request.get_host()}, request.is_secure()):
        after = "/"
    try:
        response: HttpResponseBase = provider.begin(_endpoint(request), next_url=after, again=again)
    except _away() as error:
        return _refused(request, "provider_away", _words_away(), kind=type(error).__name__)
    return response


@require_safe
@never_cache
def callback(request: HttpRequest) -> HttpResponseBase:
    """Come back from it: signed in when all of the answer is sound and names a known person."""
    provider = _provider()
    state = provider.state_of(request)
    if state is None:
        return _refused(request, "unknown_state", "This sign-in was not begun here, or too long ago. Start again.")
    if "code" not in request.GET:
        return _refused(
            request, "declined", "Your identity provider did not sign you in. Start again, or use a password."
        )
    try:
        claims = provider.exchange(_endpoint(request), state, request.GET["code"])
        user = provider.known(claims)
        if state.get("again"):
            return _proved(request, state, claims, user)
    except provider.Refused as refused:
        return _refused(request, refused.why, refused.words, user=refused.user)
    except _away() as error:
        return _refused(request, "provider_away", _words_away(), kind=type(error).__name__)
    provider.bind(user, claims)
    if request.user.is_authenticated and request.user.pk != user.pk:
        request.session.flush()
    record_authentication(request, user, BY_PROVIDER)
    told = {"by_provider": True, "second_step": provider.second_step(claims)}
    login = Login(user=user, redirect_url=state.get("next"), signal_kwargs=told)
    response: HttpResponse = perform_login(request, login)
    return response


def _proved(request: HttpRequest, state: dict[str, Any], claims: dict[str, Any], user: User) -> HttpResponseBase:
    """Go on with the act that asked for proof, when the same person proved it at the provider just now."""
    provider = _provider()
    if not request.user.is_authenticated or request.user.pk != user.pk:
        raise provider.Refused("another_person", "Your identity provider named somebody else. Sign out first.", user)
    if not provider.just_proved(claims, float(state["began"])):
        words = "Your identity provider did not say that it asked you again. Use a password or a code instead."
        raise provider.Refused("not_proved_again", words, user)
    record_authentication(request, user, BY_PROVIDER, reauthenticated=True)
    request.GET = QueryDict(urlencode({"next": state.get("next", "/")}))  # what allauth reads
    return resume_request(request) or redirect("/")


def _refused(
    request: HttpRequest, why: str, words: str, *, user: User | None = None, **detail: str
) -> HttpResponseBase:
    entry = audit.Entry(
        "sign_in_failed", "person", user.username if user else "", {"step": "provider", "why": why, **detail}
    )
    audit.record(by=SIGN_IN, entries=[entry])
    shown = {"title": "You are not signed in", "words": words, "provider": _provider().ours().name}
    return render(request, "people/provider_refused.jinja", shown, status=403)


def _words_away() -> str:
    return f"{_provider().ours().name} did not answer as it should. Try again, or use a password."


def _provider() -> Any:
    """The module, loaded when somebody needs it; Http404 where no provider is set."""
    if settings.SIGN_IN_PROVIDER is None:
        raise Http404
    from isocentre.people import provider

    return provider


def _endpoint(request: HttpRequest) -> Any:
    provider = _provider()
    return provider.Endpoint(request, provider.ID)


def _away() -> tuple[type[Exception], ...]:
    """What is raised when the provider does not answer as it should."""
    from allauth.socialaccount.providers.oauth2.client import OAuth2Error
    from requests import RequestException

    return (RequestException, OAuth2Error, KeyError, ValueError)
