"""A charter in Chromium: uploaded with a mistake and mended, put in force, accepted at the hospital; a scan that does not meet it is repeated."""  # noqa: E501 - one sentence

from __future__ import annotations

import csv
import re
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydicom import dcmread
from support.browser import at, axe, met, sign_in, watched
from support.running import Running, until
from support.scanning import ago, chest, send

from isocentre.desk.demo import objects, plan

pytestmark = [pytest.mark.peers("chromium", "dcmtk"), pytest.mark.timeout(300)]
PERSON = objects.Patient("Charter^Cleo", "NM883001", "", date(1959, 5, 6), "F")
STUDY, IMAGES, SECONDS = "demo-mr", 3, 30
CHARTER = f"""title: Charter of the journey
scans:
  - name: CT of the chest
    modalities: [CT]
    series:
      - name: Thin axial
        modality: CT
        minimum_images: {IMAGES}
        rules:
          - {{attribute: SliceThickness, range: {{most: 3}}, unit: mm}}
          - {{attribute: KVP, one_of: [100, 120], unit: kV}}
"""


def test_a_charter_from_the_imaging_core_to_the_radiographer(own_demo: Running, chromium: Any, tmp_path: Path) -> None:
    demo = own_demo
    with watched(chromium) as one, watched(chromium) as two:
        core, lead = sign_in(one, demo.platform, "Ines"), sign_in(two, demo.gateway, "Leila")
        _is_uploaded(demo, core, tmp_path)
        _is_accepted(demo, lead)
        _is_compared(core)
    scan = chest(tmp_path, PERSON, plan.BOXES[0].machine, on=ago(0), accession="CHARTER1", images=IMAGES)
    with watched(chromium, viewport={"width": 1280, "height": 1000}) as one:
        radiographer = sign_in(one, demo.gateway, "Adaeze")
        _is_to_be_repeated(demo, radiographer, scan)
        _passes(demo, radiographer, scan)
    assert _outcome(demo) == "pass"
    with watched(chromium) as one:
        _is_told_nationally(demo, sign_in(one, demo.platform, "Ines"))


