"""Blobs as plain files: two levels of folders, durable when `put` returns, without any trace of when."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path

from isocentre.adapters.blobs import STEP, checked, chunks_of
from isocentre.core import points


class DiskBlobs:
    """A write-once store in one folder.

    A blob is written to a temporary name, synced, renamed and its folder synced: after a crash it is whole or absent.
    obstore's local store renames but does not sync, so that is done here. Modification times are set to zero: the
    hour of arrival beside a shifted date would undo the shift (design §3, Dates).
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._temporary = root / "tmp"

    def put(self, key: str, chunks: Iterable[bytes | memoryview]) -> int:
        """Store `chunks` under `key`, replacing nothing (present: success); returns the size in bytes. OSError."""
        path = self._path(key)
        with contextlib.suppress(FileNotFoundError):
            return path.stat().st_size
        temporary = self._new(path)
        try:
            with temporary.open("xb", buffering=0) as file:
                for chunk in chunks:
                    _write_all(file.fileno(), chunk)
            return self._settle(temporary, path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

    def take(self, key: str, file: Path) -> int:
        """As `put`; a file of the same file system is moved, so that gigabytes are written once and not twice."""
        path = self._path(key)
        with contextlib.suppress(FileNotFoundError):
            return path.stat().st_size
        temporary = self._new(path)
        try:
            file.rename(temporary)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            return self.put(key, chunks_of(file))
        try:
            return self._settle(temporary, path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

    def _new(self, path: Path) -> Path:
        """A fresh temporary name, with the folders that it and `path` need."""
        self._folders(path.parent)
        return self._temporary / f"{path.name[:16]}.{secrets.token_hex(8)}"

    def _settle(self, temporary: Path, path: Path) -> int:
        """Make a written file durable under its name; its size."""
        with temporary.open("rb") as file:
            os.utime(file.fileno(), ns=(0, 0))
            os.fsync(file.fileno())
            size = os.fstat(file.fileno()).st_size
        points.reach("blob.synced")
        temporary.rename(path)
        self._forget_time(path.parent)
        _sync_folder(path.parent)
        points.reach("blob.renamed")
        return size

    def read(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Chunks (≤ 1 MiB) of the blob from `start`, `length` bytes or to its end; KeyError when absent."""
        try:
            descriptor = os.open(self._path(key), os.O_RDONLY | os.O_NOATIME)
        except FileNotFoundError:
            raise KeyError(key) from None
        return _chunks(descriptor, start, length)

    def size(self, key: str) -> int:
        """Size in bytes; KeyError when absent."""
        try:
            return self._path(key).stat().st_size
        except FileNotFoundError:
            raise KeyError(key) from None

    def delete(self, key: str) -> None:
        """Remove for good; absent is success."""
        path = self._path(key)
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
            self._forget_time(path.parent)
            _sync_folder(path.parent)

    def keys(self) -> Iterator[str]:
        """Every key, in no order of time."""
        for first in sorted(self._root.glob("??")):
            for second in sorted(first.glob("??")):
                yield from sorted(entry.name for entry in os.scandir(second))

    def _forget_time(self, folder: Path) -> None:
        """A folder's own time would tell when its newest blob came, and every copy would carry it along."""
        for each in (self._temporary, folder, folder.parent, self._root):
            with contextlib.suppress(FileNotFoundError):
                os.utime(each, ns=(0, 0))

    def _path(self, key: str) -> Path:
        checked(key)
        return self._root / key[:2] / key[2:4] / key

    def _folders(self, folder: Path) -> None:
        if folder.is_dir() and self._temporary.is_dir():
            return
        for each in (self._temporary, folder):
            each.mkdir(parents=True, exist_ok=True)
        # A new folder is only there after a crash when its parent was synced too.
        _sync_folder(folder.parent)
        _sync_folder(self._root)


def _write_all(descriptor: int, chunk: bytes | memoryview) -> None:
    view = memoryview(chunk)
    while view:
        view = view[os.write(descriptor, view) :]


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _chunks(descriptor: int, start: int, length: int | None) -> Iterator[bytes]:
    try:
        while length is None or length > 0:
            piece = os.pread(descriptor, STEP if length is None else min(STEP, length), start)
            if not piece:
                return
            start += len(piece)
            length = None if length is None else length - len(piece)
            yield piece
    finally:
        os.close(descriptor)
