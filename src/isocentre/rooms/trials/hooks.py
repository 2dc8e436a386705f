"""What `trials` tells the pages that span rooms."""

from __future__ import annotations

from django.urls import reverse

from isocentre.core.actor import Actor
from isocentre.core.hooks import NavItem, WorkItem
from isocentre.rooms.trials import door
from isocentre.web import names


def navigation(actor: Actor) -> list[NavItem]:
    """The charters, by research study."""
    return [NavItem("Charters", reverse("trials:charters"), 40, "c")] if actor.may("charters_view") else []


def worklist(actor: Actor) -> list[WorkItem]:
    """Charters uploaded and not in force yet, for who may put them in force."""
    if not actor.may("charters_publish"):
        return []
    waiting = [(slug, n) for slug, _, n in door.newest(by=actor) if n and door.may_publish(actor, slug)]
    titles = names.research_studies({slug for slug, _ in waiting})
    return [
        WorkItem(
            n, f"charter {'version' if n == 1 else 'versions'} not in force yet in {titles[slug]}",
            reverse("trials:versions", args=[slug]),
        )
        for slug, n in waiting
    ]  # fmt: skip
