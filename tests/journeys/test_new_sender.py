"""Intake in Chromium: a sender refused and admitted, scans put where they belong, people enrolled, all of it counted."""  # noqa: E501 - one sentence

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from support.browser import at, axe, met, sign_in, watched
from support.running import Running, until
from support.scanning import ago, chest, send
from support.standing import keyboard

from isocentre.desk.demo import objects
from isocentre.desk.demo.plan import BOXES

pytestmark = [pytest.mark.peers("chromium", "dcmtk"), pytest.mark.timeout(300)]
SENDER, SLUG, LUMEN = "EASTVALE_CT", "onco-ct", "LUMEN: CT response in lung cancer"
IDA = objects.Patient("Intake^Ida", "NM881001", "", date(1960, 1, 2), "F")
IVO = objects.Patient("Intake^Ivo", "NM881002", "", date(1961, 2, 3), "M")
IMAGES = {IDA: 2, IVO: 3}
LIST = f"""Subject id,Hospital number,Surname,Consent date,Day 0
LUM-881,{IDA.hospital_number},Intake,{ago(90)},{ago(57)}
LUM-882,{IVO.hospital_number},Intake,soon,{ago(58)}
"""
AGAIN = "SELECT SUM(duplicates) FROM intake_ledgerrow WHERE research_study = ?"
STORED = "SELECT SUM(instance_count) FROM archive_imagingstudy WHERE research_study = 'onco-ct'"
PARTS = {
    "received": "Received", "sent_on": "Sent on", "held": "Held", "left_out": "Left out", "rejected": "Rejected",
    "opted_out": "Opted out", "pending": "On its way", "duplicates": "Sent again, counted apart",
}  # fmt: skip


def test_a_new_sender_its_scans_and_their_people(demo: Running, chromium: Any, tmp_path: Path) -> None:
    before = demo.ledger(SLUG)
    scanner = BOXES[2].machine
    ida = chest(tmp_path, IDA, scanner, on=ago(1), accession="INTAKE1", images=IMAGES[IDA])
    ivo = chest(tmp_path, IVO, scanner, on=ago(2), accession="INTAKE2", images=IMAGES[IVO])
    with watched(chromium) as one, watched(chromium) as two:
        manager = sign_in(one, demo.gateway, "Petra")
        assert send(demo, ida + ivo, calling=SENDER) != 0, "nobody admitted it"
        _sender_is_admitted(manager)
        assert send(demo, ida + ivo, calling=SENDER) == 0
        lead = sign_in(two, demo.gateway, "Leila")
        _scan_is_put_into_its_research_study_and_back(demo, lead)
        _people_are_enrolled_from_a_list(lead, tmp_path)
        until(lambda: demo.ledger(SLUG)["sent_on"] == before["sent_on"] + 5, demo, "both scans are sent on", 60)
        was = demo.sql("gateway", AGAIN, SLUG)[0][0], demo.sql("platform", STORED)
        assert send(demo, ida, calling=SENDER) == 0
        assert demo.sql("gateway", AGAIN, SLUG)[0][0] == was[0] + IMAGES[IDA]
        _everything_is_counted(demo, manager, tmp_path)
        assert (demo.ledger(SLUG)["received"], demo.sql("platform", STORED)) == (before["received"] + 5, was[1])


def _sender_is_admitted(page: Any) -> None:
    page.reload()
    page.get_by_role("link", name="unknown sender").click()
    met(page, "refused")
    page.get_by_role("link", name=SENDER).click()
    met(page, "Admit a sender")
    page.get_by_label("Name", exact=True).fill("Eastvale CT")
    page.get_by_role("button", name="Admit").click()
    page.get_by_text("The sender is admitted. Its next connection is accepted.").wait_for()
    assert axe(page) == []
    page.get_by_role("link", name="Refused", exact=True).click()
    assert page.get_by_role("link", name=SENDER).count() == 0


