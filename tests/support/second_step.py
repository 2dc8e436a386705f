"""An authenticator app, and setting up a second step with it, for the tests of signing in."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
import time

from django.test import Client


def code(secret: str) -> str:
    """What an authenticator app shows now (RFC 6238, SHA-1, 30 s, 6 figures)."""
    mac = hmac.new(base64.b32decode(secret), struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    at = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[at : at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def set_up(client: Client) -> str:
    """Set up TOTP as a person does; returns the key."""
    page = client.get("/accounts/2fa/totp/activate/")
    assert page.status_code == 200
    secret = page.context_data["form"].secret if page.context_data else ""
    assert secret in page.content.decode()
    assert client.post("/accounts/2fa/totp/activate/", {"code": code(secret)}).status_code == 302
    return str(secret)
