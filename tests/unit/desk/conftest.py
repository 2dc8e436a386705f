"""People to be, and a room that answers as told."""

from __future__ import annotations

from types import ModuleType, SimpleNamespace

import pytest
from django.http import HttpResponse
from django.urls import include, path

from isocentre.desk import hooks
from isocentre.people.models import RoleAssignment, User

URLS = ModuleType("addresses_of_desk_alone")
URLS.handler403 = "isocentre.web.errors.forbidden"
URLS.handler404 = "isocentre.web.errors.not_found"
URLS.handler500 = "isocentre.web.errors.failed"
URLS.urlpatterns = [
    path("", include("isocentre.desk.urls")),
    path("", include("isocentre.desk.viewer_urls")),
    path("accounts/login/", lambda request: HttpResponse(), name="account_login"),
    path("accounts/logout/", lambda request: HttpResponse(), name="account_logout"),
    path("accounts/role/", lambda request: HttpResponse(), name="acting_role"),
]


@pytest.fixture(autouse=True)
def desk_alone(settings):
    """The desk's own addresses, so that these tests know no other part's pages."""
    settings.ROOT_URLCONF = URLS


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
