"""The environment an Isocentre process is started with, read in one place and at call time."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

ZONES = ("gateway", "platform")


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
    demo: bool

    @property
    def zone_home(self) -> Path:
        """The data folder of this process's zone."""
        return self.home / self.zone


def read(zone: str | None = None) -> Environment:
    """Read the environment; ValueError when ISOCENTRE_ZONE is neither `gateway` nor `platform`."""
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
        public_url=os.environ.get("ISOCENTRE_PUBLIC_URL", ""),
        demo=os.environ.get("ISOCENTRE_DEMO") == "1",
    )


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
