"""People and actors the tests of `people` share."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from people_support import PASSWORD

from isocentre.people.models import RoleAssignment, User


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
