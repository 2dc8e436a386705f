"""A small server that speaks the transit engine of Vault and OpenBao, as far as their API documents say: for tests.

POST encrypt/KEY, decrypt/KEY and keys/KEY/rotate under /v1/MOUNT, tokens, the seal, errors as JSON; nothing else.
"""

from __future__ import annotations

import json
import secrets
import threading
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


@dataclass
class Transit:
    """What the server holds: versions of one key, and how it is at present."""

    token: str = "s.a-token-of-the-test"
    mount: str = "transit"
    name: str = "isocentre"
    namespace: str = ""
    sealed: bool = False
    least: int = 1
    answer: bytes = b""
    versions: list[bytes] = field(default_factory=lambda: [secrets.token_bytes(32)])
    asked: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        """What ISOCENTRE_VAULT is to say."""
        return f"http://127.0.0.1:{self.port}/{self.mount}/{self.name}"

    def done(self, path: str, headers: Any, body: dict[str, str]) -> tuple[int, dict[str, Any] | None]:
        """Status and answer."""
        if self.sealed:
            return 503, {"errors": ["Vault is sealed"]}
        if headers.get("X-Vault-Token") != self.token or headers.get("X-Vault-Namespace", "") != self.namespace:
            return 403, {"errors": ["permission denied"]}
        about = b64decode(body.get("associated_data", ""))
        if path == f"/v1/{self.mount}/keys/{self.name}/rotate":
            self.versions.append(secrets.token_bytes(32))
            return 204, None
        if path == f"/v1/{self.mount}/encrypt/{self.name}":
            nonce, newest = secrets.token_bytes(12), len(self.versions)
            sealed = AESGCM(self.versions[-1]).encrypt(nonce, b64decode(body["plaintext"]), about)
            return 200, {"data": {"ciphertext": f"vault:v{newest}:{_text(nonce + sealed)}", "key_version": newest}}
        if path == f"/v1/{self.mount}/decrypt/{self.name}":
            return self._decrypted(body["ciphertext"], about)
        return 404, {"errors": []}

    def _decrypted(self, text: str, about: bytes) -> tuple[int, dict[str, Any]]:
        _, version, coded = text.split(":")
        number, whole = int(version[1:]), b64decode(coded)
        if not self.least <= number <= len(self.versions):
            return 400, {"errors": ["ciphertext or signature version is disallowed by policy (too old)"]}
        try:
            key = AESGCM(self.versions[number - 1]).decrypt(whole[:12], whole[12:], about)
        except InvalidTag:
            return 400, {"errors": ["cipher: message authentication failed"]}
        return 200, {"data": {"plaintext": _text(key)}}


def _text(data: bytes) -> str:
    return b64encode(data).decode()


@contextmanager
def serving() -> Iterator[Transit]:
    """The server, on a port of its own of this machine."""
    held = Transit()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            held.asked.append(self.path)
            status, answer = held.done(self.path, self.headers, json.loads(self.rfile.read(length) or b"{}"))
            body = held.answer or (json.dumps(answer).encode() if answer is not None else b"")
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    held.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield held
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
