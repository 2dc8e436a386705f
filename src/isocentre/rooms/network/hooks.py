"""What `network` tells the pages that span rooms."""

from __future__ import annotations

from django.urls import reverse

from isocentre.core.actor import Actor
from isocentre.core.hooks import Hit, NavItem
from isocentre.rooms.network import door


def navigation(actor: Actor) -> list[NavItem]:
    """The list of sites and scanners."""
    if not actor.may("network_view"):
        return []
    return [NavItem("Sites and scanners", reverse("network:sites"), 60, "n")]


def search(actor: Actor, text: str) -> list[Hit]:
    """Sites and scanners by code, name, maker or model."""
    words = text.strip().casefold()
    if not words or not actor.may("network_view"):
        return []
    hits = [
        Hit(s.name, "Site", f"{reverse('network:sites')}?q={s.ods}", s.ods)
        for s in door.sites()
        if words in f"{s.ods} {s.name}".casefold()
    ]
    for one in door.scanners():
        entry = one.entry
        if words in f"{entry.code} {entry.manufacturer} {entry.model}".casefold():
            url = f"{reverse('network:scanners')}?q={entry.code}"
            hits.append(Hit(entry.code, "Scanner", url, f"{entry.manufacturer} {entry.model}, {one.site_name}"))
    return hits[:20]
