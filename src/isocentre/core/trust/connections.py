"""The firewall sheet: every connection that the configuration means, one row each, for those who open firewalls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from isocentre.core.trust.document import Table, table
from isocentre.core.trust.facts import Destination, Hospital, PacsFacts, Surroundings

HEADS = ("From", "To", "Port", "Protocol", "Direction", "Why", "TLS")
KEYS = ("from", "to", "port", "protocol", "direction", "why", "tls")
IN, OUT, INSIDE = "in", "out", "on this computer"
HERE, ANYWHERE = "this computer", "people's computers"
PORTS = {"https": 443, "http": 80, "postgresql": 5432, "postgres": 5432, "smtp": 25, "smtps": 465,
         "smtp+starttls": 587}  # fmt: skip
_TLS = {"https": "Yes", "smtps": "Yes", "smtp+starttls": "Yes, by STARTTLS", "postgresql": "As the database is set",
        "postgres": "As the database is set"}  # fmt: skip
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class Connection:
    """Who opens it, to whom, at which TCP port; `direction` as this computer sees it."""

    origin: str
    to: str
    port: int
    protocol: str
    direction: str
    why: str
    tls: str = "No"

    @property
    def cells(self) -> tuple[str, ...]:
        """As a row."""
        return (self.origin, self.to, str(self.port), self.protocol, self.direction, self.why, self.tls)


def sheet(found: tuple[Connection, ...]) -> Table:
    """The sheet as a table."""
    return table("Firewall sheet", HEADS, [one.cells for one in found])


def hospital(facts: Hospital) -> tuple[Connection, ...]:
    """Every connection of the hospital side."""
    return (*_senders(facts), *(row for one in facts.pacs for row in _pacs(one, facts)),
            *(row for one in facts.destinations for row in _copies(one, facts)), *_messages(facts.around),
            *_shared(facts.around))  # fmt: skip


def national(around: Surroundings) -> tuple[Connection, ...]:
    """Every connection of the national side."""
    return (
        *_web(around, "hospitals' gateways", "Takes de-identified images and messages; gateways only call"),
        *_shared(around),
        *_called(around.store_url, "Keeps the images"),
    )


def _senders(facts: Hospital) -> Iterator[Connection]:
    for one in facts.senders:
        yield Connection(
            f"{one.name} ({one.address})", HERE, facts.around.dicom_port, "DICOM (C-STORE, C-ECHO)", IN, "Sends scans"
        )


def _pacs(one: PacsFacts, facts: Hospital) -> Iterator[Connection]:
    if one.way == "web":
        url = dict(facts.around.web_servers).get(one.web, "")
        yield from _called(url, f"Finds and fetches scans of {one.name} (QIDO-RS, WADO-RS)")
        return
    does = "C-ECHO, C-FIND, C-MOVE" if one.way == "move" else "C-ECHO, C-FIND, C-GET"
    yield Connection(
        HERE, f"{one.name} ({one.host})", one.port, f"DICOM ({does})", OUT, "Finds scans and has them sent"
    )
    if one.way == "move":
        yield Connection(
            f"{one.name} ({one.host})", HERE, facts.around.dicom_port, "DICOM (C-STORE)", IN,
            "Sends the scans that were asked for",
        )  # fmt: skip


def _copies(one: Destination, facts: Hospital) -> Iterator[Connection]:
    why = f"Sends on de-identified copies of {one.research_study} as well, until {one.until}"
    if one.way == "stow":
        yield from _called(dict(facts.around.web_servers).get(one.web, ""), f"{why} (STOW-RS)")
        return
    yield Connection(HERE, f"{one.name} ({one.host})", one.port, "DICOM (C-ECHO, C-STORE)", OUT, why)


def _messages(around: Surroundings) -> Iterator[Connection]:
    if around.hl7 is not None:
        for network in around.hl7.allowed:
            tls = "Yes, with a certificate of the sender's" if around.hl7.tls else "No"
            yield Connection(network, HERE, around.hl7.port, "HL7 v2 (MLLP)", IN, "Tells of patient numbers", tls)
    if around.national_url:
        yield from _called(around.national_url, "Sends on de-identified images and messages; asks what was agreed")


def _web(around: Surroundings, who: str, why: str) -> Iterator[Connection]:
    if around.public_url:
        yield _toward(around.public_url, who, HERE, IN, why)


def _shared(around: Surroundings) -> Iterator[Connection]:
    """What both sides have: pages, database, sign-in, e-mail, keys."""
    if around.public_url:
        yield _toward(around.public_url, ANYWHERE, "the proxy in front of this computer", IN, "Pages, in a browser")
    yield Connection(
        "this computer alone", HERE, around.port, "HTTP", INSIDE, "Pages; reached from elsewhere by a proxy only"
    )
    yield from _called(around.database_url, "Database")
    yield from _called(around.sign_in_url, "People sign in at the trust's identity provider")
    yield from _called(around.mail_url, "Tells of each day in counts, by e-mail")
    yield from _called(around.vault_url, "Wraps the keys of research studies")


def _called(url: str, why: str) -> Iterator[Connection]:
    if url:
        yield _toward(url, HERE, "", OUT, why)


def _toward(url: str, origin: str, to: str, direction: str, why: str) -> Connection:
    """The connection that an address stands for."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if host in _LOOPBACK and direction == OUT:
        direction = INSIDE
    named = f"{to} ({host})" if to else host
    return Connection(
        origin, named, parts.port or PORTS[parts.scheme], parts.scheme.partition("+")[0].upper(), direction, why,
        _TLS.get(parts.scheme, "No"),
    )  # fmt: skip
