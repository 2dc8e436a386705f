"""What was sent to other destinations as well: told by whoever sends it, for the pages of this room.

The room that sends on stands above this one, so it fills this in (`config/wiring.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

Copies = Callable[[str], Mapping[str, int]]
_copies: list[Copies] = []


def configure(copies: Copies) -> None:
    """Called once a process, by wiring. `copies`: of the scan with this StudyInstanceUID, images by destination."""
    _copies[:] = [copies]


def copies(study_uid: str) -> Mapping[str, int]:
    """Images of a scan that are at other destinations, or may be, by their names; nothing where nobody sends there."""
    return _copies[0](study_uid) if _copies else {}
