"""What `jobs` tells the pages that span rooms: events that were set aside and wait for a person."""

from __future__ import annotations

from django.urls import reverse

from isocentre.core.actor import Actor
from isocentre.core.hooks import WorkItem
from isocentre.jobs import aside


def worklist(actor: Actor) -> list[WorkItem]:
    """Messages between parts that failed too often, for those who may try them again."""
    count = aside.rows().count() if actor.may(aside.PERMISSION) else 0
    words = f"{'message' if count == 1 else 'messages'} between parts set aside after repeated failure"
    return [WorkItem(count, words, reverse("set_aside"))] if count else []
