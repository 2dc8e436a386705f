"""Adds to every page what only the desk can know: the main menu, the person's roles, shortcuts, footer links."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from isocentre.core.hooks import NavItem
from isocentre.desk import hooks
from isocentre.people.acting import assignments
from isocentre.people.roles import Role, roles
from isocentre.web.context import address


def page(request: HttpRequest) -> dict[str, Any]:
    """Context of the layout for the signed-in person; little for anybody else."""
    context: dict[str, Any] = {"footer_links": footer()}
    actor = getattr(request, "actor", None)
    if actor is None:
        return context
    items = hooks.navigation(actor)
    context["navigation"] = [entry(item, request.path) for item in items]
    context["roles"] = held_roles(request)
    if getattr(request.user, "keyboard_shortcuts", True):
        context["shortcuts"] = shortcuts(items)
    return context


def entry(item: NavItem, path: str) -> dict[str, Any]:
    """One menu entry for the header macro; `active` on the pages under it."""
    return {"text": item.text, "href": item.url, "current": path == item.url, "active": path.startswith(item.url)}


def held_roles(request: HttpRequest) -> list[Role]:
    """Each role the person holds today, once."""
    held = dict.fromkeys(a.role for a in assignments(request.user))  # type: ignore[arg-type]  # signed in: actor is set
    return [roles()[key] for key in held if key in roles()]


def shortcuts(items: list[NavItem]) -> list[dict[str, str]]:
    """Every shortcut: keys as pressed, words, and the address it goes to."""
    listed = [
        {"keys": "/", "text": "Search", "url": ""},
        {"keys": "g h", "text": "Home: what needs you now", "url": "/"},
        {"keys": "g t", "text": "Status", "url": address("status")},
    ]
    listed += [{"keys": f"g {item.key}", "text": item.text, "url": item.url} for item in items if item.key]
    return [*listed, {"keys": "?", "text": "This list", "url": ""}]


def footer() -> list[dict[str, str]]:
    """Links at the foot of every page."""
    links = [("Help", "help"), ("Keyboard shortcuts", "keyboard"), ("Status", "status")]
    return [{"text": text, "href": address(name)} for text, name in links if address(name)]
