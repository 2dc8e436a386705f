"""The demo's people: twelve cards, accounts on their own side only, a sign-in that answers to this machine alone."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import clear_url_caches
from support.second_step import set_up

from isocentre.audit.models import AuditRow
from isocentre.people import acting, demo, urls
from isocentre.people.models import User
from isocentre.people.roles import roles

pytestmark = pytest.mark.django_db


@pytest.fixture
def home(settings: LazySettings, tmp_path: Path) -> Iterator[Path]:
    """A demo of the national side, with the addresses a demo has."""
    settings.DEMO, settings.HOME, settings.ZONES = True, tmp_path, ("platform",)
    settings.ALLOWED_HOSTS = ["*"]
    _addresses_anew()
    yield tmp_path
    settings.DEMO, settings.ZONES = False, ("gateway", "platform")
    _addresses_anew()


def _addresses_anew() -> None:
    from isocentre.config import urls_common, urls_gateway, urls_platform, urls_test

    for module in (urls, urls_common, urls_gateway, urls_platform, urls_test):
        importlib.reload(module)
    clear_url_caches()


def press(username: str, client: Client | None = None, **more: Any) -> Any:
    more.setdefault("headers", {"Host": "localhost"})
    return (client or Client()).post("/accounts/demo/", {"username": username}, **more)


def test_twelve_people_with_roles_that_exist() -> None:
    assert [sum(p.zone == zone for p in demo.PEOPLE) for zone in ("gateway", "platform")] == [7, 5]
    assert len({p.username for p in demo.PEOPLE}) == 12
    assert {p.role_key for p in demo.PEOPLE} == set(roles())
    assert all(p.first.endswith(".") for p in demo.PEOPLE)


def test_accounts_are_made_once_for_this_side_and_cards_for_both(home: Path) -> None:
    demo.ensure_demo_people()
    demo.ensure_demo_people()
    assert set(User.objects.values_list("username", flat=True)) == {"sana", "felix", "ines", "grace", "omar"}
    sana = acting.actor_for(User.objects.get(username="sana"))
    assert sana.scope.texts() == ["study:demo-mr", "study:onco-ct"]
    assert not User.objects.get(username="sana").has_usable_password()
    file = home / "demo" / "people.json"
    assert file.stat().st_mode & 0o777 == 0o600
    assert demo.people() == json.loads(file.read_text())["people"]
    adaeze = next(p for p in demo.people() if p["username"] == "adaeze")
    assert (adaeze["zone"], adaeze["role"], adaeze["name"]) == ("gateway", "Research radiographer", "Adaeze Obi")


def test_a_card_signs_in(home: Path) -> None:
    demo.ensure_demo_people()
    client = Client()
    assert press("omar", client)["Location"] == "/"
    assert client.get("/audit/").status_code == 200
    assert AuditRow.objects.filter(action="signed_in", actor="omar").count() == 1
    press("ines", client)
    assert client.get("/audit/").status_code == 403


@pytest.mark.django_db(transaction=True)  # allauth tells after the commit, which is still within the request
def test_who_came_by_a_card_and_set_up_a_second_step_is_not_asked_for_the_code_again(home: Path) -> None:
    demo.ensure_demo_people()
    client = Client()
    press("grace", client)
    set_up(client)
    for page in ("recovery-codes/", "recovery-codes/generate/", "totp/deactivate/"):
        assert client.get(f"/accounts/2fa/{page}").status_code == 200, page


def test_dangerous_acts_ask_nothing_of_people_without_a_password(home: Path) -> None:
    demo.ensure_demo_people()
    client = Client()
    press("grace", client)
    invited = client.post("/accounts/gateways/invite/", {"name": "northmoor", "site": "RNM01"})
    assert "isocentre gateway join" in invited.content.decode()


@pytest.mark.parametrize(
    "more",
    [
        {"REMOTE_ADDR": "10.0.0.7"},
        {"REMOTE_ADDR": ""},
        {"headers": {"X-Forwarded-For": "127.0.0.1"}},
        {"headers": {"Forwarded": "for=127.0.0.1"}},
        {"headers": {"Host": "testserver"}},
    ],
)
def test_only_this_machine_itself_may_press(home: Path, more: dict[str, Any]) -> None:
    demo.ensure_demo_people()
    assert press("omar", **{"headers": {"Host": "127.0.0.1:8000"}, **more}).status_code == 404
    assert not AuditRow.objects.filter(action="signed_in").exists()


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000", "localhost", "[::1]:8000", "[::1]"])
def test_the_names_this_machine_has(home: Path, host: str) -> None:
    demo.ensure_demo_people()
    assert press("omar", headers={"Host": host}).status_code == 302


def test_nobody_else_by_a_card(home: Path) -> None:
    demo.ensure_demo_people()
    User.objects.create(username="real", name="Real Person")
    headers = {"Host": "localhost"}
    assert press("real", headers=headers).status_code == 404
    assert press("adaeze", headers=headers).status_code == 404, "she is of the hospital side"
    assert Client().get("/accounts/demo/", headers=headers).status_code == 405
    assert Client(enforce_csrf_checks=True).post("/accounts/demo/", {"username": "omar"}).status_code == 403
    User.objects.filter(username="omar").update(is_active=False)
    assert press("omar", headers=headers).status_code == 404


def test_outside_the_demo_there_is_nothing(settings: LazySettings, tmp_path: Path) -> None:
    settings.HOME = tmp_path
    assert press("omar").status_code == 404
    assert demo.people() == []
    with pytest.raises(RuntimeError, match="ISOCENTRE_DEMO"):
        demo.ensure_demo_people()
