"""The register in Chromium: a research study is made, accepted by the hospital and changed; a scan proves a visit, and does not after all."""  # noqa: E501 - one sentence

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from support.browser import at, axe, met, sign_in, watched
from support.running import Running, until
from support.scanning import ago, chest, send

from isocentre.desk.demo import objects
from isocentre.desk.demo.plan import BOXES

pytestmark = [pytest.mark.peers("chromium", "dcmtk"), pytest.mark.timeout(300)]
SLUG, TITLE, SUBJECT = "stride", "STRIDE: CT after surgery", "STR-001"
PERSON = objects.Patient("Register^Rhona", "NM883001", "", date(1955, 5, 6), "F")
WEEK_8, WEEK_16 = ("week-8", "Week 8 CT", "Week 8", "49", "63"), ("week-16", "Week 16 CT", "Week 16", "105", "119")
PROPOSED = "SELECT COUNT(*) FROM intake_researchstudy WHERE slug = ? AND proposal LIKE ?"
HELD = "SELECT COUNT(*) FROM intake_ledgerrow WHERE research_study = ? AND cause = 'no_agreement'"
TERM = "Enter its days, and what happens at the end"
AGREEMENT = {
    "Enter who is party to it, and what for": {
        "Controllers": "Northmoor University and the trust", "Processor": "The national side",
        "Purposes": "STRIDE as approved", "Where the signed agreement is filed": "IG-2026-014",
    },
    "Enter who signed, and the impact assessment": {
        "Caldicott Guardian: name": "Dr Guardian", "Caldicott Guardian: post": "Medical Director",
        "Caldicott Guardian: signed on": "2 March 2026", "SIRO: name": "Ms Owner", "SIRO: post": "Digital Officer",
        "SIRO: signed on": "3 March 2026", "DPIA": "DPIA-14",
    },
    TERM: {"First day": ago(100).isoformat(), "Last day": ago(-300).isoformat()},
}  # fmt: skip
MATCHED = "SELECT COUNT(*) FROM register_evidence WHERE research_study = ? AND planned_event = 'week-8'"


def test_from_an_agreement_to_a_visit_that_is_proven(demo: Running, chromium: Any, tmp_path: Path) -> None:
    scan = chest(tmp_path, PERSON, BOXES[0].machine, on=ago(4), accession="REGISTER1", images=2)
    with watched(chromium) as one, watched(chromium) as two, watched(chromium) as three:
        team = sign_in(one, demo.platform, "Sana")
        _is_made(demo, team)
        lead = sign_in(two, demo.gateway, "Leila")
        _reaches_the_hospital(demo, "%week-8%")
        _is_accepted(demo, lead)
        _event(demo, team, WEEK_16)
        _person_is_enrolled(demo, lead)
        assert send(demo, scan) == 0
        _reaches_the_hospital(demo, "%week-16%")
        _change_is_accepted(demo, lead)
        _is_held_without_an_agreement(demo, lead)
        _agreement_is_entered(demo, team)
        _agreement_is_confirmed(demo, sign_in(three, demo.platform, "Ines"))
        until(lambda: demo.sql("platform", MATCHED, SLUG) == [(1,)], demo, "the scan is matched", 60)
        _visit_is_proven_and_it_is_taken_back(demo, team)


def _is_made(demo: Running, page: Any) -> None:
    page.get_by_role("navigation", name="Main menu").get_by_role("link", name="Research studies").click()
    page.get_by_role("link", name="Create a research study").click()
    met(page, "Create a research study")
    for label, value in (
        ("Title of the research study", TITLE), ("Short name", SLUG), ("IRAS number", "300188"),
        ("Sponsor", "Northmoor University"), ("Protocol", "STRIDE 1.0"),
        ("De-identification profile", "trial-ct-mr.v2"),
    ):  # fmt: skip
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("radio", name="Listed: ").check()
    page.get_by_role("radio", name="Consent", exact=True).check()
    page.get_by_role("button", name="Create").click()
    met(page, TITLE)
    page.get_by_role("link", name="Sites", exact=True).click()
    page.get_by_role("link", name="Add a site").click()
    page.get_by_label("Site", exact=True).select_option("RNM01")
    page.get_by_role("radio", name="Open").check()
    page.get_by_role("button", name="Save").click()
    met(page, "1 site")
    assert page.get_by_text("not fetched yet").is_visible()
    page.get_by_role("link", name="Scanners", exact=True).click()
    page.get_by_role("cell", name=BOXES[0].code).wait_for()
    assert axe(page) == []
    page.get_by_role("link", name="Overview").click()
    page.get_by_role("link", name="Change its state").click()
    page.get_by_role("radio", name="Open").check()
    page.get_by_role("button", name="Save").click()
    met(page, TITLE)
    _event(demo, page, WEEK_8)


def _event(demo: Running, page: Any, event: tuple[str, ...]) -> None:
    page.goto(f"{demo.platform}/register/{SLUG}/planned-events")
    page.get_by_role("link", name="Add an imaging event").click()
    met(page, "Add an imaging event")
    code, name, point, first, last = event
    for label, value in (
        ("Code", code), ("Name of the imaging event", name), ("Time point", point), ("Modalities", "ct"),
        ("Body parts", "chest"), ("First day of the window", first), ("Last day of the window", last),
    ):  # fmt: skip
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="Save").click()
    page.get_by_role("cell", name=name).wait_for()
    assert axe(page) == []


