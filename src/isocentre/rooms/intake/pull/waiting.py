"""What fetching asks of people: lists with something to choose, found nowhere or short, and PACS that are paused."""

from __future__ import annotations

from django.db.models import Min
from django.urls import reverse

from isocentre.core.actor import Actor
from isocentre.core.hooks import WorkItem
from isocentre.rooms.intake.pull import making
from isocentre.rooms.intake.pull.rows import PacsNode, Pull, PullLine, PullSeries


def to_do(actor: Actor) -> list[WorkItem]:
    """Each once, with the list that waits longest; nothing for who may not act on it."""
    items = []
    if actor.may(making.MAKE):
        lists = making.visible(actor).exclude(state=Pull.CANCELLED)
        for words, found in (
            ("to fetch: choose which scan is meant", lists.filter(lines__state=PullLine.SEVERAL)),
            ("found and not yet fetched", lists.filter(state=Pull.READY)),
            ("with series that came short", lists.filter(series__state=PullSeries.SHORT)),
        ):
            waiting = found.distinct()
            oldest = waiting.aggregate(at=Min("made_at"))["at"]
            count = waiting.count()
            text = f"{'list' if count == 1 else 'lists'} {words}"
            items.append(WorkItem(count, text, reverse("intake:pulls"), oldest))
    if actor.may(making.MANAGE):
        paused = PacsNode.objects.filter(paused=True, pulls__state__in=(Pull.ASKING, Pull.FETCHING)).distinct().count()
        items.append(WorkItem(paused, "PACS paused while lists wait for it", reverse("intake:pacs")))
    return items
