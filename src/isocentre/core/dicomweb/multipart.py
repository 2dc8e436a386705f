"""Read a multipart/related body as a stream, in flat memory, and write one (PS3.18 8.6.1, RFC 2046 5.1, RFC 2387)."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from isocentre.core.dicomweb.errors import BadMultipart, TooLarge, UnsupportedMedia
from isocentre.core.dicomweb.media import MULTIPART, parse_media

Read = Callable[[int], bytes]
STEP = 256 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one body may hold: `parts`, bytes of one part, bytes of one part's headers or of the preamble."""

    parts: int = 10_000
    part_bytes: int = 8 * 1024**3
    header_bytes: int = 16 * 1024


def boundary_of(content_type: str, part: str) -> str:
    """The boundary of a multipart/related body whose parts are of media type `part`.

    Raises UnsupportedMedia for another type, BadMultipart when the boundary is missing or not one (RFC 2046 5.1.1).
    """
    media = parse_media(content_type)
    if media.kind != MULTIPART or media.part not in ("", part):
        raise UnsupportedMedia(f'send {MULTIPART}; type="{part}"')
    boundary = media.params.get("boundary", "")
    if not 0 < len(boundary) <= 70 or not boundary.isascii() or not boundary.isprintable() or boundary[-1] == " ":
        raise BadMultipart("the Content-Type has no usable boundary")
    return boundary


def bounded(read: Read, length: int) -> Read:
    """A `read` that ends after `length` bytes, for servers that leave the body's end to us."""
    left = length

    def take(size: int) -> bytes:
        nonlocal left
        piece = read(min(size, left)) if left else b""
        left -= len(piece)
        return piece

    return take


class Part:
    """One part: its headers (names in lower case) and, once, its bytes. What is not read is skipped."""

    def __init__(self, headers: dict[str, str], chunks: Iterator[bytes]) -> None:
        self.headers = headers
        self._chunks = chunks

    def chunks(self) -> Iterator[bytes]:
        """The bytes of the part in order, in pieces of up to 256 KiB; BadMultipart, TooLarge as they show."""
        return self._chunks


def parts(read: Read, boundary: str, limits: Limits | None = None) -> Iterator[Part]:
    """Yield the parts of a body read by `read(n)` (b"" at its end), holding no more than one piece in memory.

    Raises BadMultipart when the boundary never comes or the body is cut short, TooLarge over a limit.
    """
    return _Body(read, boundary, limits or Limits()).parts()


class _Body:
    def __init__(self, read: Read, boundary: str, limits: Limits) -> None:
        self._read = read
        self._limits = limits
        self._delimiter = b"\r\n--" + boundary.encode("ascii")
        # The first delimiter may open the body, without the line break that belongs to every later one.
        self._buffer = bytearray(b"\r\n")

    def parts(self) -> Iterator[Part]:
        self._preamble()
        count = 0
        while not self._closed():
            count += 1
            if count > self._limits.parts:
                raise TooLarge(f"a request may hold {self._limits.parts} parts")
            chunks = self._content()
            yield Part(self._headers(), chunks)
            for _ in chunks:
                pass
        if not count:
            raise BadMultipart("the body holds no part")

    def _fill(self) -> None:
        piece = self._read(STEP)
        if not piece:
            raise BadMultipart("the body ends before its closing boundary")
        self._buffer += piece

    def _preamble(self) -> None:
        while (at := self._buffer.find(self._delimiter)) < 0:
            if len(self._buffer) > self._limits.header_bytes + STEP:
                raise BadMultipart("the body does not begin with its boundary")
            self._fill()
        del self._buffer[: at + len(self._delimiter)]

    def _closed(self) -> bool:
        """After a delimiter: True when it closes the body, False when a part's headers follow."""
        while len(self._buffer) < 2:
            self._fill()
        if self._buffer[:2] == b"--":
            return True
        while (at := self._buffer.find(b"\r\n")) < 0:
            if len(self._buffer) > self._limits.header_bytes:
                raise BadMultipart("a boundary line does not end")
            self._fill()
        if self._buffer[:at].strip(b" \t"):
            raise BadMultipart("a boundary is followed by something else on its line")
        # The line break stays: it is the first half of the empty line when a part has no headers.
        del self._buffer[:at]
        return False

    def _headers(self) -> dict[str, str]:
        while (at := self._buffer.find(b"\r\n\r\n")) < 0 or at > self._limits.header_bytes:
            if len(self._buffer) > self._limits.header_bytes:
                raise BadMultipart("the headers of a part do not end")
            self._fill()
        block = bytes(self._buffer[:at]).decode("latin-1")
        del self._buffer[: at + 4]
        headers: dict[str, str] = {}
        for line in block.split("\r\n")[1:]:
            name, colon, value = line.partition(":")
            if not colon or not name.strip():
                raise BadMultipart("a header of a part cannot be read")
            headers[name.strip().lower()] = value.strip()
        return headers

    def _content(self) -> Iterator[bytes]:
        delimiter, buffer = self._delimiter, self._buffer
        keep, size = len(delimiter) - 1, 0
        while (at := buffer.find(delimiter)) < 0:
            if len(buffer) > keep:
                size += len(buffer) - keep
                self._check(size)
                piece = bytes(memoryview(buffer)[:-keep])
                del buffer[:-keep]
                yield piece
            self._fill()
        self._check(size + at)
        if at:
            piece = bytes(memoryview(buffer)[:at])
            del buffer[: at + len(delimiter)]
            yield piece
        else:
            del buffer[: len(delimiter)]

    def _check(self, size: int) -> None:
        if size > self._limits.part_bytes:
            raise TooLarge(f"one part may hold {self._limits.part_bytes} bytes")


def new_boundary() -> str:
    """A boundary that no content will hold by chance (128 random bits)."""
    return "isocentre." + secrets.token_hex(16)


def content_type(boundary: str, part: str) -> str:
    """The Content-Type of a multipart/related response."""
    return f'{MULTIPART}; type="{part}"; boundary={boundary}'


def opening(boundary: str, part: str, *, location: str = "", length: int | None = None) -> bytes:
    """The bytes before one part's content; the line break that ends the part before is included."""
    lines = [f"\r\n--{boundary}", f"Content-Type: {part}"]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    if location:
        lines.append(f"Content-Location: {location}")
    return "\r\n".join(lines).encode("ascii") + b"\r\n\r\n"


def closing(boundary: str) -> bytes:
    """The bytes after the last part."""
    return f"\r\n--{boundary}--\r\n".encode("ascii")
