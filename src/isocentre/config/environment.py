"""The environment an Isocentre process is started with, read in one place and at call time."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

ZONES = ("gateway", "platform")
PORTS: dict[str, tuple[Literal["", "tls", "starttls"], int]] = {
    "smtp": ("", 25), "smtps": ("tls", 465), "smtp+starttls": ("starttls", 587),
}  # fmt: skip
ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,190}")
"""One address without a name beside it, and nothing that ends a line of a header."""
Network = IPv4Network | IPv6Network


@dataclass(frozen=True)
class Mail:
    """A mail server, from whom we write, and to whom. `tls`: from the first byte, or after STARTTLS."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    tls: Literal["", "tls", "starttls"]
    sender: str
    to: tuple[str, ...]


@dataclass(frozen=True)
class Hl7:
    """Where HL7 v2 messages are listened for, from which networks, and the files of TLS (certificate, key, those who
    give senders theirs; none: from this machine alone)."""

    port: int
    allowed: tuple[Network, ...]
    tls: tuple[Path, Path, Path] | None

    @property
    def host(self) -> str:
        """The address to listen at."""
        return "0.0.0.0" if self.tls is not None else "127.0.0.1"  # noqa: S104 - who may connect is on the list


@dataclass(frozen=True)
class Environment:
    """What the process was told: its zone, data folder, ports and stores."""

    zone: str
    home: Path
    http_port: int
    dicom_port: int
    database_url: str
    blobs: str
    public_url: str
    proxies: tuple[Network, ...]
    demo: bool
    mail: Mail | None = None
    hl7: Hl7 | None = None

    @property
    def zone_home(self) -> Path:
        """The data folder of this process's zone."""
        return self.home / self.zone


def read(zone: str | None = None) -> Environment:
    """Read the environment; ValueError, in words, for a zone, an address or a proxy that is none."""
    zone = zone or os.environ.get("ISOCENTRE_ZONE", "platform")
    if zone not in ZONES:
        raise ValueError(f"ISOCENTRE_ZONE is {zone!r}: set it to gateway or platform")
    base = int(os.environ.get("ISOCENTRE_HTTP_PORT", "8000"))
    home = Path(os.environ.get("ISOCENTRE_HOME", "~/.isocentre")).expanduser().resolve()
    return Environment(
        zone=zone,
        home=home,
        http_port=base + (1 if zone == "gateway" else 0),
        dicom_port=int(os.environ.get("ISOCENTRE_DICOM_PORT", "11112")),
        database_url=os.environ.get("ISOCENTRE_DATABASE_URL", ""),
        blobs=os.environ.get("ISOCENTRE_BLOBS", ""),
        public_url=_public_url(zone),
        proxies=_proxies(os.environ.get("ISOCENTRE_PROXIES", "")),
        demo=os.environ.get("ISOCENTRE_DEMO") == "1",
        mail=_mail() if zone == "gateway" else None,
        hl7=_hl7() if zone == "gateway" else None,
    )


def _mail() -> Mail | None:
    """The mail server of ISOCENTRE_MAIL, None where none is set; ValueError in words for what cannot be."""
    url = os.environ.get("ISOCENTRE_MAIL", "")
    if not url:
        return None
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError(
            "ISOCENTRE_MAIL must look like smtps://user:<password>@mail.example.nhs.uk, or smtp+starttls://"
        )
    sender = os.environ.get("ISOCENTRE_MAIL_FROM", "")
    to = tuple(one.strip() for one in os.environ.get("ISOCENTRE_MAIL_TO", "").split(",") if one.strip())
    if not all(ADDRESS.fullmatch(one) for one in (sender, *to)):
        raise ValueError("ISOCENTRE_MAIL_FROM and ISOCENTRE_MAIL_TO must be e-mail addresses, the latter with commas")
    tls, port = PORTS[parts.scheme]
    return Mail(parts.hostname, parts.port or port, unquote(parts.username or ""), unquote(parts.password or ""), tls,
                sender, to)  # fmt: skip


def _public_url(zone: str) -> str:
    """The address people use of this side. Where one environment speaks of both, the hospital side's has its own name.

    ValueError unless it is http(s)://host or http(s)://host:port: links, cookies and the check of forms hang on it.
    """
    both = "ISOCENTRE_ZONE" not in os.environ
    name = "ISOCENTRE_PUBLIC_URL_GATEWAY" if both and zone == "gateway" else "ISOCENTRE_PUBLIC_URL"
    url = os.environ.get(name, "").rstrip("/")
    parts = urlsplit(url)
    if url and (
        parts.scheme not in ("http", "https") or not parts.hostname or url != f"{parts.scheme}://{parts.netloc}"
    ):
        raise ValueError(f"{name} must look like https://imaging.example.nhs.uk, without a path")
    if parts.username is not None:
        raise ValueError(f"{name} must hold no name and no password")
    return url.lower()


def _proxies(text: str) -> tuple[Network, ...]:
    return _networks("ISOCENTRE_PROXIES", text)


def _networks(name: str, text: str) -> tuple[Network, ...]:
    try:
        return tuple(ip_network(one.strip()) for one in text.split(",") if one.strip())
    except ValueError:
        raise ValueError(f"{name} must be addresses or networks, like 127.0.0.1,10.0.8.0/24") from None


TLS = ("ISOCENTRE_TLS_CERTIFICATE", "ISOCENTRE_TLS_KEY", "ISOCENTRE_TLS_CLIENTS")


def _hl7() -> Hl7 | None:
    """The HL7 listener, which is off without ISOCENTRE_HL7_PORT; ValueError, in words, for half a setting."""
    port = os.environ.get("ISOCENTRE_HL7_PORT", "")
    if not port:
        return None
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError("ISOCENTRE_HL7_PORT must be the number of a port, like 2575")
    allowed = _networks("ISOCENTRE_HL7_ALLOW", os.environ.get("ISOCENTRE_HL7_ALLOW", ""))
    if not allowed:
        raise ValueError("ISOCENTRE_HL7_ALLOW must name who may send HL7 messages, like 10.0.8.5")
    files = tuple(Path(os.environ[name]) for name in TLS if os.environ.get(name))
    if len(files) not in (0, len(TLS)):
        raise ValueError(f"set all of {', '.join(TLS)}, or none")
    if not files and not all(one.is_loopback for one in allowed):
        raise ValueError(f"HL7 messages from other machines come over TLS: set {', '.join(TLS)}")
    return Hl7(int(port), allowed, (files[0], files[1], files[2]) if files else None)


def database(url: str, fallback: Path) -> dict[str, Any]:
    """Django's DATABASES entry for a `postgresql://` or `sqlite:///` URL, or SQLite at `fallback` when empty."""
    if url.startswith(("postgres://", "postgresql://")):
        parts = urlsplit(url)
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": parts.path.lstrip("/"),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": parts.hostname or "",
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": 600,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": dict(parse_qsl(parts.query)),  # sslmode, sslrootcert … as libpq names them
        }
    if url and not url.startswith("sqlite:///"):
        raise ValueError("ISOCENTRE_DATABASE_URL must start with postgresql:// or sqlite:///")
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": url.removeprefix("sqlite:///") or str(fallback),
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            # IMMEDIATE: a writer waits for its turn instead of failing half-way. FULL: acknowledged means durable.
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA mmap_size=268435456;",
        },
    }
