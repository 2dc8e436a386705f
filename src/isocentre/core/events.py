"""Events between rooms: frozen, JSON-able, no identifier of a person in any of them.

Published into the outbox inside the writer's own transaction; `config/wiring.py` lists who hears what.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar, TypeVar

E = TypeVar("E", bound="Event")


@dataclass(frozen=True, slots=True)
class Event:
    """Base of all events; `name` is what the outbox stores."""

    name: ClassVar[str] = ""

    def payload(self) -> dict[str, Any]:
        """The event as JSON-able data."""
        return asdict(self)

    @classmethod
    def of(cls: type[E], payload: dict[str, Any]) -> E:
        """Rebuild from a payload, ignoring fields of a newer version."""
        known = {f.name for f in fields(cls)}
        return cls(**{k: v for k, v in payload.items() if k in known})


@dataclass(frozen=True, slots=True)
class ScanReceived(Event):
    """Hospital side: rows of one batch arrived (`rows` are ledger row ids)."""

    name: ClassVar[str] = "scan_received"
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ScanStored(Event):
    """National side: objects of one series stored. Pseudonymous values only."""

    name: ClassVar[str] = "scan_stored"
    research_study: str
    site: str
    pseudonym: str
    time_point: str
    study_uid: str
    series_uid: str
    modality: str
    body_part: str


@dataclass(frozen=True, slots=True)
class ScanMatched(Event):
    """National side: a scan was matched to a planned imaging event."""

    name: ClassVar[str] = "scan_matched"
    research_study: str
    study_uid: str
    planned_event: str


EVENTS: dict[str, type[Event]] = {e.name: e for e in (ScanReceived, ScanStored, ScanMatched)}
