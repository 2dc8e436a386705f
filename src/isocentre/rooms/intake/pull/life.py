"""The step of a scan's life that says it was fetched: from which PACS, by which list, and how much of it came."""

from __future__ import annotations

from collections import defaultdict

from django.urls import reverse

from isocentre.core.actor import Actor
from isocentre.core.hooks import Step
from isocentre.rooms.intake.pull import making, telling
from isocentre.rooms.intake.pull.rows import Pull, PullSeries
from isocentre.rooms.intake.scans import Scan
from isocentre.web import formats

STAGE = "received"
"""Fetching ends with arriving, so it stands before that."""


def steps(actor: Actor, scan: Scan) -> list[Step]:
    """One step for each list of this research study that had a PACS send series of this scan; the first list first."""
    asked = PullSeries.objects.filter(study_uid=scan.first.arrival.study_uid, asked_times__gt=0, received__gt=0)
    rows = asked.filter(pull__in=making.visible(actor), pull__research_study=scan.first.research_study)
    by_list: dict[Pull, list[PullSeries]] = defaultdict(list)
    for one in rows.select_related("pull__pacs").order_by("pull", "pk"):
        by_list[one.pull].append(one)
    return [_step(actor, pull, series) for pull, series in by_list.items()]


def _step(actor: Actor, pull: Pull, series: list[PullSeries]) -> Step:
    came, expected = (sum(getattr(one, name) or 0 for one in series) for name in ("received", "expected"))
    short = sum(one.state == PullSeries.SHORT for one in series)
    whole = (
        f"{formats.number(came)} of {formats.plural(expected, 'image')}" if expected else formats.plural(came, "image")
    )
    detail = f"{formats.plural(len(series), 'series', 'series')} of the list “{pull.name}”, {whole}"
    url = reverse("intake:pull", args=[pull.pk]) if actor.may("pulls_view") else ""
    return Step(
        STAGE, "Fetched from a PACS", "now" if short else "done", formats.moment(pull.started_at),
        f"{pull.pacs.name}, by {telling.WAYS[pull.pacs.way]}",
        f"{detail}; {formats.plural(short, 'series', 'series')} came short" if short else detail,
        url, "Go to the list", "Ask again for what is missing, on the list." if short else "",
    )  # fmt: skip
