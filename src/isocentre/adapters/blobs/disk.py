"""Blobs as plain files: two levels of folders, durable when `put` returns, without any trace of when."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from isocentre.adapters.blobs import STEP, checked, chunks_of, sweep
from isocentre.adapters.private import sync_folder
from isocentre.adapters.syncing import sync_all
from isocentre.core import points

READ_ONLY = 0o400
AT_ONCE = 100
"""Files held open while they are synced."""


class DiskBlobs:
    """A write-once store in one folder.

    A blob is written under a temporary name, renamed, and synced with its folder, the name before the bytes: one write
    of the disk's journal then does for both. Only when all of that is done is the file made read-only: what a crash
    left under its name but not whole is writable still, and written anew when it comes again. obstore's local store
    renames but does not sync, so that is done here. Modification times are set to zero: the hour of arrival beside a
    shifted date would undo the shift (design §3, Dates).
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._temporary = root / "tmp"

    def put(self, key: str, chunks: Iterable[bytes | memoryview], *, settled: bool = True) -> int:
        """Store `chunks` under `key`, replacing nothing (present: success); returns the size in bytes. OSError.

        Durable on return; with `settled` false, only after `settle`.
        """
        path = self._path(key)
        held = _held(path)
        if held is not None:
            return held
        temporary = self._new(path)
        try:
            with temporary.open("xb", buffering=0) as file:
                for chunk in chunks:
                    _write_all(file.fileno(), chunk)
                size = file.tell()
            self._name(temporary, path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        if settled:
            self.settle([key])
        return size

    def take(self, key: str, file: Path) -> int:
        """As `put`; a file of the same file system is moved, so that gigabytes are written once and not twice."""
        path = self._path(key)
        held = _held(path)
        if held is not None:
            return held
        self._folders(path.parent)
        size = file.stat().st_size
        try:
            self._name(file, path)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            return self.put(key, chunks_of(file))
        self.settle([key])
        return size

    def settle(self, keys: Iterable[str]) -> None:
        """Make what was put under these keys durable, files and folders."""
        fresh = [path for path in map(self._path, keys) if _held(path) is None]
        for start in range(0, len(fresh), AT_ONCE):
            self._settle(fresh[start : start + AT_ONCE])

    def _settle(self, paths: list[Path]) -> None:
        with contextlib.ExitStack() as opened:
            # The very files that are synced are marked: another process may put its own in their place meanwhile.
            files = [opened.enter_context(path.open("rb")) for path in paths]
            if not sync_all(self._root):
                for path, file in zip(paths, files, strict=True):
                    os.fsync(file.fileno())
                    for folder in (path.parent, path.parent.parent, self._root):
                        sync_folder(folder)
            for file in files:
                os.fchmod(file.fileno(), READ_ONLY)
                # What streams in must not push out of memory what people look at; and the next file gets these pages.
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        points.reach("blob.synced")

    def _new(self, path: Path) -> Path:
        """A fresh temporary name, with the folders that it and `path` need."""
        self._folders(path.parent)
        return self._temporary / f"{path.name[:16]}.{secrets.token_hex(8)}"

    def _name(self, temporary: Path, path: Path) -> None:
        os.utime(temporary, ns=(0, 0))
        temporary.rename(path)
        _forget_time(self._temporary, path.parent)
        points.reach("blob.renamed")

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
            _forget_time(path.parent)
            sync_folder(path.parent)

    def keys(self) -> Iterator[str]:
        """Every key, in no order of time."""
        for first in sorted(self._root.glob("??")):
            for second in sorted(first.glob("??")):
                yield from sorted(entry.name for entry in os.scandir(second))

    def sweep(self, before: float) -> int:
        """Remove temporary files that nobody touched since then."""
        gone = sweep(self._temporary, before)
        if gone:
            _forget_time(self._temporary)
        return gone

    def _path(self, key: str) -> Path:
        checked(key)
        return self._root / key[:2] / key[2:4] / key

    def _folders(self, folder: Path) -> None:
        for each in (self._temporary, folder.parent, folder):
            if not each.is_dir():
                each.mkdir(parents=True, exist_ok=True)
                _forget_time(each.parent)


def _held(path: Path) -> int | None:
    """The size of a blob that is whole and durable; None when there is none, or it may be a crash's leftover."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return None if found.st_mode & stat.S_IWUSR else found.st_size


def _forget_time(*folders: Path) -> None:
    """A folder's own time would tell when its newest blob came, and every copy would carry it along."""
    for each in folders:
        with contextlib.suppress(FileNotFoundError):
            os.utime(each, ns=(0, 0))


def _write_all(descriptor: int, chunk: bytes | memoryview) -> None:
    view = memoryview(chunk)
    while view:
        view = view[os.write(descriptor, view) :]


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
