"""allauth's hooks: nobody signs up, a fresh sign-in counts as proof, refusals are audited, TOTP keys are encrypted."""

from __future__ import annotations

import base64
import hashlib
import time
from typing import Any, ClassVar

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse

from isocentre.audit import door as audit
from isocentre.core.actor import Actor

SIGN_IN = Actor("system", "sign-in")


BY_PROVIDER = "provider"
WRONG_CODE = (
    "This code is not right, or is no longer valid. Enter the six figures the app shows now, or, to sign in, a "
    "recovery code that you have not used yet."
)
WORDS = {
    "username_password_mismatch": "The sign-in name or the password is not right. Enter both again, or ask your "
    "side's administrator for a new sign-in link.",
    "too_many_login_attempts": "Too many tries with this sign-in name. Wait five minutes, then try again.",
    "account_inactive": "This account is deactivated. Ask your side's administrator.",
    "incorrect_password": "The password is not right. Enter it again.",
    "enter_current_password": "This is not your password of today. Enter it again.",
    "incorrect_code": WRONG_CODE,
    "rate_limited": "Too many tries. Wait a few minutes, then try again.",
}


def proved(request: HttpRequest) -> bool:
    """True when the person showed who they are in the last minutes: a password, a code, or again at the provider.

    Merely coming from the identity provider is none: it may have let them in by a session of this morning.
    """
    return any(
        time.time() - proof["at"] < app_settings.REAUTHENTICATION_TIMEOUT
        for proof in get_authentication_records(request, request.user)
        if proof["method"] != BY_PROVIDER or proof.get("reauthenticated")
    )


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no type information
    """No self-registration; refusals that say what to do."""

    error_messages: ClassVar[dict[str, Any]] = {**DefaultAccountAdapter.error_messages, **WORDS}

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Always False: people are invited."""
        return False

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Not in the first minutes after signing in: who has just proved who they are is not asked again."""
        request = context.request
        if request is None or not request.user.is_authenticated:
            return True
        return not proved(request)

    def get_login_stages(self) -> list[str]:
        """allauth's, with a second step that an identity provider can have asserted."""
        ours = {"allauth.mfa.stages.AuthenticateStage": "isocentre.people.stages.SecondStep"}
        return [ours.get(stage, stage) for stage in super().get_login_stages()]

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """allauth's, and the identity provider: first for those who have nothing else."""
        found: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        if settings.SIGN_IN_PROVIDER is not None and user.is_authenticated and user.provider_subject:
            words = f"Use {settings.SIGN_IN_PROVIDER.name}"
            found.append({"id": "provider", "description": words, "url": reverse("provider_again")})
        return found

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the try; one too many is refused before the password is looked at, and audited once a minute."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            audit.record_read(by=SIGN_IN, action="sign_in_refused", object_type="person", object_id="")
            raise


class SecondStepAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no type information
    """TOTP keys and recovery codes lie encrypted in the database, under a key made of the zone's secret key."""

    error_messages: ClassVar[dict[str, Any]] = {**DefaultMFAAdapter.error_messages, "incorrect_code": WRONG_CODE}

    def encrypt(self, text: str) -> str:
        """The text under Fernet."""
        return _cipher().encrypt(text.encode()).decode("ascii")

    def decrypt(self, encrypted_text: str) -> str:
        """The text again; InvalidToken when the zone's secret key is another."""
        return _cipher().decrypt(encrypted_text.encode("ascii")).decode()


def _cipher() -> Fernet:
    key = hashlib.sha256(b"isocentre second step|" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
