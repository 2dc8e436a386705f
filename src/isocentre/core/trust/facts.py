"""What the documents are made of: what the code speaks, what the configuration says. No secret and nobody's name."""

from __future__ import annotations

from dataclasses import dataclass

from isocentre.core.deid.profile import Profile


@dataclass(frozen=True, slots=True)
class Named:
    """A UID of the standard and its name."""

    uid: str
    name: str


@dataclass(frozen=True, slots=True)
class Spoken:
    """What the DIMSE code accepts, asks for and answers; `limits` in words, `refusals` of an association as told."""

    implementation_class_uid: str
    implementation_version: str
    accepted: tuple[Named, ...]
    syntaxes: tuple[Named, ...]
    statuses: tuple[tuple[str, str, str], ...]
    reasons: tuple[tuple[str, str], ...]
    rejections: tuple[tuple[str, str], ...]
    limits: tuple[tuple[str, str], ...]
    asked: tuple[tuple[str, str, str], ...]
    get_classes: tuple[Named, ...]
    get_syntaxes: tuple[Named, ...]
    keys: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Hl7:
    """The HL7 listener: its port, who may send, whether over TLS."""

    port: int
    allowed: tuple[str, ...]
    tls: bool


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the environment says, each address without any secret; empty or None where there is none.

    `public_url`: where people reach this side. `national_url`: of the national side that this gateway joined.
    `web_servers`: the DICOMweb servers of the configuration by name.
    """

    version: str
    port: int = 0
    public_url: str = ""
    dicom_port: int = 0
    demo: bool = False
    national_url: str = ""
    database_url: str = ""
    store_url: str = ""
    vault_url: str = ""
    sign_in_url: str = ""
    mail_url: str = ""
    hl7: Hl7 | None = None
    web_servers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class National:
    """The national side as it runs. `paths`: method, address below /dicomweb and what it does; `failures`: reasons of a
    STOW answer; `limits` in words."""

    around: Surroundings
    paths: tuple[tuple[str, str, str], ...]
    failures: tuple[tuple[str, str], ...]
    limits: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Sender:
    """A sender somebody admitted: how many associations at once, and after how long an idle one gives way."""

    name: str
    ae_title: str
    address: str
    most: int
    idle: int


@dataclass(frozen=True, slots=True)
class PacsFacts:
    """A PACS that scans are fetched from; `way` is move, get or web."""

    name: str
    way: str
    host: str
    port: int
    ae_title: str
    calling_ae: str
    destination: str
    web: str
    hours: str
    at_once: int
    images_a_minute: int
    paused: bool


@dataclass(frozen=True, slots=True)
class Destination:
    """Where copies go as well, named by two people and in force; `way` is store (C-STORE) or stow (STOW-RS to `web`, a
    server of the configuration). `until`: the last day of its approval, as people write it."""

    name: str
    research_study: str
    way: str
    host: str
    port: int
    called_ae: str
    calling_ae: str
    web: str
    until: str


@dataclass(frozen=True, slots=True)
class Hospital:
    """The hospital side as it runs. `titles`: (AE title, research study) of those that have one of their own;
    `profiles`: (research study, profile in force)."""

    around: Surroundings
    spoken: Spoken
    senders: tuple[Sender, ...] = ()
    pacs: tuple[PacsFacts, ...] = ()
    titles: tuple[tuple[str, str], ...] = ()
    profiles: tuple[tuple[str, Profile], ...] = ()
    reasons: tuple[tuple[str, str], ...] = ()
    erase_days: int = 7
    held_days: int = 30
    destinations: tuple[Destination, ...] = ()
