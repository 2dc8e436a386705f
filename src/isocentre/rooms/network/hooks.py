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
    """Sites by code or name; scanners by code, maker, model, or what their images call them."""
    words = text.strip().casefold()
    if not words or not actor.may("network_view"):
        return []
    hits = [
        Hit(s.name, "Site", reverse("network:site", args=[s.ods]), s.ods)
        for s in door.sites()
        if words in f"{s.ods} {s.name}".casefold()
    ]
    for one in door.scanners():
        entry = one.entry
        named = f"{entry.code} {entry.manufacturer} {entry.model} {entry.serial} {entry.station_name} {entry.ae_title}"
        if words in named.casefold():
            url = reverse("network:scanner", args=[entry.code])
            hits.append(Hit(entry.code, "Scanner", url, f"{entry.manufacturer} {entry.model}, {one.site_name}"))
    return hits[:20]
