"""The thread: a real scan sent by a real sender to the hospital side is found and read on the national side."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from support import ohif
from support.browser import sign_in
from support.data import data_path
from support.peers import STORESCU
from support.running import Filled, Running, until

STUDY, FILES = "demo-mr", 384
TISSUE, EMPTY = "tissue", "empty"
NOT_SENT_ON = ("PatientName", "PatientBirthDate", "AccessionNumber", "InstitutionName")


@pytest.fixture(scope="module")
def sent(demo: Running) -> list[Path]:
    """A real scan, whole, sent by the line that `up --demo` prints, and settled: nothing pending."""
    folder = data_path("head-mr")
    files = sorted(folder.glob("*.dcm"))
    assert len(files) == FILES
    before = demo.ledger(STUDY)["received"]
    (line,) = re.findall(r"^ *storescu (.+) FOLDER$", demo.said(), re.MULTILINE)
    subprocess.run([STORESCU, *line.split(), folder], check=True, timeout=120)
    assert demo.ledger(STUDY)["received"] == before + FILES
    until(lambda: "pending" not in demo.ledger(STUDY), demo, "the scan is sent on")
    return files


@pytest.fixture(scope="module")
def client(demo: Running) -> Any:
    """The researcher's client, with a token of a person of the study team, narrowed to this research study."""
    from dicomweb_client.api import DICOMwebClient
    from dicomweb_client.session_utils import create_session

    made = demo.command("token", "create", "--zone", "platform", "--user", "sana", "--scope", f"study:{STUDY}")
    assert made.returncode == 0, made.stderr
    session = create_session()
    session.headers["Authorization"] = f"Bearer {made.stdout.strip()}"
    return DICOMwebClient(f"{demo.platform}/dicomweb", session=session)


@pytest.fixture(scope="module")
def scan(sent: list[Path], client: Any) -> dict[str, Dataset]:
    """What the researcher downloads: the one scan of so many images, whole, by SOP Instance UID."""
    found = client.search_for_studies(fields=["NumberOfStudyRelatedInstances"])
    (study_uid,) = [s["0020000D"]["Value"][0] for s in found if s["00201208"]["Value"] == [FILES]]
    return {str(received.SOPInstanceUID): received for received in client.iter_study(study_uid)}


@pytest.mark.data("head-mr")
@pytest.mark.peers("dcmtk")
def test_a_real_scan_goes_the_whole_way_and_its_pixels_are_the_same(sent: list[Path], scan: dict[str, Dataset]) -> None:
    originals = {int(o.InstanceNumber): o for o in map(dcmread, sent)}
    assert len(originals) == len(scan) == FILES
    for received in scan.values():
        original = originals.pop(int(received.InstanceNumber))
        assert np.array_equal(received.pixel_array, original.pixel_array)
        assert received.SOPInstanceUID != original.SOPInstanceUID
        assert received.StudyInstanceUID.startswith("2.25.")
        assert received.PatientID != original.PatientID
        assert received.PatientIdentityRemoved == "YES"
        assert received.ClinicalTrialProtocolID == STUDY
        for keyword in NOT_SENT_ON:
            assert not received.get(keyword) or received.get(keyword) != original.get(keyword), keyword
    assert not originals


