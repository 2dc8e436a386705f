"""The network in Chromium: a scan of an unknown scanner waits, its scanner is added and it goes on; a hospital joins and is shut out."""  # noqa: E501 - one sentence

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from support.browser import at, axe, met, sign_in, watched
from support.running import Running, until
from support.scanning import ago, chest, send

from isocentre.desk.demo import objects

pytestmark = [pytest.mark.peers("chromium", "dcmtk"), pytest.mark.timeout(300)]
PERSON = objects.Patient("Network^Nell", "NM882001", "", date(1958, 3, 4), "F")
NEW = objects.Machine("CANON", "Aquilion Lightning", "AL7731", "NMCT2", "Northmoor General")
CODE, STUDY, IMAGES = "NM-CT2", "demo-mr", 2


def test_a_new_scanner_and_a_new_hospital(demo: Running, chromium: Any, tmp_path: Path) -> None:
    scan = chest(tmp_path, PERSON, NEW, on=ago(3), accession="NETWORK1", images=IMAGES)
    assert send(demo, scan, calling="DEMO_SEND", called="DEMO_MR") == 0
    with watched(chromium) as one, watched(chromium) as two:
        lead, administrator = sign_in(one, demo.gateway, "Leila"), sign_in(two, demo.platform, "Grace")
        _scan_waits(lead)
        _scanner_is_added(administrator, tmp_path)
        _hospital_joins_and_is_shut_out(demo, administrator, tmp_path)
        _scan_goes_on(demo, lead)
    with watched(chromium) as one:
        _scan_is_seen_at_its_scanner(demo, sign_in(one, demo.platform, "Sana"))


def _scan_waits(page: Any) -> None:
    """What to do is said there, and on the scan's page what the administrator must be told."""
    page.get_by_role("link", name="unknown scanner").click()
    met(page, "held: unknown scanner")
    assert page.get_by_text("Ask the national administrator to add the scanner").is_visible()
    page.get_by_role("link", name="CT scan of").click()
    met(page, "The life of a scan CT scan of")
    assert page.get_by_text(f"{NEW.manufacturer} {NEW.model}, serial number {NEW.serial}").is_visible()
    page.go_back()


def _scanner_is_added(page: Any, folder: Path) -> None:
    page.get_by_role("navigation", name="Main menu").get_by_role("link", name="Sites and scanners").click()
    met(page, "3 sites")
    page.get_by_role("link", name="Scanners", exact=True).click()
    met(page, "scanners")
    page.get_by_role("link", name="Add a scanner").click()
    met(page, "Add a scanner")
    page.get_by_label("Code").fill(CODE)
    page.get_by_label("Site").select_option("RNM01")
    for label, value in (("Manufacturer", NEW.manufacturer), ("Model", NEW.model), ("Modality", "CT")):
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="Save").click()
    page.get_by_role("heading", name="There is a problem").wait_for()
    assert axe(page) == []
    page.get_by_label("Serial number").fill(NEW.serial)
    page.get_by_role("button", name="Save").click()
    page.get_by_text("The scanner is saved.").wait_for()
    page.get_by_label("Site").select_option("RNM01")
    page.get_by_role("button", name="Filter").click()
    met(page, "3 scanners")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").click()
    download.value.save_as(folder / "scanners.csv")
    lines = csv.DictReader((folder / "scanners.csv").read_text(encoding="utf-8-sig").splitlines())
    assert {line["Code"]: line["Serial number"] for line in lines}[CODE] == NEW.serial


def _hospital_joins_and_is_shut_out(demo: Running, page: Any, folder: Path) -> None:
    page.get_by_role("link", name="Sites", exact=True).click()
    page.get_by_role("link", name="Add a site").click()
    met(page, "Add a site")
    for label, value in (
        ("ODS site code", "RWV01"), ("Name of the site", "Westvale Infirmary"),
        ("ODS code of the organisation", "RWV"), ("Name of the organisation", "Westvale Demonstration NHS Trust"),
    ):  # fmt: skip
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="Save").click()
    met(page, "4 sites")
    page.goto(f"{demo.platform}/accounts/gateways/")
    page.get_by_role("link", name="Invite a gateway").click()
    page.get_by_label("Name").fill("westvale")
    page.get_by_role("checkbox", name="Westvale Infirmary").check()
    page.get_by_role("button", name="Make the code").click()
    met(page, "Code for westvale")
    line = page.get_by_label("Line to hand to the hospital").input_value().split()
    join = demo.command(*line[1:], home=folder / "westvale", ISOCENTRE_ZONE="gateway")
    assert join.stdout == f"Joined {demo.platform} as westvale.\n", join.stderr
    at(page, f"{demo.platform}/accounts/gateways/")
    row = page.get_by_role("row").filter(has_text="Westvale Infirmary")
    assert row.get_by_text("Joined").is_visible()
    page.get_by_label("Why westvale is revoked").fill("Its machine is replaced")
    page.get_by_role("button", name="Revoke westvale").click()
    page.get_by_text("The gateway westvale is revoked.").wait_for()
    assert axe(page) == []
    assert row.get_by_text("Revoked").is_visible()
    told = demo.command("doctor", home=folder / "westvale", ISOCENTRE_ZONE="gateway").stdout
    assert "answers, but does not let it in: ask its administrator for a new code" in told


def _scan_goes_on(demo: Running, page: Any) -> None:
    known = "SELECT COUNT(*) FROM intake_scanner WHERE code = ?"
    until(lambda: demo.sql("gateway", known, CODE)[0][0] == 1, demo, "the hospital side is told of the scanner", 30)
    page.reload()
    page.get_by_role("checkbox", name="CT scan of").check()
    page.get_by_role("button", name="Try again").click()
    met(page, f"Try again: 1 scan, {IMAGES} images")
    page.get_by_label("Why").fill("Its scanner is known now")
    page.get_by_role("button", name="Try again").click()
    page.get_by_text(f"1 scan decided: {IMAGES} images on their way").wait_for()
    assert axe(page) == []


def _scan_is_seen_at_its_scanner(demo: Running, page: Any) -> None:
    """The study team finds the scanner at its site, and on the life of the scan that it made."""
    at(page, f"{demo.platform}/register/{STUDY}/scanners")
    assert page.get_by_role("row").filter(has_text=CODE).filter(has_text="Northmoor General").count() == 1

    def told() -> list[tuple[str]]:
        return demo.sql("platform", "SELECT object_uid FROM register_receiptrow WHERE scanner = ?", CODE)

    until(lambda: len(told()) == IMAGES, demo, "the national side is told of the scan", 30)
    uid = "SELECT DISTINCT object_study_uid FROM intake_ledgerrow WHERE scanner = ?"
    at(page, f"{demo.platform}/scan/{demo.sql('gateway', uid, CODE)[0][0]}/")
    assert page.get_by_text(CODE).is_visible()
    assert page.get_by_role("heading", name="Stored (Done)").is_visible()
