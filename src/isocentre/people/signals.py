"""Writes the audit rows of signing in and out, of passwords and of second steps; connected when the app is ready."""

from __future__ import annotations

from typing import Any

from allauth.account import signals as account
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa import signals as mfa
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import signals as auth
from django.http import HttpRequest

from isocentre.audit import door as audit
from isocentre.core.actor import Actor
from isocentre.people import acting
from isocentre.people.adapter import BY_PROVIDER, SIGN_IN
from isocentre.people.models import User


def connect() -> None:
    """Connect every handler, once."""
    account.user_logged_in.connect(_signed_in, dispatch_uid="isocentre.signed_in")
    account.password_changed.connect(_password_changed, dispatch_uid="isocentre.password_changed")
    auth.user_login_failed.connect(_failed, dispatch_uid="isocentre.failed")
    auth.user_logged_out.connect(_signed_out, dispatch_uid="isocentre.signed_out")
    mfa.authentication_failed.connect(_code_failed, dispatch_uid="isocentre.code_failed")
    mfa.authenticator_added.connect(_step_added, dispatch_uid="isocentre.step_added")
    mfa.authenticator_removed.connect(_step_removed, dispatch_uid="isocentre.step_removed")
    mfa.authenticator_reset.connect(_codes_made, dispatch_uid="isocentre.codes_made")


def note(by: Actor, action: str, user: User, **detail: Any) -> None:
    """One audit row about a person."""
    audit.record(by=by, entries=[audit.Entry(action, "person", user.username, detail)])


def _signed_in(
    *, user: User, request: HttpRequest, by_provider: bool = False, second_step: bool = False, **_: Any
) -> None:
    if by_provider:
        request.session[BY_PROVIDER] = {"second_step": second_step}
    note(acting.actor_for(user), "signed_in", user, **({"way": "identity provider"} if by_provider else {}))


def _signed_out(*, user: User | None, request: HttpRequest | None = None, **_: Any) -> None:
    if user is None:
        return
    note(acting.actor_for(user), "signed_out", user)
    if request is not None and request.session.get(BY_PROVIDER) and settings.SIGN_IN_PROVIDER is not None:
        words = "You may still be signed in at {}: sign out there too on a shared computer."
        messages.info(request, words.format(settings.SIGN_IN_PROVIDER.name))


def _failed(*, credentials: dict[str, Any], **_: Any) -> None:
    """Only a name that is a person's is written: anything else may be a password typed in the wrong field."""
    typed = str(credentials.get("username", ""))
    user = User.objects.filter(username=typed).first()
    entry = audit.Entry("sign_in_failed", "person", user.username if user else "", {"step": "password"})
    audit.record(by=SIGN_IN, entries=[entry])


def _code_failed(*, user: User, **_: Any) -> None:
    note(SIGN_IN, "sign_in_failed", user, step="code")


def _password_changed(*, user: User, **_: Any) -> None:
    note(acting.actor_for(user), "password_changed", user)


def _step_added(*, user: User, authenticator: Any, request: HttpRequest | None = None, **_: Any) -> None:
    if authenticator.type == Authenticator.Type.TOTP and request is not None and request.user == user:
        # The code just entered is the proof that would be asked for on the next page, where the recovery codes are.
        record_authentication(request, user, "mfa", type=str(authenticator.type))
    note(acting.actor_for(user), "second_step_added", user, kind=str(authenticator.type))


def _step_removed(*, user: User, authenticator: Any, **_: Any) -> None:
    note(acting.actor_for(user), "second_step_removed", user, kind=str(authenticator.type))


def _codes_made(*, user: User, **_: Any) -> None:
    note(acting.actor_for(user), "recovery_codes_made", user)
