"""Signing in: password, second step, recovery codes, throttle, proof before dangerous acts; each audited."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import LazySettings
from django.core.cache import cache
from django.test import Client
from people_support import PASSWORD
from support.second_step import code, set_up

from isocentre.audit.models import AuditRow
from isocentre.people import welcome
from isocentre.people.models import User

Make = Callable[..., User]
LOGIN = "/accounts/login/"


@pytest.fixture(autouse=True)
def no_tries_yet() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def sign_in(client: Client, username: str, password: str = PASSWORD, after: str = "") -> Any:
    return client.post(LOGIN, {"login": username, "password": password, "next": after})


def done() -> list[tuple[str, str, str]]:
    return list(AuditRow.objects.order_by("id").values_list("action", "actor", "object_id"))


def test_password_sign_in_and_out(person: Make) -> None:
    person("sam", "study_team")
    client = Client()
    page = client.get(LOGIN + "?next=/status/").content.decode()
    assert "Sign in to the national side" in page
    assert 'name="next" value="/status/"' in page
    assert "script" not in re.sub(r"<script[^>]*src=[^>]*></script>|<script nonce=.*?</script>", "", page, flags=re.S)
    assert sign_in(client, "sam", after="/status/")["Location"] == "/status/"
    assert client.get("/accounts/logout/").status_code == 200
    assert client.post("/accounts/logout/").status_code == 302
    assert client.get("/accounts/profile/").status_code == 302
    assert done() == [("signed_in", "sam", "sam"), ("signed_out", "sam", "sam")]


def test_an_address_elsewhere_is_not_followed(person: Make) -> None:
    person("sam", "study_team")
    assert sign_in(Client(), "sam", after="https://evil.example/")["Location"] == "/"


def test_a_wrong_password_and_an_unknown_name_look_the_same(person: Make) -> None:
    person("sam", "study_team")
    wrong, unknown = sign_in(Client(), "sam", "no"), sign_in(Client(), "my secret by mistake")
    for answer in (wrong, unknown):
        assert answer.status_code == 200
        assert "There is a problem" in answer.content.decode()
        assert "The sign-in name or the password is not right" in answer.content.decode()
    assert done() == [("sign_in_failed", "sign-in", "sam"), ("sign_in_failed", "sign-in", "")]
    assert "mistake" not in str(AuditRow.objects.values())


def test_after_five_wrong_passwords_the_right_one_is_refused_too(person: Make) -> None:
    person("sam", "study_team")
    for _ in range(5):
        sign_in(Client(), "sam", "no")
    refused = sign_in(Client(), "sam")
    assert refused.status_code == 200
    assert "Too many" in refused.content.decode()
    assert [action for action, _, _ in done()].count("sign_in_failed") == 5
    assert done()[-1][0] == "sign_in_refused"


def test_nobody_signs_up(person: Make) -> None:
    assert Client().get("/accounts/signup/").status_code == 404


def test_a_deactivated_person_stays_out(person: Make) -> None:
    user = person("sam", "study_team")
    client = Client()
    sign_in(client, "sam")
    user.is_active = False
    user.save()
    assert client.get("/accounts/profile/").status_code == 302
    assert sign_in(Client(), "sam").status_code in (200, 302)
    assert "signed_in" not in [action for action, _, _ in done()[1:]]


def test_the_second_step(person: Make, django_capture_on_commit_callbacks: Any) -> None:
    user = person("sam", "study_team")
    client = Client()
    sign_in(client, "sam")
    with django_capture_on_commit_callbacks(execute=True):  # allauth tells after the commit
        secret = set_up(client)
    stored = Authenticator.objects.get(user=user, type="totp").data["secret"]
    assert secret not in stored
    codes_page = client.get("/accounts/2fa/recovery-codes/").content.decode()
    recovery = re.findall(r"<li>(\d{8})</li>", codes_page)
    assert len(recovery) == 10
    assert client.get("/accounts/2fa/").status_code == 200
    assert recovery[0] in client.get("/accounts/2fa/recovery-codes/download/").content.decode()

    other = Client()
    assert sign_in(other, "sam")["Location"].startswith("/accounts/2fa/authenticate/")
    assert other.get("/accounts/profile/").status_code == 302
    wrong = other.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert "Enter the six figures the app shows now" in wrong.content.decode()
    cache.clear()
    assert other.post("/accounts/2fa/authenticate/", {"code": recovery[0]}).status_code == 302
    assert other.get("/accounts/profile/").status_code == 200

    third = Client()
    sign_in(third, "sam")
    again = third.post("/accounts/2fa/authenticate/", {"code": recovery[0]})
    assert again.status_code == 200, "a recovery code works once"
    assert "a recovery code that you have not used yet" in again.content.decode()
    actions = [action for action, _, _ in done()]
    assert actions.count("second_step_added") == 2
    assert ("sign_in_failed", "sign-in", "sam") in done()


def test_a_totp_code_signs_in(person: Make) -> None:
    user = person("sam", "study_team")
    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    TOTP.activate(user, secret)
    client = Client()
    sign_in(client, "sam")
    assert client.post("/accounts/2fa/authenticate/", {"code": code(secret)}).status_code == 302
    assert client.get("/accounts/profile/").status_code == 200


def test_administrators_owe_a_second_step(person: Make, settings: LazySettings) -> None:
    settings.MFA_MANDATORY = True
    person("ada", "national_administrator", "study_team")
    person("sam", "study_team")
    client, free = Client(), Client()
    sign_in(client, "ada")
    sign_in(free, "sam")
    assert free.get("/accounts/tokens/").status_code == 200
    led = client.get("/status/")
    assert (led.status_code, led["Location"]) == (302, "/accounts/2fa/totp/activate/")
    assert client.get("/accounts/people/").status_code == 403
    assert client.post("/accounts/people/add/", {"name": "X", "username": "xx"}).status_code == 403
    set_up(client)
    assert client.get("/accounts/people/").status_code == 200


def test_another_role_needs_none(person: Make, settings: LazySettings) -> None:
    settings.MFA_MANDATORY = True
    person("ada", "national_administrator", "study_team")
    client = Client()
    sign_in(client, "ada")
    client.post("/accounts/role/", {"role": "study_team"})
    assert client.get("/accounts/tokens/").status_code == 200


def test_a_dangerous_act_asks_again_and_then_goes_on(person: Make, signed_in: Callable[..., Client]) -> None:
    client = signed_in("ada", "national_administrator")
    asked = client.post("/accounts/people/add/", {"name": "Sam Lee", "username": "sam.lee", "email": ""})
    assert asked["Location"].startswith("/accounts/reauthenticate/?next=")
    assert not User.objects.filter(username="sam.lee").exists()
    page = client.get(asked["Location"]).content.decode()
    assert "Confirm it is you" in page
    assert client.post(asked["Location"], {"password": "wrong"}).status_code == 200
    next_page = re.search(r'name="next" value="([^"]*)"', page)
    assert next_page is not None
    went_on = client.post(asked["Location"], {"password": PASSWORD, "next": next_page[1]})
    assert went_on.status_code == 302
    assert User.objects.filter(username="sam.lee").exists()


def test_a_fresh_sign_in_is_proof_enough(person: Make) -> None:
    person("ada", "national_administrator")
    client = Client()
    sign_in(client, "ada")
    client.post("/accounts/people/add/", {"name": "Sam Lee", "username": "sam.lee", "email": ""})
    assert User.objects.filter(username="sam.lee").exists()


def test_a_new_password_ends_other_sessions(person: Make) -> None:
    person("sam", "study_team")
    here, there = Client(), Client()
    sign_in(here, "sam")
    sign_in(there, "sam")
    new = "another rather long one"
    assert here.get("/accounts/password/change/").status_code == 200
    assert here.post(
        "/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new}
    ).status_code in (200, 302)
    assert here.get("/accounts/profile/").status_code == 200
    assert there.get("/accounts/profile/").status_code == 302
    assert ("password_changed", "sam", "sam") in done()


def test_a_sign_in_link_works_once(person: Make) -> None:
    user = person("sam", "study_team")
    user.set_unusable_password()
    user.save()
    address = welcome.link(user)
    client = Client()
    form = client.get(address)
    assert form.status_code == 302, "the secret leaves the address"
    page = client.get(form["Location"]).content.decode()
    assert "Choose your password" in page
    weak = client.post(form["Location"], {"new_password1": "short", "new_password2": "short"})
    assert "There is a problem" in weak.content.decode()
    done_with = client.post(form["Location"], {"new_password1": PASSWORD, "new_password2": PASSWORD})
    assert done_with["Location"] == LOGIN
    assert sign_in(client, "sam")["Location"] == "/"
    assert "This link no longer works" in Client().get(address).content.decode()
    assert Client().get("/accounts/password/forgotten/").status_code == 200
    assert ("password_set", "sam", "sam") in done()


def test_every_form_is_protected_from_elsewhere(person: Make) -> None:
    person("sam", "study_team")
    strict = Client(enforce_csrf_checks=True)
    assert sign_in(strict, "sam").status_code == 403
