"""What is done in DST of `isocentre deid`, so that a run that was broken off goes on: nothing in it names an original.

Names, sizes and times of originals are kept as keyed hashes; the key as a salted slow hash, to recognise it by.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import sqlite3
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from isocentre.adapters.private import sync_folder
from isocentre.cli import deid_names
from isocentre.cli.deid_score import STATE
from isocentre.cli.deid_sources import Entry

FOLDER = STATE
"""In DST: the state, and copies that have no name yet."""
_TABLES = """
CREATE TABLE IF NOT EXISTS made_by (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outcome (id INTEGER PRIMARY KEY, body TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS done (source BLOB PRIMARY KEY, stamp BLOB NOT NULL, outcome INTEGER NOT NULL,
  output TEXT, folded TEXT UNIQUE, size INTEGER NOT NULL, person TEXT NOT NULL) WITHOUT ROWID;
"""
_WORDS = {
    "profile": "another profile, another version of it, or other rules", "key": "another key",
    "source": "another SRC (or SRC was moved)", "engine": "another version of Isocentre",
    "waiver": "a face waiver",
}  # fmt: skip


class Foreign(Exception):
    """DST cannot be gone on with; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What every copy in one DST has in common."""

    source: Path
    profile_sha256: str
    study_key: bytes = field(repr=False)
    face_waiver: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """What an earlier run did to an entry: `body` as `keep` was given it."""

    body: str
    output: str | None
    person: str


class State:
    """The state of one DST, open while a run lasts and to that run alone. Close it in the end."""

    def __init__(self, destination: Path, database: sqlite3.Connection, origin: Origin) -> None:
        self._at, self._db, self._origin = destination, database, origin
        self._touched: set[Path] = set()
        self._made: set[Path] = set()
        self._key = b""
        self.parts = destination / FOLDER / "parts"

    @classmethod
    def open(cls, destination: Path, origin: Origin) -> State:
        """Begin in a new or empty DST, or go on in one of the same origin; Foreign otherwise, OSError."""
        folder = destination / FOLDER
        if destination.exists() and not folder.exists() and any(destination.iterdir()):
            raise Foreign("DST holds files that this command did not put there: name a new or an empty folder.")
        (folder / "parts").mkdir(parents=True, exist_ok=True, mode=0o700)
        database = sqlite3.connect(folder / "state.sqlite3", timeout=0, isolation_level=None)
        state = cls(destination, database, origin)
        try:
            state._begin()
        except sqlite3.OperationalError:
            database.close()
            raise Foreign("Another run is writing into DST: wait for it, or name another folder.") from None
        except sqlite3.DatabaseError:
            database.close()
            raise Foreign("What is done in DST cannot be read any more: name a new folder.") from None
        except Foreign:
            database.close()
            raise
        return state

    def _begin(self) -> None:
        # Exclusive: the lock holds until the process ends, however it ends. Committed is durable.
        for words in ("locking_mode=EXCLUSIVE", "journal_mode=WAL", "synchronous=FULL"):
            self._db.execute(f"PRAGMA {words}").fetchall()
        self._db.executescript(_TABLES)
        self._db.execute("BEGIN IMMEDIATE")
        told = dict(self._db.execute("SELECT name, value FROM made_by"))
        salt = bytes.fromhex(told["salt"]) if told else secrets.token_bytes(16)
        self._key = hmac.digest(self._origin.study_key, b"state\0" + salt, "sha256")
        mine = self._said(salt)
        for name, value in mine.items() if told else ():
            # A waiver may come, for it adds copies and changes none; it may not go.
            if value < told[name] if name == "waiver" else value != told[name]:
                raise Foreign(f"The copies in DST were made with {_WORDS[name]}: name a new folder.")
        rows = {**mine, "salt": salt.hex()}
        self._db.executemany("INSERT OR REPLACE INTO made_by VALUES (?, ?)", rows.items())
        self._db.execute("COMMIT")
        for left in self.parts.iterdir():  # by a run that was broken off
            left.unlink()
        self._db.execute("BEGIN IMMEDIATE")

    def _said(self, salt: bytes) -> dict[str, str]:
        # A key is 32 random bytes and cannot be guessed; should somebody have made one of words, each guess costs.
        key = hashlib.scrypt(self._origin.study_key, salt=salt, n=1 << 14, r=8, p=1, dklen=32)
        return {
            "profile": self._origin.profile_sha256, "key": key.hex(), "engine": version("isocentre"),
            "source": self._mac(os.fsencode(self._origin.source.resolve())).hex(),
            "waiver": str(int(self._origin.face_waiver)),
        }  # fmt: skip

    def _mac(self, data: bytes) -> bytes:
        return hmac.digest(self._key, data, "sha256")[:16]

    def _names(self, entry: Entry) -> tuple[bytes, bytes]:
        # Two members of a zip may have one name.
        name = os.fsencode(f"{entry.name}\0{entry.member}")
        return self._mac(b"name\0" + name), self._mac(b"stamp\0" + name + b"\0" + entry.stamp.encode())

    def known(self, entry: Entry) -> Known | None:
        """What was done to an entry that is as it was, and whose copy is there; the copy of a changed one goes."""
        name, stamp = self._names(entry)
        row = self._db.execute(
            "SELECT stamp, body, output, size, person FROM done JOIN outcome ON id = outcome WHERE source = ?", (name,)
        ).fetchone()
        if row is None:
            return None
        if row[0] == stamp and (row[2] is None or self._is_there(row[2], row[3])):
            return Known(row[1], row[2], row[4])
        if row[2] is not None:
            with suppress(OSError):
                (self._at / row[2]).unlink()
        self._db.execute("DELETE FROM done WHERE source = ?", (name,))
        return None

    def _is_there(self, output: str, size: int) -> bool:
        try:
            return os.lstat(self._at / output).st_size == size
        except OSError:
            return False

    def place(self, part: str, wanted: str) -> str:
        """Give a copy its name, or the next free one, and return it; OSError when it cannot have one."""
        return self._put(self.parts / part, wanted)

    def renamed(self, entry: Entry, output: str, wanted: str) -> str:
        """Give the copy of an entry that is done another name; the folders it leaves empty go."""
        made = self._put(self._at / output, wanted)
        name, _ = self._names(entry)
        self._db.execute("UPDATE done SET output = ?, folded = ? WHERE source = ?", (made, made.casefold(), name))
        for folder in (self._at / output).parents:
            if folder == self._at or any(folder.iterdir()):
                break
            self._made.discard(folder)
            self._touched.discard(folder)
            folder.rmdir()
            self._touched.add(folder.parent)
        return made

    def _put(self, from_: Path, wanted: str) -> str:
        output = deid_names.free(wanted, self._taken)
        path = self._at / output
        if path.parent not in self._made:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._made = {*self._made, path.parent} if len(self._made) < 1000 else {path.parent}
            self._touched.update(one for one in path.parents if one.is_relative_to(self._at))
        os.replace(from_, path)
        self._touched.add(path.parent)
        return output

    def _taken(self, folded: str) -> bool:
        inside = folded.split("/")[0] == FOLDER
        found = self._db.execute("SELECT 1 FROM done WHERE folded = ?", (folded,)).fetchone()
        return inside or found is not None

    def keep(self, entry: Entry, body: str, *, output: str | None, size: int, person: str) -> None:
        """Remember what was done to an entry, with the next `commit`."""
        self._db.execute("INSERT OR IGNORE INTO outcome (body) VALUES (?)", (body,))
        folded = output.casefold() if output is not None else None
        self._db.execute(
            "INSERT OR REPLACE INTO done SELECT ?, ?, id, ?, ?, ?, ? FROM outcome WHERE body = ?",
            (*self._names(entry), output, folded, size, person, body),
        )

    def commit(self) -> None:
        """Everything so far survives a power cut: first the names of the copies, then that they are done."""
        for folder in self._touched:
            sync_folder(folder)
        self._touched.clear()
        self._db.execute("COMMIT")
        self._db.execute("BEGIN IMMEDIATE")

    def counts(self) -> tuple[int, int]:
        """Copies in DST, and people in them."""
        row = self._db.execute("SELECT count(*), count(DISTINCT person) FROM done WHERE output IS NOT NULL").fetchone()
        return int(row[0]), int(row[1])

    def close(self) -> None:
        """Keep what is done, and let others in."""
        self.commit()
        self._db.execute("COMMIT")
        self._db.close()
        for left in self.parts.iterdir():
            left.unlink(missing_ok=True)
