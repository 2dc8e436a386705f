"""The gateway's one way out: STOW-RS in fixed-length requests, and the two JSON messages."""

from __future__ import annotations

import http.client
import json
import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from isocentre.adapters.loopback import unpaced
from isocentre.core import gateway_token, points
from isocentre.core.ports import MessageRefused, Outgoing, SendResult

log = logging.getLogger(__name__)
TIMEOUT = 60.0
SLOWEST = 5 * 1024 * 1024
"""Bytes a second at which the national side is at least believed to check and store what it was sent."""
IDLE = 10.0
"""Seconds a kept line is trusted without use."""
NOBODY_THERE = (401, 403, 502, 503, 504)
"""A proxy without its server, or a gateway no longer known: no object is taken, whichever it is."""
Body = Callable[[], Iterator[Any]]
"""Makes the body anew for each try."""


SHUT_OUT = (401, 403)


class PlatformAway(OSError):
    """The national side did not answer, or not with an answer one can act on; what was sent is sent again.

    `status`: the HTTP status of an answer; 0 when there was none, or one that says nobody stands behind it.
    `shut_out`: it answered, and does not know this gateway (any more).
    """

    def __init__(self, words: str, status: int = 0) -> None:
        super().__init__(words)
        self.shut_out = status in SHUT_OUT
        self.status = 0 if status in NOBODY_THERE else status


