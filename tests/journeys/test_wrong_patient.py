"""A scan of the wrong patient: taken back by its page, shown nowhere any more, sent again put right, and refused as it was."""  # noqa: E501 - one sentence

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pydicom
import pytest
from support.browser import at, axe, met, sign_in, watched
from support.running import Running, until
from support.scanning import ago, chest, send
from support.standing import keyboard

from isocentre.desk.demo import objects
from isocentre.desk.demo.plan import BOXES

pytestmark = [pytest.mark.peers("chromium", "dcmtk"), pytest.mark.timeout(300)]
SLUG, LUMEN, IMAGES = "onco-ct", "LUMEN: CT response in lung cancer", 2
WRONG = objects.Patient("Wrongly^Wanda", "NM771001", "", date(1960, 1, 2), "F")
RIGHT = objects.Patient("Rightly^Rhoda", "NM771002", "", date(1961, 2, 3), "F")
LIST = f"""Subject id,Hospital number,Surname,Consent date,Day 0
LUM-771,{WRONG.hospital_number},Wrongly,{ago(90)},{ago(57)}
LUM-772,{RIGHT.hospital_number},Rightly,{ago(90)},{ago(57)}
"""
EVERYWHERE = {"lists", "addresses", "search", "csv", "qido", "wado", "selection"}
ACCESSION, SELECTION = "WRONGPT1", "mixed-up-readers"
REASON = "Scanned under the patient before her"
SENT = "SELECT object_study_uid, pseudonym, id FROM intake_ledgerrow WHERE study_uid = ? ORDER BY id"
STATES = "SELECT state, COUNT(*) FROM intake_recalledimage GROUP BY 1"
HELD = "SELECT pseudonym, instance_count FROM archive_imagingstudy WHERE study_uid = ?"
SENT_ON = "SELECT COUNT(*) FROM intake_ledgerrow WHERE disposition = 'sent_on' AND research_study = 'onco-ct'"
ACCOUNTED = """SELECT COUNT(*) FROM archive_instance i JOIN archive_series s ON s.id = i.series_id
JOIN archive_imagingstudy t ON t.id = s.study_id WHERE i.current AND NOT i.direct AND t.research_study = 'onco-ct'"""
PROVED = "SELECT COUNT(*) FROM register_evidence WHERE study_uid = ? AND planned_event = 'wk8-ct'"


def test_taken_back_put_right_and_refused(own_demo: Running, chromium: Any, tmp_path: Path) -> None:
    demo = own_demo
    files = chest(tmp_path, WRONG, BOXES[0].machine, on=ago(1), accession=ACCESSION, images=IMAGES)
    with watched(chromium) as one, watched(chromium) as two, watched(chromium) as three:
        _people_are_enrolled(demo, sign_in(one, demo.gateway, "Leila"), tmp_path)
        assert send(demo, files) == 0
        uid, pseudonym, key = _sent_on(demo, files)
        manager, team = sign_in(two, demo.gateway, "Petra"), sign_in(three, demo.platform, "Sana")
        _is_frozen(demo, team, pseudonym)
        until(lambda: _shown(demo, team, uid, pseudonym) == EVERYWHERE, demo, "it is shown everywhere", 30)
        _is_taken_back(demo, manager, key)
        assert _shown(demo, team, uid, pseudonym) == set()
        assert demo.sql("platform", PROVED, uid) == [(0,)]
        _life_says_so_and_names_nobody(demo, team, uid, pseudonym)
        _no_list_here_shows_it(demo, manager, key)
        right = _put_right(files, tmp_path)
        assert send(demo, right) == 0
        _stands_once_at_the_right_subject(demo, team, uid, pseudonym, right)
        assert send(demo, files) != 0, "just this was taken back"
        _refusal_is_seen(demo, manager, key)
        assert demo.sql("platform", HELD, uid)[0][1] == IMAGES
        assert demo.sql("gateway", SENT_ON) == demo.sql("platform", ACCOUNTED), "both sides account for the same"


def _people_are_enrolled(demo: Running, page: Any, folder: Path) -> None:
    (folder / "people.csv").write_text(LIST)
    at(page, f"{demo.gateway}/intake/enrolment/list")
    page.get_by_label("Research study").select_option(label=LUMEN)
    page.get_by_label("A CSV file").set_input_files(folder / "people.csv")
    page.get_by_role("button", name="Look at it first").click()
    page.get_by_role("button", name="Enrol all 2 people").click()
    page.get_by_text("2 people enrolled.").wait_for()


def _sent_on(demo: Running, files: list[Path]) -> tuple[str, str, int]:
    """The scan's UID and pseudonym on the national side once it is stored and matched there, its key here."""
    study = str(pydicom.dcmread(files[0], stop_before_pixels=True).StudyInstanceUID)

    def stored() -> bool:
        rows = demo.sql("gateway", SENT, study)
        uid = rows[0][0] if len(rows) == IMAGES else ""
        return bool(uid) and demo.sql("platform", PROVED, uid) == [(1,)] and demo.sql("platform", HELD, uid)[0][1] == 2

    until(stored, demo, "the scan is stored and proves the visit", 60)
    return demo.sql("gateway", SENT, study)[0]  # type: ignore[return-value]  # as the query has it


def _is_frozen(demo: Running, page: Any, pseudonym: str) -> None:
    at(page, f"{demo.platform}/archive/?subject={pseudonym}")
    page.get_by_role("link", name="Freeze this scan as a Selection").click()
    met(page, "Freeze 1 scan as a Selection")
    page.get_by_label("Name").fill(SELECTION)
    page.get_by_label("What it is for").fill("Central reading")
    page.get_by_role("button", name="Freeze").click()
    met(page, f"{SELECTION}: 1 scan")


