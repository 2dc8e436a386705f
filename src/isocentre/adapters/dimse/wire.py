"""Bytes from and to one peer: blocking reads with a time-out or a deadline, straight into the caller's memory."""

from __future__ import annotations

import socket
import struct
import time

_HEAD = 16 << 10


class PeerClosed(ConnectionError):
    """The peer closed or reset the connection, or we were told to stop reading."""


class PeerSilent(TimeoutError):
    """The peer sent nothing for as long as we wait, or does not take what we send."""


class Wire:
    """One blocking stream socket. Not for two threads at once, except `stop_reading`.

    Time-outs are the kernel's (SO_RCVTIMEO), so that a read is one system call: Python's own would poll before each.
    """

    def __init__(self, sock: socket.socket, timeout: float) -> None:
        sock.setblocking(True)
        self._sock = sock
        self._deadline: float | None = None
        self._timeout = 0.0
        self._head = memoryview(bytearray(_HEAD))
        self._start = self._end = 0
        self.wait(timeout)
        _set_timeout(sock, socket.SO_SNDTIMEO, timeout)
        self._acknowledges = sock.family in (socket.AF_INET, socket.AF_INET6) and hasattr(socket, "TCP_QUICKACK")

    def wait(self, timeout: float) -> None:
        """From now on a read gives up after `timeout` seconds without a byte."""
        self._deadline = None
        if timeout != self._timeout:
            self._timeout = timeout
            _set_timeout(self._sock, socket.SO_RCVTIMEO, timeout)

    def wait_until(self, deadline: float) -> None:
        """From now on all reads together give up at `deadline` (time.monotonic)."""
        self._deadline = deadline

    def exactly(self, count: int) -> bytes:
        """`count` bytes (small: headers, command sets); PeerClosed or PeerSilent when they do not come."""
        held = self._end - self._start
        if held >= count:
            self._start += count
            return bytes(self._head[self._start - count : self._start])
        if count > _HEAD:
            whole = bytearray(count)
            self.into(memoryview(whole))
            return bytes(whole)
        self._head[:held] = bytes(self._head[self._start : self._end])
        self._start, self._end = 0, held
        while self._end < count:
            self._end += self._receive(self._head[self._end :], 0)
        self._start = count
        return bytes(self._head[:count])

    def into(self, view: memoryview) -> None:
        """Fill `view`, without a copy for all that is not at hand yet."""
        done = min(self._end - self._start, len(view))
        if done:
            view[:done] = self._head[self._start : self._start + done]
            self._start += done
        while done < len(view):
            # MSG_WAITALL: the kernel fills the view in one call. A sender that stalls ends it early with what there is.
            done += self._receive(view[done:], socket.MSG_WAITALL)

    def send(self, data: bytes | memoryview) -> None:
        """Send all; PeerSilent when the peer does not take it, PeerClosed when it is gone."""
        try:
            self._sock.sendall(data)
        except BlockingIOError as error:
            raise PeerSilent("the peer does not read") from error
        except OSError as error:
            raise PeerClosed("the peer is gone") from error

    def drain(self, seconds: float) -> None:
        """After our last word: let the peer read it and close (PS3.8 Sta13), else a reset would overtake it."""
        deadline = time.monotonic() + seconds
        self.wait_until(deadline)
        try:
            self._sock.shutdown(socket.SHUT_WR)
            while time.monotonic() < deadline:
                self._receive(self._head, 0)
        except (OSError, PeerClosed, PeerSilent):
            return

    def stop_reading(self) -> None:
        """Wake a blocked read, from any thread: it ends as if the peer had closed."""
        try:
            self._sock.shutdown(socket.SHUT_RD)
        except OSError:
            return  # already gone

    def close(self) -> None:
        """Close the socket."""
        self._sock.close()

    def _receive(self, view: memoryview, flags: int) -> int:
        if self._deadline is not None:
            left = self._deadline - time.monotonic()
            if left <= 0:
                raise PeerSilent("the peer took too long")
            self._timeout = left
            _set_timeout(self._sock, socket.SO_RCVTIMEO, left)
            flags = 0
        try:
            if self._acknowledges:
                # A sender with Nagle's algorithm on (DCMTK as shipped) holds its next small write until its last one
                # is acknowledged; the kernel would let it wait 40 ms. It forgets this after each of our answers.
                self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            count = self._sock.recv_into(view, 0, flags)
        except BlockingIOError as error:
            raise PeerSilent("the peer sent nothing") from error
        except OSError as error:
            raise PeerClosed("the connection was reset") from error
        if count == 0:
            raise PeerClosed("the peer closed")
        return count


def _set_timeout(sock: socket.socket, option: int, seconds: float) -> None:
    microseconds = max(int(seconds * 1_000_000), 1000)  # 0 would mean for ever
    sock.setsockopt(socket.SOL_SOCKET, option, struct.pack("@ll", *divmod(microseconds, 1_000_000)))