def _scan_is_put_into_its_research_study_and_back(demo: Running, page: Any) -> None:
    """Decided, undone, decided again: of a person who is not enrolled, so it then waits for that and nothing else."""
    held = f"{demo.gateway}/deid/held/not_part/"
    for undone in (True, False):
        at(page, held)
        page.get_by_role("checkbox", name=_called(ago(1))).check()
        page.get_by_role("button", name="Put into a research study").click()
        met(page, "Put into a research study: 1 scan, 2 images")
        page.get_by_label("Research study").select_option(label=LUMEN)
        page.get_by_label("Why").fill("On the list of the research nurse")
        page.get_by_role("button", name="Put into a research study").click()
        page.get_by_text("1 scan decided: 2 images held").wait_for()
        if undone:
            assert axe(page) == []
            page.get_by_role("button", name="Undo").first.click()
            page.get_by_text("Undone: 2 images held as before").wait_for()
    at(page, f"{demo.gateway}/deid/held/not_enrolled/")
    page.get_by_role("row").filter(has_text=_called(ago(1))).filter(has_text=LUMEN).wait_for()


def _people_are_enrolled_from_a_list(page: Any, folder: Path) -> None:
    page.get_by_role("navigation", name="Main menu").get_by_role("link", name="Enrolment").click()
    page.get_by_role("link", name="Take in a list").click()
    met(page, "Take in a list")
    (folder / "people.csv").write_text(LIST)
    page.get_by_label("Research study").select_option(label=LUMEN)
    page.get_by_label("A CSV file").set_input_files(folder / "people.csv")
    page.get_by_role("button", name="Look at it first").click()
    met(page, "Look at the list before it is taken in")
    assert page.get_by_text("Consent date: ").is_visible()
    assert keyboard(page) == []
    mended = page.get_by_label("Or mend the lines here")
    mended.fill(mended.input_value().replace("soon", str(ago(90))))
    page.get_by_role("button", name="Look at it again").click()
    met(page, "Look at the list before it is taken in")
    page.get_by_role("button", name="Enrol all 2 people").click()
    page.get_by_text("Done: 2 people enrolled.").wait_for()
    page.get_by_text("Held images were looked at again: 5 images on their way").wait_for()
    assert axe(page) == []


def _everything_is_counted(demo: Running, page: Any, folder: Path) -> None:
    """The scan sent twice is told as that; the pages, their files and the command say the same numbers."""
    at(page, f"{demo.gateway}/intake/arrivals/?research_study={SLUG}")
    row = page.get_by_role("row").filter(has_text=_called(ago(1)))
    assert row.get_by_role("cell").all_inner_texts()[2:8] == [LUMEN, "LUM-881", BOXES[2].code, "2", "2", "Sent on"]
    lines = list(csv.DictReader(_file(page, "CSV", folder).splitlines()))
    counted = {line["Subject"]: (line["Images"], line["Sent again"]) for line in lines}
    assert (counted["LUM-881"], counted["LUM-882"]) == (("2", "2"), ("3", "0"))
    at(page, f"{demo.gateway}/intake/ledger/")
    assert page.get_by_text("The ledger balances.").is_visible()
    told = {line["Research study"]: [int(line[words]) for words in PARTS.values()]
            for line in csv.DictReader(_file(page, "CSV", folder).splitlines())}  # fmt: skip
    status = demo.status()
    rows = status["research_studies"] | {"unassigned": status["unassigned"]}
    assert told == {slug: [row[part] for part in PARTS] for slug, row in rows.items()}


def _file(page: Any, kind: str, folder: Path) -> str:
    with page.expect_download() as download:
        page.get_by_role("link", name=f"Download as {kind}").click()
    download.value.save_as(folder / "file")
    return (folder / "file").read_text(encoding="utf-8-sig")


def _called(day: date) -> str:
    """How the scan of a day is called on screen."""
    return f"CT scan of {day.day} {day:%B %Y}"
