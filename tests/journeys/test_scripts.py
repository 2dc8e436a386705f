"""With scripts and without: everything a hospital does works without JavaScript; shortcuts do, and can be switched off."""  # noqa: E501 - one sentence

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.browser import axe, met, watched
from support.hospital_world import hospital_world
from support.visiting import Visitor, signed_in
from support.world import World

from isocentre.rooms.intake.models import Enrolment, LedgerRow

pytestmark = [pytest.mark.peers("chromium"), pytest.mark.django_db(transaction=True)]


@pytest.fixture
def world(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with hospital_world(tmp_path, settings, monkeypatch) as made:
        yield made


@pytest.fixture
def plain(chromium: Any, live_server: Any, world: World) -> Iterator[Visitor]:
    """A page in a browser that runs no script, of a person who may do everything here, acting as imaging lead."""
    with watched(chromium, java_script_enabled=False) as context:
        visitor = signed_in(context, live_server.url, "gateway", world)
        assert visitor.open("/", "imaging_lead") == 200
        yield visitor


@pytest.fixture
def visitor(context: Any, live_server: Any, world: World) -> Visitor:
    """The same with scripts."""
    visitor = signed_in(context, live_server.url, "gateway", world)
    assert visitor.open("/", "imaging_lead") == 200
    return visitor


def menu(page: Any, name: str) -> None:
    """Go where the main menu leads."""
    page.get_by_role("navigation", name="Main menu").get_by_role("link", name=name, exact=True).click()


def test_without_scripts_a_held_scan_is_decided_and_undone(plain: Visitor) -> None:
    page = plain.page
    page.get_by_role("link", name="scan held: ultrasound").click()
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Leave out").click()
    page.get_by_label("Why").fill("Not asked for")
    page.get_by_role("button", name="Leave out").click()
    page.get_by_text("1 scan decided: 1 image left out").wait_for()
    row = LedgerRow.objects.filter(pk=plain.world.named["key"])
    assert row.get().disposition == "left_out"
    page.get_by_role("button", name="Undo").first.click()
    page.get_by_text("Undone: 1 image held as before").wait_for()
    assert row.get().disposition == "held"


def test_without_scripts_a_person_is_enrolled_by_page_and_by_list(plain: Visitor) -> None:
    page = plain.page
    menu(page, "Enrolment")
    page.get_by_role("link", name="Enrol a person").click()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("heading", name="There is a problem").wait_for()
    page.get_by_label("Research study").select_option("lungs")
    for label, value in (("Hospital number", "NM1"), ("Subject id", "L-1"), ("Consent date", "2026-01-01")):
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="Save").click()
    page.get_by_text("The enrolment is saved.").wait_for()
    page.get_by_role("link", name="Take in a list").click()
    page.get_by_label("Research study").select_option("lungs")
    page.get_by_label("Or paste lines").fill("hospital number,subject id,consent date\nNM2,L-2,2026-01-01\n")
    page.get_by_role("button", name="Look at it first").click()
    page.get_by_role("button", name="Enrol").click()
    page.get_by_text("1 person enrolled.").wait_for()
    assert set(Enrolment.objects.values_list("subject_id", flat=True)) >= {"L-1", "L-2"}


def test_without_scripts_a_list_is_filtered_and_a_scan_found(plain: Visitor) -> None:
    page = plain.page
    menu(page, "Arrivals")
    page.get_by_role("heading", level=1, name="7 scans received").wait_for()
    page.get_by_label("State").select_option("sent_on")
    page.get_by_role("button", name="Filter").click()
    page.get_by_role("heading", level=1, name="1 scan received").wait_for()
    assert "disposition=sent_on" in page.url
    page.get_by_role("searchbox", name="Search the hospital side").fill("Needlova")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("heading", level=1, name="results for “Needlova”").wait_for()
    assert "Needlova" not in page.url
    assert page.get_by_role("main").get_by_role("link", name="CT scan of").count() >= 1


def test_without_scripts_another_role_is_chosen_and_one_signs_out(plain: Visitor) -> None:
    page = plain.page
    page.get_by_label("Acting as").select_option("pacs_manager")
    page.get_by_role("button", name="Change").click()
    page.get_by_role("heading", level=1, name="PACS manager What needs you now").wait_for()
    menu(page, "Senders")
    page.get_by_role("heading", level=1, name="2 senders").wait_for()  # one of them a PACS that is fetched from
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("heading", level=1, name="Imaging research across NHS hospitals").wait_for()
    assert page.goto(f"{plain.root}/intake/senders/").url.startswith(f"{plain.root}/accounts/login/")


def test_shortcuts_lead_where_their_list_says(visitor: Visitor) -> None:
    page = visitor.page
    page.keyboard.press("?")
    page.get_by_role("dialog", name="Keyboard shortcuts").wait_for()
    assert axe(page) == []
    assert page.get_by_role("dialog").get_by_text("Arrivals").is_visible()
    page.keyboard.press("Escape")
    assert page.get_by_role("dialog").count() == 0
    page.keyboard.press("/")
    field = page.get_by_role("searchbox", name="Search the hospital side")
    assert field.evaluate("field => field === document.activeElement")
    # In a field the keys are letters.
    page.keyboard.type("g a ?")
    assert field.input_value() == "g a ?"
    assert page.url == f"{visitor.root}/"
    field.blur()
    for keys, heading in (("ga", "7 scans received"), ("gt", "Status of the hospital side"), ("gh", "What needs you")):
        for key in keys:
            page.keyboard.press(key)
        page.get_by_role("heading", level=1, name=heading).wait_for()


def test_shortcuts_can_be_switched_off_and_on(visitor: Visitor) -> None:
    """WCAG 2.1.4: single keys get in the way of who speaks to their computer."""
    page = visitor.page
    for on in (False, True):
        page.goto(f"{visitor.root}/accounts/profile/edit/")
        page.get_by_role("checkbox", name="Keyboard shortcuts").set_checked(on)
        page.get_by_role("button", name="Save").click()
        met(page, "Your profile")
        page.keyboard.press("?")
        assert page.get_by_role("dialog").count() == on
        page.keyboard.press("Escape")
        page.keyboard.press("/")
        field = page.get_by_role("searchbox", name="Search the hospital side")
        assert field.evaluate("field => field === document.activeElement") is on
        page.goto(f"{visitor.root}/help/keyboard")
        page.get_by_role("heading", level=1, name="Keyboard shortcuts").wait_for()
        assert axe(page) == []
        assert ("You have switched keyboard shortcuts off" in page.get_by_role("main").inner_text()) is not on
        page.keyboard.press("g")
        page.keyboard.press("a")
        if on:
            page.wait_for_url("**/intake/arrivals/")
        else:
            page.wait_for_timeout(300)
            assert page.url.endswith("/help/keyboard")
