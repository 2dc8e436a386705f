"""What was sent to other destinations as well: told by whoever sends it, for the pages of this room.

The room that sends on stands above this one, so it fills this in (`config/wiring.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from isocentre.core.actor import Actor


@dataclass(frozen=True, slots=True)
class Told:
    """`copies`: of the scan with this StudyInstanceUID, images by destination. `total`: images in an actor's scope."""

    copies: Callable[[str], Mapping[str, int]]
    total: Callable[[Actor], int]


_told: list[Told] = []


def configure(told: Told) -> None:
    """Called once a process, by wiring."""
    _told[:] = [told]


def copies(study_uid: str) -> Mapping[str, int]:
    """Images of a scan that are at other destinations, or may be, by their names; nothing where nobody sends there."""
    return _told[0].copies(study_uid) if _told else {}


def total(by: Actor) -> int:
    """Copies in the actor's scope that are at other destinations, or may be: beside the ledger, no part of its sum."""
    return _told[0].total(by) if _told else 0
