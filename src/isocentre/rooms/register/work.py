"""What the register does when other rooms tell it something; listeners are named in `config/wiring.py`."""

from __future__ import annotations

from isocentre.core.actor import SYSTEM
from isocentre.core.events import Event, ScanStored
from isocentre.rooms.register import matching


def scan_stored(event: Event) -> None:
    """Match a stored series to the schedule; idempotent."""
    if not isinstance(event, ScanStored):
        raise TypeError("this handler listens to ScanStored")
    if event.research_study != "canary":  # the health check's own object is nobody's scan
        matching.match(by=SYSTEM, event=event)
