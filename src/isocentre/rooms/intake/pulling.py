"""Fetching from a PACS, as others may ask for it: lists and their commands, the turns of its work, what it needs."""

from __future__ import annotations

from isocentre.core.pull.lines import Line
from isocentre.rooms.intake import tables
from isocentre.rooms.intake.pull import reading
from isocentre.rooms.intake.pull.making import choose, end, estimate, make, pause, resume, set_node, start
from isocentre.rooms.intake.pull.ports import Ports, configure
from isocentre.rooms.intake.pull.reading import rule
from isocentre.rooms.intake.pull.rows import PacsNode, Pull, PullLine, PullSeries
from isocentre.rooms.intake.pull.telling import complete, progress, told
from isocentre.rooms.intake.pull.work import by_itself, turn

__all__ = [
    "PacsNode", "Ports", "Pull", "PullLine", "PullSeries", "by_itself", "choose", "complete", "configure", "end",
    "estimate", "lines", "make", "pause", "progress", "resume", "rule", "set_node", "start", "told", "turn",
]  # fmt: skip


def lines(data: bytes) -> list[Line]:
    """Each line of a file, checked; Unfit on `list` when it is no list."""
    return reading.lines(tables.decoded(data))
