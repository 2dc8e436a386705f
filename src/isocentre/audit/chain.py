"""The chain of the audit trail: what a row's digest is made of, and the file of heads outside the database.

digest(n) = SHA-256(digest(n-1) + canonical JSON of row n), digest(0) = 64 zeros. The zone's file `audit-head.jsonl`
is only ever appended to: an `intent` before a batch is committed, its `head` after. A row in the database that no
intent foretold was not made by the sealer; a head the database no longer reaches was cut off.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC
from pathlib import Path
from typing import Any, Literal

from isocentre.audit.files import sync_folder
from isocentre.audit.models import AuditRow

FILE = "audit-head.jsonl"
START = "0" * 64
TAIL_BYTES = 8192
Kind = Literal["intent", "head", "unexplained", "restored"]


@dataclass(frozen=True, slots=True)
class Mark:
    """One line of the file: the last row of a batch and its digest."""

    kind: Kind
    chain_no: int
    digest: str


def digest(previous: str, row: AuditRow, chain_no: int) -> str:
    """The digest of a row as it stands in the database, at this place in the chain (hex)."""
    return hashlib.sha256(previous.encode("ascii") + canonical(row, chain_no)).hexdigest()


def canonical(row: AuditRow, chain_no: int) -> bytes:
    """Everything a row says, as JSON with sorted keys, no spaces, UTC to the microsecond."""
    said: dict[str, Any] = {
        "chain_no": chain_no,
        "at": row.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor_kind": row.actor_kind,
        "actor": row.actor,
        "role": row.role,
        "action": row.action,
        "object_type": row.object_type,
        "object_id": row.object_id,
        "detail": row.detail,
        "reason": row.reason,
    }
    return json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def head() -> tuple[int, str]:
    """The last sealed row's number and digest; (0, zeros) for an empty chain."""
    last = AuditRow.objects.exclude(chain_no=None).order_by("-chain_no").values_list("chain_no", "digest").first()
    return (last[0], last[1]) if last and last[0] is not None else (0, START)


@contextmanager
def only_one(home: Path, *, wait: bool = False) -> Iterator[bool]:
    """True for the one process of this machine that may work on the chain now; the lock dies with its process."""
    home.mkdir(parents=True, exist_ok=True)
    handle = os.open(home / FILE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
            return
        yield True
    finally:
        os.close(handle)


def append(home: Path, mark: Mark) -> None:
    """Add a line; durable on return. A line cut off by a crash is closed first, so that it cannot spoil the next."""
    path = home / FILE
    new = not path.exists()
    with path.open("ab+") as file:
        size = file.seek(0, os.SEEK_END)
        if size:
            file.seek(size - 1)
        closing = b"\n" if size and file.read(1) != b"\n" else b""
        file.write(closing + json.dumps(asdict(mark), sort_keys=True).encode("ascii") + b"\n")
        file.flush()
        os.fsync(file.fileno())
    if new:
        sync_folder(home)


def marks(home: Path, *, tail: bool = False) -> list[Mark]:
    """The file's lines in order (only the last few with `tail`); unreadable lines, cut off by a crash, are left out."""
    try:
        with (home / FILE).open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            start = max(0, size - TAIL_BYTES) if tail else 0
            file.seek(start)
            lines = file.read().splitlines()
    except FileNotFoundError:
        return []
    return [mark for line in lines if (mark := _mark(line)) is not None]


def _mark(line: bytes) -> Mark | None:
    try:
        raw = json.loads(line)
        return Mark(raw["kind"], int(raw["chain_no"]), str(raw["digest"]))
    except (ValueError, KeyError, TypeError):
        return None