class HttpWall:
    """Implements `core.ports.Wall`; one kept-open connection a thread."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._local = threading.local()

    def send(self, research_study: str, site: str, objects: list[Outgoing]) -> list[SendResult]:
        """STOW the batch; one result an object the platform answered for. PlatformAway when it did not."""
        boundary = secrets.token_hex(16)
        heads = [_head(boundary, one) for one in objects]
        end = f"--{boundary}--\r\n".encode()
        length = sum(len(h) + o.size + 2 for h, o in zip(heads, objects, strict=True)) + len(end)
        headers = {
            "Content-Type": f'multipart/related; type="application/dicom"; boundary={boundary}',
            "Content-Length": str(length),
            "Accept": "application/dicom+json",
        }
        body, patience = lambda: _body(heads, objects, end), TIMEOUT + length / SLOWEST
        status, answer = self._ask("POST", "/dicomweb/studies", headers, body, patience)
        if status not in (200, 202, 409):
            raise PlatformAway(f"the national side answered {status}", status)
        return results(answer)

    def post_receipts(self, message: dict[str, object]) -> dict[str, object]:
        """Send a `receipts` message; what was answered. MessageRefused where a part is at fault, PlatformAway unless
        it was taken."""
        body = json.dumps(message).encode()
        headers = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        status, answer = self._ask("POST", "/api/v1/receipts", headers, lambda: iter((body,)), whole=body)
        if status >= 300 and isinstance(answer, dict) and isinstance(answer.get("place"), str):
            raise MessageRefused(answer["place"], str(answer.get("detail", "")))
        if status >= 300:
            raise PlatformAway(f"the national side answered {status} to receipts", status)
        return answer if isinstance(answer, dict) else {}

    def fetch_study_config(self) -> dict[str, object]:
        """The newest `study-config`; PlatformAway unless it came."""
        status, answer = self._ask("GET", "/api/v1/study-config", {}, None)
        if status != 200 or not isinstance(answer, dict):
            raise PlatformAway(f"the national side answered {status} to study-config", status)
        return answer

    def _ask(
        self, method: str, path: str, headers: dict[str, str], body: Body | None, patience: float = TIMEOUT,
        whole: bytes | None = None,
    ) -> tuple[int, Any]:  # fmt: skip
        where, name = self._platform()
        kept, target = self._kept(), where.path + path
        try:
            try:
                line = kept or self._fresh(where)
                signed = self._signed(headers, name, f"{method} {target}", whole)
                status, data = self._once(line, method, target, signed, body, patience)
            except (ConnectionError, http.client.BadStatusLine):
                # The other side may close a kept line at any moment; every request of ours is safe to repeat.
                if kept is None:
                    raise
                signed = self._signed(headers, name, f"{method} {target}", whole)  # each is good for one try
                status, data = self._once(self._fresh(where), method, target, signed, body, patience)
        except (OSError, http.client.HTTPException) as error:
            self._forget()
            raise PlatformAway(f"the national side did not answer ({type(error).__name__})") from None
        try:
            answer = json.loads(data) if data else {}
        except ValueError:
            raise PlatformAway(f"the national side answered {status} without JSON", status) from None
        if status >= 400 and status != 409:
            # Its words name fields and rules, never values (RFC 9457); without them nobody could act.
            detail = str(answer.get("detail", ""))[:200] if isinstance(answer, dict) else ""
            log.warning("the national side answered %d to %s: %s", status, path, detail)
        return status, answer

    def _signed(self, headers: dict[str, str], name: str, asked: str, whole: bytes | None) -> dict[str, str]:
        key = (self._home / "gateway.key").read_bytes()
        return {**headers, "Authorization": f"Bearer {gateway_token.make(key, name, time.time(), asked, whole)}"}

    def _once(
        self, line: http.client.HTTPConnection, method: str, path: str, headers: dict[str, str], body: Body | None,
        patience: float,
    ) -> tuple[int, bytes]:  # fmt: skip
        line.request(method, path, body=None if body is None else body(), headers=headers)
        points.reach("wall.sent")
        if line.sock is not None:
            line.sock.settimeout(patience)
        response = line.getresponse()
        data = response.read()
        points.reach("wall.answered")
        if line.sock is not None:
            line.sock.settimeout(TIMEOUT)
        self._local.used = time.monotonic()
        return response.status, data

    def _kept(self) -> http.client.HTTPConnection | None:
        """This thread's open line, unless it was idle so long that the other side may have closed it."""
        held: http.client.HTTPConnection | None = getattr(self._local, "connection", None)
        return held if held is not None and time.monotonic() - self._local.used < IDLE else None

    def _fresh(self, where: SplitResult) -> http.client.HTTPConnection:
        self._forget()
        kind = http.client.HTTPSConnection if where.scheme == "https" else http.client.HTTPConnection
        made = kind(where.hostname or "", where.port, timeout=TIMEOUT, blocksize=1 << 18)
        made.connect()
        unpaced(made.sock)
        self._local.connection = made
        return made

    def _forget(self) -> None:
        held = getattr(self._local, "connection", None)
        if held is not None:
            held.close()
        self._local.connection = None

    def _platform(self) -> tuple[SplitResult, str]:
        try:
            raw = json.loads((self._home / "platform.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise PlatformAway("this gateway has not joined: run `isocentre gateway join URL CODE`") from None
        return urlsplit(raw["url"].rstrip("/")), raw["name"]


def _head(boundary: str, one: Outgoing) -> bytes:
    return (f"--{boundary}\r\nContent-Type: application/dicom\r\nX-Isocentre-Revision: {one.revision}\r\n\r\n").encode()


def _body(heads: list[bytes], objects: list[Outgoing], end: bytes) -> Iterator[bytes | memoryview]:
    for head, one in zip(heads, objects, strict=True):
        yield head
        yield from one.chunks
        yield b"\r\n"
    yield end


def results(answer: dict[str, Any]) -> list[SendResult]:
    """Read the Store Instances Response (PS3.18 I.2)."""
    good = [SendResult(_uid(item), True) for item in answer.get("00081199", {}).get("Value", [])]
    bad = [
        SendResult(_uid(item), False, int(_first(item, "00081197") or 0), str(_first(item, "00000902") or "refused"))
        for item in answer.get("00081198", {}).get("Value", [])
    ]
    return good + bad


def _uid(item: dict[str, Any]) -> str:
    return str(_first(item, "00081155") or "")


def _first(item: dict[str, Any], tag: str) -> Any:
    values = item.get(tag, {}).get("Value") or [None]
    return values[0]
