"""Short-lived signed tokens of gateways: `gw.<payload>.<signature>`, Ed25519 over the payload (RFC 8032).

A token is for one request: it names method and path, the SHA-256 of a body that is sent whole, and is used once.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

PREFIX = "gw."
LIFETIME = 300
"""Seconds a token is valid."""
SKEW = 60
"""Seconds two clocks may differ."""


class BadToken(ValueError):
    """The token is malformed, expired, or not signed by this gateway."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What a gateway token says: the gateway's name, when it ends (seconds since the epoch), the request it is for.

    `body` is the SHA-256 (hex) of the request's body; empty where objects are streamed. `payload` and `signature` are
    what `verify` holds against the gateway's key: until then this is what somebody claims.
    """

    gateway: str
    expires: float
    asked: str
    body: str
    payload: bytes = field(repr=False)
    signature: bytes = field(repr=False)


def make(private_key: bytes, gateway: str, now: float, asked: str, body: bytes | None = None) -> str:
    """Sign a token with the raw 32-byte private key, for `asked` (like `POST /api/v1/receipts`) with this body."""
    said = {"g": gateway, "e": now + LIFETIME, "n": secrets.token_hex(8), "r": asked, "b": fingerprint(body)}
    payload = json.dumps(said).encode()
    signature = Ed25519PrivateKey.from_private_bytes(private_key).sign(payload)
    return f"{PREFIX}{_encode(payload)}.{_encode(signature)}"


def fingerprint(body: bytes | None) -> str:
    """SHA-256 of a body in hex; empty for none that can be known before it is sent."""
    return "" if body is None else hashlib.sha256(body).hexdigest()


def public_key(private_key: bytes) -> bytes:
    """The raw 32-byte public half."""
    return Ed25519PrivateKey.from_private_bytes(private_key).public_key().public_bytes_raw()


def read(token: str) -> Claims:
    """The claims, not yet verified: names the gateway whose key must be looked up; BadToken when malformed."""
    payload, signature = _parts(token)
    try:
        raw = json.loads(payload)
        return Claims(str(raw["g"]), float(raw["e"]), str(raw["r"]), str(raw["b"]), payload, signature)
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:  # anyone may send anything here
        raise BadToken("malformed payload") from error


def verify(claims: Claims, key: bytes, now: float, asked: str) -> None:
    """BadToken unless the claims are signed by `key` (raw public key), in time and for this request."""
    try:
        _loaded(key).verify(claims.signature, claims.payload)
    except InvalidSignature:
        raise BadToken("not signed by this gateway") from None
    if not now - SKEW <= claims.expires <= now + LIFETIME + SKEW:
        raise BadToken("expired, or the gateway's clock is wrong")
    if claims.asked != asked:
        raise BadToken("made for another request")


@lru_cache(maxsize=64)
def _loaded(key: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(key)


def _parts(token: str) -> tuple[bytes, bytes]:
    parts = token.removeprefix(PREFIX).split(".")
    if not token.startswith(PREFIX) or len(parts) != 2:
        raise BadToken("not a gateway token")
    try:
        return _decode(parts[0]), _decode(parts[1])
    except (binascii.Error, ValueError) as error:
        raise BadToken("not base64") from error


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
