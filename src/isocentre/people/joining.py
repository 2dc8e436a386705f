"""The hospital side's half of joining: its own key, and where the national side is. Files only, no database."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from isocentre.adapters.private import write_private
from isocentre.core import gateway_token

KEY = "gateway.key"
PLATFORM = "platform.json"


class CannotJoin(RuntimeError):
    """Joining did not work; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Joined:
    """Where the national side is, and this gateway's name there."""

    url: str
    name: str


def own_key(zone_home: Path) -> bytes:
    """The raw 32-byte private key, made on first use (0600, durable before it is used)."""
    path = zone_home / KEY
    try:
        key = path.read_bytes()
    except FileNotFoundError:
        key = Ed25519PrivateKey.generate().private_bytes_raw()
        zone_home.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            write_private(path, key, replace=False)
        except FileExistsError:  # another process made it in this moment: theirs is the key
            key = path.read_bytes()
    if len(key) != 32:
        raise CannotJoin(f"{KEY} is not a key of 32 bytes: move it away, ask for a new invite and join again")
    return key


def joined(zone_home: Path) -> Joined | None:
    """Where this gateway joined; None before it did."""
    try:
        raw = json.loads((zone_home / PLATFORM).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return Joined(str(raw["url"]), str(raw["name"]))


def note(zone_home: Path, url: str, name: str) -> Joined:
    """Keep where the national side is and what it calls this gateway."""
    text = json.dumps({"url": url.rstrip("/"), "name": name}, indent=2) + "\n"
    write_private(zone_home / PLATFORM, text.encode(), replace=True)
    return Joined(url.rstrip("/"), name)


def join(zone_home: Path, url: str, code: str, timeout: float = 30) -> Joined:
    """Make the key, send its public half with the code, keep the answer; CannotJoin in words when refused."""
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        raise CannotJoin("the address must start with https:// (or http:// on this machine)")
    body = json.dumps({"code": code, "public_key": gateway_token.public_key(own_key(zone_home)).hex()}).encode()
    request = urllib.request.Request(  # noqa: S310 - the scheme is checked above
        f"{url.rstrip('/')}/api/v1/gateway/join", body, {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:  # noqa: S310 - as above
            name = str(json.load(answer)["gateway"])
    except urllib.error.HTTPError as error:
        with error:
            raise CannotJoin(_words(error)) from None
    except (OSError, ValueError, KeyError) as error:
        raise CannotJoin(
            f"the national side did not answer as expected ({type(error).__name__}): check the address"
        ) from error
    return note(zone_home, url, name)


def _words(error: urllib.error.HTTPError) -> str:
    try:
        detail = str(json.load(error)["detail"])
    except (ValueError, KeyError, TypeError):
        detail = f"the national side answered {error.code}"
    return f"{detail} Ask for a new code with `isocentre gateway invite`."
