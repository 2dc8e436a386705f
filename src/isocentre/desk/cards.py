"""The demonstration's people as cards on the start page, of both sides, from what the demo left on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.conf import settings

from isocentre.web.context import address


@dataclass(frozen=True, slots=True)
class Card:
    """One made-up person: how to be them. `action` is this side's own sign-in; `href` the other side's start page."""

    username: str
    name: str
    role: str
    site: str
    first: str
    action: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """The people of one side."""

    zone: str
    title: str
    here: bool
    cards: tuple[Card, ...]


TITLES = {"gateway": "On the hospital side", "platform": "On the national side"}


def groups() -> list[Group]:
    """This side's people first, then the other side's; nothing outside the demonstration."""
    if not getattr(settings, "DEMO", False) or find_spec("isocentre.people.demo") is None:
        return []
    demo = import_module("isocentre.people.demo")
    people: list[dict[str, Any]] = demo.people()
    order = sorted(TITLES, key=lambda zone: zone != settings.ZONE)
    made = [Group(zone, TITLES[zone], zone == settings.ZONE, _cards(people, zone)) for zone in order]
    return [group for group in made if group.cards]


def _cards(people: list[dict[str, Any]], zone: str) -> tuple[Card, ...]:
    here = zone == settings.ZONE
    action = address("demo_sign_in") if here else ""
    port = int(getattr(settings, "HTTP_PORT", 8000)) + (1 if zone == "gateway" else -1)
    other = "" if here else f"http://127.0.0.1:{port}/"
    return tuple(
        Card(p["username"], p["name"], p["role"], p.get("site", ""), p.get("first", ""), action, other)
        for p in people
        if p["zone"] == zone
    )
