"""A trust's own identity provider (OpenID Connect), where one is set for this side: from the environment or a file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from isocentre.adapters.private import secret_json

FILE = "sign-in.json"
ID = "provider"
KEYS = ("issuer", "client_id", "client_secret", "name", "match", "second_step")
VARIABLES = {key: f"ISOCENTRE_OIDC_{key.upper()}" for key in KEYS}
LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class SignInProvider:
    """Whom to trust, and how far. `match`: `email` (a verified one), or the claim that holds the sign-in name.

    `second_step` is the claim and the values by which the provider asserts a second step, like `amr` and `mfa`.
    """

    issuer: str
    client_id: str
    client_secret: str
    name: str
    match: str = "email"
    second_step: tuple[str, frozenset[str]] | None = None

    def __repr__(self) -> str:
        """Without the secret: settings are printed where things go wrong."""
        return f"SignInProvider({self.issuer})"


def read(zone_home: Path, environ: Mapping[str, str] | None = None) -> SignInProvider | None:
    """The provider of this side, None when none is set; ValueError in words when what is set cannot be.

    Each variable wins over the file's value. The file must be readable by its owner alone.
    """
    environ = os.environ if environ is None else environ
    values = _file(zone_home / FILE)
    values |= {key: environ[name] for key, name in VARIABLES.items() if environ.get(name)}
    if not values:
        return None
    missing = [key for key in ("issuer", "client_id", "client_secret") if not values.get(key)]
    if missing:
        raise ValueError(f"sign-in by an identity provider lacks {', '.join(missing)}: see {FILE} in Operations")
    issuer = values["issuer"].rstrip("/") if values["issuer"].count("/") == 3 else values["issuer"]
    parts = urlsplit(issuer)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise ValueError("the identity provider's issuer must start with https://")
    return SignInProvider(
        issuer=issuer,
        client_id=values["client_id"],
        client_secret=values["client_secret"],
        name=values.get("name") or parts.hostname or issuer,
        match=values.get("match") or "email",
        second_step=_claim(values.get("second_step", "")),
    )


def _file(path: Path) -> dict[str, str]:
    raw = secret_json(path)
    known = isinstance(raw, dict) and not set(raw) - set(KEYS)
    if not known or not all(isinstance(value, str) for value in raw.values()):
        raise ValueError(f"{path.name} must hold texts named {', '.join(KEYS)}, and nothing else")
    return dict(raw)


def _claim(text: str) -> tuple[str, frozenset[str]] | None:
    """`amr=mfa,otp` as (claim, values)."""
    if not text:
        return None
    claim, _, values = text.partition("=")
    wanted = frozenset(value.strip() for value in values.split(",") if value.strip())
    if not claim.strip() or not wanted:
        raise ValueError("second_step is a claim and its values, like amr=mfa or acr=urn:example:loa2")
    return claim.strip(), wanted


def settings(provider: SignInProvider | None) -> dict[str, Any]:
    """Django's settings for it. allauth is told of the provider here alone: it never lies in the database."""
    apps = []
    if provider is not None:
        apps.append(
            {
                "provider_id": ID,
                "name": provider.name,
                "client_id": provider.client_id,
                "secret": provider.client_secret,
                "settings": {"server_url": provider.issuer, "oauth_pkce_enabled": True},
            }
        )
    return {
        "SIGN_IN_PROVIDER": provider,
        "SOCIALACCOUNT_ADAPTER": "isocentre.people.provider.ProviderAdapter",
        "SOCIALACCOUNT_PROVIDERS": {"openid_connect": {"APPS": apps}},
        "SOCIALACCOUNT_STORE_TOKENS": False,
        "SOCIALACCOUNT_REQUESTS_TIMEOUT": 10,
    }
