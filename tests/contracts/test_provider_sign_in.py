"""Signing in by an identity provider, against a real small one on loopback: the whole flow over HTTP, and its abuse."""

from __future__ import annotations

import html
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import pytest
import requests
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import LazySettings
from django.core.cache import cache
from django.test import Client
from support import peers

from isocentre.audit.models import AuditRow
from isocentre.config import provider as setting
from isocentre.people.models import RoleAssignment, User

pytestmark = [pytest.mark.peers("oidc-provider-mock"), pytest.mark.django_db]
SAM = "sam.lee@northmoor.nhs.uk"
PASSWORD = "a long enough passphrase"
HERE = "http://testserver"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The running provider's address; it knows the people it is told of."""
    port = peers.free_port()
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce", "true"]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    where = f"http://localhost:{port}"
    try:
        assert eventually(lambda: answers(where) or running.poll() is not None, 30)
        yield where
    finally:
        running.terminate()
        running.wait(10)


def answers(where: str) -> bool:
    try:
        return requests.get(f"{where}/.well-known/openid-configuration", timeout=5).ok
    except requests.ConnectionError:
        return False


def eventually(true: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.05)
    return False


Use = Callable[..., None]


@pytest.fixture
def use(address: str, settings: LazySettings) -> Use:
    """Set this side's provider: use(match="email", second_step="amr=mfa")."""
    cache.clear()

    def make(issuer: str = address, **more: str) -> None:
        registered = requests.post(
            f"{address}/oauth2/clients", json={"redirect_uris": [f"{HERE}/accounts/provider/callback/"]}, timeout=5
        )
        made = registered.json()
        told = {"issuer": issuer, "client_id": made["client_id"], "client_secret": made["client_secret"], **more}
        given = {setting.VARIABLES[key]: value for key, value in {"name": "Northmoor", **told}.items()}
        for key, value in setting.settings(setting.read(settings.ZONE_HOME, given)).items():
            setattr(settings, key, value)

    make()
    return make


@pytest.fixture
def person(db: None) -> Callable[..., User]:
    def make(username: str = "sam", role: str = "study_team", email: str = SAM) -> User:
        user = User(username=username, name=username.capitalize(), email=email)
        user.set_unusable_password()
        user.save()
        RoleAssignment.objects.create(user=user, role=role)
        return user

    return make


def tell(address: str, sub: str = "s-1", **claims: Any) -> str:
    """Make the provider know an account with these claims; returns its subject."""
    told = {"email": SAM, "email_verified": True, **claims}
    assert requests.put(f"{address}/users/{sub}", json=told, timeout=5).status_code == 204
    return sub


