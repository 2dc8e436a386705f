"""A list taken in from a spreadsheet, a subject id decided about by a second person, and the visits that follow, in
Chromium and at 320 pixels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.utils import timezone
from support.hospital import NAME, NUMBER, arrive, hospital, newcomer, signed_in
from support.sheets import xlsx
from support.standing import fits

from isocentre.core.routing import Route
from isocentre.rooms.intake.models import Enrolment, LedgerRow
from isocentre.rooms.intake.reroute import Router

pytestmark = [pytest.mark.peers("chromium"), pytest.mark.django_db(transaction=True)]


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
    """The page, once it is there, shows these words."""
    page.get_by_text(words).first.wait_for(timeout=10_000)


def press(page: Any, button: str) -> None:
    page.get_by_role("button", name=button).first.click()


def upload(page: Any, path: Path) -> None:
    page.get_by_label("Research study").select_option("lungs")
    page.get_by_label("A spreadsheet (XLSX), or a CSV file").set_input_files(str(path))
    press(page, "Look at it first")


def test_a_spreadsheet_becomes_people_whose_visits_are_due(person: Any, tmp_path: Path) -> None:
    nurse, today = person("radiographer"), timezone.localdate()
    heads = ["Subject id", "Hospital number", "Surname", "Birth date", "Consent date", "Day 0"]
    first = ["NEED-07", NUMBER, "Needlova", None, today - timedelta(days=30), today]
    other = ["01/008", 77, "Lee", None, today - timedelta(days=30), today - timedelta(days=40)]
    bad, good = tmp_path / "bad.xlsx", tmp_path / "people.xlsx"
    bad.write_bytes(xlsx([heads, ["=A1", *first[1:]]]))
    good.write_bytes(xlsx([heads, first, other], lambda book: book.create_sheet("Notes")))
    nurse.goto(f"{nurse.root}/intake/enrolment/list")
    upload(nurse, bad)
    says(nurse, "A formula stands in A2")
    fits(nurse)
    upload(nurse, good)
    says(nurse, "1 other sheet was not.")
    says(nurse, "Look at subject id: It may tell their name")
    fits(nurse)
    press(nurse, "Enrol all 2 people")
    says(nurse, "2 people enrolled.")
    fits(nurse)
    nurse.get_by_role("link", name="Visits").first.click()
    says(nurse, "2 planned visits")
    fits(nurse)
    with nurse.expect_download() as download:
        nurse.get_by_role("link", name="Download for a calendar (ICS)").click()
    said = Path(download.value.path()).read_text(encoding="utf-8")
    assert "SUMMARY:01/008: Baseline CT" in said
    assert not [word for word in ("NEED-07", "Needlova", NUMBER) if word in said]
    nurse.get_by_label("State").select_option("overdue")
    press(nurse, "Filter")
    says(nurse, "1 planned visit")
    nurse.get_by_role("link", name="01/008").click()
    says(nurse, "Overdue")
    fits(nurse)


def test_a_second_person_accepts_and_the_scan_goes_on(person: Any) -> None:
    nurse = person("radiographer")
    today = timezone.localdate().isoformat()
    nurse.goto(f"{nurse.root}/intake/enrolment/add")
    nurse.get_by_label("Research study").select_option("lungs")
    for label, value in (("Subject id", "ZN-07"), ("Hospital number", NUMBER), ("Surname", NAME),
                         ("Consent date", today), ("Day 0", today)):  # fmt: skip
        nurse.get_by_label(label, exact=True).fill(value)
    nurse.get_by_label("Future research").check()
    press(nurse, "Save")
    says(nurse, "Please check: it may tell their initials")
    one = Enrolment.objects.get()
    arrive(newcomer("1.1", route=Route("lungs", enrolment_id=one.pk)))
    row = LedgerRow.objects.select_related("arrival").get()
    [placed] = Router().placed(row)
    assert placed.route.cause == "subject_id_tells"
    LedgerRow.objects.update(disposition="held", cause=placed.route.cause, words=placed.route.words)
    dpo = person("dpo")
    dpo.goto(dpo.root)
    dpo.get_by_role("link", name="subject id that may tell who the person is").click()
    fits(dpo)
    dpo.get_by_role("link", name="ZN-07").click()
    fits(dpo)
    dpo.get_by_label("Why it may stay").fill("The letters are those of the site")
    press(dpo, "Accept it")
    says(dpo, "1 image on its way")
    fits(dpo)
    nurse = person("imaging_lead")
    nurse.goto(f"{nurse.root}/intake/enrolment/{one.pk}")
    fits(nurse)
    nurse.get_by_role("link", name="Take that back").click()
    fits(nurse)
    nurse.get_by_label("Why it is taken back").fill("The sponsor gives another")
    press(nurse, "Take it back")
    nurse.goto(f"{nurse.root}/intake/enrolment/{one.pk}/subject-id/give")
    fits(nurse)
    nurse.get_by_label("Why", exact=True).fill("The sponsor has none of its own")
    press(nurse, "Give it")
    assert Enrolment.objects.get().subject_id == "S-0001"


def test_a_scan_with_another_surname_waits_for_the_check(person: Any) -> None:
    nurse = person("radiographer")
    today = timezone.localdate().isoformat()
    nurse.goto(f"{nurse.root}/intake/enrolment/add")
    nurse.get_by_label("Research study").select_option("lungs")
    for label, value in (("Hospital number", NUMBER), ("Surname", "Jones"), ("Consent date", today), ("Day 0", today)):
        nurse.get_by_label(label, exact=True).fill(value)
    press(nurse, "Save")
    one = Enrolment.objects.get()
    arrive(newcomer("1.1", route=Route("lungs", enrolment_id=one.pk)))
    [placed] = Router().placed(LedgerRow.objects.select_related("arrival").get())
    LedgerRow.objects.update(disposition="held", cause=placed.route.cause, words=placed.route.words)
    nurse.goto(f"{nurse.root}/intake/enrolment/{one.pk}")
    fits(nurse)
    nurse.get_by_role("link", name="put the check right").click()
    fits(nurse)
    nurse.get_by_label("Other names").fill("Needlova")
    nurse.get_by_label("Why it is put right").fill("Maiden name in the record")
    press(nurse, "Save")
    says(nurse, "1 image on its way")
    fits(nurse)
