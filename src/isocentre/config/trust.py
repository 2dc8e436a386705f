"""What the documents about this system say of its surroundings: addresses of the configuration, without any secret."""

from __future__ import annotations

import json
import os
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit

from isocentre.config import environment, provider
from isocentre.core.trust.facts import Hl7, Surroundings

PLAIN = {"postgres": 5432, "postgresql": 5432}


def bare(url: str) -> str:
    """Scheme, host and port of an address: no name, no password, no path and no query, where secrets may stand."""
    parts = urlsplit(url)
    if not parts.hostname:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = parts.port or PLAIN.get(parts.scheme)
    return f"{parts.scheme}://{host}{f':{port}' if port else ''}"


def surroundings(zone: str) -> Surroundings:
    """Of this process's zone, as the environment is now."""
    env = environment.read(zone)
    signs_in = provider.read(env.zone_home)
    mail = env.mail
    return Surroundings(
        version=version("isocentre"),
        port=env.http_port,
        public_url=bare(env.public_url),
        dicom_port=env.dicom_port,
        demo=env.demo,
        national_url=_joined(env.zone_home) if zone == "gateway" else "",
        database_url=bare(env.database_url) if not env.database_url.startswith("sqlite") else "",
        store_url=_store(env.blobs) if zone == "platform" else "",
        vault_url=bare(os.environ.get("ISOCENTRE_VAULT", "")) if zone == "gateway" else "",
        sign_in_url=bare(signs_in.issuer) if signs_in else "",
        mail_url=f"smtp{'s' if mail.tls == 'tls' else '+starttls' if mail.tls else ''}://{mail.host}:{mail.port}"
        if mail else "",
        hl7=Hl7(env.hl7.port, tuple(map(str, env.hl7.allowed)), env.hl7.tls is not None) if env.hl7 else None,
        web_servers=_web_servers(env.zone_home) if zone == "gateway" else (),
    )  # fmt: skip


def _joined(home: Path) -> str:
    try:
        return bare(json.loads((home / "platform.json").read_text(encoding="utf-8"))["url"])
    except (OSError, ValueError, KeyError):
        return ""


def _store(blobs: str) -> str:
    """Where S3 is: the endpoint of the environment, else Amazon's of the region."""
    if not blobs.startswith("s3://"):
        return ""
    return (
        bare(os.environ.get("AWS_ENDPOINT_URL", "")) or f"https://s3.{os.environ.get('AWS_REGION', '')}.amazonaws.com"
    )


def _web_servers(home: Path) -> tuple[tuple[str, str], ...]:
    from isocentre.adapters.dicomweb.named import servers

    try:
        return tuple(sorted((name, bare(one.url.geturl())) for name, one in servers(home).items()))
    except (OSError, ValueError):
        return ()
