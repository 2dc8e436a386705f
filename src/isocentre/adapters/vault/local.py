"""Study keys on the gateway's disk, each wrapped by the master key; without the master key nothing is sent."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from isocentre.adapters.private import write_private

KEY_BYTES = 32
NONCE = 12


class LocalVault:
    """Implements `core.ports.Vault`: `vault/<slug>.key` beside `master.key`, both 0600 in the zone's home."""

    def __init__(self, home: Path) -> None:
        self._folder, self._master = home / "vault", home / "master.key"
        self._open: dict[str, bytes] = {}

    def study_key(self, research_study: str) -> bytes:
        """The 32-byte study key; KeyError when there is none, ValueError when the master key does not fit."""
        if research_study not in self._open:
            path = self._path(research_study)
            if not path.exists():
                raise KeyError("no key for this research study")
            wrapped = path.read_bytes()
            try:
                self._open[research_study] = AESGCM(self._read_master()).decrypt(
                    wrapped[:NONCE], wrapped[NONCE:], research_study.encode()
                )
            except InvalidTag:
                raise ValueError("the master key does not open this study key: recover the master key") from None
        return self._open[research_study]

    def create(self, research_study: str) -> None:
        """Make the study key once; present is success. Durable before it returns: a lost key is a lost link."""
        path = self._path(research_study)
        if path.exists():
            return
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        nonce = secrets.token_bytes(NONCE)
        wrapped = nonce + AESGCM(self._read_master()).encrypt(
            nonce, secrets.token_bytes(KEY_BYTES), research_study.encode()
        )
        temporary = path.with_suffix(f".{secrets.token_hex(4)}")
        write_private(temporary, wrapped)
        try:
            os.link(temporary, path)  # fails when another process made it in this moment: theirs stays
        except FileExistsError:
            return
        finally:
            temporary.unlink()
        handle = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def _path(self, research_study: str) -> Path:
        if not research_study or not all(c.isalnum() or c in "-_" for c in research_study):
            raise ValueError("not the short name of a research study")
        return self._folder / f"{research_study}.key"

    def _read_master(self) -> bytes:
        try:
            return self._master.read_bytes()
        except FileNotFoundError:
            raise ValueError("the master key is missing: bring it back before anything is sent") from None


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
