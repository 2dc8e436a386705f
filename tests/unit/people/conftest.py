"""People and actors the tests of `people` share."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from people_support import PASSWORD

from isocentre.people.models import RoleAssignment, User
from isocentre.web import names


@pytest.fixture(autouse=True)
def _named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two research studies and two sites that every page knows by name."""
    studies, sites = {"onco-ct": "Lung trial", "neuro-mr": "Brains"}, {"RZN01": "Northmoor", "RNM01": "Eastfield"}
    monkeypatch.setattr(names, "_studies", [lambda codes: studies])
    monkeypatch.setattr(names, "_sites", [lambda codes: sites])


@pytest.fixture
def person(db: None) -> Callable[..., User]:
    """Makes a person with roles: person("sam", "study_team", ("auditor", "s1", "RZN01"))."""

    def make(username: str, *held: str | tuple[str, str, str], password: str = PASSWORD) -> User:
        user = User.objects.create_user(username, password=password, name=username.capitalize())
        for one in held:
            role, study, site = (one, "*", "*") if isinstance(one, str) else one
            RoleAssignment.objects.create(user=user, role=role, research_study=study, site=site)
        return user

    return make


@pytest.fixture
def signed_in(person: Callable[..., User]) -> Callable[..., Client]:
    """A client with a new person's session."""

    def make(username: str, *held: str | tuple[str, str, str]) -> Client:
        client = Client()
        client.force_login(person(username, *held))
        return client

    return make
