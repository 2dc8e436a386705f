"""What `isocentre doctor` says of the HL7 listener: whether it listens, and until when its certificates hold."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509

from isocentre.cli.finding import Finding

ABOUT = "HL7 listener"
SOON = timedelta(days=30)
"""How long before it ends a certificate is spoken of."""


def look(hl7: Any, now: datetime | None = None) -> Iterator[Finding]:
    """The findings; `hl7` is that of the environment, None where nothing is to listen."""
    if hl7 is None:
        yield Finding(ABOUT, "good", "off: ISOCENTRE_HL7_PORT is not set")
        return
    with socket.socket() as probe:
        probe.settimeout(3)
        if probe.connect_ex(("127.0.0.1", hl7.port)):
            yield Finding(ABOUT, "warning", f"nothing listens on {hl7.port}: `isocentre up` is not running")
        else:
            how = "over TLS" if hl7.tls is not None else "from this machine alone, without TLS"
            yield Finding(ABOUT, "good", f"{hl7.port} takes connections {how}")
    if hl7.tls is not None:
        certificate, _, clients = hl7.tls
        yield _ends("certificate of the HL7 listener", certificate, now or datetime.now(UTC))
        yield _ends("authority of HL7 senders", clients, now or datetime.now(UTC))


def _ends(about: str, path: Path, now: datetime) -> Finding:
    """The first of the certificates in a file to end."""
    try:
        ends = min(one.not_valid_after_utc for one in x509.load_pem_x509_certificates(path.read_bytes()))
    except (OSError, ValueError):
        return Finding(about, "bad", f"{path.name} is no certificate that can be read (PEM)")
    if ends <= now:
        return Finding(about, "bad", f"ended on {ends:%d %B %Y}: put a new one in its place, without a restart")
    if ends - now < SOON:
        return Finding(about, "warning", f"ends on {ends:%d %B %Y}: have a new one made; it is taken up by itself")
    return Finding(about, "good", f"holds until {ends:%d %B %Y}")
