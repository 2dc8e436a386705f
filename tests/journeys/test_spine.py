"""The spine in Chromium: one scan arrives, is held, its person enrolled, sent on, seen nationally, opened; the audit says who looked."""  # noqa: E501 - one sentence

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from support import ohif
from support.browser import at, axe, met, sign_in, watched
from support.running import Running, until
from support.scanning import TODAY, chest, send

from isocentre.desk.demo import objects
from isocentre.desk.demo.plan import BOXES

pytestmark = [pytest.mark.peers("chromium", "dcmtk"), pytest.mark.timeout(300)]
IMAGES = 8
PERSON = objects.Patient("Needle^Nora", "NM777777", "", date(1970, 1, 1), "F")
ACCESSION = "SPINE1"
LUMEN = "LUMEN: CT response in lung cancer"
SUBJECT = "LUM-777"
NEEDLES = ("Needle", "Nora", PERSON.hospital_number, ACCESSION)
PIXELS = "canvas => canvas.toDataURL()"
LOOKED = re.compile(
    rf"Ines Duarte, as imaging core, looked at images of scan ([0-9a-f]{{32}}) of research study {re.escape(LUMEN)}"
    r" at Northmoor General"
)
"""The sentence that tells who looked at which scan, of which only the auditor's own page knows the name."""


def test_the_spine(demo: Running, chromium: Any, tmp_path: Path) -> None:
    _arrives(demo, tmp_path)
    with watched(chromium) as hospital:
        scan = _is_held_and_its_person_enrolled(demo, hospital)
        uid = _is_sent_on(demo)
        at(scan, scan.url)
        for step in ("Research study found", "De-identified", "Sent on"):
            assert scan.get_by_role("heading", name=f"{step} (Done)", exact=True).is_visible(), step
    with watched(chromium) as one, watched(chromium) as two, watched(chromium) as three:
        auditor, core = sign_in(two, demo.platform, "Omar"), sign_in(one, demo.platform, "Ines")
        before = _looked(demo, auditor)
        _tells_its_life(demo, core, uid)
        assert _looked(demo, auditor) == before, "told of images that nobody has looked at yet"
        _is_opened(demo, core, uid)
        _is_nothing_to_others(demo, sign_in(three, demo.platform, "Felix"), uid)
        # The scan has a name of its own in the audit trail, which no other page shows.
        assert len(_looked(demo, auditor) - before) == 1


def _arrives(demo: Running, folder: Path) -> None:
    """A CT of a person nobody has enrolled, sent to the hospital's own address as any scanner does."""
    scan = chest(folder, PERSON, BOXES[0].machine, on=TODAY, accession=ACCESSION, images=IMAGES)
    assert send(demo, scan) == 0


def _is_held_and_its_person_enrolled(demo: Running, context: Any) -> Any:
    """The radiographer sees it arrive, reads why it is held, does what the page asks; the scan's page."""
    page = sign_in(context, demo.gateway, "Adaeze")
    assert axe(page) == []
    at(page, f"{demo.gateway}/intake/arrivals/")
    row = page.get_by_role("row").filter(has_text=f"{TODAY.day} {TODAY:%B %Y}").filter(has_text="Held").first
    row.get_by_role("link").first.click()
    met(page, "The life of a scan CT scan of")
    scan = page.url
    assert PERSON.hospital_number in page.get_by_role("complementary").inner_text()
    assert page.get_by_text("This scan stopped at “No research study yet”. Enrol the person").is_visible()
    page.get_by_role("link", name="Go to the held scans").first.click()
    met(page, "held: not part of a research study here")
    page.get_by_role("navigation", name="Main menu").get_by_role("link", name="Enrolment").click()
    met(page, "people enrolled")
    page.get_by_role("link", name="Enrol a person").click()
    met(page, "Enrol a person")
    page.get_by_label("Research study").select_option(label=LUMEN)
    for label, value in (
        ("Subject id", SUBJECT), ("Hospital number", PERSON.hospital_number), ("Surname", "Needle"),
        ("Consent date", (TODAY - timedelta(90)).isoformat()), ("Day 0", (TODAY - timedelta(56)).isoformat()),
    ):  # fmt: skip
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="Save").click()
    page.get_by_text("The enrolment is saved.").wait_for()
    page.get_by_text(f"Held images were looked at again: {IMAGES} images").wait_for()
    met(page, "people enrolled")
    page.goto(scan)
    return page


