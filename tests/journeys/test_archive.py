"""The archive in Chromium and dicomweb-client: a scan is found, looked at, frozen as a Selection, fetched by token, then no more."""  # noqa: E501 - one sentence

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import Any

import pytest
from support.browser import at, axe, met, sign_in, watched
from support.running import Running, until

pytestmark = [pytest.mark.peers("chromium", "dcmtk"), pytest.mark.timeout(300)]
SLUG, GLOW, SUBJECT, IMAGES = "fdg-pet", "GLOW: FDG PET/CT response", "GLO-001", 20
"""The demonstration's one PET/CT, of as many images in each of two series; no other journey sends to it."""
NEEDLES = ("Lindqvist", "Karin", "NM000006", "GLO0011", "1957-03-03", "19570303")
NAME, WHY = "glow-readers", "Central reading of the baseline"
LOADED = "images => images.filter(i => i.complete && i.naturalWidth > 1).length"


def test_a_scan_is_found_looked_at_frozen_and_fetched(demo: Running, chromium: Any, tmp_path: Path) -> None:
    with watched(chromium) as one, watched(chromium) as two:
        team, administrator = sign_in(one, demo.platform, "Felix"), sign_in(two, demo.platform, "Grace")
        scan = _is_found(demo, team)
        _is_looked_at(demo, team)
        _is_frozen(demo, team)
        secret = _token_is_made(demo, administrator)
        _is_fetched_as_frozen(demo, secret, scan)
        _ends_and_is_put_back(demo, team, secret)
        administrator.goto(f"{demo.platform}/accounts/tokens/")
        administrator.get_by_role("button", name="Revoke").first.click()
        administrator.get_by_text("The token is revoked.").wait_for()
        assert axe(administrator) == []
        assert _status(demo, secret) == 401
        _ledger_balances(demo, team, tmp_path)


def _is_found(demo: Running, page: Any) -> str:
    """By search, and by the filters of the list; its UID."""
    page.get_by_role("searchbox").fill(SUBJECT)
    page.get_by_role("searchbox").press("Enter")
    met(page, re.compile(f"results? for “{SUBJECT}”"))
    page.get_by_role("main").get_by_role("link", name="Scan of").click()
    met(page, "Scan of ")
    scan = page.url.rpartition("/")[2]
    page.get_by_role("navigation", name="Main menu").get_by_role("link", name="Scans").click()
    page.get_by_label("Research study").select_option(label=GLOW)
    page.get_by_label("Modality").fill("PT")
    page.get_by_role("button", name="Filter").click()
    met(page, "1 scan")
    return str(scan)


def _is_looked_at(demo: Running, page: Any) -> None:
    """Its series with a picture of each, the images of one, the header of one of those."""
    page.locator("main tbody a").first.click()
    met(page, "Scan of ")
    _pictures(demo, page, 2)
    page.get_by_role("link", name="PT chest 2").click()
    met(page, f"{IMAGES} images")
    _pictures(demo, page, IMAGES)
    page.locator("main tbody a").nth(2).click()
    met(page, "Image 3")
    _pictures(demo, page, 1)
    header = page.get_by_role("region", name="Header, table")
    assert header.get_by_role("row").filter(has_text="ClinicalTrialSubjectID").filter(has_text=SUBJECT).count() == 1
    assert not [needle for needle in NEEDLES if needle in page.content()]


def _pictures(demo: Running, page: Any, count: int) -> None:
    pictures = page.locator("main img")
    for one in pictures.all():
        one.scroll_into_view_if_needed()
    until(lambda: pictures.evaluate_all(LOADED) == count, demo, f"{count} pictures are drawn", 15)


def _is_frozen(demo: Running, page: Any) -> None:
    page.goto(f"{demo.platform}/archive/?research_study={SLUG}&modality=PT")
    page.get_by_role("link", name="Freeze this scan as a Selection").click()
    met(page, "Freeze 1 scan as a Selection")
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("What it is for").fill(WHY)
    page.get_by_role("checkbox", name="Show other UIDs").check()
    page.get_by_role("button", name="Freeze").click()
    met(page, f"{NAME}: 1 scan")
    assert page.get_by_role("cell", name="S-001").is_visible()


def _token_is_made(demo: Running, page: Any) -> str:
    at(page, f"{demo.platform}/accounts/tokens/make/")
    page.get_by_label("Person", exact=True).select_option("felix")
    page.get_by_label("What it is for").fill("Reading room")
    page.get_by_label("Selection", exact=True).select_option(label=f"{NAME}: {WHY}")
    page.get_by_role("checkbox", name="Fetch images (DICOMweb)").check()
    page.get_by_role("button", name="Make the token").click()
    met(page, "Your token")
    return str(page.get_by_label("Token for Reading room").input_value())


def _client(demo: Running, secret: str) -> Any:
    from dicomweb_client.api import DICOMwebClient
    from dicomweb_client.session_utils import create_session

    session = create_session()
    session.headers["Authorization"] = f"Bearer {secret}"
    return DICOMwebClient(f"{demo.platform}/dicomweb", session=session)


def _is_fetched_as_frozen(demo: Running, secret: str, scan: str) -> None:
    """Under its map: other UIDs, a label for the subject, both series whole."""
    client = _client(demo, secret)
    (found,) = client.search_for_studies()
    uid = found["0020000D"]["Value"][0]
    assert uid != scan
    images = client.retrieve_study(uid)
    assert sorted(one.Modality for one in images) == ["CT"] * IMAGES + ["PT"] * IMAGES
    assert {str(one.PatientID) for one in images} == {"S-001"}
    assert all(any(one.PixelData) for one in images), "no picture is black"
    told = "".join(str(one) for one in images)
    assert not [needle for needle in (*NEEDLES, SUBJECT, scan) if needle in told]


def _status(demo: Running, secret: str) -> int:
    from requests import HTTPError

    try:
        return 200 if _client(demo, secret).search_for_studies() else 204
    except HTTPError as error:
        return error.response.status_code


def _ends_and_is_put_back(demo: Running, page: Any, secret: str) -> None:
    page.get_by_role("link", name="End this Selection").click()
    met(page, f"End the Selection {NAME}")
    page.get_by_label("Why it ends").fill("The readers are not ready yet")
    page.get_by_role("button", name="End it now").click()
    page.get_by_text(f"The Selection {NAME} has ended.").wait_for()
    assert axe(page) == []
    assert _status(demo, secret) == 204
    page.get_by_role("button", name="Put it in use again").click()
    page.get_by_text("The Selection is in use again").wait_for()
    assert _status(demo, secret) == 200


def _ledger_balances(demo: Running, page: Any, folder: Path) -> None:
    page.get_by_role("navigation", name="Main menu").get_by_role("link", name="Ledger").click()
    met(page, "Ledger: what hospitals sent on, and what is here")
    agree = page.get_by_text("Both sides agree.")
    until(lambda: agree.count() > 0 or (page.reload() and False), demo, "both sides agree", 30)
    assert axe(page) == []
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").click()
    download.value.save_as(folder / "ledger.csv")
    lines = csv.DictReader((folder / "ledger.csv").read_text(encoding="utf-8-sig").splitlines())
    (row,) = [line for line in lines if line["Research study"] == SLUG]
    assert (row["Sent on"], row["Stored here"], row["Difference"]) == ("40", "40", "0")
