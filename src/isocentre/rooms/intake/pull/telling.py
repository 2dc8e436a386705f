"""How far a list is, in counts and words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Count, Sum
from django.utils import timezone

from isocentre.rooms.intake.pull.rows import PacsNode, Pull, PullLine, PullSeries
from isocentre.web import formats

CHUNK = 500
LINES = {
    PullLine.WAITING: "not answered yet", PullLine.ONE: "found", PullLine.NONE: "not in the PACS",
    PullLine.SEVERAL: "to choose from several", PullLine.OTHER: "answered with something else",
    PullLine.LEFT: "left out by a person", "opted_out": "opted out", "opt_out_list": "wait for the opt-out list",
    "opt_out_not_asked": "wait for the opt-out list", "opt_out_no_number": "without an NHS number to look up",
}  # fmt: skip
SERIES = {
    PullSeries.LISTED: "ready", PullSeries.WAITING: "waiting", PullSeries.WHOLE: "fetched",
    PullSeries.HERE: "here already", PullSeries.SHORT: "came short", PullSeries.LEFT: "not wanted",
}  # fmt: skip
COLOURS = {
    PullLine.ONE: "green", PullLine.NONE: "red", PullLine.SEVERAL: "yellow", PullLine.OTHER: "red",
    PullSeries.WHOLE: "green", PullSeries.HERE: "green", PullSeries.SHORT: "red", PullLine.WAITING: "blue",
}  # fmt: skip
WAYS = {PacsNode.MOVE: "C-MOVE", PacsNode.GET: "C-GET", PacsNode.WEB: "DICOMweb"}
PULLS = {
    Pull.MAKING: "Being taken in", Pull.ASKING: "The PACS is being asked", Pull.READY: "Ready to fetch",
    Pull.FETCHING: "Fetching", Pull.DONE: "Done", Pull.CANCELLED: "Ended",
}  # fmt: skip


def told(pull: Pull) -> dict[str, Any]:
    """Counts of lines and series by state in words, and images expected and received of the series that are wanted."""
    lines = dict(pull.lines.order_by().values_list("state").annotate(n=Count("pk")))
    series = dict(pull.series.order_by().values_list("state").annotate(n=Count("pk")))
    wanted = pull.series.exclude(state=PullSeries.LEFT)
    images = wanted.aggregate(expected=Sum("expected"), received=Sum("received"))
    return {
        "state": pull.state, "lines": _counted(lines, LINES), "series": _counted(series, SERIES),
        "images": {"expected": images["expected"] or 0, "received": images["received"] or 0},
    }  # fmt: skip


def of_series(lines: Sequence[int]) -> dict[int, int]:
    """How many series each of these lines has, of those that have any.

    Asked for what is shown: counted with the rows of a list, those of 100,000 are all counted for each page.
    """
    found: dict[int, int] = {}
    for at in range(0, len(lines), CHUNK):
        rows = PullSeries.objects.filter(line__in=lines[at : at + CHUNK]).order_by().values_list("line")
        found |= dict(rows.annotate(n=Count("pk")))
    return found


def _counted(counts: Mapping[str, int], words: Mapping[str, str]) -> dict[str, int]:
    """Counts by words, in the order of the words; states that are called alike are one."""
    summed = dict.fromkeys(words.values(), 0)
    for state, count in counts.items():
        summed[words[state]] += count
    return {word: count for word, count in summed.items() if count}


def progress(pull: Pull, *, fetching: bool) -> tuple[int, int]:
    """(done, all): lines answered while the PACS is asked, series settled while it sends."""
    if fetching:
        rows = pull.series.exclude(state=PullSeries.LEFT)
        return rows.exclude(state__in=(PullSeries.WAITING, PullSeries.LISTED)).count(), rows.count()
    return pull.lines.exclude(state=PullLine.WAITING).count(), pull.lines.count()


def complete(pull: Pull, *, fetched: bool) -> bool:
    """Whether every line means one scan, or none by decision, and (`fetched`) every series came whole."""
    open_lines = pull.lines.exclude(state__in=(PullLine.ONE, PullLine.LEFT, "opted_out"))
    short = pull.series.exclude(state__in=(PullSeries.WHOLE, PullSeries.HERE, PullSeries.LEFT))
    return not open_lines.exists() and not (fetched and short.exists())


def why_waiting(pull: Pull) -> str:
    """What keeps the list from going on just now, in words; empty where nothing does."""
    pacs, now = pull.pacs, timezone.now()
    if pull.state not in (Pull.ASKING, Pull.FETCHING):
        return ""
    if pacs.paused:
        return f"{pacs.name} is paused: {pacs.paused_why}"
    rows: Any = pull.lines if pull.state == Pull.ASKING else pull.series
    last = rows.filter(state="waiting").exclude(last_error="").values_list("last_error", flat=True).first()
    if last:
        return str(last)
    if pull.state == Pull.FETCHING and not pacs.limits.open_at(now):
        goes_on = formats.moment(pacs.limits.opens(now))
        return f"{pacs.name} sends from {pacs.from_hour:02}:00 to {pacs.to_hour:02}:00. It goes on {goes_on}"
    return ""
