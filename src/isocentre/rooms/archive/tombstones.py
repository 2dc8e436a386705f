"""The log of what may never return: (object UID, ≤ revision), outside the index, in every backup (design §3)."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from isocentre.audit.files import sync_folder

_cache: dict[Path, tuple[int, dict[str, int]]] = {}


def path(home: Path) -> Path:
    """Where the log lies in a zone's home."""
    return home / "tombstones.jsonl"


def append(home: Path, stones: Mapping[str, int]) -> None:
    """Add (object UID: highest revision refused) lines, durable on return. Never inside a transaction."""
    home.mkdir(parents=True, exist_ok=True)
    with path(home).open("a+b") as log:
        fcntl.flock(log, fcntl.LOCK_EX)
        _drop_torn_line(log)
        lines = "".join(json.dumps({"uid": uid, "revision": n}) + "\n" for uid, n in sorted(stones.items()))
        log.write(lines.encode("ascii"))
        log.flush()
        os.fsync(log.fileno())
    sync_folder(home)


def _drop_torn_line(log: BinaryIO) -> None:
    log.seek(0)
    content = log.read()
    if content and not content.endswith(b"\n"):
        log.truncate(content.rfind(b"\n") + 1)


def read(home: Path) -> Mapping[str, int]:
    """Highest refused revision by object UID; read again only when the log grew.

    A torn last line (a crash while appending) is left out: its append was never acknowledged. ValueError when a line
    before the last cannot be read.
    """
    log = path(home)
    try:
        size = log.stat().st_size
    except FileNotFoundError:
        return {}
    known = _cache.get(log)
    if known is None or known[0] != size:
        known = (size, parsed(log.read_bytes()))
        _cache[log] = known
    return known[1]


def parsed(content: bytes) -> dict[str, int]:
    """The log's content as `read` gives it."""
    stones: dict[str, int] = {}
    for line in content.split(b"\n")[:-1]:
        if line:
            entry = json.loads(line)
            stones[entry["uid"]] = max(entry["revision"], stones.get(entry["uid"], 0))
    return stones
