"""What an identity provider says is checked here (OpenID Connect Core 3.1.3.7), and a known person is found by it.

Nobody is made, and no role given: the answer is a person of the list, or a reason in words. The first sign-in binds
the provider's subject to the person, so that an address given to somebody else later does not open the account.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from typing import Any

from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.internal import statekit
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings as django_settings
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse

from isocentre.audit import door as audit
from isocentre.people.adapter import SIGN_IN
from isocentre.people.models import User

ID = "provider"
SIGNED = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures with a key pair. None, and the client secret as a key, are never taken."""
SKEW = 60
"""Seconds two clocks may differ."""

Claims = dict[str, Any]


def ours() -> Any:
    """The provider set for this side (config/provider.py); LookupError where none is."""
    found = django_settings.SIGN_IN_PROVIDER
    if found is None:
        raise LookupError("this side has no identity provider")
    return found


class Refused(Exception):
    """Signing in is refused: `why` for the audit trail, and words a person can act on."""

    def __init__(self, why: str, words: str, user: User | None = None) -> None:
        super().__init__(why)
        self.why, self.words, self.user = why, words, user


NOT_KNOWN = (
    "Nobody who may sign in here is known by what your identity provider says. Ask the administrator of this side."
)
NOT_SOUND = "The answer of the identity provider was not sound. Try again; if it stays so, tell the administrator."


class ProviderAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth has no type information
    """The provider comes from the settings, never from a row; nobody signs up."""

    def list_apps(self, request: HttpRequest, provider: Any = None, client_id: Any = None) -> list[SocialApp]:
        """The one provider of the settings, if any."""
        apps = django_settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"]  # type: ignore[misc]  # not in the typed test settings
        return [SocialApp(provider="openid_connect", **app) for app in apps]

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Always False."""
        return False


class Endpoint(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]  # as above
    """Our provider, by its discovery document; the issuer found there must be the one that was set."""

    def get_provider(self) -> Any:
        """allauth's provider, which asks this class for its addresses."""
        found = super().get_provider()
        found.oauth2_adapter_class = Endpoint
        return found

    @property
    def openid_config(self) -> dict[str, Any]:
        """The discovery document."""
        found: dict[str, Any] = super().openid_config
        if found.get("issuer") != ours().issuer:
            raise OAuth2Error("another issuer")
        return found

    @property
    def basic_auth(self) -> bool:
        """How the client secret is sent; HTTP Basic where the provider does not say (Discovery 1.0, section 3)."""
        methods = self.openid_config.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        return "client_secret_post" not in methods

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        """Where the provider sends the person back to; registered with it."""
        return request.build_absolute_uri(reverse("provider_callback"))

    def keys(self) -> dict[str, Any]:
        """The provider's public keys (JWK Set)."""
        return self._json(self.openid_config["jwks_uri"], {})

    def told(self, access_token: str) -> Claims:
        """The claims of the userinfo endpoint; none where there is no such endpoint."""
        address = self.openid_config.get("userinfo_endpoint")
        return self._json(address, {"Authorization": f"Bearer {access_token}"}) if address else {}

    def _json(self, address: str, headers: dict[str, str]) -> dict[str, Any]:
        from allauth.socialaccount.adapter import get_adapter

        with get_adapter().get_requests_session() as session:
            answer = session.get(address, headers=headers)
            answer.raise_for_status()
            found = answer.json()
        if not isinstance(found, dict):
            raise OAuth2Error("not an object")
        return found


def begin(endpoint: Endpoint, *, next_url: str, again: bool) -> Any:
    """Send the person to the provider with a state, a nonce and PKCE; `again`: the provider must ask them anew."""
    nonce = secrets.token_urlsafe(24)
    asked: dict[str, Any] = {"nonce": nonce}
    if again:
        asked |= {"prompt": "login", "max_age": "0"}
    return endpoint.get_provider().redirect(
        endpoint.request, "login", next_url=next_url, auth_params=asked, nonce=nonce, again=again, began=time.time()
    )


def state_of(request: HttpRequest) -> dict[str, Any] | None:
    """What this session kept when it sent the person away; None when it did not, was long ago, or was used."""
    found: dict[str, Any] | None = statekit.unstash_state(
        request, provider_id=ID, state_id=request.GET.get("state", "")
    )
    return found


