"""Blobs in S3 (or what speaks it), by obstore."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import obstore
from obstore.exceptions import AlreadyExistsError
from obstore.store import S3Store

from isocentre.adapters.blobs import STEP, checked, chunks_of


class S3Blobs:
    """A write-once store in one bucket under a prefix. Durable when `put` returns, by S3's own promise.

    S3 keeps a time of last change of its own, which nobody but the platform's own account can read.
    """

    def __init__(self, where: str, **options: Any) -> None:
        """`where`: s3://bucket/prefix. `options`: endpoint, region, credentials … as obstore's S3Store takes them.

        What is not given comes from the environment (AWS_ENDPOINT_URL, AWS_REGION …). ValueError for another address.
        """
        bucket, _, prefix = where.removeprefix("s3://").partition("/")
        if not where.startswith("s3://") or not bucket:
            raise ValueError("an S3 store is named s3://bucket/prefix")
        self._store = S3Store(bucket, prefix=prefix.strip("/") or None, **options)

    def put(self, key: str, chunks: Iterable[bytes | memoryview], *, settled: bool = True) -> int:
        """Store `chunks` under `key`, replacing nothing (present: success); returns the size in bytes."""
        path = _path(key)
        try:
            return self._size(path)
        except FileNotFoundError:
            counted = _Counted(chunks)
            # Large objects go up in parts; the content of a key never differs, so a race of two writers is harmless.
            try:
                obstore.put(self._store, path, iter(counted))
            except AlreadyExistsError:
                return self._size(path)
            return counted.size

    def take(self, key: str, file: Path) -> int:
        """As `put`, from a file."""
        return self.put(key, chunks_of(file))

    def settle(self, keys: Iterable[str]) -> None:
        """Nothing is left to do: durable when `put` returned."""

    def read(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Chunks (≤ 1 MiB) of the blob from `start`, `length` bytes or to its end; KeyError when absent."""
        size = self.size(key)
        end = size if length is None else min(size, start + length)
        return self._chunks(_path(key), start, end)

    def _chunks(self, path: str, start: int, end: int) -> Iterator[bytes]:
        while start < end:
            stop = min(end, start + STEP)
            yield bytes(obstore.get_range(self._store, path, start=start, end=stop))
            start = stop

    def size(self, key: str) -> int:
        """Size in bytes; KeyError when absent."""
        try:
            return self._size(_path(key))
        except FileNotFoundError:
            raise KeyError(key) from None

    def _size(self, path: str) -> int:
        return int(obstore.head(self._store, path)["size"])

    def delete(self, key: str) -> None:
        """Remove for good; absent is success."""
        obstore.delete(self._store, _path(key))

    def keys(self) -> Iterator[str]:
        """Every key."""
        for page in obstore.list(self._store):
            yield from (str(entry["path"]).rpartition("/")[2] for entry in page)

    def sweep(self, before: float) -> int:
        """Nothing: an upload that was not completed is not an object; the bucket's own rules end it."""
        return 0


class _Counted:
    def __init__(self, chunks: Iterable[bytes | memoryview]) -> None:
        self._chunks = chunks
        self.size = 0

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._chunks:
            self.size += len(chunk)
            yield bytes(chunk)


def _path(key: str) -> str:
    checked(key)
    return f"{key[:2]}/{key[2:4]}/{key}"