@pytest.mark.data("head-mr")
@pytest.mark.peers("dcmtk", "chromium")
def test_the_viewer_shows_a_scan_without_window_dark_to_bright(
    demo: Running, scan: dict[str, Dataset], context: Any
) -> None:
    """The real slices name no window and two of them are all zero: neither may spoil the grey scale of the others."""
    assert not any("WindowCenter" in each for each in scan.values())
    address = f"{demo.platform}/viewer?StudyInstanceUIDs={next(iter(scan.values())).StudyInstanceUID}"
    page = sign_in(context, demo.platform, "Ines")
    middle = ohif.opened(page, address)
    assert middle["index"] == FILES // 2
    assert page.get_by_text("for research, not for diagnosis").is_visible()
    assert page.get_by_text(re.compile(r"^shifted \d\d-\w{3}-\d{4}$")).is_visible()
    assert page.locator(".shepherd-element, [role=dialog]").count() == 0
    assert [judged(page, scan, index) for index in (middle["index"], 0, 120, FILES - 1)] == [TISSUE, EMPTY] + [
        TISSUE
    ] * 2

    empty = next(uid for uid, each in scan.items() if not each.pixel_array.any())
    assert ohif.opened(page, f"{address}&initialSOPInstanceUID={empty}")["of"] == empty
    assert [judged(page, scan, index) for index in (0, 120)] == [EMPTY, TISSUE]


def judged(page: Any, scan: dict[str, Dataset], index: int) -> str:
    """What an image of the stack holds; it must be painted black where zero, and brighter the higher the value."""
    stored, grey = ohif.painted(page, scan[ohif.go(page, index)["of"]])
    assert np.median(grey[stored == 0]) == 0, index
    if not stored.any():
        assert not grey.any(), index
        return EMPTY
    assert grey[stored > np.percentile(stored, 95)].mean() > 30, index
    assert np.corrcoef(stored, grey)[0, 1] > 0.98, index
    return TISSUE


@pytest.mark.data("head-mr")
@pytest.mark.peers("dcmtk")
def test_what_was_sent_on_is_what_is_stored(demo: Running, sent: list[Path]) -> None:
    status = demo.status()
    assert sum(row["sent_on"] for row in status["research_studies"].values()) == sum(status["platform"].values())
    assert status["research_studies"][STUDY]["sent_on"] >= FILES
    # None of the scan that was sent is held, whatever became of the demonstration's own.
    held = "SELECT COUNT(*) FROM intake_ledgerrow WHERE disposition = 'held' AND study_uid = ?"
    assert demo.sql("gateway", held, dcmread(sent[0], stop_before_pixels=True).StudyInstanceUID) == [(0,)]


@pytest.mark.peers("dcmtk")
def test_the_demonstration_shows_the_states_of_the_ledger(demo: Running, filled: Filled) -> None:
    rows = filled.research_studies
    assert sum(row["received"] for row in rows.values()) >= 300
    assert sum(bool(row["received"]) for slug, row in rows.items() if slug != "unassigned") >= 3
    assert rows["onco-ct"]["left_out"] > 0
    assert rows["onco-ct"]["duplicates"] > 0
    assert rows["neuro-mr"]["opted_out"] > 0
    assert {("onco-ct", "burned_in"), ("unassigned", "not_part"), (STUDY, "ultrasound")} <= filled.held
    assert demo.sql("gateway", "SELECT count(*) FROM intake_arrival WHERE revision > 0") == [(1,)]
    # Who opted out is on the enrolment list, and nothing of hers is left with her scan.
    assert demo.sql("gateway", "SELECT count(*) FROM intake_arrival WHERE facts LIKE '%Delaney%'") == [(0,)]


@pytest.mark.peers("dcmtk")
def test_a_second_start_in_the_same_folder_is_refused_in_one_line(demo: Running) -> None:
    done = demo.command("up")
    assert done.returncode == 2
    assert "already running" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.peers("dcmtk")
def test_another_persons_scans_are_not_there(demo: Running, client: Any) -> None:
    import json
    import urllib.request

    made = demo.command("token", "create", "--zone", "platform", "--user", "felix", "--scope", "study:neuro-mr")
    request = urllib.request.Request(
        f"{demo.platform}/dicomweb/studies", headers={"Authorization": f"Bearer {made.stdout.strip()}"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        his = {study["0020000D"]["Value"][0] for study in json.load(answer)}
    hers = {study["0020000D"]["Value"][0] for study in client.search_for_studies()}
    assert his
    assert hers
    assert not his & hers
