"""What `deid` tells the pages that span rooms: acceptances to give, the menu, and a scan's later steps here."""

from __future__ import annotations

from django.urls import reverse

from isocentre.core.actor import Actor
from isocentre.core.hooks import Hit, NavItem, Step, WorkItem
from isocentre.rooms.deid import steps
from isocentre.rooms.deid.models import ProfileInForce
from isocentre.rooms.intake import door as intake

MENU = (
    (("held_view",), "Held", "deid:held", 20, "d"),
    (("study_config_accept", "arrivals_view", "profiles_view"), "Research studies", "research_studies:all", 40, "r"),
    (("profiles_view", "study_config_accept"), "Profiles", "deid:profiles", 70, "f"),
)


def navigation(actor: Actor) -> list[NavItem]:
    """The lists this actor may open."""
    return [
        NavItem(text, reverse(name), order, key)
        for permissions, text, name, order, key in MENU
        if any(actor.may(p) for p in permissions)
    ]


def worklist(actor: Actor) -> list[WorkItem]:
    """Research studies whose proposal is not what is in force, and changes of profile waiting for a second person."""
    if not actor.may("study_config_accept"):
        return []
    waiting = [s for s in intake.research_studies(actor) if s.accepted != s.proposal]
    second = {p.research_study for p in ProfileInForce.objects.exclude(waiting=None)}
    mine = [s for s in waiting if s.slug not in second]
    others = len(waiting) - len(mine)
    url = reverse("research_studies:all")
    items = [
        WorkItem(len(mine), f"{_proposals(len(mine))} of the national side to accept", f"{url}?state=to_accept"),
        WorkItem(others, f"{_proposals(others)} waiting for a second person", f"{url}?state=to_accept"),
    ]
    return [item for item in items if item.count]


def _proposals(count: int) -> str:
    return "proposal" if count == 1 else "proposals"


def life(actor: Actor, key: str) -> list[Step]:
    """De-identified, sent on, acknowledged, erased; `key` is the id of any of the scan's rows."""
    if not (actor.may("arrivals_view") or actor.may("held_view")):
        return []
    scan = intake.scan(by=actor, key=key)
    return [] if scan is None else steps.steps(scan)


def search(actor: Actor, text: str) -> list[Hit]:
    """Research studies by title or short name."""
    words = text.strip().casefold()
    if len(words) < 2 or not any(actor.may(p) for p in MENU[1][0]):
        return []
    return [
        Hit(s.title, "Research study", reverse("research_studies:one", args=[s.slug]), s.slug)
        for s in intake.research_studies(actor).order_by("title")
        if words in f"{s.slug} {s.title}".casefold()
    ][:20]
