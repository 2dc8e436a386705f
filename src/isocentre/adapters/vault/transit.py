"""Study keys on the gateway's disk, each wrapped by a key that never leaves a HashiCorp Vault or OpenBao server.

Spoken is the transit engine's HTTP API, version 1: encrypt, decrypt, rotate. The short name of the research study goes
along as associated data, so that the key of one does not open as that of another.
"""

from __future__ import annotations

import http.client
import json
import secrets
import ssl
import threading
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from isocentre.adapters.private import write_private
from isocentre.adapters.vault.local import KEY_BYTES, LocalVault, key_file, locked

TIMEOUT = 10.0
_MOST = 1024 * 1024
_HERE = ("127.0.0.1", "::1", "localhost")
_MARK = b"vault:v"
_REMEDIES = {
    400: "does not open this study key: is ISOCENTRE_VAULT the vault and key that wrapped it?",
    403: "refuses the token: renew the one in ISOCENTRE_VAULT_TOKEN_FILE, and let its policy encrypt and decrypt",
    404: "has no such engine or key: compare ISOCENTRE_VAULT with the vault",
    503: "is sealed: its keepers unseal it",
}


class VaultAway(ValueError):
    """The vault did not open or wrap a key; the words say why and what to do. Nothing is sent meanwhile."""


class TransitVault:
    """Implements `core.ports.Vault`: `vault/<slug>.key` in the zone's home, wrapped by the key that `url` names.

    `url`: https://HOST[:PORT]/MOUNT/KEY (http to this machine only). The token is read from its file at each call, as
    an agent renews it there. ValueError for an address that is none.
    """

    def __init__(self, home: Path, url: str, token_file: Path, *, ca: Path | None = None, namespace: str = "") -> None:
        parts = urlsplit(url)
        mount, _, name = parts.path.strip("/").rpartition("/")
        safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _HERE)
        if not (safe and parts.hostname and mount and name) or parts.username or parts.query or parts.fragment:
            raise ValueError("ISOCENTRE_VAULT must look like https://vault.example.nhs.uk:8200/transit/isocentre")
        self._parts, self._mount, self._name = parts, quote(mount), quote(name, safe="")
        self._folder, self._home = home / "vault", home
        self._token_file, self._ca, self._namespace = token_file, ca, namespace
        self._open: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def study_key(self, research_study: str) -> bytes:
        """The 32-byte study key, asked for once a process; KeyError when there is none, VaultAway when not opened."""
        with self._lock:
            if research_study not in self._open:
                path = key_file(self._folder, research_study)
                if not path.exists():
                    raise KeyError("no key for this research study")
                self._open[research_study] = self._unwrapped(path.read_bytes(), research_study)
            return self._open[research_study]

    def create(self, research_study: str) -> None:
        """Make the study key once; present is success. Durable before it returns. VaultAway when it is not wrapped."""
        path = key_file(self._folder, research_study)
        if path.exists():
            return
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        wrapped = self._wrapped(secrets.token_bytes(KEY_BYTES), research_study)
        with locked(self._folder, shared=True):
            try:
                write_private(path, wrapped)
            except FileExistsError:
                return  # another process made it in this moment: theirs stays

    def rotate(self) -> int:
        """Make a new version of the vault's key and wrap every study key by it; returns how many.

        Study keys that the local master key wraps are taken over. Ended anywhere, the next call ends it: every version
        stays open until a person raises the key's min_decryption_version.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with locked(self._folder, shared=False):
            self._ask("POST", f"keys/{self._name}/rotate", {})
            paths = sorted(self._folder.glob("*.key"))
            for path in paths:
                wrapped = path.read_bytes()
                ours = wrapped.startswith(_MARK)
                key = self._unwrapped(wrapped, path.stem) if ours else LocalVault(self._home).study_key(path.stem)
                write_private(path, self._wrapped(key, path.stem), replace=True)
        return len(paths)

    def trouble(self) -> str:
        """Why keys cannot be wrapped and opened now, and what to do; empty when they can."""
        try:
            self._unwrapped(self._wrapped(bytes(KEY_BYTES), "trial"), "trial")
        except VaultAway as away:
            return str(away)
        return ""

    def _wrapped(self, key: bytes, research_study: str) -> bytes:
        about = {"plaintext": _text(key), "associated_data": _text(research_study.encode())}
        text = str(self._ask("POST", f"encrypt/{self._name}", about).get("ciphertext", ""))
        if not text.startswith(_MARK.decode()):
            raise VaultAway("the vault answered without a wrapped key: is ISOCENTRE_VAULT a transit engine?")
        return text.encode("ascii", "replace")

    def _unwrapped(self, wrapped: bytes, research_study: str) -> bytes:
        if not wrapped.startswith(_MARK):
            raise VaultAway("this study key is wrapped by the local master key: run `isocentre master-key rotate`")
        about = {"ciphertext": wrapped.decode("ascii", "replace"), "associated_data": _text(research_study.encode())}
        answer = self._ask("POST", f"decrypt/{self._name}", about)
        try:
            key = b64decode(str(answer.get("plaintext", "")), validate=True)
        except ValueError:
            key = b""
        if len(key) != KEY_BYTES:
            raise VaultAway("the vault answered without a study key: is ISOCENTRE_VAULT a transit engine?")
        return key

    def _ask(self, method: str, path: str, body: dict[str, str]) -> dict[str, Any]:
        """The `data` of an answer. No address, token or key is in the words of VaultAway."""
        headers = {"X-Vault-Token": self._token(), "X-Vault-Request": "true", "Content-Type": "application/json"}
        if self._namespace:
            headers["X-Vault-Namespace"] = self._namespace
        line = self._line()
        try:
            line.request(method, f"/v1/{self._mount}/{path}", json.dumps(body), headers)
            with line.getresponse() as response:
                status, answer = response.status, response.read(_MOST)
        except ssl.SSLError:
            raise VaultAway("the vault's certificate is not trusted here: name its CA in ISOCENTRE_VAULT_CA") from None
        except (OSError, http.client.HTTPException):
            raise VaultAway("the vault does not answer: see that it runs and ISOCENTRE_VAULT names it") from None
        finally:
            line.close()
        if status >= 300:
            raise VaultAway(f"the vault {_REMEDIES.get(status, f'answers {status}: see its own log')}")
        return _data(answer) if status != 204 else {}

    def _line(self) -> http.client.HTTPConnection:
        host, port = str(self._parts.hostname), self._parts.port
        if self._parts.scheme == "http":
            return http.client.HTTPConnection(host, port or 8200, timeout=TIMEOUT)
        try:
            context = ssl.create_default_context(cafile=str(self._ca) if self._ca else None)
        except OSError:
            raise VaultAway("the file in ISOCENTRE_VAULT_CA cannot be read: name one with certificates (PEM)") from None
        return http.client.HTTPSConnection(host, port or 8200, timeout=TIMEOUT, context=context)

    def _token(self) -> str:
        try:
            token = self._token_file.read_text(encoding="ascii").strip()
        except (OSError, ValueError):
            token = ""
        if not token or not token.isprintable():
            raise VaultAway("there is no token for the vault: its agent writes one to ISOCENTRE_VAULT_TOKEN_FILE")
        return token


def _text(data: bytes) -> str:
    return b64encode(data).decode()


def _data(answer: bytes) -> dict[str, Any]:
    try:
        data = json.loads(answer).get("data") if answer else {}
    except (ValueError, AttributeError):
        raise VaultAway("the vault's answer is none: does ISOCENTRE_VAULT name a proxy's page?") from None
    return data if isinstance(data, dict) else {}
