"""The web server of the zone in ISOCENTRE_ZONE, which `side` forks."""

from __future__ import annotations

import os
import socket

from granian import Granian
from granian._granian import SocketHolder
from granian.constants import Interfaces
from granian.log import LogLevels

from isocentre.adapters.loopback import unpaced
from isocentre.config import environment, logs

THREADS = 8


class Server(Granian):  # type: ignore[misc, valid-type]  # chosen at import, by the kind of Python
    """One listening socket for all workers, ours: a worker that ends takes no waiting connection with it.

    Granian would open one in each worker, which cannot be reached to take the pace off what is sent on it.
    """

    def _init_shared_socket(self) -> None:
        self._sso = listening(self.bind_addr, self.bind_port, self.backlog)
        self._sfd = self._sso.fileno()
        self._shd = SocketHolder(self._sfd, False, self.backlog)  # type: ignore[call-arg]  # its stub names none
        self._ssp = None


def listening(address: str, port: int, backlog: int) -> socket.socket:
    """The socket that web processes accept from; what they accept has its options.

    Without TCP_NODELAY an answer in two parts waits 40 ms for the acknowledgement of the first.
    """
    sock = socket.create_server((address, port), backlog=backlog)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    unpaced(sock)
    sock.setblocking(False)
    sock.set_inheritable(True)
    return sock


def main() -> None:
    """Serve until told to stop."""
    env = environment.read()
    # The national side serves images to many; the hospital side serves pages to a few.
    workers = max(2, min(8, (os.cpu_count() or 2) // 2)) if env.zone == "platform" else 1
    Server(
        "isocentre.config.wsgi:application", address="127.0.0.1", port=env.http_port, interface=Interfaces.WSGI,
        workers=workers, blocking_threads=THREADS, websockets=False, log_level=LogLevels.error,
        log_dictconfig=logs.server_logging(), log_access=False, respawn_failed_workers=True,
    ).serve()  # fmt: skip
