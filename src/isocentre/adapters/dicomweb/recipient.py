"""A recipient of copies by STOW-RS (PS3.18 10.5): a server that the configuration names, and no other.

An answer that leads elsewhere is not followed, and of its words nothing is repeated.
"""

from __future__ import annotations

import http.client
import json
import secrets
import ssl
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from isocentre.adapters.dicomweb.named import WebServer
from isocentre.adapters.dicomweb.wall import results
from isocentre.core.ports import Handed, RecipientAway, SendResult

_MOST: Final = 4 * 1024 * 1024
"""Bytes of an answer that are read."""
_BLOCK: Final = 1 << 20
_ANSWERED: Final = (200, 202, 409)
_ABSENT: Final = (502, 503, 504)
_NOBODY: Final = "Nobody answers there. Check the address in dicomweb.json and the firewall"
_REFUSED: Final = {
    401: "It does not know who we are: renew the token or password in dicomweb.json",
    403: "It does not let us in: ask those who look after it to let us store",
    404: "It has nothing at this address: compare the url in dicomweb.json with it",
}
Headers = dict[str, str]


@dataclass(frozen=True, slots=True)
class WebRecipient:
    """Implements `core.ports.Recipient`. `timeout` in seconds, of connecting and of an answer."""

    server: WebServer
    timeout: float = 60.0

    def echo(self) -> None:
        """One question: DICOMweb has no echo."""
        status, _ = self._ask("GET", "studies?limit=1", {"Accept": "application/dicom+json"}, None)
        if status not in (http.client.OK, http.client.NO_CONTENT):
            raise _trouble(status)

    def store(self, objects: Sequence[Handed]) -> list[SendResult]:
        """One request for all of them."""
        boundary = secrets.token_hex(16)
        head = f"--{boundary}\r\nContent-Type: application/dicom\r\n\r\n".encode()
        end = f"--{boundary}--\r\n".encode()
        length = sum(len(head) + one.path.stat().st_size + 2 for one in objects) + len(end)
        headers = {
            "Content-Type": f'multipart/related; type="application/dicom"; boundary={boundary}',
            "Content-Length": str(length),
            "Accept": "application/dicom+json",
        }
        status, data = self._ask("POST", "studies", headers, lambda: _body(head, objects, end))
        if status not in _ANSWERED:
            raise _trouble(status)
        try:
            told = results(json.loads(data))
        except (ValueError, AttributeError, TypeError):
            raise RecipientAway(
                "It did not answer as DICOMweb asks. Ask those who look after it", reached=True
            ) from None
        return [SendResult(one.object_uid, one.stored, one.failure, _words(one)) for one in told]

    def _ask(
        self, method: str, path: str, headers: Headers, body: Callable[[], Iterator[bytes]] | None
    ) -> tuple[int, bytes]:
        line, begun = self.server.line(self.timeout), False
        try:
            line.connect()
            begun = body is not None
            asked = {**headers, **self.server.authorization()}
            sent: Any = None if body is None else body()
            line.request(method, f"{self.server.url.path}/{path}", body=sent, headers=asked)
            answer = line.getresponse()
            return answer.status, answer.read(_MOST)
        except ssl.SSLError:
            raise RecipientAway("Its certificate is not trusted here: name its authority (ca)") from None
        except (OSError, http.client.HTTPException):
            words = "It broke off while it was sent something. It is tried again" if begun else _NOBODY
            raise RecipientAway(words, reached=begun) from None
        finally:
            line.close()


def _body(head: bytes, objects: Sequence[Handed], end: bytes) -> Iterator[bytes]:
    for one in objects:
        yield head
        with one.path.open("rb") as file:
            while block := file.read(_BLOCK):
                yield block
        yield b"\r\n"
    yield end


def _trouble(status: int) -> RecipientAway:
    usual = f"It refused what it was asked (status {status}). Ask those who look after it"
    return RecipientAway(_REFUSED.get(status, usual), reached=status not in _REFUSED and status not in _ABSENT)


def _words(one: SendResult) -> str:
    """Why it was not taken, by its code alone: a server may say anything."""
    return "" if one.stored else f"failure reason {one.failure:04X}"