def _shown(demo: Running, page: Any, uid: str, pseudonym: str) -> set[str]:
    """Where the national side shows a scan."""

    def asked(path: str) -> Any:
        return page.request.get(f"{demo.platform}{path}", max_redirects=0)

    selection = demo.sql("platform", "SELECT name FROM archive_selection WHERE title = ?", SELECTION)[0][0]
    found = {
        "lists": f"/archive/{uid}" in asked("/archive/").text(),
        "search": f"/archive/{uid}" in asked(f"/search/?q={pseudonym}").text(),
        "csv": pseudonym in asked("/archive/?format=csv").text(),
        "qido": bool(asked(f"/dicomweb/studies?PatientID={pseudonym}").text().strip("[] \n")),
        "wado": any(asked(f"/dicomweb/studies/{uid}{end}").status == 200 for end in ("", "/metadata", "/rendered")),
        "addresses": asked(f"/archive/{uid}").status == 200,
        "selection": any(uid in asked(f"/archive/selections/of/{selection}/{end}").text() for end in ("", "images")),
    }
    return {name for name, there in found.items() if there}


def _is_taken_back(demo: Running, page: Any, key: int) -> None:
    at(page, f"{demo.gateway}/scan/{key}/")
    page.get_by_role("link", name="Wrong patient: take this scan back").click()
    met(page, "Wrong patient: take this scan back")
    assert page.get_by_text(f"{IMAGES} images had been sent on: the national side is told to remove them").is_visible()
    assert keyboard(page) == []
    page.get_by_role("button", name="Take it back").click()
    assert "Say why" in page.locator(".nhsuk-error-summary").inner_text()
    assert axe(page) == []
    page.get_by_label("Why").fill(REASON)
    page.get_by_role("button", name="Take it back").click()
    page.get_by_text("The scan is taken back.").wait_for()
    told = page.get_by_text(f"{IMAGES} images removed there, confirmed on")
    until(lambda: told.count() > 0 or (page.reload() and False), demo, "the national side confirms", 30)
    assert axe(page) == []
    shown = page.locator("main").inner_text() + page.locator("aside").inner_text()
    assert not [one for one in (WRONG.hospital_number, "Wrongly", "Wanda") if one in shown]
    assert ACCESSION in page.content(), "by which the picture archive puts it right"


def _life_says_so_and_names_nobody(demo: Running, page: Any, uid: str, pseudonym: str) -> None:
    at(page, f"{demo.platform}/scan/{uid}/")
    page.get_by_role("heading", name="Taken back by the hospital").wait_for()
    assert axe(page) == []
    assert not [one for one in (pseudonym, "LUM-771", "Open the images") if one in page.content()]
    assert page.request.get(f"{demo.platform}/scan/2.25.771/").status == 404


def _no_list_here_shows_it(demo: Running, page: Any, key: int) -> None:
    at(page, f"{demo.gateway}/intake/arrivals/?research_study={SLUG}")
    assert page.locator(f'a[href="/scan/{key}/"]').count() == 0
    page.get_by_role("searchbox").fill(ACCESSION)
    page.get_by_role("searchbox").press("Enter")
    page.get_by_text("Nothing was found").wait_for()
    page.get_by_role("navigation", name="Main menu").get_by_role("link", name="Taken back").click()
    met(page, "1 scan taken back")
    assert axe(page) == []
    row = page.get_by_role("row").filter(has_text=REASON)
    assert row.get_by_text("Confirmed", exact=True).is_visible()
    assert row.locator(f'a[href="/scan/{key}/"]').count() == 1


def _put_right(files: list[Path], folder: Path) -> list[Path]:
    """As the picture archive sends it once corrected: the same UIDs under the right patient."""
    (folder / "right").mkdir()
    for path in files:
        made = pydicom.dcmread(path)
        made.PatientName, made.PatientID = RIGHT.name, RIGHT.hospital_number
        made.PatientBirthDate = f"{RIGHT.birth_date:%Y%m%d}"
        made.save_as(folder / "right" / path.name)
    return sorted((folder / "right").iterdir())


def _stands_once_at_the_right_subject(demo: Running, page: Any, uid: str, wrong: str, right: list[Path]) -> None:
    until(lambda: [n for _, n in demo.sql("platform", HELD, uid)] == [IMAGES], demo, "it is stored, put right", 60)
    [(pseudonym, _)] = demo.sql("platform", HELD, uid)
    assert pseudonym != wrong
    until(lambda: demo.sql("platform", PROVED, uid) == [(1,)], demo, "it proves the visit of whom it is", 30)
    found = page.request.get(f"{demo.platform}/dicomweb/studies?PatientID={pseudonym}").json()
    assert [one["0020000D"]["Value"] for one in found] == [[uid]]
    subject = f"{demo.platform}/register/{SLUG}/subjects/"
    until(lambda: "LUM-772" in page.request.get(subject + pseudonym).text(), demo, "its subject is told", 30)
    assert uid in page.request.get(subject + pseudonym).text()
    assert uid not in page.request.get(subject + wrong).text()
    at(page, f"{demo.platform}/scan/{uid}/")
    assert axe(page) == []
    assert page.get_by_role("heading", name="Taken back by the hospital").count() == 0


def _refusal_is_seen(demo: Running, page: Any, key: int) -> None:
    at(page, f"{demo.gateway}/intake/senders/objects/")
    page.get_by_text("Taken back here as of the wrong patient, and sent again as it was").wait_for()
    assert axe(page) == []
    at(page, f"{demo.gateway}/scan/{key}/")
    page.get_by_text("sent again as before and refused").wait_for()
    page.get_by_role("heading", name="Before it was put right, taken back").wait_for()
    assert RIGHT.hospital_number in page.content()
    assert axe(page) == []
