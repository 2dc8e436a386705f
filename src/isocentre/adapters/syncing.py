"""Many files made durable at once, by one write of the file system's journal (ADR 0014)."""

from __future__ import annotations

import ctypes
import os
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any


def sync_files(paths: Iterable[Path]) -> None:
    """Force files of one folder to the disk; OSError when it does not take them."""
    each = list(paths)
    if len(each) > 1 and sync_all(each[0].parent):
        return
    for path in each:
        with path.open("rb") as file:
            os.fsync(file.fileno())


def sync_all(root: Path) -> bool:
    """Sync the whole file system the folder is in, by one write of its journal; False where that is not to be had.

    An image has a file and three folders, and each sync by itself empties the disk's cache: for 25 images that took
    30 times as long. Errors of writing are only told since Linux 5.8 (syncfs(2)), so older ones do without.
    """
    if _syncfs() is None:
        return False
    descriptor = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if _syncfs()(descriptor):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
    finally:
        os.close(descriptor)
    return True


@cache
def _syncfs() -> Any:
    """The C library's call, which lets other threads go on meanwhile; None where it is missing or too old."""
    told = re.match(r"(\d+)\.(\d+)", os.uname().release)
    if told is None or (int(told[1]), int(told[2])) < (5, 8):
        return None
    return getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