def _reaches_the_hospital(demo: Running, like: str) -> None:
    until(lambda: demo.sql("gateway", PROPOSED, SLUG, like) == [(1,)], demo, "the hospital fetches the proposal", 30)


def _is_accepted(demo: Running, page: Any) -> None:
    page.reload()
    page.get_by_role("link", name="proposal of the national side to accept").click()
    met(page, "1 research study")
    page.get_by_role("link", name=TITLE).click()
    met(page, TITLE)
    assert page.get_by_text("Week 8 CT").is_visible()
    page.get_by_role("button", name="Accept").click()
    page.get_by_text("Accepted. It is in force from now on.").wait_for()
    assert axe(page) == []


def _person_is_enrolled(demo: Running, page: Any) -> None:
    page.goto(f"{demo.gateway}/intake/enrolment/add")
    page.get_by_label("Research study").select_option(label=TITLE)
    for label, value in (
        ("Subject id", SUBJECT), ("Hospital number", PERSON.hospital_number),
        ("Consent date", ago(90).isoformat()), ("Day 0", ago(60).isoformat()),
    ):  # fmt: skip
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="Save").click()
    page.get_by_text("The enrolment is saved.").wait_for()


def _change_is_accepted(demo: Running, page: Any) -> None:
    page.goto(f"{demo.gateway}/intake/research-studies/{SLUG}/")
    met(page, TITLE)
    row = page.get_by_role("row").filter(has_text="Planned imaging")
    assert "Week 16 CT" not in row.locator("del").inner_text()
    assert "Week 16 CT" in row.locator("ins").inner_text()
    page.get_by_role("button", name="Accept").click()
    page.get_by_text("Accepted. It is in force from now on.").wait_for()


def _is_held_without_an_agreement(demo: Running, page: Any) -> None:
    until(lambda: demo.sql("gateway", HELD, SLUG) == [(2,)], demo, "the scan is held for want of an agreement", 60)
    page.goto(f"{demo.gateway}/intake/research-studies/{SLUG}/")
    page.get_by_text("May not send on from Northmoor General").wait_for()
    assert axe(page) == []
    page.goto(f"{demo.gateway}/deid/held/no_agreement/")
    assert page.get_by_text("No contribution agreement is recorded for this trust.").first.is_visible()
    page.get_by_role("link", name="CT scan of").first.click()
    met(page, "The life of a scan")
    assert page.get_by_text("Ask the study team: it says which agreement is missing").first.is_visible()


def _agreement_is_entered(demo: Running, page: Any) -> None:
    page.goto(f"{demo.platform}/register/{SLUG}")
    page.get_by_role("link", name="Northmoor Demonstration NHS Trust").click()
    met(page, "Northmoor Demonstration NHS Trust")
    for topic, typed in AGREEMENT.items():
        page.get_by_role("link", name=topic).click()
        for label, value in typed.items():
            page.get_by_label(label, exact=True).fill(value)
        if topic == TERM:
            page.get_by_role("radio", name="What was contributed is kept", exact=True).check()
        assert axe(page) == []
        page.get_by_role("button", name="Save").click()
        page.get_by_text("It takes effect when a second person has confirmed it.").first.wait_for()
    page.get_by_text("waits for a second person, who reads it and confirms it").wait_for()
    assert axe(page) == []


def _agreement_is_confirmed(demo: Running, page: Any) -> None:
    page.get_by_role("link", name="contribution agreement waits for you to confirm as the second person").click()
    page.get_by_role("link", name=TITLE).click()
    page.get_by_role("link", name="Read and confirm version 1").click()
    met(page, "Confirm version 1")
    page.get_by_role("button", name="Confirm").click()
    page.get_by_text("Version 1 is confirmed.").wait_for()
    assert page.get_by_text("In force", exact=True).is_visible()
    assert axe(page) == []


def _visit_is_proven_and_it_is_taken_back(demo: Running, page: Any) -> None:
    at(page, f"{demo.platform}/register/{SLUG}/imaging")
    row = page.get_by_role("row").filter(has_text="Week 8 CT")
    assert row.get_by_role("cell").all_inner_texts() == ["Week 8 CT", "Week 8", "1", "1", "0"]
    row.get_by_role("link", name="1").click()
    met(page, "1 scan matched")
    page.get_by_role("link", name="Not this one").click()
    met(page, "This scan is not of Week 8 CT")
    page.get_by_role("button", name="Take the match back").click()
    page.get_by_role("heading", name="There is a problem").wait_for()
    assert axe(page) == []
    page.get_by_label("Why it is not").fill("It is the scan of an emergency, not of the visit")
    page.get_by_role("button", name="Take the match back").click()
    met(page, "1 scan to match")
    page.get_by_role("link", name="Imaging received").click()
    assert row.get_by_role("cell").all_inner_texts() == ["Week 8 CT", "Week 8", "1", "0", "1"]
    page.get_by_role("link", name="Scans to match").click()
    page.get_by_role("link", name="P-").click()
    met(page, "The life of a scan")
    page.go_back()
    page.get_by_role("link", name="Choose the imaging event").click()
    met(page, "Choose the imaging event of this scan")
    page.get_by_role("radio", name="Week 8 CT").check()
    page.get_by_role("button", name="Save").click()
    page.get_by_text("The scan is matched.").wait_for()
    page.get_by_role("link", name="Subjects").click()
    row = page.get_by_role("row").filter(has_text=SUBJECT)
    assert row.get_by_text("1 of 2").is_visible()
    assert axe(page) == []
