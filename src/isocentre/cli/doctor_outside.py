"""What `isocentre doctor` tries from outside: ports, the address people use, the store of images, the national side."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import time
import urllib.error
import urllib.request
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from isocentre.adapters.blobs import named
from isocentre.adapters.vault import named as vaults
from isocentre.cli.finding import Finding
from isocentre.core import gateway_token

MESSAGES = "/api/v1/receipts"


def web(zone: str, port: int) -> Finding:
    """The web server on this machine."""
    about = f"{zone} web"
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5):
            return Finding(about, "good", f"port {port} is ready")
    except urllib.error.HTTPError as error:
        with error, contextlib.suppress(ValueError, KeyError):
            return Finding(about, "warning", f"port {port} answers {error.code}: {json.load(error)['words']}")
        return Finding(about, "bad", f"port {port} answers {error.code}: is this Isocentre?")
    except OSError:
        return Finding(about, "warning", f"nothing answers on port {port}: `isocentre up` is not running")


def address(env: Any) -> Finding:
    """How people reach this side: by https, through a proxy that is stated, and whether that answers."""
    about, url = f"{env.zone} address", env.public_url
    if not url:
        here = f"http://127.0.0.1:{env.http_port}, on this machine only"
        return Finding(about, "good", f"{here}; for others set ISOCENTRE_PUBLIC_URL and put a proxy with TLS in front")
    if not url.startswith("https:"):
        return Finding(about, "warning", f"{url}: passwords go unprotected; put a proxy with TLS in front")
    if not env.proxies:
        words = "state the proxy in ISOCENTRE_PROXIES, like 127.0.0.1: until then no HSTS, and one throttle for all"
        return Finding(about, "warning", f"{url}: {words}")
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=5):  # noqa: S310 - https, as checked above
            return Finding(about, "good", f"{url} answers")
    except urllib.error.HTTPError as error:
        error.close()
        return Finding(about, "bad", f"{url} answers {error.code}: does the proxy pass the Host header?")
    except OSError as error:
        return Finding(about, "warning", f"{url} {_why(error)}")


def dicom(port: int) -> Finding:
    """The listener."""
    with socket.socket() as probe:
        probe.settimeout(3)
        if probe.connect_ex(("127.0.0.1", port)):
            return Finding("DICOM port", "warning", f"nothing listens on {port}: `isocentre up` is not running")
    return Finding("DICOM port", "good", f"{port} takes connections")


def store(where: str) -> Finding:
    """Where stored images lie: a folder, or S3 that lets us in."""
    about = "stored images"
    if not where.startswith(named.S3):
        return Finding(about, "good", f"in {where}")
    words = named.trouble(where)
    return Finding(about, "bad" if words else "good", f"{where}: {words}" if words else f"{where} lets us in")


def vault(home: Path) -> Finding:
    """The server that wraps study keys: whether it lets us in, and opens what it wrapped."""
    if words := vaults.opened(home).trouble():
        return Finding("vault of study keys", "bad", f"{words}; until then nothing is sent on")
    return Finding("vault of study keys", "good", "it wraps and opens keys")


def national(home: Path) -> Finding:
    """Whether the national side can be reached, and whether the two clocks agree (tokens last five minutes)."""
    about = "national side"
    try:
        kept = json.loads((home / "platform.json").read_text(encoding="utf-8"))
        url, name = kept["url"], kept["name"]
    except (FileNotFoundError, ValueError, KeyError):
        return Finding(about, "bad", "this gateway has not joined: `isocentre gateway join URL CODE`")
    if urlsplit(url).scheme not in ("http", "https"):
        return Finding(about, "bad", "its address is no web address: join again")
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=5) as answer:  # noqa: S310 - checked above
            told = answer.headers.get("Date", "")
    except OSError as error:
        return Finding(about, "bad", f"{url} {_why(error)}: scans wait here until it does")
    what = f"{url}, where this gateway is {name},"
    found = clock(about, what, told)
    if found.state == "good" and _shut_out(home, url, name):
        words = "answers, but does not let it in: ask its administrator for a new code, then `isocentre gateway join`"
        return Finding(about, "bad", f"{what} {words}; until then scans wait here")
    return found


def _shut_out(home: Path, url: str, name: str) -> bool:
    """Whether it knows this gateway no more.

    Asked by a message of no form, which changes nothing there: who is let in is told that (415), who is not, to say who
    it is (401).
    """
    try:
        signed = gateway_token.make((home / "gateway.key").read_bytes(), name, time.time(), _signed(url))
    except (OSError, ValueError):
        return False  # that the key is missing or no key is another finding
    head = {"Authorization": f"Bearer {signed}", "Content-Type": "text/plain"}
    request = urllib.request.Request(f"{url}{MESSAGES}", data=b"", headers=head)  # noqa: S310 - checked by `national`
    try:
        with urllib.request.urlopen(request, timeout=5):  # noqa: S310 - checked by `national`
            return False
    except urllib.error.HTTPError as error:
        with error:
            return error.code in (401, 403)
    except OSError:
        return False


def _signed(url: str) -> str:
    return f"POST {urlsplit(url).path}{MESSAGES}"


def clock(about: str, what: str, told: str) -> Finding:
    """Whether the clock of what answered is ours."""
    with contextlib.suppress(ValueError):
        apart = abs(parsedate_to_datetime(told).timestamp() - time.time())
        if apart > 60:
            return Finding(about, "bad", f"{what} answers, but the two clocks are {apart:,.0f} s apart: set them right")
    return Finding(about, "good", f"{what} answers")


def _why(error: OSError) -> str:
    """Why an address did not answer; of a certificate that is not trusted, what to do."""
    if isinstance(getattr(error, "reason", error), ssl.SSLCertVerificationError):
        return "does not answer (its certificate is not trusted here: name its authority in SSL_CERT_FILE)"
    return f"does not answer ({type(getattr(error, 'reason', error)).__name__})"
