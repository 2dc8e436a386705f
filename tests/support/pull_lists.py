"""Lists of scans for tests, asked about and fetched against the PACS in memory, as a worker does."""

from __future__ import annotations

from datetime import date
from typing import Any

from isocentre.core.actor import Actor, Scope
from isocentre.core.pull.lines import Asked
from isocentre.core.routing import Route
from isocentre.rooms.intake.pull import making, work
from isocentre.rooms.intake.pull.rows import PacsNode, Pull, PullSeries
from support.hospital import arrive, newcomer

BY = Actor("person", "p", "imaging_lead", Scope.everything(), frozenset({"pacs_manage", "pulls_make", "pulls_view"}))
DAY = date(2026, 3, 3)


def came(study: str, series: str, uid: str) -> None:
    """The PACS sends an image, and it is kept."""
    arrive(newcomer(uid, route=Route("own"), facts={"study_uid": study, "series_uid": series}))


def listed(node: PacsNode, *accessions: str, **more: Any) -> Pull:
    asked = [(number, Asked(accession=one)) for number, one in enumerate(accessions, 2)]
    return making.make(by=BY, research_study="own", pacs=node.pk, name="A list", asked=asked, **more)


def work_off(times: int = 40) -> None:
    """What a worker does, until nothing is left to do now."""
    for _ in range(times):
        if not work.by_itself("w-1"):
            return
    raise AssertionError("it goes on and on")


def later(row: type[Any] = PullSeries) -> None:
    """The pause after a try is over."""
    row.objects.update(not_before=None)
    PacsNode.objects.update(next_request=None, away_until=None)