def exchange(endpoint: Endpoint, state: dict[str, Any], code: str) -> Claims:
    """The checked claims for a code. OAuth2Error or Refused when the provider or its answer is not sound."""
    app = endpoint.get_provider().app
    client = endpoint.get_client(endpoint.request, app)
    answer = client.get_access_token(code, pkce_code_verifier=state.get("pkce_code_verifier"))
    token = answer.get("id_token")
    if not isinstance(token, str):
        raise Refused("no_id_token", NOT_SOUND)
    claims = checked(token, endpoint.keys(), nonce=str(state["nonce"]))
    if ours().match not in claims:
        more = endpoint.told(str(answer["access_token"]))
        # OpenID Connect Core 5.3.2: claims of another subject must not be used.
        if more and more.get("sub") != claims["sub"]:
            raise Refused("another_subject", NOT_SOUND)
        claims = {**more, **claims}
    return claims


def checked(token: str, keys: dict[str, Any], *, nonce: str, now: float | None = None) -> Claims:
    """The claims of an ID token that the configured provider signed for us, for this nonce; Refused otherwise."""
    import jwt

    set_here = ours()
    try:
        header = jwt.get_unverified_header(token)
        found = [k for k in jwt.PyJWKSet.from_dict(keys).keys if k.key_id == header.get("kid") or not header.get("kid")]
        if header.get("alg") not in SIGNED or len(found) != 1:
            raise Refused("bad_signature", NOT_SOUND)
        claims: Claims = jwt.decode(
            token,
            key=found[0],
            algorithms=[header["alg"]],
            issuer=set_here.issuer,
            audience=set_here.client_id,
            leeway=SKEW,
            options={"require": ["iss", "sub", "aud", "exp", "iat"]},
        )
    except jwt.PyJWTError as error:
        raise Refused(type(error).__name__, NOT_SOUND) from None
    if isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and claims.get("azp") != set_here.client_id:
        raise Refused("another_client", NOT_SOUND)
    if not secrets.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise Refused("another_nonce", NOT_SOUND)
    return claims


def known(claims: Claims) -> User:
    """The one active person the claims name; Refused otherwise, with nothing that tells who exists."""
    set_here = ours()
    value = str(claims.get(set_here.match) or "").strip()
    if set_here.match == "email" and claims.get("email_verified") is not True:
        raise Refused(
            "email_not_verified", "Your identity provider has not verified your e-mail address. Ask its help desk."
        )
    found = list(User.objects.filter(**{"email__iexact" if set_here.match == "email" else "username": value})[:2])
    if not value or len(found) != 1:
        raise Refused("several_people" if len(found) > 1 else "unknown_person", NOT_KNOWN)
    (user,) = found
    if not user.is_active:
        raise Refused("inactive_person", NOT_KNOWN, user)
    if user.provider_subject not in ("", subject(claims)):
        words = "Your identity provider names you by another account than before. Ask the administrator of this side."
        raise Refused("another_account", words, user)
    return user


def bind(user: User, claims: Claims) -> None:
    """Keep the provider's subject (hashed) at the first sign-in."""
    with transaction.atomic():
        if User.objects.filter(pk=user.pk, provider_subject="").update(provider_subject=subject(claims)):
            audit.record(by=SIGN_IN, entries=[audit.Entry("provider_bound", "person", user.username)])


def subject(claims: Claims) -> str:
    """What stands for (issuer, subject)."""
    return hashlib.sha256(f"{claims['iss']}|{claims['sub']}".encode()).hexdigest()


def second_step(claims: Claims) -> bool:
    """True when the provider asserts a second step by the claim that was set for it."""
    asked = ours().second_step
    if asked is None:
        return False
    value = claims.get(asked[0])
    said = value if isinstance(value, list) else [value]
    return any(isinstance(one, str) and one in asked[1] for one in said)


def just_proved(claims: Claims, began: float) -> bool:
    """True when the provider says that the person proved who they are after we asked for it (`max_age=0`)."""
    at = claims.get("auth_time")
    return isinstance(at, int | float) and not isinstance(at, bool) and at >= began - SKEW
