"""The spine in Chromium: a scan arrives, a held one is acted on, both sides tell its life, OHIF opens it, the audit says who looked."""  # noqa: E501 - one sentence

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from support import ohif
from support.browser import axe, sign_in
from support.peers import STORESCU
from support.running import Running, running, until

from isocentre.desk.demo import objects, phantoms
from isocentre.desk.demo.plan import BOXES

pytestmark = [pytest.mark.peers("chromium", "dcmtk"), pytest.mark.timeout(300)]
SPACING = (3.0, 2.4)
PIXELS = "canvas => canvas.toDataURL()"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("spine") / "home", "--demo") as it:
        until(it.ready, it, "the demonstration is stored")
        yield it


def at(page: Any, address: str) -> None:
    """Open a page of the same side; it must answer and be accessible."""
    assert page.goto(address).status == 200, address
    assert axe(page) == [], address


def scan_of(accession: str, folder: Path) -> list[Path]:
    patient = objects.Patient("Needle^Nora", "NM777777", "", date(1970, 1, 1), "F")
    visit = objects.Visit(patient, BOXES[1].machine, date(2026, 10, 1), accession, "MR head")
    return objects.write(objects.series(visit, 1, "MR", "HEAD", phantoms.head(8, SPACING, [], 3), SPACING), folder)


def test_the_spine(demo: Running, chromium: Any, context: Any, tmp_path: Path) -> None:
    before = demo.status()["research_studies"]["demo-mr"]["sent_on"]
    paths = scan_of("SPINE1", tmp_path)
    subprocess.run([STORESCU, "-aec", "DEMO_MR", "127.0.0.1", str(demo.dicom_port), *map(str, paths)], check=True)
    until(lambda: demo.status()["research_studies"]["demo-mr"]["sent_on"] == before + 8, demo, "the scan is sent on")

    radiographer = sign_in(context, demo.gateway, "Adaeze")
    at(radiographer, f"{demo.gateway}/intake/arrivals/")
    radiographer.screenshot(path=str(tmp_path / "arrivals.png"))
    radiographer.locator("main a[href*='/scan/']").first.click()
    assert radiographer.get_by_text("Sent on").first.is_visible()
    assert axe(radiographer) == []

    _act_on_a_held_scan(demo, chromium)
    study_uid = _national_life(demo, chromium)
    _viewer(demo, chromium, study_uid)
    _auditor(demo, chromium)


def _act_on_a_held_scan(demo: Running, chromium: Any) -> None:
    context = chromium.new_context()
    lead = sign_in(context, demo.gateway, "Leila")
    held = demo.status()["research_studies"]["unassigned"]["held"]
    at(lead, f"{demo.gateway}/deid/held/")
    at(lead, f"{demo.gateway}/deid/held/not_part/")
    lead.get_by_role("checkbox").first.check()
    lead.get_by_role("button", name="Reject").click()
    lead.get_by_label("Why").fill("Sent by mistake")
    lead.get_by_label("Why").press("Enter")
    lead.get_by_text("rejected").first.wait_for()
    assert demo.status()["research_studies"]["unassigned"]["held"] < held
    context.close()


def _national_life(demo: Running, chromium: Any) -> str:
    context = chromium.new_context()
    core = sign_in(context, demo.platform, "Ines")
    at(core, f"{demo.platform}/archive/")
    core.get_by_role("row").filter(has_text="DEMO_MR").locator("a").first.click()
    core.wait_for_load_state()
    study_uid = core.url.rstrip("/").rsplit("/", 1)[-1].split("?")[0]
    assert study_uid.startswith("2.25.")
    text = ""
    for address in (core.url, f"{demo.platform}/scan/{study_uid}/"):
        at(core, address)
        text += core.content()
    assert "Stored" in text
    assert not any(needle in text for needle in ("Needle", "NM777777", "SPINE1"))
    context.close()
    return study_uid


def _viewer(demo: Running, chromium: Any, study_uid: str) -> None:
    address = f"{demo.platform}/viewer?StudyInstanceUIDs={study_uid}"
    context = chromium.new_context()
    core = sign_in(context, demo.platform, "Ines")
    heard: list[str] = []
    core.on("console", lambda m: heard.append(m.text) if "Content Security Policy" in m.text else None)
    first = ohif.opened(core, address)
    assert core.get_by_text("for research, not for diagnosis").first.is_visible()
    canvas = core.locator("canvas").first
    before = canvas.evaluate(PIXELS)
    canvas.hover()
    core.mouse.wheel(0, 100)
    assert ohif.shown(core, other_than=first["index"])["index"] == first["index"] + 1
    assert canvas.evaluate(PIXELS) != before
    assert heard == []
    context.close()

    # Felix is of another research study: the same address shows him nothing, nor does DICOMweb.
    context = chromium.new_context()
    other = sign_in(context, demo.platform, "Felix")
    assert other.request.get(f"{demo.platform}/dicomweb/studies/{study_uid}/metadata").status == 404
    assert other.request.get(f"{demo.platform}/archive/{study_uid}").status == 404
    other.goto(address)
    other.get_by_text("not available at this time").wait_for(timeout=60_000)
    assert other.locator("canvas").count() == 0
    context.close()


def _auditor(demo: Running, chromium: Any) -> None:
    context = chromium.new_context()
    auditor = sign_in(context, demo.platform, "Omar")
    at(auditor, f"{demo.platform}/audit/")
    assert auditor.get_by_text("Ines", exact=False).first.is_visible() or "ines" in auditor.content()
    context.close()
