"""The thread: a real scan sent by a real sender to the hospital side is found and read on the national side."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom import dcmread
from support.data import data_path
from support.peers import STORESCU
from support.running import Running, running, until

STUDY, FILES = "demo-mr", 8
NOT_SENT_ON = ("PatientName", "PatientBirthDate", "AccessionNumber", "InstitutionName")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Both sides with the demonstration stored: its research study DEMO_MR takes scans from STORESCU."""
    with running(tmp_path_factory.mktemp("thread") / "home", "--demo") as it:
        until(it.ready, it, "both sides are ready and the demonstration is stored")
        yield it


@pytest.fixture(scope="module")
def sent(demo: Running) -> list[Path]:
    """A few real slices, sent by DCMTK and settled: nothing pending."""
    files = sorted(data_path("head-mr").glob("*.dcm"))[:FILES]
    before = demo.status()["research_studies"][STUDY]["received"]
    subprocess.run([STORESCU, "-aec", "DEMO_MR", "127.0.0.1", str(demo.dicom_port), *files], check=True, timeout=60)
    assert demo.status()["research_studies"][STUDY]["received"] == before + FILES
    until(lambda: not demo.status()["research_studies"][STUDY]["pending"], demo, "the scan is sent on")
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


@pytest.mark.data("head-mr")
@pytest.mark.peers("dcmtk")
def test_a_real_scan_goes_the_whole_way_and_its_pixels_are_the_same(
    demo: Running, sent: list[Path], client: Any
) -> None:
    originals = {o.pixel_array.tobytes(): o for o in map(dcmread, sent)}
    assert len(originals) == FILES
    found = client.search_for_studies(search_filters={"ModalitiesInStudy": "MR"})
    whole = [client.retrieve_study(study["0020000D"]["Value"][0]) for study in found]
    (scan,) = [objects for objects in whole if objects[0].pixel_array.tobytes() in originals]
    assert {o.pixel_array.tobytes() for o in scan} == set(originals)
    for received in scan:
        original = originals[received.pixel_array.tobytes()]
        assert np.array_equal(received.pixel_array, original.pixel_array)
        assert received.SOPInstanceUID != original.SOPInstanceUID
        assert received.StudyInstanceUID.startswith("2.25.")
        assert received.PatientID != original.PatientID
        assert received.PatientIdentityRemoved == "YES"
        assert received.ClinicalTrialProtocolID == STUDY
        for keyword in NOT_SENT_ON:
            assert not received.get(keyword) or received.get(keyword) != original.get(keyword), keyword


@pytest.mark.data("head-mr")
@pytest.mark.peers("dcmtk")
def test_what_was_sent_on_is_what_is_stored(demo: Running, sent: list[Path]) -> None:
    status = demo.status()
    assert sum(row["sent_on"] for row in status["research_studies"].values()) == sum(status["platform"].values())
    assert status["research_studies"][STUDY]["sent_on"] >= FILES
    # The demonstration's own ultrasound, held for text in its pixels; none of the scan that was sent.
    assert status["research_studies"][STUDY]["held"] == 1


@pytest.mark.data("head-mr")
@pytest.mark.peers("dcmtk")
def test_the_same_scan_again_is_taken_and_counted_as_duplicate(demo: Running, sent: list[Path]) -> None:
    before = demo.status()
    subprocess.run([STORESCU, "-aec", "DEMO_MR", "127.0.0.1", str(demo.dicom_port), *sent], check=True, timeout=60)
    after = demo.status()
    row, was = after["research_studies"][STUDY], before["research_studies"][STUDY]
    assert row["duplicates"] == was["duplicates"] + FILES
    assert row["received"] == was["received"]
    assert after["platform"] == before["platform"]


@pytest.mark.peers("dcmtk")
def test_the_demonstration_shows_the_states_of_the_ledger(demo: Running) -> None:
    rows = demo.status()["research_studies"]
    assert sum(row["received"] for row in rows.values()) >= 300
    assert sum(bool(row["received"]) for slug, row in rows.items() if slug != "unassigned") >= 3
    assert sum(row["held"] for row in rows.values()) > 0
    assert rows["onco-ct"]["left_out"] > 0


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