def changed(url: str, **values: str) -> str:
    """The address with these parameters in place of its own."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query=urlencode({**dict(parse_qsl(parts.query)), **values})))


def away(client: Client, start: str = "/accounts/provider/?next=/accounts/profile/") -> str:
    """Where this side sends the person."""
    answer = client.get(start)
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def consented(url: str, sub: str) -> str:
    """The person says yes at the provider: where it sends them back to."""
    answer = requests.post(url, data={"sub": sub}, allow_redirects=False, timeout=5)
    assert answer.status_code == 302, answer.text
    assert answer.headers["Location"].startswith(f"{HERE}/accounts/provider/callback/?")
    return answer.headers["Location"].removeprefix(HERE)


def sign_in(client: Client, sub: str = "s-1", **changes: str) -> Any:
    return client.get(consented(changed(away(client), **changes), sub))


def failures() -> list[tuple[str, str]]:
    rows = AuditRow.objects.filter(action="sign_in_failed").order_by("id")
    return [(row.object_id, row.detail.get("why", "")) for row in rows]


def is_in(client: Client) -> bool:
    return client.get("/accounts/profile/").status_code == 200


def test_a_known_person_signs_in_and_out(address: str, use: Use, person: Callable[..., User]) -> None:
    user, client = person(), Client()
    tell(address)
    page = client.get("/accounts/login/?next=/accounts/profile/").content.decode()
    link = re.search(r'href="(/accounts/provider/[^"]*)"', page)
    assert link is not None
    assert link[1] == "/accounts/provider/?next=/accounts/profile/"
    asked = dict(parse_qsl(urlsplit(away(client, html.unescape(link[1]))).query))
    assert {"state", "nonce", "code_challenge"} <= set(asked)
    assert asked["code_challenge_method"] == "S256"
    back = sign_in(client)
    assert back["Location"] == "/accounts/profile/"
    assert is_in(client)
    user.refresh_from_db()
    assert len(user.provider_subject) == 64
    rows = AuditRow.objects.filter(actor="sam", action="signed_in")
    assert [row.detail for row in rows] == [{"way": "identity provider"}]
    out = client.post("/accounts/logout/", follow=True).content.decode()
    assert "You may still be signed in at Northmoor" in out
    assert not is_in(client)


def test_nobody_is_made_and_no_role_is_given(address: str, use: Use, person: Callable[..., User]) -> None:
    person()
    tell(address, "s-2", email="someone.else@northmoor.nhs.uk", roles=["administrator"])
    client = Client()
    refused = sign_in(client, "s-2")
    assert (refused.status_code, is_in(client)) == (403, False)
    assert "Nobody who may sign in here is known" in refused.content.decode()
    assert (User.objects.count(), RoleAssignment.objects.count()) == (1, 1)
    assert failures() == [("", "unknown_person")]


@pytest.mark.parametrize("verified", [False, None, "true", 1])
def test_an_address_that_is_not_verified_opens_nothing(
    address: str, use: Use, person: Callable[..., User], verified: Any
) -> None:
    person()
    tell(address, email_verified=verified)
    client = Client()
    assert sign_in(client).status_code == 403
    assert failures() == [("", "email_not_verified")]


def test_somebody_inactive_and_two_of_one_address_stay_out(address: str, use: Use, person: Callable[..., User]) -> None:
    user = person()
    tell(address)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert sign_in(Client()).status_code == 403
    User.objects.filter(pk=user.pk).update(is_active=True)
    person("sam2", email=SAM.upper())
    assert sign_in(Client()).status_code == 403
    assert failures() == [("sam", "inactive_person"), ("", "several_people")]


def test_another_account_with_the_same_address_stays_out(address: str, use: Use, person: Callable[..., User]) -> None:
    user = person()
    tell(address)
    tell(address, "s-9")
    sign_in(Client())
    later = sign_in(Client(), "s-9")
    assert later.status_code == 403
    assert "another account than before" in later.content.decode()
    assert failures() == [("sam", "another_account")]
    User.objects.filter(pk=user.pk).update(provider_subject="")
    assert sign_in(Client(), "s-9").status_code == 302


def test_a_stated_claim_may_hold_the_sign_in_name(address: str, use: Use, person: Callable[..., User]) -> None:
    use(match="staff_name")
    person()
    tell(address, email_verified=False, staff_name="sam")
    client = Client()
    assert sign_in(client).status_code == 302
    assert is_in(client)


def test_a_changed_nonce_is_refused(address: str, use: Use, person: Callable[..., User]) -> None:
    person()
    tell(address)
    client = Client()
    assert sign_in(client, nonce="of-an-attacker").status_code == 403
    assert failures() == [("", "another_nonce")]
    assert not is_in(client)


def test_a_state_of_nobody_of_another_session_or_used_is_refused(
    address: str, use: Use, person: Callable[..., User]
) -> None:
    person()
    tell(address)
    mine, other = Client(), Client()
    back = consented(away(mine), "s-1")
    assert other.get(back).status_code == 403, "an answer brought into another browser"
    assert mine.get(changed(back, state="wrong")).status_code == 403
    assert mine.get(changed(back, code="wrong")).status_code == 403
    assert mine.get(back).status_code == 403, "the state was used by then"
    assert not is_in(mine)
    assert not is_in(other)
    assert {why for _, why in failures()} == {"unknown_state", "provider_away"}


def test_another_issuer_than_the_one_set_is_refused(
    address: str, use: Use, person: Callable[..., User], settings: LazySettings
) -> None:
    person()
    tell(address)
    client = Client()
    back = consented(away(client), "s-1")
    settings.SIGN_IN_PROVIDER = replace(settings.SIGN_IN_PROVIDER, issuer="https://login.northmoor.example")
    assert client.get(back).status_code == 403
    assert client.get("/accounts/provider/").status_code == 403
    assert not is_in(client)
    assert [why for _, why in failures()] == ["provider_away"] * 2


def test_who_declines_and_a_provider_that_is_away_are_told(address: str, use: Use, person: Callable[..., User]) -> None:
    person()
    client = Client()
    url = away(client)
    state = dict(parse_qsl(urlsplit(url).query))["state"]
    declined = client.get(f"/accounts/provider/callback/?error=access_denied&state={state}")
    assert declined.status_code == 403
    use(issuer="http://127.0.0.1:9")
    assert client.get("/accounts/provider/").status_code == 403
    assert [why for _, why in failures()] == ["declined", "provider_away"]


def test_the_second_step_stays_asked_where_one_is_set_up(address: str, use: Use, person: Callable[..., User]) -> None:
    TOTP.activate(person(), "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
    tell(address, amr=["pwd", "mfa"])
    client = Client()
    assert sign_in(client)["Location"].startswith("/accounts/2fa/authenticate/")
    assert not is_in(client)
    use(second_step="amr=mfa")
    assert sign_in(client)["Location"] == "/accounts/profile/"
    assert is_in(client)


def test_roles_that_owe_a_second_step_owe_it_unless_asserted(
    address: str, use: Use, person: Callable[..., User], settings: LazySettings
) -> None:
    settings.MFA_MANDATORY = True
    use(second_step="amr=mfa")
    person(role="national_administrator")
    tell(address, amr=["pwd"])
    client = Client()
    sign_in(client)
    assert client.get("/status/")["Location"] == "/accounts/2fa/totp/activate/"
    tell(address, amr=["pwd", "mfa"])
    other = Client()
    sign_in(other)
    assert other.get("/status/").status_code == 200
    assert not Authenticator.objects.exists()


def test_a_dangerous_act_is_proved_at_the_provider(address: str, use: Use, person: Callable[..., User]) -> None:
    person(role="national_administrator")
    tell(address, "s-1", auth_time=int(time.time()) - 9 * 3600)
    client = Client()
    sign_in(client)
    form = {"name": "Ada", "username": "ada", "email": ""}
    asked = client.post("/accounts/people/add/", form)
    assert asked["Location"].startswith("/accounts/provider/again/?next="), "coming from the provider is no proof"
    url = away(client, asked["Location"])
    assert {("prompt", "login"), ("max_age", "0")} <= set(parse_qsl(urlsplit(url).query))
    stale = client.get(consented(url, "s-1"))
    assert stale.status_code == 403
    assert not User.objects.filter(username="ada").exists()

    tell(address, auth_time=int(time.time()))
    asked = client.post("/accounts/people/add/", form)
    went_on = client.get(consented(away(client, asked["Location"]), "s-1"))
    assert went_on.status_code == 302
    assert User.objects.filter(username="ada").exists()
    assert failures() == [("sam", "not_proved_again")]


def test_proof_by_somebody_else_is_none(address: str, use: Use, person: Callable[..., User]) -> None:
    person(role="national_administrator")
    person("bob", email="bob@northmoor.nhs.uk")
    tell(address)
    tell(address, "s-3", email="bob@northmoor.nhs.uk", auth_time=int(time.time()))
    client = Client()
    sign_in(client)
    asked = client.post("/accounts/people/add/", {"name": "Ada", "username": "ada", "email": ""})
    assert client.get(consented(away(client, asked["Location"]), "s-3")).status_code == 403
    assert not User.objects.filter(username="ada").exists()
    assert failures() == [("bob", "another_person")]


def test_it_leads_nowhere_else_and_is_off_unless_set(
    address: str, use: Use, person: Callable[..., User], settings: LazySettings
) -> None:
    person()
    tell(address)
    client = Client()
    away(client, "/accounts/provider/?next=https://evil.example/")
    assert client.get(consented(away(client, "/accounts/provider/?next=//evil.example"), "s-1"))["Location"] == "/"
    settings.SIGN_IN_PROVIDER = None
    for path in ("", "again/", "callback/"):
        assert client.get(f"/accounts/provider/{path}").status_code == 404
    assert "Northmoor" not in client.get("/accounts/login/").content.decode()
