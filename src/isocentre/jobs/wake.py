"""Wakes a zone's workers by a datagram to a socket in the zone's home; polling each second stays the safety net."""

from __future__ import annotations

import os
import select
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from django.conf import settings

_NAME = "wake"  # of the folder
_SETTLED = 1_000_000_000  # nanoseconds
_LONGEST_FOLDER = 60  # sun_path holds 108 bytes on Linux, and a worker's name takes its share


@contextmanager
def _short(folder: str) -> Iterator[str]:
    """A name of `folder` that leaves room in a socket's address: a data folder may lie deeper than 100 characters."""
    if len(os.fsencode(folder)) <= _LONGEST_FOLDER:
        yield folder
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{handle}"
    finally:
        os.close(handle)


class Sleeper:
    """A worker's end: a datagram socket of its own in the wake folder."""

    def __init__(self, name: str) -> None:
        folder = Path(settings.ZONE_HOME) / _NAME
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / f"{name}.sock"
        self._path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        with _short(str(folder)) as name:
            self._socket.bind(f"{name}/{self._path.name}")

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
    folder = f"{settings.ZONE_HOME}/{_NAME}"
    try:
        changed = os.stat(folder).st_mtime_ns
    except FileNotFoundError:
        return
    # A folder's time is coarse: of one that changed just now, another change may not show.
    names = _sockets(folder, changed) if time.time_ns() - changed > _SETTLED else _sockets.__wrapped__(folder, changed)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender, _short(folder) as short:
        sender.setblocking(False)
        for name in names:
            try:
                sender.sendto(b"w", f"{short}/{name}")
            except ConnectionRefusedError:  # its worker was killed: left there, every wake would call on it
                Path(folder, name).unlink(missing_ok=True)
            except (FileNotFoundError, BlockingIOError):
                continue


@lru_cache(maxsize=2)
def _sockets(folder: str, _changed: int) -> list[str]:
    """The workers' sockets, listed once for each time the folder changed: every commit calls on them."""
    return [name for name in os.listdir(folder) if name.endswith(".sock")]
