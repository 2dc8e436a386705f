"""Search finds people and gateways, for administrators alone."""

from __future__ import annotations

import pytest

from isocentre.core.actor import Actor, Scope
from isocentre.people import hooks
from isocentre.people.models import Gateway, User

pytestmark = pytest.mark.django_db


def actor(*permissions: str) -> Actor:
    return Actor("person", "ada", "somebody", Scope.everything(), frozenset(permissions))


def test_administrators_find_people_and_gateways_by_name() -> None:
    one = User.objects.create(username="northly", name="Alex North")
    Gateway.objects.create(name="northmoor", site="RZN01")
    found = hooks.search(actor("people_manage", "gateway_manage"), " north ")
    assert [(h.kind, h.title, h.url) for h in found] == [
        ("Person", "Alex North", f"/accounts/people/{one.pk}/"),
        ("Gateway", "northmoor", "/accounts/gateways/northmoor/"),
    ]
    assert [h.kind for h in hooks.search(actor("people_manage"), "northly")] == ["Person"]
    assert hooks.search(actor("people_manage"), "n") == []


def test_nobody_else_finds_anybody() -> None:
    User.objects.create(username="northly", name="Alex North")
    Gateway.objects.create(name="northmoor", site="RZN01")
    assert hooks.search(actor("register_view", "audit_view", "status_view", "tokens_manage"), "north") == []
