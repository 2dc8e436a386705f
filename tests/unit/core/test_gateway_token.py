"""Signed tokens of gateways: only the right key, only in time, never an error but BadToken."""

from __future__ import annotations

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from isocentre.core.gateway_token import LIFETIME, PREFIX, SKEW, BadToken, Claims, make, public_key, read, verify

KEY = bytes(range(32))
NOW = 1_700_000_000.0
ASKED = "POST /api/v1/receipts"


def sealed(payload: bytes) -> str:
    """A token of any payload, rightly signed."""
    parts = (payload, Ed25519PrivateKey.from_private_bytes(KEY).sign(payload))
    return PREFIX + ".".join(base64.urlsafe_b64encode(p).decode().rstrip("=") for p in parts)


def test_a_token_says_who_and_until_when() -> None:
    token = make(KEY, "northmoor", NOW, ASKED, b"body")
    sha256 = hashlib.sha256(b"body").hexdigest()
    claims = read(token)
    verify(claims, public_key(KEY), NOW, ASKED)
    assert claims == Claims("northmoor", NOW + LIFETIME, ASKED, sha256, claims.payload, claims.signature)
    assert make(KEY, "northmoor", NOW, ASKED, b"body") != token
    assert read(make(KEY, "northmoor", NOW, ASKED)).body == ""


@pytest.mark.parametrize("other", ["GET /api/v1/receipts", "POST /dicomweb/studies", "POST /api/v1/receipts?x=1"])
def test_it_is_for_one_request(other: str) -> None:
    with pytest.raises(BadToken):
        verify(read(make(KEY, "northmoor", NOW, ASKED)), public_key(KEY), NOW, other)


@pytest.mark.parametrize(
    ("later", "holds"), [(LIFETIME + SKEW, True), (LIFETIME + SKEW + 1, False), (-SKEW - 1, False)]
)
def test_it_holds_five_minutes_and_a_minute_of_skew(later: int, holds: bool) -> None:
    token = make(KEY, "northmoor", NOW, ASKED)
    if holds:
        verify(read(token), public_key(KEY), NOW + later, ASKED)
    else:
        with pytest.raises(BadToken):
            verify(read(token), public_key(KEY), NOW + later, ASKED)


def test_another_key_does_not_sign_for_it() -> None:
    with pytest.raises(BadToken):
        verify(read(make(KEY, "northmoor", NOW, ASKED)), public_key(bytes(32)), NOW, ASKED)


@pytest.mark.parametrize(
    "token",
    [
        "",
        "gw.",
        "gw.a.b.c",
        "gw.!.é",
        "other.e30.e30",
        "gw.a.a",
        sealed(b"no json"),
        sealed(b"{}"),
        sealed(b"[1]"),
        sealed(b'{"g":"a","e":"soon"}'),
        sealed(b'{"g":"a","e":NaN,"r":"POST /api/v1/receipts","b":""}'),
        sealed(b'{"g":"a","e":1}'),
        sealed(b'{"g":"a","r":"","b":"","e":1' + b"0" * 400 + b"}"),
        sealed(b"[" * 20_000),
    ],
)
def test_anything_else_is_a_bad_token(token: str) -> None:
    with pytest.raises(BadToken):
        verify(read(token), public_key(KEY), NOW, ASKED)
