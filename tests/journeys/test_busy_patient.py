"""A busy patient's scans over four associations at once: what belongs goes on whole, and each other says why."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydicom import dcmread
from support import history, pacs
from support.running import Running, until
from support.scanning import chest, send

from isocentre.desk.demo import objects
from isocentre.desk.demo.plan import BOXES

pytestmark = [pytest.mark.peers("dcmtk"), pytest.mark.timeout(300)]
BEA = objects.Patient("Busy^Bea", "NM884040", "", date(1960, 1, 2), "F")
LIST = f"Subject id,Hospital number,Consent date,Day 0\nLUM-840,{BEA.hospital_number},2026-01-20,{history.ZERO}\n"
SAID = "SELECT r.sop_instance_uid, r.cause, r.time_point FROM intake_ledgerrow r JOIN intake_arrival a ON a.id = "
SAID += "r.arrival_id WHERE a.patient_id = ?"


def told() -> list[history.Told]:
    """Scans of a patient of the research study `onco-ct`, whose windows are weeks 8 and 16."""
    made = [history.Told(name, f"1.2.826.0.1.3680043.9.40.{n}", point=point) for n, (name, point) in enumerate((
        ("knee", ""), ("late", ""), ("ultrasound", ""), ("early", ""), ("week 8", "Week 8")))]  # fmt: skip
    knee, late, sono, early, week8 = made
    knee.add("follows_left_out", day=55, part="", ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])
    knee.add("other_body_part", day=55, part="KNEE")
    late.add("no_visit", day=70)
    sono.add("other_modality", modality="US", day=55)
    early.add("before_consent", day=-200)
    early.add("follows_left_out|before_consent", modality="SR", day=-200)
    week8.add("", day=55, part="", ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])
    week8.add("", modality="SR", day=58, accession="", StudyInstanceUID=f"{week8.uid}.77",
              ContentSequence=history.report_of(week8.uid))  # fmt: skip
    return made


def test_four_associations_at_once_route_it_as_one(own_demo: Running, tmp_path: Path) -> None:
    demo, machine, scans = own_demo, BOXES[2].machine, told()
    first = chest(tmp_path / "first", BEA, machine, on=history.ZERO, accession="BUSY0", images=1)
    (tmp_path / "people.csv").write_text(LIST)
    done = demo.command(
        "import", str(tmp_path / "first"), "--study", "onco-ct", "--subjects", str(tmp_path / "people.csv")
    )
    assert done.returncode == 0, done.stderr
    chests = chest(tmp_path / "week8", BEA, machine, on=date(2026, 4, 26), accession="BUSY8", images=4)
    files = [*chests, *_written(tmp_path / "rest", scans, dcmread(chests[0]))]
    random.Random(5).shuffle(files)
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda n: send(demo, files[n::4]), range(4))) == [0] * 4
    expected = {uid: (cause, scan.point) for scan in scans for uid, cause in scan.causes.items()}
    until(lambda: not _waits(demo), demo, "what followed is settled", 60)
    said = {uid: (cause, point) for uid, cause, point in demo.sql("gateway", SAID, BEA.hospital_number)}
    for uid, (cause, point) in expected.items():
        assert point == said[uid][1], uid
        assert point or said[uid][0] in cause.split("|"), uid
    mine = [said[str(dcmread(path, stop_before_pixels=True).SOPInstanceUID)][1] for path in [*first, *chests]]
    assert mine == ["Baseline", *["Week 8"] * 4]
    assert len(said) == len(expected) + 5


def _written(folder: Path, scans: list[history.Told], of: Any) -> list[Path]:
    """The scans as files of the patient and the scanner; week 8 is the scan of `of`."""
    for scan in scans:
        for ds in scan.objects:
            ds.PatientID, ds.PatientName, ds.PatientBirthDate = of.PatientID, of.PatientName, of.PatientBirthDate
            ds.DeviceSerialNumber, ds.StationName = of.DeviceSerialNumber, of.StationName
            if "IssuerOfPatientID" in ds:
                del ds.IssuerOfPatientID
            if scan.point and ds.Modality == "CT":
                ds.StudyInstanceUID = of.StudyInstanceUID
            elif scan.point:
                ds.ContentSequence = history.report_of(of.StudyInstanceUID)
    return pacs.written(folder, [ds for scan in scans for ds in scan.objects])


def _waits(demo: Running) -> int:
    found = demo.sql("gateway", "SELECT COUNT(*) FROM intake_ledgerrow WHERE cause IN ('awaits_scan', 'pair_missing')")
    return int(found[0][0])
