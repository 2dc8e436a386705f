"""The DICOMweb client of the bench: one kept-open line, the same code for us and for the peers, next to no work."""

from __future__ import annotations

import http.client
import json
import time
from typing import Any
from urllib.parse import urlsplit

from bench.peers import Served

BOUNDARY = "bench-boundary-7b1f0c"
STEP = 1 << 20


class Line:
    """Requests to one server over one connection."""

    def __init__(self, server: Served) -> None:
        at = urlsplit(server.url)
        self._path = at.path
        self._line = http.client.HTTPConnection(at.hostname or "", at.port, timeout=300)
        self._headers = {"Authorization": f"Bearer {server.token}"} if server.token else {}
        self._signed = server.signed
        self._buffer = bytearray(STEP)

    def stow(self, body: bytes) -> None:
        """Store one request's objects; RuntimeError unless all were stored."""
        kind = f'multipart/related; type="application/dicom"; boundary={BOUNDARY}'
        headers = {**self._headers, "Content-Type": kind, "Accept": "application/dicom+json"}
        path = f"{self._path}/studies"
        if self._signed:
            headers["Authorization"] = f"Bearer {self._signed(f'POST {path}')}"
        self._line.request("POST", path, body=body, headers=headers)
        answer = self._line.getresponse()
        said = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"STOW answered {answer.status}: {said[:300]!r}")

    def download(self, path: str) -> tuple[int, float]:
        """Bytes of an answer in multipart DICOM, read and thrown away, and the seconds it took."""
        started, size = time.perf_counter(), 0
        answer = self._get(path, 'multipart/related; type="application/dicom"')
        while got := answer.readinto(self._buffer):
            size += got
        return size, time.perf_counter() - started

    def json(self, path: str) -> Any:
        """A DICOM JSON answer; an empty list for 204."""
        answer = self._get(path, "application/dicom+json")
        content = answer.read()
        return json.loads(content) if content else []

    def timed(self, path: str, *, gzip: bool = False) -> float:
        """Milliseconds until a DICOM JSON answer was read whole."""
        started = time.perf_counter()
        self._get(path, "application/dicom+json", **({"Accept-Encoding": "gzip"} if gzip else {})).read()
        return (time.perf_counter() - started) * 1000

    def close(self) -> None:
        """End the connection."""
        self._line.close()

    def _get(self, path: str, accept: str, **more: str) -> http.client.HTTPResponse:
        self._line.request("GET", self._path + path, headers={**self._headers, "Accept": accept, **more})
        answer = self._line.getresponse()
        if answer.status not in (200, 204):
            raise RuntimeError(f"{path.partition('?')[0]} answered {answer.status}: {answer.read(300)!r}")
        return answer


def bodies(objects: list[bytes], each: int) -> list[bytes]:
    """STOW bodies of `each` objects a request."""
    head = f"--{BOUNDARY}\r\nContent-Type: application/dicom\r\n\r\n".encode()
    end = f"--{BOUNDARY}--\r\n".encode()
    grouped = [objects[at : at + each] for at in range(0, len(objects), each)]
    return [b"".join(piece for one in group for piece in (head, one, b"\r\n")) + end for group in grouped]
