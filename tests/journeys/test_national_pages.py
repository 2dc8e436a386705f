"""The national side in Chromium: accessible, by keyboard, within 320 px, no policy violated; signing in with two steps."""  # noqa: E501 - one sentence

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from support import pages
from support.browser import met
from support.national_world import national_world
from support.second_step import code
from support.standing import faults
from support.visiting import Visitor, signed_in, told, wrong
from support.world import filled

from isocentre.config.provider import SignInProvider
from isocentre.people import welcome
from isocentre.people.models import User
from isocentre.people.roles import roles
from isocentre.rooms.network import door as network

pytestmark = [pytest.mark.peers("chromium"), pytest.mark.django_db(transaction=True)]
PASSWORD = "three words and another"


@pytest.fixture
def visitor(context: Any, live_server: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Visitor]:
    """A page of a signed-in person who may open everything here."""
    with national_world(settings, monkeypatch) as world:
        yield signed_in(context, live_server.url, "platform", world)


@pytest.mark.parametrize("quarter", range(4))
def test_every_page_is_accessible_by_keyboard_and_in_a_narrow_window(visitor: Visitor, quarter: int) -> None:
    found = wrong(visitor, pages.NATIONAL[quarter::4])
    assert not found, told(found)


def test_the_home_and_the_life_of_a_scan_for_every_role(visitor: Visitor) -> None:
    found = {}
    for role in (r for r in roles().values() if r.zone == "platform"):
        assert visitor.open("/", role.key) == 200
        found[role.key] = faults(visitor.page)
    assert visitor.open("/scan/<str:key>/", "imaging_core") == 200
    found["life"] = faults(visitor.page)
    assert not any(found.values()), told(found)


def test_what_is_shown_once_and_what_is_wrong_in_a_form(visitor: Visitor) -> None:
    """Pages that only an act leads to: a token, an invitation, a sign-in link, a form that is not fit."""
    page, found = visitor.page, {}
    for pattern, label, value, tick, button, heading in (
        ("/accounts/tokens/make/", "What it is for", "A script", r"^(All|List) ", "Make the token", "Your token"),
        ("/accounts/gateways/invite/", "Name", "eastvale", r"RYY01", "Make the code", "Code for eastvale"),
        ("/register/new", "Title of the research study", "", r"^$", "Create", "Create a research study"),
    ):
        assert visitor.open(pattern) == 200
        page.get_by_label(label).fill(value)
        for box in page.get_by_role("checkbox", name=re.compile(tick)).all():
            box.check()
        page.get_by_role("button", name=button, exact=True).click()
        met(page, heading)
        found[pattern] = faults(page)
    assert page.get_by_role("heading", name="There is a problem").is_visible()
    assert visitor.open("/accounts/people/<int:pk>/") == 200
    page.get_by_role("button", name="Make a sign-in link").click()
    page.get_by_label("Sign-in link").wait_for()
    found["a sign-in link"] = faults(page)
    assert not any(found.values()), told(found)


def test_nobody_signed_in_is_met_as_well(visitor: Visitor, settings: Any) -> None:
    page, found, link = visitor.page, {}, welcome.link(User.objects.get(username="colleague"))
    page.context.clear_cookies()
    for address in (*(filled(pattern, {"topic": "words"}) for pattern in pages.SIGNED_OUT), link):
        assert page.goto(visitor.root + address).status == 200, address
        found[address] = faults(page)
    settings.SIGN_IN_PROVIDER = SignInProvider("https://trust.example", "id", "secret", "Trust sign-in")
    assert page.goto(f"{visitor.root}/accounts/provider/callback/?state=none").status == 403
    found["refused by the provider"] = faults(page)
    assert not any(found.values()), told(found)


def test_signing_in_with_a_second_step(visitor: Visitor) -> None:
    page, found = visitor.page, {}
    assert visitor.open("/accounts/2fa/totp/activate/") == 200
    found["set up"] = faults(page)
    user, secret = User.objects.get(username="sam"), generate_totp_secret()
    user.set_password(PASSWORD)
    user.save()
    TOTP.activate(user, secret)
    page.context.clear_cookies()
    _with_password(visitor)
    found["code"] = faults(page)
    page.get_by_label("Code").fill("1")
    page.get_by_label("Code").press("Enter")
    page.get_by_role("heading", name="There is a problem").wait_for()
    found["a wrong code"] = faults(page)
    page.get_by_label("Code").fill(code(secret))
    page.get_by_label("Code").press("Enter")
    met(page, "What needs you now")
    for address in ("", "totp/deactivate/", "recovery-codes/generate/"):
        assert page.goto(f"{visitor.root}/accounts/2fa/{address}").status == 200, address
        found[address or "index"] = faults(page)
    page.get_by_role("button", name="Make new codes").click()
    met(page, "Recovery codes")
    found["recovery codes"] = faults(page)
    recovery = page.locator("main li").first.inner_text()
    for address in ("reauthenticate/", "2fa/reauthenticate/", "logout/"):
        assert page.goto(f"{visitor.root}/accounts/{address}").status == 200, address
        found[address] = faults(page)
    page.get_by_role("main").get_by_role("button", name="Sign out").press("Enter")
    met(page, "Imaging research across NHS hospitals")
    _by_recovery_code(visitor, recovery)
    assert not any(found.values()), told(found)


def _with_password(visitor: Visitor) -> None:
    page = visitor.page
    page.goto(f"{visitor.root}/accounts/login/")
    page.get_by_label("Sign-in name").fill("sam")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Password").press("Enter")
    met(page, "Enter your code")


def _by_recovery_code(visitor: Visitor, recovery: str) -> None:
    """Who has the phone no more signs in by a code, once, and is told so the second time."""
    page = visitor.page
    for code_is_good in (True, False):
        _with_password(visitor)
        page.get_by_label("Code").fill(recovery)
        page.get_by_label("Code").press("Enter")
        if code_is_good:
            met(page, "What needs you now")
            page.goto(f"{visitor.root}/accounts/2fa/recovery-codes/")
            assert page.get_by_text("9 of 10 are left").is_visible()
            assert page.get_by_text(recovery).count() == 0
            page.context.clear_cookies()
    met(page, "Enter your code")
    assert page.get_by_role("link", name="a recovery code that you have not used yet").is_visible()


def test_a_page_that_fails_says_what_to_do_and_nothing_of_why(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_: object) -> None:
        raise RuntimeError("select patient from secret_table")

    monkeypatch.setattr(network, "sites", broken)
    assert visitor.open("/network/") == 500
    page = visitor.page
    met(page, "Something went wrong on our side")
    assert faults(page) == []
    words = page.locator("main").inner_text()
    assert "Try again in a minute. If it happens again, tell your side's administrator" in words
    assert re.search(r"Reference: \d{4}-\d{4}\. Tell it when you ask for help", words)
    assert not [leak for leak in ("Traceback", "RuntimeError", "secret_table", ".py") if leak in page.content()]
    page.get_by_role("link", name="Go to the start page").click()
    met(page, "What needs you now")
