"""Where scans belong, in Chromium: a near miss assigned by a person and undone, a list that names scans, and search."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.utils import timezone
from support.browser import axe
from support.hospital import ACCESSION, NAME, NUMBER, arrive, enrolled, hospital, newcomer, signed_in
from support.standing import fits

from isocentre.core.routing import Route
from isocentre.rooms.intake.models import LedgerRow

pytestmark = [pytest.mark.peers("chromium"), pytest.mark.django_db(transaction=True)]
HOME = "/intake/arrivals/unassigned/"


@pytest.fixture(scope="session", autouse=True)
def _beside_a_loop() -> Iterator[None]:
    """Playwright's own event loop runs in this thread while Django's ORM is used beside it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@pytest.fixture
def person(context: Any, live_server: Any, settings: Any) -> Callable[[str], Any]:
    """A page of a person in this role; one at a time."""
    settings.ZONE = "gateway"
    hospital()

    def of(role: str) -> Any:
        client = signed_in(role)
        name = django_settings.SESSION_COOKIE_NAME
        context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
        page = context.new_page()
        page.root = live_server.url
        return page

    return of


def says(page: Any, words: str) -> None:
    """The page, once it is there, shows these words, fits a narrow window and is accessible."""
    page.get_by_text(words).first.wait_for(timeout=10_000)
    fits(page)
    assert not axe(page)


def scans() -> None:
    """A scan of the enrolled person three days late, and one under a number that differs by a digit."""
    one = enrolled(birth_date=date(1960, 1, 1))
    late = (timezone.localdate() + timedelta(days=33)).isoformat()
    route = Route("lungs", "left_out", "no_visit", "Outside.", enrolment_id=one.pk, study_day=33)
    arrive(newcomer("1.6.1", route=route, facts={"study_uid": "1.6", "acquired": late}))
    arrive(newcomer("1.7.1", facts={"study_uid": "1.7", "patient_id": f"{NUMBER[:-1]}9", "accession": "OTHER1"}))


def test_a_radiographer_says_whose_scans_are_and_finds_where_they_went(person: Any) -> None:
    scans()
    page = person("radiographer")
    page.goto(f"{page.root}/")
    page.get_by_role("link", name="Unassigned").first.click()
    says(page, "2 scans unassigned")
    assert not [one for one in (NUMBER, NAME, "Needlova") if one in page.content()]
    page.get_by_role("link", name="the scan is 3 days after the window of Baseline").click()
    says(page, "Assign a scan")
    page.get_by_role("button", name="Assign it").click()
    says(page, "Choose whose scan it is")
    page.get_by_label("Baseline: Subject 01/007 is enrolled").check()
    page.get_by_label("Why it is so").fill("The scanner was broken that week")
    page.get_by_role("button", name="Assign it").click()
    says(page, "1 image on its way")
    says(page, "1 scan unassigned")
    assert LedgerRow.objects.get(sop_instance_uid="1.6.1").time_point == "Baseline"
    page.get_by_role("button", name="Undo").click()
    says(page, "Undone: 1 image held as before")
    assert LedgerRow.objects.get(sop_instance_uid="1.6.1").disposition == "left_out"
    page.goto(f"{page.root}{HOME}")
    page.get_by_role("link", name="differs by one character").click()
    page.get_by_label("Baseline: Surname and birth date").check()
    page.get_by_label("Why it is so").fill("The ward mistyped it")
    page.get_by_role("button", name="Assign it").click()
    says(page, "1 image on its way")
    _searched(page, "OTHER1", "1 image on the way. Nobody has to act.")
    _searched(page, ACCESSION, "1 image left out: outside every planned visit")
    _searched(page, "NOSUCH1", "it has not arrived, and no list is fetching it")


def _searched(page: Any, words: str, line: str) -> None:
    page.get_by_role("searchbox").first.fill(words)
    page.get_by_role("searchbox").first.press("Enter")
    says(page, line)
    assert words not in page.url


def test_an_accession_list_lets_in_what_was_left_out(person: Any) -> None:
    scans()
    page = person("imaging_lead")
    page.goto(f"{page.root}/intake/enrolment/accessions/")
    says(page, "No accession number is listed")
    page.get_by_role("link", name="Name scans by accession number").click()
    page.get_by_label("Research study").select_option("lungs")
    page.get_by_label("Or paste lines from a spreadsheet").fill(f"{ACCESSION}\n{'A' * 20}\n")
    page.get_by_role("button", name="List them").click()
    says(page, "Line 2: This is no accession number")
    page.get_by_label("Leave those out, and list the other 1").check()
    page.get_by_role("button", name="List them").click()
    says(page, "1 accession number listed")
    says(page, "1 image on its way")
    page.get_by_role("link", name="Take only what is listed").click()
    page.get_by_label("Research study").select_option("lungs")
    page.get_by_label("Only what is listed").check()
    page.get_by_label("Why").fill("The sponsor asks for it")
    page.get_by_role("button", name="Save").click()
    says(page, "Only what is listed")
    page.get_by_label(f"Choose {ACCESSION}").or_(page.locator("tbody input[type=checkbox]")).first.check()
    page.get_by_role("button", name="Take off the list").click()
    says(page, "1 accession number taken off")
