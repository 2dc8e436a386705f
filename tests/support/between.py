"""A line that a test stands in: passes bytes on to a port, and counts how many connections were open at once."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import accumulate

from support.peers import free_port

SEEN_LATE = 0.02


@dataclass
class Between:
    """`port` is connected to instead of `to`. `spans`: when who connected opened and ended each (monotonic seconds);
    `now`: how many are open."""

    port: int
    to: int
    now: int = 0
    spans: list[tuple[float, float]] = field(default_factory=list)

    @property
    def most(self) -> int:
        """Connections open at once, at the most. One ended just before the next may be seen to end just after it."""
        changes = sorted([(begun, 1) for begun, _ in self.spans] + [(end - SEEN_LATE, -1) for _, end in self.spans])
        return max(accumulate(change for _, change in changes), default=0)

    def serve(self, listener: socket.socket) -> None:
        """Until the listener is closed."""
        while True:
            try:
                ours, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._one, args=(ours,), daemon=True).start()

    def _one(self, ours: socket.socket) -> None:
        begun = ended = time.monotonic()
        self.now += 1
        try:
            with ours, socket.create_connection(("127.0.0.1", self.to), timeout=10) as theirs:
                theirs.settimeout(None)
                back = threading.Thread(target=_pass, args=(theirs, ours), daemon=True)
                back.start()
                _pass(ours, theirs)
                ended = time.monotonic()
                back.join()
        except OSError:
            pass  # nobody there, as the one who connects will see
        finally:
            self.now -= 1
            self.spans.append((begun, max(begun + SEEN_LATE, ended)))


def _pass(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while data := one.recv(1 << 18):
            other.sendall(data)
    for each, how in ((other, socket.SHUT_WR), (one, socket.SHUT_RD)):
        with suppress(OSError):
            each.shutdown(how)


@contextmanager
def between(to: int) -> Iterator[Between]:
    """A line before the port `to` of this machine."""
    it = Between(free_port(), to)
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", it.port))
        listener.listen(64)
        threading.Thread(target=it.serve, args=(listener,), daemon=True).start()
        yield it
        listener.shutdown(socket.SHUT_RDWR)
