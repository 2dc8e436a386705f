"""People to be, and a room that answers as told."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from isocentre.desk import hooks
from isocentre.people.models import RoleAssignment, User


@pytest.fixture
def person(client, db):
    """Sign in somebody with the given roles."""

    def sign_in(*roles, **fields):
        user = User.objects.create_user("adaeze", name="Adaeze Obi", **fields)
        for role in roles:
            RoleAssignment.objects.create(user=user, role=role)
        client.force_login(user)
        return user

    return sign_in


@pytest.fixture
def room(monkeypatch):
    """Replace every room's hooks by one made of the given functions."""

    def use(**functions):
        monkeypatch.setattr(hooks, "modules", lambda: [("testing", SimpleNamespace(**functions))])

    use()
    return use
