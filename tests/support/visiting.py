"""A person with every role of one side, who opens its pages in a browser."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from types import SimpleNamespace
from typing import Any

from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client
from playwright.sync_api import BrowserContext, Page

from isocentre.people import acting
from isocentre.people.models import RoleAssignment, User
from isocentre.people.roles import roles
from support import access_matrix, pages
from support.standing import faults
from support.world import World


@dataclass
class Visitor:
    """A page of a signed-in person who holds every role of a side."""

    page: Page
    root: str
    zone: str
    world: World
    session: str

    def act_as(self, role: str) -> None:
        """Choose the role, as the header would."""
        store = SessionStore(self.session)
        store[acting.SESSION_KEY] = role
        store.save()

    def role_for(self, pattern: str) -> str:
        """The role that may do most of those that open an address."""
        if pattern in pages.AS:
            return pages.AS[pattern]
        address = next(a for a in _addresses() if (a.zone, a.pattern) == (self.zone, pattern))
        return max(address.roles(), key=lambda role: len(roles()[role].permissions))

    def open(self, pattern: str, role: str = "", **changed: Any) -> int:
        """Go to an address of the world; its status."""
        self.act_as(role or self.role_for(pattern))
        answer = self.page.goto(self.root + self.world.address(pattern, **changed))
        return answer.status if answer else 0


@cache
def _addresses() -> list[access_matrix.Address]:
    return access_matrix.addresses()


def signed_in(context: BrowserContext, root: str, zone: str, world: World) -> Visitor:
    """A new person with every role, signed in in this context just now."""
    user = User.objects.create(username="sam", name="Sam Lee", email="sam@trust.example")
    for role in roles().values():
        if role.zone == zone:
            RoleAssignment.objects.create(user=user, role=role.key)
    client = Client()
    client.force_login(user)
    name = settings.SESSION_COOKIE_NAME
    store = SessionStore(client.cookies[name].value)
    request: Any = SimpleNamespace(session=store)
    record_authentication(request, user, "password")
    store.save()
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": root}])
    return Visitor(context.new_page(), root, zone, world, client.cookies[name].value)


def wrong(visitor: Visitor, patterns: Iterable[str]) -> dict[str, list[str]]:
    """What is wrong with which of these pages; one that does not open is wrong."""
    found = {}
    for pattern in patterns:
        status = visitor.open(pattern)
        if faulty := ([f"answers {status}"] if status != 200 else faults(visitor.page)):
            found[pattern] = faulty
    return found


def told(found: dict[str, list[str]]) -> str:
    """What is wrong, one line a page."""
    return "\n".join(f"{pattern}: {words}" for pattern, words in found.items())
