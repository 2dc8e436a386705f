"""What others may ask of these documents, and what they need from outside."""

from __future__ import annotations

from isocentre.core.trust.connections import Connection
from isocentre.core.trust.document import Document
from isocentre.rooms.intake.trust.ports import Ports, configure

__all__ = ["Ports", "configure", "firewall", "statement"]


def statement() -> Document:
    """The conformance statement of the running configuration. Loaded when asked for: receivers never ask."""
    from isocentre.rooms.intake.trust import facts

    return facts.statement()


def firewall() -> tuple[Connection, ...]:
    """Every connection that is configured on the hospital side."""
    from isocentre.rooms.intake.trust import facts

    return facts.firewall()
