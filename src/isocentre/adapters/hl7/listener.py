"""Listens for HL7 v2 messages (MLLP, over TLS unless it is this machine): one thread a connection, each bounded."""

from __future__ import annotations

import contextlib
import ipaddress
import logging
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from isocentre.core.hl7.framing import BadFrame, Frames, framed
from isocentre.core.ports import Hearing

_TICK = 0.25  # seconds between looks at `stop`
_PIECE = 64 << 10
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """Connections at once, in all and from one address; seconds without a word, for a handshake and for one answer to
    be taken; messages a second and connection (a sender that is faster waits)."""

    connections: int = 16
    of_one: int = 4
    idle: float = 3600.0
    handshake: float = 10.0
    a_second: float = 50.0


@dataclass(frozen=True, slots=True)
class Certificates:
    """Ours and its key (PEM), and those that senders must have been given theirs by; read again when they change."""

    certificate: Path
    key: Path
    clients: Path

    def context(self) -> ssl.SSLContext:
        """TLS 1.2 or later, a certificate of the sender demanded. OSError or ssl.SSLError when a file is none."""
        made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(self.clients))
        made.minimum_version = ssl.TLSVersion.TLSv1_2
        made.verify_mode = ssl.CERT_REQUIRED
        made.load_cert_chain(self.certificate, self.key)
        return made

    def changed(self) -> tuple[int, ...]:
        """When each file was changed last (nanoseconds), to know a new one by."""
        return tuple(path.stat().st_mtime_ns for path in (self.certificate, self.key, self.clients))


@dataclass
class Listener:
    """Takes connections from the networks it may (`allowed`) until told to stop.

    `refused` counts connections by address that were not admitted. A sender that breaks the framing is cut off: what
    follows cannot be told apart any more.
    """

    hearing: Hearing
    allowed: Sequence[Network]
    certificates: Certificates | None = None
    limits: Limits = field(default_factory=Limits)
    refused: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._open: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._context: ssl.SSLContext | None = None
        self._read_at: tuple[int, ...] = ()

    def run(self, host: str, port: int, stop: Event, ready: Callable[[int], None] | None = None) -> None:
        """Serve host:port (0: any) until `stop` is set; OSError when it cannot be had."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.create_server((host, port), family=family, backlog=64) as server:
            server.settimeout(_TICK)
            if ready is not None:
                ready(server.getsockname()[1])
            while not stop.is_set():
                with contextlib.suppress(TimeoutError):
                    sock, peer = server.accept()
                    self._admit(sock, str(peer[0]), stop)

    def _admit(self, sock: socket.socket, address: str, stop: Event) -> None:
        """Begin to serve a connection, or close it at once."""
        where = ipaddress.ip_address(address)
        where = getattr(where, "ipv4_mapped", None) or where
        with self._lock:
            full = self._open.total() >= self.limits.connections or self._open[address] >= self.limits.of_one
            if full or not any(where in network for network in self.allowed):
                if address in self.refused or len(self.refused) < 1000:
                    self.refused[address] += 1
                sock.close()
                log.warning("an HL7 connection was refused: %s", "too many" if full else "not admitted")
                return
            self._open[address] += 1
        threading.Thread(target=self._serve, args=(sock, address, stop), name="hl7", daemon=True).start()

    def _serve(self, sock: socket.socket, address: str, stop: Event) -> None:
        try:
            sock.settimeout(self.limits.handshake)
            context = self._tls()
            with context.wrap_socket(sock, server_side=True) if context is not None else sock as wire:
                self._converse(wire, address, stop)
        except (BadFrame, OSError) as error:  # ssl's errors are OSErrors
            log.warning("an HL7 connection ended: %s", error if isinstance(error, BadFrame) else type(error).__name__)
        finally:
            self.hearing.leave()
            sock.close()
            with self._lock:
                self._open[address] -= 1

    def _converse(self, wire: socket.socket, address: str, stop: Event) -> None:
        frames, heard = Frames(), time.monotonic()
        wire.settimeout(_TICK)
        while not stop.is_set():
            try:
                data = wire.recv(_PIECE)
            except TimeoutError:
                if time.monotonic() - heard > self.limits.idle:
                    return
                continue
            if not data:
                return
            heard = time.monotonic()
            for message in frames.feed(data):
                began = time.monotonic()
                answer = framed(self.hearing.hear(message, address=address))
                wire.settimeout(self.limits.handshake)
                wire.sendall(answer)
                wire.settimeout(_TICK)
                stop.wait(max(0.0, 1 / self.limits.a_second - (time.monotonic() - began)))

    def _tls(self) -> ssl.SSLContext | None:
        """The context for a new connection, made anew when a file was replaced: nobody restarts us for that."""
        if self.certificates is None:
            return None
        with self._lock:
            changed = self.certificates.changed()
            if self._context is None or changed != self._read_at:
                self._context, self._read_at = self.certificates.context(), changed
            return self._context
