"""Tombstones: what was recalled or withdrawn must never return. Kept outside the index, in an append-only file."""

from __future__ import annotations

import json
import os
from functools import lru_cache
from pathlib import Path

from django.conf import settings


def _path() -> Path:
    return Path(settings.ZONE_HOME) / "tombstones.jsonl"


def add(*, object_uid: str, revision: int) -> None:
    """Refuse (UID, ≤ revision) from now on; durable when this returns."""
    with _path().open("a", encoding="utf-8") as file:
        file.write(json.dumps({"object_uid": object_uid, "revision": revision}) + "\n")
        file.flush()
        os.fsync(file.fileno())


def recalled() -> dict[str, int]:
    """UID → highest recalled revision."""
    path = _path()
    return _read(str(path), path.stat().st_size) if path.exists() else {}


@lru_cache(maxsize=1)
def _read(path: str, size: int) -> dict[str, int]:
    # Cached by size: the file only grows.
    found: dict[str, int] = {}
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        found[row["object_uid"]] = max(found.get(row["object_uid"], -1), int(row["revision"]))
    return found
