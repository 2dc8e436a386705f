"""Remembers which signed tokens were used, for as long as they hold: shared by every process of a side, on its disk.

One empty file a token, made with O_EXCL: of two who bring the same token at the same moment one wins. Nothing is
forced to the disk: a machine that loses power forgets the last minutes, and a database row would cost each request
a commit of its own.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

FOLDER = "used-tokens"


def first_use(home: Path, token: str, expires: float, now: float) -> bool:
    """True for the first who brings this token; it is forgotten after `expires` (seconds since 1970), not before."""
    folder = home / FOLDER / str(int(expires // 60))
    name = hashlib.sha256(token.encode()).hexdigest()[:32]
    try:
        return _make(folder / name)
    except FileNotFoundError:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _forget(home / FOLDER, now)
        return _make(folder / name)


def _make(path: Path) -> bool:
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return False
    return True


def _forget(folder: Path, now: float) -> None:
    """Remove the minutes whose tokens have all ended; another process may be at it too."""
    for minute in folder.iterdir():
        if minute.name.isdigit() and (int(minute.name) + 1) * 60 < now:
            shutil.rmtree(minute, ignore_errors=True)
