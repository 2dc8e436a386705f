"""Intake, whole: limits set, a list tried and fetched, reconciled; a scan found and repeated, another taken back."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydicom import dcmread
from support import pacs
from support.browser import at, axe, met, sign_in, watched
from support.running import Running, until
from support.scanning import SPACING, ago, chest, send
from support.standing import keyboard

from isocentre.desk.demo import objects, phantoms
from isocentre.desk.demo.plan import BOXES

pytestmark = [pytest.mark.peers("chromium", "dcmtk", "orthanc"), pytest.mark.timeout(300)]
SLUG, TITLE, SECONDS = "onco-ct", "EASTVALE_PACS", 30
PAUL = objects.Patient("Puller^Paul", "NM882001", "", date(1960, 1, 2), "M")
PIA = objects.Patient("Puller^Pia", "NM882002", "", date(1961, 2, 3), "F")
PEOPLE = f"""Subject id,Hospital number,Surname,Consent date,Day 0
LUM-891,{PAUL.hospital_number},Puller,{ago(90)},{ago(57)}
LUM-892,{PIA.hospital_number},Puller,{ago(90)},{ago(57)}
"""
LIST = "Accession number\nFETCH1\nFETCH2\nFETCH9\n"
MACHINE = BOXES[0].machine
FEW, ENOUGH = 3, 20  # the charter of the research study asks for 20 images
CAME = FEW + ENOUGH
OUTCOME = """SELECT c.outcome FROM intake_chartercheck c WHERE c.state = 'done' AND c.study_uid IN
(SELECT study_uid FROM intake_arrival WHERE accession = 'FETCH1') ORDER BY c.id DESC"""
SENT = """SELECT COUNT(*) FROM intake_ledgerrow r JOIN intake_arrival a ON a.id = r.arrival_id
WHERE r.disposition = 'sent_on' AND a.accession = ?"""
FOUND = "SELECT r.id, r.object_study_uid FROM intake_ledgerrow r JOIN intake_arrival a ON a.id = r.arrival_id WHERE a.accession = ? ORDER BY r.id"  # noqa: E501 - one statement


def test_from_the_limits_of_a_pacs_to_a_scan_taken_back(own_demo: Running, chromium: Any, tmp_path: Path) -> None:
    demo = own_demo
    before = demo.ledger(SLUG)["received"]
    scans = tmp_path / "scans"
    for who, accession, images, day in ((PAUL, "FETCH1", FEW, 1), (PIA, "FETCH2", ENOUGH, 2), (PIA, "OLD", 2, 400)):
        files = chest(scans, who, MACHINE, on=ago(day), accession=accession, images=images)
        if accession == "OLD":
            _numbered(files, "FETCH2")
    with (
        pacs.orthanc(tmp_path / "pacs", destination="ISOCENTRE", port=demo.dicom_port, title=TITLE) as served,
        watched(chromium) as one, watched(chromium) as two, watched(chromium) as three,
    ):  # fmt: skip
        pacs.fill(served, scans)
        manager = sign_in(one, demo.gateway, "Petra")
        _pacs_is_entered_with_its_limits(demo, manager, served.port)
        lead = sign_in(two, demo.gateway, "Leila")
        _people_are_enrolled(demo, lead, tmp_path)
        _list_is_looked_up(demo, lead, tmp_path)
        _dry_run_says_what_it_comes_to(lead)
        assert demo.ledger(SLUG)["received"] == before, "nothing is fetched before somebody says so"
        _manager_pauses_and_goes_on(manager, lead)
        until(lambda: demo.ledger(SLUG)["received"] == before + CAME, demo, "both scans came", 60)
        _what_came_is_told(lead, tmp_path)
        until(lambda: not demo.waiting(), demo, "both are sent on", 60)
        _manager_reconciles(demo, manager, tmp_path)
        radiographer = sign_in(three, demo.gateway, "Adaeze")
        _radiographer_finds_her_scan_and_repeats_it(demo, radiographer, tmp_path)
        _the_other_is_taken_back(demo, manager)


def _numbered(files: list[Path], accession: str) -> None:
    """Give another scan an accession number that is taken, as it happens."""
    for path in files:
        ds = dcmread(path)
        ds.AccessionNumber = accession
        ds.save_as(path)


def _pacs_is_entered_with_its_limits(demo: Running, page: Any, port: int) -> None:
    at(page, f"{demo.gateway}/intake/fetching/pacs/")
    page.get_by_role("link", name="Add a PACS").click()
    met(page, "Add a PACS")
    page.get_by_role("button", name="Save").click()
    assert "Give it a name" in page.locator(".nhsuk-error-summary").inner_text()
    for label, value in (("Name", "Eastvale PACS"), ("Address", "127.0.0.1"), ("Port", str(port)),
                         ("Its AE title", TITLE), ("Images a minute, on average", "3000")):  # fmt: skip
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_label("Site", exact=True).select_option(index=1)
    page.get_by_label("Images are sent from").select_option("0")
    page.get_by_label("Until").select_option("0")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Kept. Limits hold from the next request on.").wait_for()
    assert axe(page) == []


def _people_are_enrolled(demo: Running, page: Any, folder: Path) -> None:
    (folder / "people.csv").write_text(PEOPLE)
    at(page, f"{demo.gateway}/intake/enrolment/list")
    page.get_by_label("Research study").select_option(SLUG)
    page.get_by_label("A CSV file").set_input_files(folder / "people.csv")
    page.get_by_role("button", name="Look at it first").click()
    page.get_by_role("button", name="Enrol all 2 people").click()
    page.get_by_text("2 people enrolled.").wait_for()


def _list_is_looked_up(demo: Running, page: Any, folder: Path) -> None:
    at(page, f"{demo.gateway}/intake/fetching/")
    page.get_by_role("link", name="Fetch scans of a list").click()
    met(page, "Fetch scans of a list")
    assert keyboard(page) == []
    page.get_by_label("Research study", exact=True).select_option(SLUG)
    page.get_by_label("PACS", exact=True).select_option(label="Eastvale PACS")
    page.get_by_label("Name of the list").fill("Week 8 of spring")
    page.get_by_label("Or paste lines").fill(LIST + "BAD*\n")
    page.get_by_role("button", name="Ask the PACS").click()
    assert "Line 5" in page.locator("main").inner_text()
    assert axe(page) == []
    (folder / "list.csv").write_text(LIST, encoding="utf-8")
    page.get_by_label("A CSV file").set_input_files(folder / "list.csv")
    page.get_by_role("button", name="Ask the PACS").click()
    met(page, "Week 8 of spring")


def _dry_run_says_what_it_comes_to(page: Any) -> None:
    """One found, one not there, and of two under one accession number a person chooses."""
    _until_text(page, "1 found, 1 not in the PACS, 1 to choose from several")
    page.get_by_role("link", name="Lines of the list").click()
    page.get_by_role("link", name="To choose from several").click()
    met(page, "Line 3: which scan is meant?")
    assert "They differ in date" in page.locator("main").inner_text()
    page.get_by_role("button", name="Save the choice").click()
    assert "Choose a scan" in page.locator(".nhsuk-error-summary").inner_text()
    page.get_by_label(f"Choose the scan of {ago(2).day} {ago(2):%B %Y}").check()
    page.get_by_role("button", name="Save the choice").click()
    page.get_by_role("link", name="Series", exact=True).click()
    _until_text(page, "2 found")
    _until_text(page, f"2 scans, 2 series, {CAME} images")


def _manager_pauses_and_goes_on(manager: Any, lead: Any) -> None:
    manager.get_by_label("Why").fill("Upgrade at noon")
    manager.get_by_role("button", name="Pause").click()
    manager.get_by_text("is paused").wait_for()
    lead.get_by_role("button", name="Fetch them").click()
    _until_text(lead, "Eastvale PACS is paused: Upgrade at noon.")
    manager.get_by_role("button", name="Ask it again").click()
    manager.get_by_text("is asked again").wait_for()


def _what_came_is_told(page: Any, folder: Path) -> None:
    _until_text(page, f"Images received {CAME} of {CAME}")
    assert axe(page) == []
    rows = _csv(page, folder)
    told = sorted((int(row["Images in the PACS"]), int(row["Received"]), row["State"]) for row in rows)
    assert told == [(FEW, FEW, "whole"), (ENOUGH, ENOUGH, "whole")]


def _manager_reconciles(demo: Running, page: Any, folder: Path) -> None:
    at(page, f"{demo.gateway}/intake/ledger/")
    page.get_by_role("link", name="Reconciliation").first.click()
    assert page.get_by_role("heading", level=1).inner_text().startswith("Reconciliation")
    assert axe(page) == []
    here = demo.ledger(SLUG)
    counted = [row for row in _csv(page, folder) if row["Research study"] == SLUG]
    assert sum(int(row["Received"]) for row in counted) == here["received"]
    assert sum(int(row["Sent on"]) for row in counted) == here["sent_on"]
    assert {row["Balances"] for row in counted} == {"yes"}


def _radiographer_finds_her_scan_and_repeats_it(demo: Running, page: Any, folder: Path) -> None:
    """It has too few images for its charter; she scans again while the patient is there."""
    until(lambda: _outcome(demo) == "repeat", demo, "there is a verdict", SECONDS)
    at(page, demo.gateway)
    page.get_by_role("searchbox").fill("FETCH1")
    page.get_by_role("searchbox").press("Enter")
    page.get_by_role("heading", level=1).wait_for()
    assert axe(page) == []
    page.get_by_role("link", name=f"CT scan of {ago(1).day} {ago(1):%B %Y}").first.click()
    assert page.get_by_text("Repeat it while the patient is still there").is_visible()
    assert axe(page) == []
    visit = objects.Visit(PAUL, MACHINE, ago(1), "FETCH1", "CT chest")
    again = objects.series(visit, 2, "CT", "CHEST", phantoms.thorax(ENOUGH, SPACING, [], 3), SPACING)
    assert send(demo, objects.write(again, folder / "again")) == 0
    until(lambda: _outcome(demo) == "pass", demo, "the scan passes", SECONDS)
    page.reload()
    assert page.get_by_text("Repeat it while the patient is still there").count() == 0
    until(lambda: demo.sql("gateway", SENT, "FETCH1") == [(CAME,)], demo, "both series are sent on", 60)


def _the_other_is_taken_back(demo: Running, page: Any) -> None:
    key, uid = demo.sql("gateway", FOUND, "FETCH2")[0]
    there = "SELECT instance_count FROM archive_imagingstudy WHERE study_uid = ?"
    assert demo.sql("platform", there, uid) == [(ENOUGH,)]
    at(page, f"{demo.gateway}/scan/{key}/")
    page.get_by_role("link", name="Wrong patient: take this scan back").click()
    page.get_by_label("Why").fill("Of the patient before her")
    page.get_by_role("button", name="Take it back").click()
    page.get_by_text("The scan is taken back.").wait_for()
    told = page.get_by_text(f"{ENOUGH} images removed there, confirmed on")
    until(lambda: told.count() > 0 or (page.reload() and False), demo, "the national side confirms", SECONDS)
    assert axe(page) == []
    assert demo.sql("platform", there, uid) == [(0,)]


def _outcome(demo: Running) -> str:
    found = demo.sql("gateway", OUTCOME)
    return str(found[0][0]) if found else ""


def _csv(page: Any, folder: Path) -> list[dict[str, str]]:
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").first.click()
    download.value.save_as(folder / "page.csv")
    return list(csv.DictReader((folder / "page.csv").read_text(encoding="utf-8-sig").splitlines()))


def _until_text(page: Any, words: str) -> None:
    """Look at the page again until it says so."""
    for _ in range(60):
        if words in " ".join(page.locator("main").inner_text().split()):
            return
        page.wait_for_timeout(500)
        page.reload()
    raise AssertionError((words, page.locator("main").inner_text()))
