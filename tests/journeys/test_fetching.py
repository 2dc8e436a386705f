"""Fetching in Chromium: limits set, a list looked up, what is meant chosen, fetched, paused, and seen to have come."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from pydicom.uid import generate_uid
from support import pacs
from support.browser import at, axe, met, sign_in, watched
from support.running import Running, until
from support.standing import keyboard

pytestmark = [pytest.mark.peers("chromium", "dcmtk", "orthanc"), pytest.mark.timeout(300)]
SLUG, TITLE = "demo-mr", "EASTVALE_PACS"
LIST = "Accession number\nFETCH1\nFETCH2\nFETCH9\n"


def test_a_list_is_looked_up_chosen_from_and_fetched(own_demo: Running, chromium: Any, tmp_path: Path) -> None:
    demo = own_demo
    before = demo.ledger(SLUG)["received"]
    uids = [generate_uid(prefix="1.2.826.0.1.3680043.9.") for _ in range(3)]
    scans = [str(uid)[:44].rstrip(".") for uid in uids]
    objects = [
        pacs.image(f"{scan}.1.{n}", scan=scan, series=f"{scan}.1", number=n, accession=accession, patient="NM990001",
                   day=day, Modality="MR", SOPClassUID="1.2.840.10008.5.1.4.1.1.4")
        for scan, accession, day in zip(scans, ("FETCH1", "FETCH2", "FETCH2"), ("20260301", "20260302", "20260303"),
                                        strict=True)
        for n in (1, 2)
    ]  # fmt: skip
    for one in objects:
        one.file_meta.MediaStorageSOPClassUID = one.SOPClassUID
    pacs.written(tmp_path / "in", objects)
    with (
        pacs.orthanc(tmp_path / "pacs", destination="ISOCENTRE", port=demo.dicom_port, title=TITLE) as served,
        watched(chromium) as one, watched(chromium) as two,
    ):  # fmt: skip
        pacs.fill(served, tmp_path / "in")
        manager = sign_in(one, demo.gateway, "Petra")
        _pacs_is_entered_with_its_limits(demo, manager, served.port)
        lead = sign_in(two, demo.gateway, "Leila")
        _list_is_looked_up(demo, lead, tmp_path)
        assert demo.ledger(SLUG)["received"] == before, "nothing is fetched before somebody says so"
        _the_scan_that_is_meant_is_chosen(lead)
        _manager_pauses_and_goes_on(demo, manager, lead)
        until(lambda: demo.ledger(SLUG)["received"] == before + 4, demo, "both scans came", 60)
        _what_came_is_told(lead, tmp_path)
        at(lead, f"{demo.gateway}/intake/arrivals/?research_study={SLUG}")
        assert lead.locator("tbody tr").count() >= 2


def _pacs_is_entered_with_its_limits(demo: Running, page: Any, port: int) -> None:
    at(page, f"{demo.gateway}/intake/fetching/pacs/")
    page.get_by_role("link", name="Add a PACS").click()
    met(page, "Add a PACS")
    page.get_by_role("button", name="Save").click()
    assert "Give it a name" in page.locator(".nhsuk-error-summary").inner_text()
    for label, value in (("Name", "Eastvale PACS"), ("Address", "127.0.0.1"), ("Port", str(port)),
                         ("Its AE title", TITLE)):  # fmt: skip
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_label("Site", exact=True).select_option(index=1)
    page.get_by_label("Images are sent from").select_option("0")
    page.get_by_label("Until").select_option("0")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Kept. Limits hold from the next request on.").wait_for()
    assert axe(page) == []


def _list_is_looked_up(demo: Running, page: Any, folder: Path) -> None:
    at(page, f"{demo.gateway}/intake/fetching/")
    page.get_by_role("link", name="Fetch scans of a list").click()
    met(page, "Fetch scans of a list")
    assert keyboard(page) == []
    page.get_by_label("Research study", exact=True).select_option(SLUG)
    page.get_by_label("PACS", exact=True).select_option(label="Eastvale PACS")
    page.get_by_label("Name of the list").fill("Baseline of spring")
    page.get_by_label("Or paste lines").fill(LIST + "BAD*\n")
    page.get_by_role("button", name="Ask the PACS").click()
    assert "Line 5" in page.locator("main").inner_text()
    assert axe(page) == []
    (folder / "list.csv").write_text(LIST, encoding="utf-8")
    page.get_by_label("A CSV file").set_input_files(folder / "list.csv")
    page.get_by_role("button", name="Ask the PACS").click()
    met(page, "Baseline of spring")


def _the_scan_that_is_meant_is_chosen(page: Any) -> None:
    until_text(page, "1 found, 1 not in the PACS, 1 to choose from several")
    page.get_by_role("link", name="Lines of the list").click()
    page.get_by_role("link", name="To choose from several").click()
    met(page, "Line 3: which scan is meant?")
    assert "They differ in date" in page.locator("main").inner_text()
    page.get_by_role("button", name="Save the choice").click()
    assert "Choose a scan" in page.locator(".nhsuk-error-summary").inner_text()
    page.get_by_label("Choose the scan of 3 March 2026").check()
    page.get_by_role("button", name="Save the choice").click()
    page.get_by_role("link", name="Series", exact=True).click()
    until_text(page, "2 found")
    until_text(page, "2 scans, 2 series, 4 images")


def _manager_pauses_and_goes_on(demo: Running, manager: Any, lead: Any) -> None:
    manager.get_by_label("Why").fill("Upgrade at noon")
    manager.get_by_role("button", name="Pause").click()
    manager.get_by_text("is paused").wait_for()
    lead.get_by_role("button", name="Fetch them").click()
    until_text(lead, "Eastvale PACS is paused: Upgrade at noon.")
    manager.get_by_role("button", name="Ask it again").click()
    manager.get_by_text("is asked again").wait_for()


def _what_came_is_told(page: Any, folder: Path) -> None:
    until_text(page, "Images received 4 of 4")
    assert axe(page) == []
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").click()
    download.value.save_as(folder / "series.csv")
    rows = list(csv.DictReader((folder / "series.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert [(row["Images in the PACS"], row["Received"], row["State"]) for row in rows] == [("2", "2", "whole")] * 2


def until_text(page: Any, words: str) -> None:
    """Look at the page again until it says so."""
    for _ in range(60):
        if words in " ".join(page.locator("main").inner_text().split()):
            return
        page.wait_for_timeout(500)
        page.reload()
    raise AssertionError((words, page.locator("main").inner_text()))