def _is_sent_on(demo: Running) -> str:
    """Wait for that very scan; the UID by which the national side knows it."""
    query = (
        "SELECT r.object_study_uid FROM intake_ledgerrow r JOIN intake_arrival a ON r.arrival_id = a.id"
        " WHERE a.patient_id = ? AND r.disposition = 'sent_on' AND r.research_study = 'onco-ct'"
    )

    def sent() -> list[tuple[str]]:
        return demo.sql("gateway", query, PERSON.hospital_number)

    until(lambda: len(sent()) == IMAGES, demo, "the scan that was held is sent on", 60)
    ((uid,),) = set(sent())
    assert uid.startswith("2.25.")
    stored = "SELECT COUNT(*) FROM register_evidence WHERE study_uid = ?"
    until(lambda: bool(demo.sql("platform", stored, uid)[0][0]), demo, "the national side matches it", 60)
    return str(uid)


def _tells_its_life(demo: Running, core: Any, uid: str) -> None:
    """Imaging core reads its life, from stored to not yet opened: no name, no clock; and finds it in the list."""
    at(core, f"{demo.platform}/scan/{uid}/")
    text = core.content()
    for step in ("Stored (Done)", "Matched to a planned visit (Done)", "Opened (Not yet)"):
        assert core.get_by_role("heading", name=step, exact=True).is_visible(), step
    assert core.get_by_text("Week 8 CT, time point Week 8").is_visible()
    assert not [needle for needle in (*NEEDLES, SUBJECT) if needle in text]


def _is_opened(demo: Running, core: Any, uid: str) -> None:
    """From the list in OHIF: another image, other pixels; afterwards the scan's life says that somebody did."""
    at(core, f"{demo.platform}/archive/?research_study=onco-ct&time_point=Week 8")
    core.locator(f"main a[href='/archive/{uid}']").click()
    met(core, "Scan of P-")
    core.get_by_role("link", name="Open in the viewer").click()
    first = ohif.shown(core)
    assert core.url == f"{demo.platform}/viewer?StudyInstanceUIDs={uid}"
    assert core.get_by_text("for research, not for diagnosis").first.is_visible()
    canvas = core.locator("canvas").first
    before = canvas.evaluate(PIXELS)
    canvas.hover()
    core.mouse.wheel(0, 100)
    assert ohif.shown(core, other_than=first["index"])["index"] == first["index"] + 1
    assert canvas.evaluate(PIXELS) != before
    assert ohif.faults(core) == []
    at(core, f"{demo.platform}/scan/{uid}/")
    assert core.get_by_role("heading", name="Opened (Done)", exact=True).is_visible()


def _is_nothing_to_others(demo: Running, other: Any, uid: str) -> None:
    """Felix is of another research study: the same address shows him nothing, nor does DICOMweb."""
    for address in (f"dicomweb/studies/{uid}/metadata", f"archive/{uid}", f"scan/{uid}/"):
        assert other.request.get(f"{demo.platform}/{address}").status == 404, address
    other.goto(f"{demo.platform}/viewer?StudyInstanceUIDs={uid}")
    other.get_by_text("not available at this time").wait_for(timeout=60_000)
    assert other.locator("canvas").count() == 0


def _looked(demo: Running, auditor: Any) -> set[str]:
    """Scans of LUMEN at Northmoor General whose images Ines looked at, by the names the audit trail gives them."""
    at(auditor, f"{demo.platform}/audit/?person=Ines Duarte&action=images_viewed")
    return set(LOOKED.findall(auditor.locator("main").inner_text()))
