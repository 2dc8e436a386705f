"""Frames of the Minimal Lower Layer Protocol (HL7 v2 implementation guide, C): <VT> message <FS><CR>."""

from __future__ import annotations

from typing import Final

START: Final = b"\x0b"
END: Final = b"\x1c"
MOST: Final = 256 << 10
"""Bytes of the longest message taken; those about who a patient is have a few hundred."""


class BadFrame(Exception):
    """What came is no frame; the text never quotes it. The connection cannot be followed any further."""


class Frames:
    """Cuts a stream of bytes into messages, holding at most `most` bytes of an unfinished one."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._held = bytearray()
        self._inside = False

    def feed(self, data: bytes) -> list[bytes]:
        """The messages that are whole now. BadFrame for bytes outside a frame, a frame in a frame, or one too long.

        The <CR> behind <FS> is not waited for: some senders leave it out, and an answer must not hang on it.
        """
        self._held += data
        found: list[bytes] = []
        while self._held:
            if not self._inside and not self._begin():
                break
            end = self._held.find(END)
            if START in self._held[: end if end >= 0 else None]:
                raise BadFrame("a message begins before the one before it ended")
            if (end if end >= 0 else len(self._held)) > self._most:
                raise BadFrame("a message is too long")
            if end < 0:
                break
            found.append(bytes(self._held[:end]))
            del self._held[: end + 1]
            self._inside = False
        return found

    def _begin(self) -> bool:
        """Step into the next frame; False when there is none yet."""
        del self._held[: len(self._held) - len(self._held.lstrip(b"\r\n\0 "))]
        if not self._held:
            return False
        if self._held[:1] != START:
            raise BadFrame("bytes outside a frame")
        del self._held[:1]
        self._inside = True
        return True


def framed(message: bytes) -> bytes:
    """The message as it goes over the wire."""
    return START + message + END + b"\r"
