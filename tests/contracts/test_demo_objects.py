"""Every object that the demonstration sends is valid DICOM by dciodvfy, and so is what the engine makes of it."""

from __future__ import annotations

import io
import subprocess
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from support.peers import DCIODVFY

from isocentre.adapters.ocr import pixel_cleaner
from isocentre.core.deid.engine import SubjectContext, deidentify
from isocentre.core.register import ResearchStudyTerms
from isocentre.desk.demo import gateway, plan
from isocentre.profiles import load_any

TODAY = date(2026, 3, 2)
KEY = b"k" * 32
STUDIES = {terms.slug: terms for terms in plan.STUDIES}
OF = {person.patient.hospital_number: STUDIES[person.research_study] for person in plan.participants(TODAY)}

# Both are meant: the pseudonym stands for the name, and the Study ID is emptied (PS3.15 Table E.1-1: Z).
MEANT = (
    "Warning - Missing attribute or value that would be needed to build DICOMDIR - Study ID",
    "Warning - Value dubious for this VR - (0x0010,0x0010) PN Patient's Name  PN [1] = <P-ABCDEFGHIJKL>"
    " - Retired Person Name form",
)


def sent() -> list[tuple[str, bytes]]:
    """(called AE, file) of everything the demonstration sends, the corrected and the odd ones too."""
    files: list[tuple[str, bytes]] = []

    def send(calling: str, called: str, paths: Iterable[Path]) -> list[tuple[Path, int]]:
        files.extend((called, path.read_bytes()) for path in paths)
        return []

    gateway.send_all(TODAY, send)
    return files


def header(data: bytes) -> Dataset:
    """The header of a file."""
    return dcmread(io.BytesIO(data), stop_before_pixels=True)


def terms_of(called: str, data: bytes) -> ResearchStudyTerms:
    """The research study an object is sent for; a stranger's would be the first one's."""
    return STUDIES["demo-mr"] if called == "DEMO_MR" else OF.get(header(data).PatientID, plan.STUDIES[0])


def deidentified(called: str, data: bytes) -> tuple[str, bytes]:
    """(status, what leaves the hospital) under the profile of the object's research study; no bytes when it is held."""
    terms = terms_of(called, data)
    context = SubjectContext(
        pseudonym="P-ABCDEFGHIJKL", subject_id="LUM-001", sponsor=terms.sponsor, protocol_id=terms.slug,
        protocol_name=terms.protocol_name, site_id="RNM01", site_name="", time_point_id="Baseline",
        time_point_description="", study_day=-7, face_waiver=terms.face_waiver.waived, shift_weeks=10,
    )  # fmt: skip
    made = deidentify(data, profile=load_any(terms.profile), study_key=KEY, context=context, pixels=pixel_cleaner())
    return made.status, b"".join(made.plan.chunks(data)) if made.plan else b""


def faults(path: Path) -> list[str]:
    """What dciodvfy calls an error or warns of."""
    said = subprocess.run([DCIODVFY, str(path)], capture_output=True, text=True, check=False, errors="replace")
    lines = (said.stderr + said.stdout).splitlines()
    # It names the kind of object it found: without that it has judged nothing.
    assert any("Image" in line for line in lines), lines
    return [line for line in lines if line.startswith(("Error", "Warning"))]


def judged(objects: Iterable[bytes], folder: Path) -> Counter[str]:
    """How many of the objects have each fault."""
    paths = []
    for number, data in enumerate(objects):
        paths.append(folder / f"{number}.dcm")
        paths[-1].write_bytes(data)
    with ThreadPoolExecutor(2) as pool:
        return Counter(fault for found in pool.map(faults, paths) for fault in set(found))


@pytest.mark.peers("dciodvfy")
def test_every_object_is_valid_before_and_after_deidentification(tmp_path: Path) -> None:
    before = sent()
    assert len(before) >= 300
    assert {terms_of(*one).slug for one in before} == set(STUDIES)
    assert judged((data for _, data in before), tmp_path) == {}

    after = [deidentified(*one) for one in before]
    burned_in = [header(data).get("BurnedInAnnotation") == "YES" for _, data in before]
    assert [status for status, _ in after] == ["held" if text else "done" for text in burned_in]
    assert judged((data for _, data in after if data), tmp_path) == dict.fromkeys(MEANT, burned_in.count(False))
