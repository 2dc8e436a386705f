"""Blob stores behind `core.ports.Blobs`: a folder on disk, and S3."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

STEP = 1024 * 1024
"""Longest chunk a read yields, in bytes."""

_KEY = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{7,119}(\.[0-9a-z]{1,7})?")


def checked(key: str) -> str:
    """The key, when it is a plain name of 8–128 characters; ValueError for anything that could be a path."""
    if not _KEY.fullmatch(key):
        raise ValueError("a blob key is 8 to 128 letters, digits, dashes or underscores, and one ending")
    return key


def sweep(folder: Path, before: float) -> int:
    """Remove the files of a folder that nobody touched since `before` (seconds since 1970); returns how many."""
    gone = 0
    for path in folder.glob("*"):
        # The time of change: a blob about to get its name has a modification time of zero.
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_ctime < before:
                path.unlink()
                gone += 1
    return gone


def chunks_of(path: Path) -> Iterator[bytes]:
    """The bytes of a file in chunks of at most 1 MiB."""
    with path.open("rb") as file:
        while chunk := file.read(STEP):
            yield chunk
