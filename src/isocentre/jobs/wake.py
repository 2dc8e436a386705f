"""Wakes a zone's workers by a datagram to a socket in the zone's home; polling each second stays the safety net."""

from __future__ import annotations

import select
import socket
from pathlib import Path

from django.conf import settings


def _folder() -> Path:
    return Path(settings.ZONE_HOME) / "wake"


class Sleeper:
    """A worker's end: a datagram socket of its own in the wake folder."""

    def __init__(self, name: str) -> None:
        folder = _folder()
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / f"{name}.sock"
        self._path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.bind(str(self._path))

    def wait(self, seconds: float) -> None:
        """Sleep until woken or `seconds` have passed; empties the socket."""
        if select.select([self._socket], [], [], seconds)[0]:
            try:
                while self._socket.recv(16):
                    pass
            except BlockingIOError:
                return

    def close(self) -> None:
        """Remove the socket."""
        self._socket.close()
        self._path.unlink(missing_ok=True)


def wake() -> None:
    """Nudge every worker of this zone; a worker that is gone or full is not an error, it polls."""
    folder = _folder()
    if not folder.is_dir():
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)
        for path in folder.glob("*.sock"):
            try:
                sender.sendto(b"w", str(path))
            except (ConnectionRefusedError, FileNotFoundError, BlockingIOError):
                continue
