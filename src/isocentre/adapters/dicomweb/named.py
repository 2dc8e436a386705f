"""The DICOMweb servers of a hospital's PACS that its configuration names: no address is ever taken from a form.

`dicomweb.json` in the zone's home, or the file that ISOCENTRE_DICOMWEB names, readable by its owner alone:

    {"Eastvale": {"url": "https://pacs.example.nhs.uk/dicom-web", "token_file": "/run/pacs/token"}}
"""

from __future__ import annotations

import http.client
import os
import ssl
from base64 import b64encode
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from isocentre.adapters.private import secret_json

FILE = "dicomweb.json"
KEYS = frozenset({"url", "token", "token_file", "user", "password", "ca"})
_HERE = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class WebServer:
    """Where one is and how we say who we are: a bearer token (`token`, or in a file that is read each time), or user
    and password. `ca`: a file with the certificate authority it is signed by."""

    url: SplitResult
    token: str = field(default="", repr=False)
    token_file: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    ca: str = ""

    def line(self, timeout: float) -> http.client.HTTPConnection:
        """A line to it, which connects with the first request; `timeout` in seconds. The certificate is checked."""
        host, port = self.url.hostname or "", self.url.port
        if self.url.scheme == "http":
            return http.client.HTTPConnection(host, port, timeout=timeout)
        trust = ssl.create_default_context(cafile=self.ca or None)
        return http.client.HTTPSConnection(host, port, timeout=timeout, context=trust)

    def authorization(self) -> dict[str, str]:
        """The header for one request; OSError when the file of the token cannot be read."""
        token = Path(self.token_file).read_text(encoding="ascii").strip() if self.token_file else self.token
        if token:
            return {"Authorization": f"Bearer {token}"}
        if not self.user:
            return {}
        return {"Authorization": f"Basic {b64encode(f'{self.user}:{self.password}'.encode()).decode('ascii')}"}


def servers(home: Path) -> dict[str, WebServer]:
    """Each server by name; ValueError, in words that hold no secret, for a file that cannot be."""
    path = Path(os.environ.get("ISOCENTRE_DICOMWEB") or home / FILE)
    raw = secret_json(path)
    if not isinstance(raw, dict):
        raise ValueError(f"{path.name} must hold servers by name")
    return {name: _server(path.name, name, said) for name, said in raw.items()}


def _server(file: str, name: str, said: Any) -> WebServer:
    known = isinstance(said, dict) and not set(said) - KEYS and all(isinstance(one, str) for one in said.values())
    if not known or not 0 < len(name) <= 64 or not name.isprintable():
        raise ValueError(f"{file}: each server needs a name, and texts named {', '.join(sorted(KEYS))} alone")
    if sum(bool(said.get(key)) for key in ("token", "token_file", "user")) > 1:
        raise ValueError(f"{file}: {name} has more than one of token, token_file and user")
    parts = urlsplit(said.get("url", "").rstrip("/"))
    safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _HERE)
    if not (safe and parts.hostname) or parts.username is not None or parts.query or parts.fragment:
        raise ValueError(f"{file}: the url of {name} must look like https://pacs.example.nhs.uk/dicom-web")
    return WebServer(parts, **{key: value for key, value in said.items() if key != "url"})
