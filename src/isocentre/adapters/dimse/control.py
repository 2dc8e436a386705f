"""The line between listener and receivers: JSON lines over a local stream socket, connections beside lines."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_LONGEST_PATH = 100  # sun_path holds 108 bytes on Linux, 104 elsewhere
_LONGEST_LINE = 1 << 20

Line = dict[str, Any]


class ChannelClosed(ConnectionError):
    """The other end is gone, or does not keep up."""


class Channel:
    """One end of the line. Any thread may send; one thread receives."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._lock = threading.Lock()
        self._pending = b""
        self._fds: deque[int] = deque()

    def fileno(self) -> int:
        """For a selector."""
        return self.sock.fileno()

    def send(self, line: Line, handed: socket.socket | None = None) -> None:
        """Send one line, with a copy of a socket beside it; ChannelClosed when it does not go out whole at once."""
        data = json.dumps(line).encode() + b"\n"
        with self._lock:
            try:
                if handed is None:
                    self.sock.sendall(data)
                elif socket.send_fds(self.sock, [data], [handed.fileno()]) != len(data):
                    raise ChannelClosed("a line went out in part")
            except OSError as error:
                raise ChannelClosed("the other end does not take a line") from error

    def receive(self) -> list[tuple[Line, socket.socket | None]]:
        """What has come: lines, with the socket handed over beside those that say `"handed": true`.

        Blocks as the socket does; TimeoutError or BlockingIOError when there is nothing; ChannelClosed at the end.
        """
        try:
            data, fds, _, _ = socket.recv_fds(self.sock, 65536, 16, getattr(socket, "MSG_CMSG_CLOEXEC", 0))
        except ConnectionError as error:
            raise ChannelClosed("the other end is gone") from error
        self._fds.extend(fds)
        if not data:
            raise ChannelClosed("the other end is gone")
        *lines, self._pending = (self._pending + data).split(b"\n")
        if len(self._pending) > _LONGEST_LINE:
            raise ChannelClosed("the other end does not speak in lines")
        return [self._one(json.loads(line)) for line in lines]

    def hang_up(self) -> None:
        """End the line from any thread: the thread that receives meets its end."""
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close this end, and what was handed over and not taken."""
        self.sock.close()
        while self._fds:
            os.close(self._fds.popleft())

    def _one(self, line: Line) -> tuple[Line, socket.socket | None]:
        if not line.get("handed"):
            return line, None
        if not self._fds:
            # The kernel drops what a process at its limit of open files cannot take. Start anew, with true counts.
            raise ChannelClosed("a connection was lost on the way")
        return line, socket.socket(fileno=self._fds.popleft())


def listen(path: Path) -> socket.socket:
    """A local stream socket at `path`, of this user only; a dead one there is replaced."""
    path.unlink(missing_ok=True)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with _short(path) as name:
            sock.bind(name)
        path.chmod(0o600)  # before listen: nobody can have connected yet
        sock.listen(64)
    except OSError:
        sock.close()
        raise
    return sock


def connect(path: Path) -> Channel:
    """Connect to the socket at `path`; OSError when nobody listens."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with _short(path) as name:
            sock.connect(name)
    except OSError:
        sock.close()
        raise
    return Channel(sock)


@contextmanager
def _short(path: Path) -> Iterator[str]:
    """A name of `path` that fits a socket address: a data folder may lie deeper than 100 characters."""
    if len(os.fsencode(path)) <= _LONGEST_PATH:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
