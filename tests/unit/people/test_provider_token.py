"""What an identity provider's token must be before anything it says is believed."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from django.conf import LazySettings

from isocentre.config.provider import SignInProvider

jwt = pytest.importorskip("jwt", reason="the locked packages are newer than this environment: make setup")
OURS = SignInProvider("https://login.example", "isocentre", "a-secret-of-thirty-two-characters", "Northmoor")
KEY, OTHER = generate_private_key(65537, 2048), generate_private_key(65537, 2048)


def jwks(key: RSAPrivateKey = KEY, kid: str = "k1") -> dict[str, Any]:
    one = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
    return {"keys": [{**one, "kid": kid, "use": "sig", "alg": "RS256"}]}


def token(key: Any = KEY, alg: str = "RS256", kid: str = "k1", **changes: Any) -> str:
    now = int(time.time())
    claims = {"iss": OURS.issuer, "aud": "isocentre", "sub": "s", "nonce": "n", "iat": now, "exp": now + 60, **changes}
    kept = {name: value for name, value in claims.items() if value is not None}
    return str(jwt.encode(kept, key, algorithm=alg, headers={"kid": kid}))


def why(made: str, keys: dict[str, Any] | None = None) -> str:
    from isocentre.people import provider

    with pytest.raises(provider.Refused) as refused:
        provider.checked(made, jwks() if keys is None else keys, nonce="n")
    return refused.value.why


@pytest.fixture(autouse=True)
def ours(settings: LazySettings) -> None:
    settings.SIGN_IN_PROVIDER = OURS


def test_a_sound_token_is_believed() -> None:
    from isocentre.people import provider

    assert provider.checked(token(), jwks(), nonce="n")["sub"] == "s"
    several = token(aud=["isocentre", "another"], azp="isocentre")
    assert provider.checked(several, jwks(), nonce="n")["sub"] == "s"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"iss": "https://other.example"}, "InvalidIssuerError"),
        ({"aud": "another"}, "InvalidAudienceError"),
        ({"aud": ["isocentre", "another"]}, "another_client"),
        ({"nonce": "of another"}, "another_nonce"),
        ({"nonce": None}, "another_nonce"),
        ({"exp": int(time.time()) - 120}, "ExpiredSignatureError"),
        ({"exp": None}, "MissingRequiredClaimError"),
        ({"iat": int(time.time()) + 3600}, "ImmatureSignatureError"),
        ({"sub": None}, "MissingRequiredClaimError"),
    ],
)
def test_one_claim_wrong_and_nothing_is_believed(changes: dict[str, Any], reason: str) -> None:
    assert why(token(**changes)) == reason


def test_a_signature_of_another_key_or_of_none_is_not_believed() -> None:
    assert why(token(OTHER)) == "InvalidSignatureError"
    assert why(token(kid="unknown")) == "bad_signature"
    head = base64.urlsafe_b64encode(b'{"alg":"none","kid":"k1"}').rstrip(b"=").decode()
    assert why(f"{head}.{token().split('.')[1]}.") == "bad_signature"
    assert why(token(OURS.client_secret, "HS256")) == "bad_signature"
    assert why("not a token") == "DecodeError"
    assert why(token(), {"keys": []}) == "PyJWKSetError"