def _is_uploaded(demo: Running, page: Any, folder: Path) -> None:
    page.get_by_role("navigation", name="Main menu").get_by_role("link", name="Charters").click()
    met(page, "Charters of 4 research studies")
    assert page.get_by_role("row").filter(has_text="LUMEN imaging charter").is_visible()
    page.get_by_role("link", name="DEMO_MR").click()
    met(page, "0 versions of the charter")
    page.get_by_role("link", name="Upload a version").click()
    met(page, re.compile("Upload a charter"))
    page.get_by_label("Or paste it").fill(CHARTER.replace("unit: mm", "unit: cm"))
    page.get_by_role("button", name="Keep it as the next version").click()
    page.get_by_role("heading", name="There is a problem").wait_for()
    assert axe(page) == []
    assert page.get_by_role("link", name=re.compile("unit must be mm: so DICOM gives SliceThickness")).is_visible()
    page.get_by_label("Or paste it").fill(CHARTER)
    page.get_by_role("button", name="Keep it as the next version").click()
    met(page, "Charter of the journey")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").click()
    download.value.save_as(folder / "charter.csv")
    lines = list(csv.DictReader((folder / "charter.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert lines[-2]["Must be"] == "at most 3 mm"
    page.get_by_role("button", name="Put version 1 in force").click()
    page.get_by_text("It is in force, and proposed to the hospitals").wait_for()
    assert axe(page) == []


def _is_accepted(demo: Running, page: Any) -> None:
    proposed = "SELECT COUNT(*) FROM intake_researchstudy WHERE slug = ? AND proposal LIKE '%Charter of the journey%'"
    until(lambda: demo.sql("gateway", proposed, STUDY)[0][0] == 1, demo, "the hospital side is told of the charter", 60)
    at(page, f"{demo.gateway}/intake/research-studies/{STUDY}/")
    assert page.get_by_text("Charter of the journey, version 1").is_visible()
    table = page.get_by_role("region", name="What the imaging charter asks, table")
    assert table.get_by_text("at most 3 mm").is_visible()
    page.get_by_role("button", name="Accept").click()
    page.get_by_text("Accepted. It is in force from now on.").wait_for()
    time.sleep(6)  # receivers ask every five seconds which research studies have a charter


def _is_compared(page: Any) -> None:
    page.get_by_role("link", name="DEMO_MR").click()
    page.get_by_role("link", name="Upload a version").click()
    page.get_by_label("Or paste it").fill(CHARTER.replace("most: 3", "most: 2"))
    page.get_by_role("button", name="Keep it as the next version").click()
    page.get_by_role("link", name="version 1", exact=True).click()
    met(page, "1 difference between versions 1 and 2")
    row = page.get_by_role("row").filter(has_text="Slice thickness")
    assert row.get_by_text("at most 3 mm").is_visible()
    assert row.get_by_text("at most 2 mm").is_visible()


def _is_to_be_repeated(demo: Running, page: Any, scan: list[Path]) -> None:
    assert send(demo, scan, called="DEMO_MR") == 0
    assert _verdict(demo) == "repeat"
    page.reload()
    found = page.get_by_role("link", name=re.compile("scan to repeat: CT scan of"))
    assert "Slice thickness: wanted at most 3 mm, got 5.0 mm" in found.inner_text()
    assert axe(page) == []
    found.click()
    met(page, re.compile("The life of a scan CT scan of"))
    assert page.get_by_text("Repeat it while the patient is still there").is_visible()
    assert page.get_by_role("heading", name="Checked against the imaging charter").is_visible()


def _passes(demo: Running, page: Any, scan: list[Path]) -> None:
    """The radiographer scans again, thinner, into the same scan; nothing held the first back."""
    for number, path in enumerate(scan):
        again = dcmread(path)
        again.SliceThickness, again.SeriesNumber = 2, 2
        again.SeriesInstanceUID = objects.uid("charter", "again")
        again.SOPInstanceUID = again.file_meta.MediaStorageSOPInstanceUID = objects.uid("charter", "again", number)
        again.save_as(path)
    assert send(demo, scan, called="DEMO_MR") == 0
    until(lambda: _outcome(demo) == "pass", demo, "the scan passes", SECONDS)
    page.reload()
    assert page.get_by_text("charter version 1").is_visible()
    assert page.get_by_text("Repeat it while the patient is still there").count() == 0
    at(page, demo.gateway)
    assert page.get_by_role("link", name=re.compile("scan to repeat: CT scan of")).count() == 0
    assert page.get_by_text("Last scan checked against its charter").is_visible()
    sent = (
        "SELECT COUNT(*) FROM intake_ledgerrow r JOIN intake_arrival a ON a.id = r.arrival_id"
        " WHERE r.disposition = 'sent_on' AND a.accession = ?"
    )
    until(lambda: demo.sql("gateway", sent, "CHARTER1")[0][0] == 2 * IMAGES, demo, "both series are sent on", 60)


def _is_told_nationally(demo: Running, page: Any) -> None:
    """The verdict goes up once the scan was sent on, and is a step of its life there."""
    mine = "SELECT study_uid FROM register_scanverdict WHERE research_study = ? AND outcome = 'pass'"
    until(lambda: len(demo.sql("platform", mine, STUDY)) == 1, demo, "the national side is told of the verdict", 60)
    at(page, f"{demo.platform}/scan/{demo.sql('platform', mine, STUDY)[0][0]}/")
    assert page.get_by_role("heading", name="Checked at the hospital against the imaging charter").is_visible()


def _verdict(demo: Running) -> str:
    """The verdict, which must be there within 30 seconds of the last image."""
    until(lambda: _outcome(demo) != "", demo, "there is a verdict", SECONDS)
    return _outcome(demo)


def _outcome(demo: Running) -> str:
    query = "SELECT outcome FROM intake_chartercheck WHERE research_study = ? AND state = 'done' ORDER BY id DESC"
    found = demo.sql("gateway", query, STUDY)
    return str(found[0][0]) if found else ""
