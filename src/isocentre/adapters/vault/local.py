"""Study keys on the gateway's disk, each wrapped by the master key; without the master key nothing is sent.

While the master key is rotated two of them lie here: `master.key` and its successor `master.next`. Each study key is
wrapped by one of the two at every moment, so a crash or a reader in between finds all of them open.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from isocentre.adapters.private import sync_folder, write_private

KEY_BYTES = 32
NONCE = 12


class LocalVault:
    """Implements `core.ports.Vault`: `vault/<slug>.key` beside `master.key`, both 0600 in the zone's home."""

    def __init__(self, home: Path) -> None:
        self._folder, self._master, self._next = home / "vault", home / "master.key", home / "master.next"
        self._open: dict[str, bytes] = {}

    def study_key(self, research_study: str) -> bytes:
        """The 32-byte study key; KeyError when there is none, ValueError when the master key does not fit."""
        if research_study not in self._open:
            path = key_file(self._folder, research_study)
            if not path.exists():
                raise KeyError("no key for this research study")
            key = self._unwrapped(path, research_study) or self._unwrapped(path, research_study)
            # Twice: a rotation may have ended between reading the one master key and the other.
            if key is None:
                raise ValueError("the master key does not open this study key: recover the master key")
            self._open[research_study] = key
        return self._open[research_study]

    def _unwrapped(self, path: Path, research_study: str) -> bytes | None:
        wrapped = path.read_bytes()
        masters = [self._read_master(), *([self._next.read_bytes()] if self._next.exists() else [])]
        found = (_opened(wrapped, master, research_study) for master in masters)
        return next((key for key in found if key is not None), None)

    def create(self, research_study: str) -> None:
        """Make the study key once; present is success. Durable before it returns: a lost key is a lost link."""
        path = key_file(self._folder, research_study)
        if path.exists():
            return
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with locked(self._folder, shared=True):
            self._make(path, research_study)

    def _make(self, path: Path, research_study: str) -> None:
        wrapped = _wrapped(secrets.token_bytes(KEY_BYTES), self._read_master(), research_study)
        temporary = path.with_suffix(f".{secrets.token_hex(4)}")
        write_private(temporary, wrapped)
        try:
            os.link(temporary, path)  # fails when another process made it in this moment: theirs stays
        except FileExistsError:
            return
        finally:
            temporary.unlink()
        sync_folder(self._folder)

    def rotate(self) -> int:
        """Wrap every study key by a new master key, which takes the old one's place; returns how many.

        ValueError, and the old one stays, when a study key is opened by neither. Ended anywhere, it is ended again by
        the next call. Backups made before are opened by the old master key only.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with locked(self._folder, shared=False):
            old = self._read_master()
            if not self._next.exists():
                write_private(self._next, secrets.token_bytes(KEY_BYTES))
            new = self._next.read_bytes()
            paths = sorted(self._folder.glob("*.key"))
            for path in paths:
                wrapped = path.read_bytes()
                if _opened(wrapped, new, path.stem) is not None:
                    continue  # a rotation that was ended half-way had come this far
                key = _opened(wrapped, old, path.stem)
                if key is None:
                    raise ValueError("the master key does not open every study key: recover the master key first")
                write_private(path, _wrapped(key, new, path.stem), replace=True)
            write_private(self._master, new, replace=True)
            self._next.unlink()
        return len(paths)

    def trouble(self) -> str:
        """Why keys cannot be wrapped and opened now; empty when they can."""
        try:
            self._read_master()
        except ValueError as error:
            return str(error)
        return ""

    def _read_master(self) -> bytes:
        try:
            return self._master.read_bytes()
        except FileNotFoundError:
            raise ValueError("the master key is missing: bring it back before anything is sent") from None


def key_file(folder: Path, research_study: str) -> Path:
    """Where the wrapped key of a research study lies in the vault's folder; ValueError for what is no short name."""
    if not research_study or not all(c.isalnum() or c in "-_" for c in research_study):
        raise ValueError("not the short name of a research study")
    return folder / f"{research_study}.key"


def read_master_key(home: Path) -> bytes:
    """The master key; ValueError when it is missing."""
    try:
        return (home / "master.key").read_bytes()
    except FileNotFoundError:
        raise ValueError("the master key is missing") from None


def install_master_key(home: Path, key: bytes) -> int:
    """Put a recovered master key in place; returns how many study keys it opens.

    ValueError, and nothing is written, when another one is here or a study key is not opened by it.
    """
    path = home / "master.key"
    if path.exists() and path.read_bytes() != key:
        raise ValueError("another master key is here: move it away first if it is the wrong one")
    wrapped = sorted((home / "vault").glob("*.key"))
    if any(_opened(one.read_bytes(), key, one.stem) is None for one in wrapped):
        raise ValueError("this master key does not open the study keys that are here")
    if not path.exists():
        write_private(path, key)
    return len(wrapped)


def _wrapped(key: bytes, master: bytes, research_study: str) -> bytes:
    nonce = secrets.token_bytes(NONCE)
    return nonce + AESGCM(master).encrypt(nonce, key, research_study.encode())


def _opened(wrapped: bytes, master: bytes, research_study: str) -> bytes | None:
    try:
        return AESGCM(master).decrypt(wrapped[:NONCE], wrapped[NONCE:], research_study.encode())
    except InvalidTag:
        return None


@contextmanager
def locked(folder: Path, *, shared: bool) -> Iterator[None]:
    """Hold the vault's folder against a rotation (`shared`), or for one."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def make_master_key(home: Path) -> bool:
    """Write the master key once (0600); present is success.

    False, and nothing is made, where study keys are already wrapped by a master key that is not here: a new one
    would open none of them.
    """
    path = home / "master.key"
    if path.exists():
        return True
    if any((home / "vault").glob("*.key")):
        return False
    write_private(path, secrets.token_bytes(KEY_BYTES))
    return True
