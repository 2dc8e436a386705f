"""Blobs on a disk: content-addressed, written once, durable when `put` returns, without a wall-clock time."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path

CHUNK = 1 << 20
_KEY = re.compile(r"[0-9a-z][0-9a-z.-]{7,99}")


class DiskBlobs:
    """Implements `core.ports.Blobs` under one folder, two levels deep.

    Why not obstore here: its local store renames but does not fsync (traced), and acknowledged must mean durable.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, key: str, chunks: Iterable[bytes | memoryview]) -> int:
        """Write to a temporary file, fsync, rename, fsync the folder; an existing key is left as it is."""
        final = self._path(key)
        if final.exists():
            return final.stat().st_size
        if not final.parent.is_dir():
            final.parent.mkdir(parents=True, exist_ok=True)
            _sync(final.parent.parent)
        temporary = final.parent / f".{secrets.token_hex(8)}.tmp"
        try:
            with temporary.open("wb") as file:
                for chunk in chunks:
                    file.write(chunk)
                file.flush()
                # No clock time may lie beside a shifted date (design §3, Dates).
                os.utime(file.fileno(), (0, 0))
                os.fsync(file.fileno())
            size = temporary.stat().st_size
            temporary.rename(final)
        finally:
            temporary.unlink(missing_ok=True)
        _sync(final.parent)
        return size

    def read(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes | memoryview]:
        """Chunks of at most 1 MiB; KeyError when absent."""
        try:
            file = self._path(key).open("rb", buffering=0)
        except FileNotFoundError:
            raise KeyError(key) from None
        return _chunks(file.fileno(), file, start, length)

    def size(self, key: str) -> int:
        """Size in bytes; KeyError when absent."""
        try:
            return self._path(key).stat().st_size
        except FileNotFoundError:
            raise KeyError(key) from None

    def delete(self, key: str) -> None:
        """Remove; absent is success."""
        self._path(key).unlink(missing_ok=True)

    def keys(self) -> Iterator[str]:
        """Every key in order."""
        for path in sorted(self._root.glob("??/??/*")):
            if not path.name.startswith("."):
                yield path.name

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise ValueError("a blob key is 8 to 100 characters of a-z, 0-9, dot and dash")
        return self._root / key[:2] / key[2:4] / key


def _chunks(handle: int, file: object, start: int, length: int | None) -> Iterator[bytes]:
    try:
        position, left = start, length
        while left is None or left > 0:
            data = os.pread(handle, CHUNK if left is None else min(CHUNK, left), position)
            if not data:
                return
            position += len(data)
            left = None if left is None else left - len(data)
            yield data
    finally:
        file.close()  # type: ignore[attr-defined]  # kept open by this generator alone


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
