"""The first administrator: a link that works once, for a day, while there is none; and one who lost the way in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone
from people_support import PASSWORD

from isocentre.audit.models import AuditRow
from isocentre.core.checks import Unfit
from isocentre.people import first
from isocentre.people.models import FirstCode, RoleAssignment, User

Make = Callable[..., User]
pytestmark = pytest.mark.django_db
TYPED = {"name": "Sam Lee", "username": "sam.lee", "email": "sam@trust.example", "password1": PASSWORD}
TYPED["password2"] = TYPED["password1"]


@pytest.fixture(autouse=True)
def _national(settings: LazySettings) -> None:
    settings.ZONES = ("platform",)
    settings.PUBLIC_URL = "https://national.example"


def path(link: str) -> str:
    return urlsplit(link).path


def code(link: str) -> str:
    return path(link).rstrip("/").rpartition("/")[2]


def given(**changed: str) -> dict[str, Any]:
    return {"name": "Sam Lee", "username": "sam.lee", "email": "", "password": PASSWORD} | changed


def test_the_link_makes_an_administrator_who_must_set_up_a_second_step(settings: LazySettings) -> None:
    settings.MFA_MANDATORY = True
    link = first.link()
    assert link.startswith("https://national.example/accounts/first/")
    client = Client()
    assert client.get(path(link)).status_code == 200
    done = client.post(path(link), TYPED)
    assert (done.status_code, done.headers["Location"]) == (302, "/accounts/login/")
    assert [user.username for user in first.administrators()] == ["sam.lee"]
    assert list(RoleAssignment.objects.values_list("role", flat=True)) == ["national_administrator"]
    assert client.post("/accounts/login/", {"login": "sam.lee", "password": PASSWORD}).status_code == 302
    led = client.get("/accounts/people/", follow=False)
    assert led.status_code == 403
    assert client.get("/").headers["Location"] == "/accounts/2fa/totp/activate/"
    actions = list(AuditRow.objects.values_list("action", "actor_kind"))
    assert ("first_link_made", "system") in actions
    assert ("first_administrator_made", "system") in actions


def test_only_a_hash_of_the_code_is_kept_and_a_newer_link_ends_an_older_one() -> None:
    old, new = first.link(), first.link()
    kept = FirstCode.objects.get()
    assert code(new) not in str(kept.__dict__)
    assert (first.holds(code(old)), first.holds(code(new))) == (False, True)
    assert not any(code(new) in str(row.__dict__) for row in AuditRow.objects.all())


def test_a_link_works_once() -> None:
    link = first.link()
    first.make(code=code(link), **given())
    RoleAssignment.objects.all().delete()  # were it only the administrator who closes it, it would work again
    with pytest.raises(Unfit):
        first.make(code=code(link), **given(username="eve"))
    assert Client().get(path(link)).status_code == 404
    assert not User.objects.filter(username="eve").exists()


def test_a_link_of_yesterday_makes_nobody() -> None:
    link = first.link()
    FirstCode.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert Client().post(path(link), TYPED).status_code == 404
    with pytest.raises(Unfit):
        first.make(code=code(link), **given())
    assert not User.objects.exists()


def test_while_there_is_an_administrator_there_is_no_link_and_an_older_one_is_dead(person: Make) -> None:
    link = first.link()
    person("ada", "national_administrator")
    assert first.link() == ""
    assert Client().post(path(link), TYPED).status_code == 404
    with pytest.raises(Unfit):
        first.make(code=code(link), **given())
    assert User.objects.count() == 1


@pytest.mark.parametrize("gone", ["inactive", "ended", "not yet", "another role"])
def test_who_cannot_administer_today_does_not_count(person: Make, gone: str) -> None:
    ada = person("ada", "national_auditor" if gone == "another role" else "national_administrator")
    day = timezone.localdate()
    if gone == "inactive":
        User.objects.update(is_active=False)
    elif gone == "ended":
        ada.roles.update(ends=day - timedelta(days=1))
    elif gone == "not yet":
        ada.roles.update(starts=day + timedelta(days=1))
    assert first.administrators() == []
    assert first.link()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"password1": "short", "password2": "short"}, "too short"),
        ({"password2": "another long passphrase"}, "The two passwords differ"),
        ({"name": ""}, "Enter your name"),
        ({"username": "Sam Lee!"}, "small letters"),
        ({"email": "nowhere"}, "valid email"),
    ],
)
def test_what_is_not_fit_is_said_and_uses_nothing_up(changed: dict[str, str], said: str) -> None:
    link = first.link()
    answer = Client().post(path(link), TYPED | changed)
    assert answer.status_code == 400
    assert said in answer.content.decode()
    assert not User.objects.exists()
    assert Client().post(path(link), TYPED).status_code == 302


def test_a_form_from_another_site_makes_nobody() -> None:
    link = first.link()
    assert Client(enforce_csrf_checks=True).post(path(link), TYPED).status_code == 403
    assert not User.objects.exists()


def test_each_side_makes_its_own_administrator(settings: LazySettings) -> None:
    settings.ZONES = ("gateway",)
    first.make(code=code(first.link()), **given())
    assert list(RoleAssignment.objects.values_list("role", flat=True)) == ["administrator"]


def test_an_administrator_without_device_gets_in_again_and_nobody_else_does(person: Make) -> None:
    ada, team = person("ada", "national_administrator"), person("team", "study_team")
    for one in (ada, team):
        TOTP.activate(one, generate_totp_secret())
    session = Client()
    session.force_login(ada)
    link = first.recover(username="ada", reason="called back on the ward's number")
    assert not Authenticator.objects.filter(user=ada).exists()
    assert session.get("/accounts/profile/").status_code == 302
    client = Client()
    form = client.get(path(link), follow=True)
    typed = {"new_password1": "quite another passphrase", "new_password2": "quite another passphrase"}
    assert client.post(form.redirect_chain[-1][0], typed).status_code == 302
    entered = client.post("/accounts/login/", {"login": "ada", "password": typed["new_password1"]})
    assert entered.status_code == 302
    assert client.get("/accounts/profile/").status_code == 200
    row = AuditRow.objects.get(action="administrator_recovered")
    assert (row.object_id, row.reason) == ("ada", "called back on the ward's number")
    for name in ("team", "nobody"):
        with pytest.raises(first.NotAdministrator):
            first.recover(username=name, reason="x")
    assert Authenticator.objects.filter(user=team).exists()
