"""A busy patient's whole history: 40 scans of which 3 belong to a research study, with what each should come to."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from pydicom.dataset import Dataset

from isocentre.core.dicom.header import read_header, read_meta
from isocentre.core.ports import Received
from isocentre.rooms.intake import door
from support.pacs import image

PATIENT, ISSUER = "HH40400", "NMR"
ZERO, CONSENT = date(2026, 3, 2), date(2026, 1, 20)
PLANNED = [
    {"id": "base", "name": "Baseline CT", "time_point": "Baseline", "modalities": ["CT"], "body_parts": ["CHEST"],
     "procedure": "CT chest; CCHES", "window": [-30, 7]},
    {"id": "wk8", "name": "Week 8 CT", "time_point": "Week 8", "modalities": ["CT"], "body_parts": ["CHEST"],
     "procedure": "CT chest; CCHES", "window": [50, 62]},
    {"id": "pet", "name": "Week 12 PET", "time_point": "Week 12", "modalities": ["PT"], "body_parts": [],
     "procedure": "", "window": [80, 90]},
]  # fmt: skip
DOSE_REPORT = "1.2.840.10008.5.1.4.1.1.88.67"


@dataclass
class Told:
    """One scan of the history: its objects, and the cause each of them should end with ("" for sent on)."""

    name: str
    uid: str
    objects: list[Dataset] = field(default_factory=list)
    causes: dict[str, str] = field(default_factory=dict)  # by SOPInstanceUID
    point: str = ""

    def add(self, cause: str, *, modality: str = "CT", day: int | None = 0, part: str = "CHEST", **more: Any) -> str:
        """One more object of this scan; its SOPInstanceUID."""
        uid = f"{self.uid}.{len(self.objects) + 1}"
        when = f"{ZERO + timedelta(day):%Y%m%d}" if day is not None else ""
        facts = {"accession": f"A{self.uid.rsplit('.', 1)[1]}", "StudyDescription": "CT chest", **more}
        ds = image(
            uid,
            scan=self.uid,
            series=f"{self.uid}.{int(modality.encode().hex(), 16)}",
            patient=PATIENT,
            day=when,
            **facts,
        )
        ds.Modality, ds.BodyPartExamined, ds.PatientName = modality, part, "Busy^Bea"
        ds.IssuerOfPatientID = ISSUER
        if modality == "SR":
            ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = DOSE_REPORT
            del ds.PixelData, ds.BodyPartExamined
        ds.file_meta.MediaStorageSOPInstanceUID = uid
        self.objects.append(ds)
        self.causes[uid] = cause
        return uid


def report_of(*studies: str) -> list[Dataset]:
    """The content of a dose report that says which scans it adds up (PS3.16 TID 10015)."""
    return [_uid("110180", uid) for uid in studies]


def report_of_events(*events: str) -> list[Dataset]:
    """The content of a dose report that names irradiation events alone."""
    return [_uid("113769", uid) for uid in events]


def _uid(code: str, uid: str) -> Dataset:
    one, concept = Dataset(), Dataset()
    concept.CodeValue, concept.CodingSchemeDesignator, concept.CodeMeaning = code, "DCM", "Study Instance UID"
    one.RelationshipType, one.ValueType, one.UID, one.ConceptNameCodeSequence = (
        "HAS PROPERTIES",
        "UIDREF",
        uid,
        [concept],
    )
    return one


def whole() -> list[Told]:
    """The 40 scans."""
    made: list[Told] = []

    def scan(name: str, point: str = "") -> Told:
        made.append(Told(name, f"1.2.40.{len(made) + 1}", point=point))
        return made[-1]

    _belonging(scan)
    for modality in ("US", "MG", "DX", "XA", "CR", "MR", "MR"):
        scan(f"other modality {modality}").add("other_modality", modality=modality)
    for part in ("KNEE", "HEAD", "WRIST", "ABDOMEN", "LSPINE", "HIP"):
        one = scan(f"other body part {part}")
        one.add("follows_left_out", part="", ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])
        one.add("other_body_part", part=part, day=55)
        one.add("follows_left_out", modality="SR", day=55)
    for words in ("CT pulmonary angiogram", "CT cardiac calcium score", "CT guided biopsy", "CT high resolution lungs"):
        scan(words).add("other_procedure", day=55, StudyDescription=words)
    outside = [scan(f"day {day}") for day in (15, 20, 40, 49, 63, 70, 95, 100)]
    for one in outside:
        one.add("no_visit", day=int(one.name.split()[1]))
    for days in (60, 90, 200, 400, 800, 1600):
        one = scan(f"{days} days before day 0")
        one.add("before_consent", day=-days)
        one.add("follows_left_out|before_consent", modality="SR", day=-days)  # as it comes after its scan, or before
    for of in outside[:3]:
        reports = scan(f"dose report of {of.name}")
        reports.add("follows_left_out", modality="SR", day=91, accession="", ContentSequence=report_of(of.uid))
    scan("a CT in the window of the PET, without one").add("pair_missing", part="ABDOMEN", day=85)
    scan("no date").add("no_date", day=None)
    scan("dose report of a scan that never came").add("awaits_scan", modality="SR", day=55, accession="")
    return made


def _belonging(scan: Any) -> None:
    base = scan("baseline", "Baseline")
    base.add("", ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"], part="")
    base.add("", part="THORAX")
    base.add("", part="CHEST_TO_PELVIS", StudyDescription="CT chest abdomen pelvis")
    base.add("", modality="SR")
    week8 = scan("week 8", "Week 8")
    for _ in range(3):
        week8.add("", day=56)
    # Its dose report lies in a study of its own, days later.
    week8.add("", modality="SR", day=70, accession="", StudyInstanceUID=f"{week8.uid}.77",
              ContentSequence=report_of(week8.uid))  # fmt: skip
    pet = scan("week 12 PET/CT", "Week 12")
    pet.add("", modality="CT", part="WHOLEBODY", day=84, StudyDescription="PET CT half body")
    pet.add("", modality="PT", part="WHOLEBODY", day=84, StudyDescription="PET CT half body")
    # And this one is found by its accession number alone.
    pet.add("", modality="SR", day=84, StudyInstanceUID=f"{pet.uid}.77")


def send(intake: door.Intake, objects: Iterable[Dataset], association: str = "a") -> None:
    """Hand objects over as the DIMSE receiver does."""
    for ds in objects:
        out = io.BytesIO()
        ds.save_as(out, enforce_file_format=True)
        data = out.getvalue()
        path = intake.temporary()
        path.write_bytes(data)
        header = read_header(data)
        assert intake.keep(Received(
            path=path, dataset_offset=read_meta(data)[1], size=len(data), sop_class_uid=header.text(0x00080016),
            sop_instance_uid=header.text(0x00080018), transfer_syntax=header.transfer_syntax, calling_ae="CT",
            called_ae="ANY", address="127.0.0.1", peer="ct", association=association, buffer=data,
        )) == 0  # fmt: skip


__all__ = ["CONSENT", "ISSUER", "PATIENT", "PLANNED", "ZERO", "Told", "report_of", "send", "whole"]
