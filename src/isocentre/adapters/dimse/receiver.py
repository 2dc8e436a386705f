"""A receiver process: takes connections from the listener and serves each in a thread of its own."""

from __future__ import annotations

import itertools
import logging
import socket
import threading
import time
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NoAnswer
from pathlib import Path

from isocentre.adapters.dimse import control
from isocentre.adapters.dimse.association import Association
from isocentre.adapters.dimse.contexts import storage_classes
from isocentre.adapters.dimse.control import Channel, ChannelClosed, Line
from isocentre.adapters.dimse.incoming import Budget
from isocentre.adapters.dimse.limits import Limits
from isocentre.adapters.dimse.messages import describe
from isocentre.core.ports import Receiving

_TICK = 0.25  # seconds between looks at `stop`, and between tries to reach the listener
_ANSWER = 5.0  # seconds the listener has to grant a place

log = logging.getLogger(__name__)


def run_receiver(
    control_path: Path, receiving: Receiving, stop: threading.Event, *, limits: Limits | None = None
) -> None:
    """Serve connections the listener at `control_path` hands over, until `stop` is set.

    Waits for a listener that is away. After `stop`, objects on their way have `limits.grace` seconds.
    `receiving` is called from many threads at once.
    """
    storage_classes()  # the tables are read before the first peer waits for them
    Receiver(receiving, limits or Limits()).run(control_path, stop)


class _Connection:
    """One connection being served: where from, and which peer's place it holds."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.peer: str | None = None
        self.association: Association | None = None
        self.thread: threading.Thread | None = None


class Receiver:
    """The connections of one process. They outlive a restart of the listener, which is told of them when it is back."""

    def __init__(self, receiving: Receiving, limits: Limits) -> None:
        self._receiving = receiving
        self._limits = limits
        self._budget = Budget(limits.buffers_total)
        self._lock = threading.Lock()  # over the three below, and the order of what is said of them
        self._channel: Channel | None = None
        self._connections: set[_Connection] = set()
        self._asks: dict[int, Future[bool]] = {}
        self._numbers = itertools.count()

    def run(self, control_path: Path, stop: threading.Event) -> None:
        """Serve until `stop` is set."""
        while not stop.is_set():
            try:
                channel = control.connect(control_path)
            except OSError:
                stop.wait(_TICK)
                continue
            try:
                self._attend(channel, stop)
            except ChannelClosed:
                log.warning("the listener is gone")
            finally:
                self._detach(channel)
        self._finish()

    def _attend(self, channel: Channel, stop: threading.Event) -> None:
        channel.sock.settimeout(_TICK)
        with self._lock:
            channel.send({"say": "hello", "open": [(c.address, c.peer) for c in self._connections]})
            self._channel = channel
        while not stop.is_set():
            try:
                lines = channel.receive()
            except TimeoutError:
                continue
            for line, handed in lines:
                self._obey(line, handed)

    def _detach(self, channel: Channel) -> None:
        with self._lock:
            self._channel = None
            asks, self._asks = self._asks, {}
            channel.close()
        for answer in asks.values():
            answer.set_result(False)

    def _obey(self, line: Line, handed: socket.socket | None) -> None:
        if handed is not None:
            self._serve(handed, line["address"], full=line["full"])
        elif line["say"] == "reserved":
            with self._lock:
                answer = self._asks.pop(line["ask"], None)
                if answer is None and line["granted"]:
                    self._say({"say": "unreserve", "peer": line["peer"]})  # too late: nobody waits for it
            if answer is not None:
                answer.set_result(line["granted"])
        elif line["say"] == "make_room":
            made = self._make_room(line["peer"], line["idle"])
            with self._lock:
                self._say({"say": "made_room", "peer": line["peer"], "made": made})

    def _make_room(self, peer: str, idle: float) -> bool:
        """End the association of the peer that has said nothing for longest, and for at least `idle` seconds."""
        with self._lock:
            mine = [c.association for c in self._connections if c.peer == peer and c.association is not None]
        silent = [(seconds, one) for one in mine if (seconds := one.silent_for()) is not None and seconds >= idle]
        if not silent:
            return False
        longest, one = max(silent, key=lambda each: each[0])
        log.info("an association of %s, silent for %.0f s, gives way to a new one", peer, longest)
        one.stop()
        return True

    def _serve(self, sock: socket.socket, address: str, *, full: bool) -> None:
        connection = _Connection(address)
        with self._lock:
            self._connections.add(connection)
        try:
            connection.association = Association(
                sock,
                address,
                self._receiving,
                limits=self._limits,
                budget=self._budget,
                reserve=lambda peer, limit, idle: self._reserve(connection, peer, limit, idle),
                full=full,
            )
            thread = threading.Thread(target=self._run, args=(connection,), name="association", daemon=True)
            connection.thread = thread
            thread.start()
        except (RuntimeError, OSError) as error:  # no more threads, or the peer is gone already
            log.error("a connection could not be served: %s", describe(error))
            sock.close()
            self._done(connection)

    def _run(self, connection: _Connection) -> None:
        try:
            if connection.association is not None:
                connection.association.run()
        finally:
            self._done(connection)
            self._receiving.leave()

    def _reserve(self, connection: _Connection, peer: str, limit: int, idle: float) -> bool:
        """Ask the listener for one of the peer's places; no, when it is away or does not answer."""
        answer: Future[bool] = Future()
        with self._lock:
            ask = next(self._numbers)
            self._asks[ask] = answer
            sent = self._say({"say": "reserve", "ask": ask, "peer": peer, "limit": limit, "idle": idle})
        try:
            granted = sent and answer.result(_ANSWER)
        except NoAnswer:
            granted = False
        with self._lock:
            unanswered = self._asks.pop(ask, None) is not None
            granted = granted or (sent and not unanswered and answer.result(_ANSWER))
            if granted:
                connection.peer = peer
        return granted

    def _done(self, connection: _Connection) -> None:
        with self._lock:
            self._connections.discard(connection)
            self._say({"say": "done", "address": connection.address, "peer": connection.peer})

    def _say(self, line: Line) -> bool:
        if self._channel is None:
            return False
        try:
            self._channel.send(line)
        except ChannelClosed:
            self._channel.hang_up()  # the receiving thread meets the end, and says all anew when it is back
            return False
        return True

    def _finish(self) -> None:
        with self._lock:
            connections = list(self._connections)
        deadline = time.monotonic() + self._limits.grace
        for connection in connections:
            if connection.association is not None:
                connection.association.stop()
        while time.monotonic() < deadline and any(c.association and c.association.busy for c in connections):
            time.sleep(0.05)
        for connection in connections:
            if connection.association is not None:
                connection.association.cut()
        for connection in connections:
            if connection.thread is not None and connection.thread.is_alive():
                connection.thread.join(max(deadline - time.monotonic(), 1.0))
