"""Adds to every page what only the desk can know: the main menu, the person's roles, shortcuts, footer links."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from isocentre.core.actor import Actor
from isocentre.core.hooks import NavItem
from isocentre.desk import hooks
from isocentre.people.acting import assignments, chosen_selection
from isocentre.people.roles import Role, roles
from isocentre.web.context import address


def page(request: HttpRequest) -> dict[str, Any]:
    """Context of the layout for the signed-in person; little for anybody else."""
    context: dict[str, Any] = {}
    actor = getattr(request, "actor", None)
    context["footer_links"] = footer(actor)
    if actor is None:
        return context
    items = hooks.navigation(actor)
    context["navigation"] = entries(items, request.path)
    context["roles"] = held_roles(request)
    context["selection"] = chosen_selection(request) if actor.scope.selection else ""
    if getattr(request.user, "keyboard_shortcuts", True):
        context["shortcuts"] = shortcuts(items, status=actor.may("status_view"))
    return context


def entries(items: list[NavItem], path: str) -> list[dict[str, Any]]:
    """The menu for the header macro; `active` is the one entry whose address reaches furthest into this page's."""
    nearest = max((item.url for item in items if path.startswith(item.url)), key=len, default="")
    return [{"text": i.text, "href": i.url, "current": path == i.url, "active": i.url == nearest} for i in items]


def held_roles(request: HttpRequest) -> list[Role]:
    """Each role the person holds today, once."""
    held = dict.fromkeys(a.role for a in assignments(request.user))  # type: ignore[arg-type]  # signed in: actor is set
    return [roles()[key] for key in held if key in roles()]


def shortcuts(items: list[NavItem], *, status: bool) -> list[dict[str, str]]:
    """Every shortcut: keys as pressed, words, and the address it goes to."""
    listed = [
        {"keys": "/", "text": "Search", "url": ""},
        {"keys": "g h", "text": "Home: what needs you now", "url": "/"},
    ]
    if status:
        listed.append({"keys": "g t", "text": "Status", "url": address("status")})
    listed += [{"keys": f"g {item.key}", "text": item.text, "url": item.url} for item in items if item.key]
    return [*listed, {"keys": "?", "text": "This list", "url": ""}]


def footer(actor: Actor | None) -> list[dict[str, str]]:
    """Links at the foot of every page; none that would be refused."""
    links = [("Help", "help"), ("Keyboard shortcuts", "keyboard")]
    if actor is not None and actor.may("status_view"):
        links.append(("Status", "status"))
    return [{"text": text, "href": address(name)} for text, name in links if address(name)]
