"""The listener process: hands each connection to the least busy receiver, and keeps the counts."""

from __future__ import annotations

import logging
import selectors
import socket
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from threading import Event

from isocentre.adapters.dimse import control
from isocentre.adapters.dimse.control import Channel, ChannelClosed, Line
from isocentre.adapters.dimse.limits import Limits
from isocentre.adapters.dimse.places import Places
from isocentre.core import points

_TICK = 0.25  # seconds between looks at `stop`
_TURN = 64  # connections accepted before the receivers are heard again

log = logging.getLogger(__name__)


def run_listener(
    host: str,
    port: int,
    control_path: Path,
    stop: Event,
    *,
    limits: Limits | None = None,
    ready: Callable[[int], None] | None = None,
    told: Callable[[dict[str, int]], None] | None = None,
) -> None:
    """Listen for peers on host:port (port 0: any) and for receivers at `control_path`, until `stop` is set.

    `ready` is called once with the port; `told` with the open associations of each peer whenever they change, and must
    return at once. OSError when the port or the path cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    server = socket.create_server((host, port), family=family, backlog=512)
    with server, control.listen(control_path) as local:
        try:
            Listener(server, local, limits or Limits()).run(stop, ready, told)
        finally:
            control_path.unlink(missing_ok=True)


class _Receiver:
    """What the listener knows of one receiver: how many connections it has, by address and by peer."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.attached = False
        self.addresses: Counter[str] = Counter()
        self.peers: Counter[str] = Counter()

    @property
    def load(self) -> int:
        return self.addresses.total()


class Listener:
    """One thread, one selector. All counts live here, so a limit holds whichever receiver serves the peer.

    A receiver that dies takes its counts with it; one that outlives the listener says what it has when it comes back.
    """

    def __init__(self, server: socket.socket, local: socket.socket, limits: Limits) -> None:
        self._server = server
        self._local = local
        self._limits = limits
        self._receivers: list[_Receiver] = []
        self._places = Places(self._receivers)
        self._selector = selectors.DefaultSelector()
        self._accepting = False
        self._alone_since = time.monotonic()

    def run(
        self,
        stop: Event,
        ready: Callable[[int], None] | None = None,
        told: Callable[[dict[str, int]], None] | None = None,
    ) -> None:
        """Serve until `stop` is set."""
        before: dict[str, int] = {}
        for sock in (self._server, self._local):
            sock.setblocking(False)
        self._selector.register(self._local, selectors.EVENT_READ, None)
        if ready is not None:
            ready(self._server.getsockname()[1])
        try:
            while not stop.is_set():
                self._pause_or_resume()
                for key, _ in self._selector.select(_TICK):
                    self._turn(key)
                self._places.expire()
                if told is not None and (now := self._open()) != before:
                    before = now
                    told(now)
        finally:
            for receiver in list(self._receivers):
                self._drop(receiver)
            self._selector.close()

    def _open(self) -> dict[str, int]:
        """Open associations of each peer, now."""
        total: Counter[str] = Counter()
        for receiver in self._receivers:
            total += receiver.peers
        return dict(total)

    def _turn(self, key: selectors.SelectorKey) -> None:
        if isinstance(key.data, _Receiver):
            if key.data in self._receivers:  # not dropped in this same turn
                self._hear(key.data)
        elif key.fileobj is self._local:
            self._welcome()
        else:
            self._accept()

    def _pause_or_resume(self) -> None:
        """Without receivers, connections wait in the kernel while one is restarted; after that they are closed."""
        waited = time.monotonic() - self._alone_since > self._limits.without_receivers
        wanted = waited or any(receiver.attached for receiver in self._receivers)
        if wanted and not self._accepting:
            self._selector.register(self._server, selectors.EVENT_READ, None)
        elif self._accepting and not wanted:
            self._selector.unregister(self._server)
        self._accepting = wanted

    def _welcome(self) -> None:
        try:
            sock, _ = self._local.accept()
        except OSError as error:
            log.warning("a receiver could not be accepted (errno %s)", error.errno)
            return
        sock.setblocking(False)
        receiver = _Receiver(Channel(sock))
        self._receivers.append(receiver)
        self._selector.register(receiver.channel, selectors.EVENT_READ, receiver)

    def _hear(self, receiver: _Receiver) -> None:
        try:
            for line, _ in receiver.channel.receive():
                self._obey(receiver, line)
        except BlockingIOError:
            return
        except (ChannelClosed, ValueError, KeyError, TypeError) as error:
            log.warning("a receiver with %d connections is gone: %s", receiver.load, type(error).__name__)
            self._drop(receiver)

    def _obey(self, receiver: _Receiver, line: Line) -> None:
        if line["say"] == "hello":
            for address, peer in line["open"]:
                receiver.addresses[address] += 1
                if peer is not None:
                    receiver.peers[peer] += 1
            receiver.attached = True
        elif line["say"] == "reserve":
            self._places.reserve(receiver, line)
        elif line["say"] == "made_room":
            self._places.made_room(receiver, line)
        elif line["say"] == "unreserve":
            _one_less(receiver.peers, line["peer"])
            self._places.freed(line["peer"])
        elif line["say"] == "done":
            _one_less(receiver.addresses, line["address"])
            if line["peer"] is not None:
                _one_less(receiver.peers, line["peer"])
                self._places.freed(line["peer"])

    def _accept(self) -> None:
        for _ in range(_TURN):
            try:
                sock, address = self._server.accept()
            except BlockingIOError:
                return
            except OSError as error:
                # ECONNABORTED is the peer's; EMFILE and ENFILE are ours: leave them in the kernel for a moment.
                log.warning("a connection could not be accepted (errno %s)", error.errno)
                time.sleep(0.05)
                return
            with sock:
                self._hand_over(sock, plain_address(address[0]))

    def _hand_over(self, sock: socket.socket, address: str) -> None:
        total = sum(receiver.load for receiver in self._receivers)
        here = sum(receiver.addresses[address] for receiver in self._receivers)
        full = total >= self._limits.associations or here >= self._limits.per_address
        if total >= self._limits.associations + self._limits.refusals:
            return  # closed: there is no place left even to say no
        try:
            _tune(sock)
        except OSError:
            return  # gone already
        for receiver in sorted((r for r in self._receivers if r.attached), key=lambda r: r.load):
            try:
                receiver.channel.send({"say": "serve", "handed": True, "address": address, "full": full}, sock)
                points.reach("listener.handed")
            except ChannelClosed:
                log.warning("a receiver does not take connections")
                self._drop(receiver)
                continue
            receiver.addresses[address] += 1
            return
        log.error("a connection was closed: no receiver takes it")

    def _drop(self, receiver: _Receiver) -> None:
        if receiver in self._receivers:
            self._receivers.remove(receiver)
            self._selector.unregister(receiver.channel)
            receiver.channel.close()
            self._places.gone(receiver)
        if not any(other.attached for other in self._receivers):
            self._alone_since = time.monotonic()


def plain_address(address: str) -> str:
    """An IPv4 address as such also when it came in over IPv6."""
    return address.removeprefix("::ffff:") if "." in address else address


def _one_less(counts: Counter[str], name: str) -> None:
    counts[name] -= 1
    if counts[name] <= 0:
        del counts[name]


def _tune(sock: socket.socket) -> None:
    # Responses are small and awaited: Nagle and a delayed ACK together would stall each by 40 ms.
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4)):
        if hasattr(socket, name):
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
