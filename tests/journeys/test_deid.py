"""De-identification in Chromium: a profile is read, a held ultrasound reviewed, a rule made and confirmed, the scan goes on."""  # noqa: E501 - one sentence

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.browser import at, axe, sign_in, watched
from support.running import Running, until

pytestmark = [pytest.mark.peers("chromium", "dcmtk"), pytest.mark.timeout(300)]
STUDY = "demo-mr"
WHY = "This machine writes name, number and date of birth above the picture"


def test_the_review_loop(demo: Running, chromium: Any, tmp_path: Path) -> None:
    before = demo.ledger(STUDY)
    assert before["held"] == 2
    with watched(chromium) as one, watched(chromium) as two:
        officer, lead = sign_in(one, demo.gateway, "Dev"), sign_in(two, demo.gateway, "Leila")
        _profile_is_read(demo, officer)
        scan = _ultrasound_is_reviewed(demo, lead, tmp_path)
        _second_person_confirms(demo, lead, officer)
        until(lambda: demo.ledger(STUDY)["sent_on"] == before["sent_on"] + 2, demo, "both go on")
        assert "held" not in demo.ledger(STUDY)
        at(lead, scan)
        assert lead.get_by_text("By what people decided of findings: rule R-").is_visible()
        at(officer, f"{demo.gateway}/deid/review/?state=decided")
        assert officer.get_by_role("link", name="NORTHSONO SONO 5").count() == 2
        _report_is_downloaded(demo, officer, tmp_path)
        _sample_is_looked_at(demo, officer)


def _profile_is_read(demo: Running, officer: Any) -> None:
    at(officer, f"{demo.gateway}/deid/profiles/")
    officer.get_by_role("link", name="trial-ct-mr").first.click()
    officer.get_by_role("link", name="Kinds of object and options").click()
    assert officer.get_by_role("row").filter(has_text="Ultrasound Image Storage").filter(has_text="Hold").count()
    assert axe(officer) == []


def _ultrasound_is_reviewed(demo: Running, lead: Any, folder: Path) -> str:
    """The scan's page."""
    lead.goto(demo.gateway)
    lead.get_by_role("link", name="findings of what may name a patient to review").click()
    assert axe(lead) == []
    lead.get_by_role("link", name="NORTHSONO SONO 5").first.click()
    address = lead.url
    until(lambda: bool(lead.goto(address)) and lead.get_by_label("Place 3").count() > 0, demo, "its text is found")
    assert axe(lead) == []
    lead.screenshot(path=str(folder / "finding.png"), full_page=True)
    # The maker's mark tells of nobody; a place is reached and left by keyboard, with what stands at its link.
    mark = lead.locator("svg a").last
    mark.focus()
    lead.keyboard.press("Enter")
    assert lead.url.endswith("#place-3")
    lead.get_by_role("checkbox", name="Place 3").press("Space")
    lead.get_by_label("Further boxes").fill("0, 0, 240, 60")
    lead.get_by_role("button", name="Show what these boxes do").press("Enter")
    lead.wait_for_url("**/decide")
    assert not lead.get_by_role("checkbox", name="Place 3").is_checked()
    lead.get_by_role("radio", name="Redact here").check()
    lead.get_by_label("Why").fill("")
    lead.get_by_role("button", name="Decide").press("Enter")
    assert lead.get_by_role("heading", name="There is a problem").is_visible()
    assert axe(lead) == []
    lead.get_by_label("Why").fill(WHY)
    lead.get_by_label("Why").press("Enter")
    lead.get_by_text("waits for a second person").first.wait_for()
    lead.goto(address)
    return str(lead.get_by_role("link", name="The life of this scan").evaluate("link => link.href"))


def _second_person_confirms(demo: Running, lead: Any, officer: Any) -> None:
    at(lead, f"{demo.gateway}/deid/review/rules/")
    lead.get_by_role("link", name="R-").first.click()
    assert lead.get_by_role("button", name="Confirm this rule").count() == 0
    assert axe(lead) == []
    officer.goto(demo.gateway)
    officer.get_by_role("link", name="rule waits for you to confirm as the second person").click()
    officer.get_by_role("link", name="R-").first.click()
    assert axe(officer) == []
    officer.get_by_role("link", name="See the finding it was made of").click()
    assert axe(officer) == []
    officer.go_back()
    officer.get_by_role("button", name="Confirm this rule").press("Enter")
    officer.get_by_text("held images like it are run again").wait_for()


def _report_is_downloaded(demo: Running, officer: Any, folder: Path) -> None:
    at(officer, f"{demo.gateway}/intake/research-studies/{STUDY}/")
    officer.get_by_role("link", name="What was done to its images").click()
    assert axe(officer) == []
    with officer.expect_download() as download:
        officer.get_by_role("link", name="Download as HTML").click()
    file = folder / "what-was-done.html"
    download.value.save_as(file)
    text = file.read_text(encoding="utf-8")
    assert "Let pass once clean" in text
    assert not [needle for needle in ("Volunteer", "VOL0001", "VOLUNTEER") if needle in text]
    # It stands alone: opened from the disk it is accessible, and it prints on two sides of A4.
    alone = officer.context.browser.new_page()
    alone.goto(file.as_uri())
    assert axe(alone) == []
    assert 1 <= alone.pdf(prefer_css_page_size=True).count(b"/Type /Page\n") <= 2
    alone.close()


def _sample_is_looked_at(demo: Running, officer: Any) -> None:
    at(officer, f"{demo.gateway}/deid/review/sample/settings")
    officer.get_by_label("Of a hundred scans").fill("50")
    officer.get_by_label("Why").fill("Fewer, now that we have seen some")
    officer.get_by_role("button", name="Save").click()
    officer.get_by_text("It holds for scans that are sent on from now").wait_for()
    assert axe(officer) == []
    first = officer.get_by_role("table").get_by_role("link", name="Scan ").first
    first.click()
    assert axe(officer) == []
    officer.get_by_role("radio", name="Nothing that identifies").check()
    officer.get_by_role("button", name="Keep what I saw").click()
    officer.get_by_text("0 of 1 scan looked at showed anything that identifies").wait_for()
    assert axe(officer) == []
