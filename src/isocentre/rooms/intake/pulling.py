"""Fetching from a PACS, as others may ask for it: lists and their commands, the turns of its work, what it needs."""

from __future__ import annotations

from isocentre.core.pull.lines import Line
from isocentre.rooms.intake import tables
from isocentre.rooms.intake.pull import reading
from isocentre.rooms.intake.pull.expected import expected
from isocentre.rooms.intake.pull.expected import lines as lines_expected
from isocentre.rooms.intake.pull.making import (
    choose,
    end,
    estimate,
    found,
    make,
    pause,
    resume,
    set_node,
    start,
    visible,
)
from isocentre.rooms.intake.pull.ports import Ports, configure
from isocentre.rooms.intake.pull.reading import lines_of, rule
from isocentre.rooms.intake.pull.rows import PacsNode, Pull, PullLine, PullSeries
from isocentre.rooms.intake.pull.taking import Taking
from isocentre.rooms.intake.pull.telling import complete, progress, told, why_waiting
from isocentre.rooms.intake.pull.work import answering, by_itself, turn

__all__ = [
    "PacsNode", "Ports", "Pull", "PullLine", "PullSeries", "Taking", "answering", "by_itself", "choose", "complete",
    "configure", "end", "estimate", "expected", "found", "lines", "lines_expected", "lines_of", "make", "node_named",
    "pause", "progress", "resume", "rule", "set_node", "start", "told", "turn", "visible", "why_waiting",
]  # fmt: skip


def node_named(name: str) -> int:
    """The PACS of this name; 0 where there is none."""
    return PacsNode.objects.filter(name=name).values_list("pk", flat=True).first() or 0


def lines(data: bytes) -> tuple[list[Line], tuple[str, ...]]:
    """Each line of a file (CSV, XLSX), checked, and how the file was read; Unfit on `list` when it is no list."""
    given = tables.read(data, reading.MOST_CHARACTERS)
    return reading.lines(given.text), given.notes
