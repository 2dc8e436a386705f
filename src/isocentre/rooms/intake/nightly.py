"""The nightly reconciliation, as others may ask for it: the turns of its work, and what it needs."""

from __future__ import annotations

from isocentre.rooms.intake.nights.keeping import keep, of_day
from isocentre.rooms.intake.nights.mailing import send
from isocentre.rooms.intake.nights.ports import Ports, configure

__all__ = ["Ports", "configure", "keep", "of_day", "send"]
