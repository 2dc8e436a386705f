"""Makes de-identified objects and puts them into the archive's index, with their blobs in memory."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from django.test import Client
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from isocentre.core.actor import SYSTEM
from isocentre.core.dicom.header import read_header
from isocentre.core.dicomweb.facts import facts_of
from isocentre.people.models import RoleAssignment, User
from isocentre.rooms.archive import storing
from isocentre.rooms.archive.storing import StoredObject

MR, SR = "1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.88.11"


class MemoryBlobs:
    """Blobs in a dictionary."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}

    def put(self, key: str, chunks: Iterable[bytes | memoryview], *, settled: bool = True) -> int:
        self.held.setdefault(key, b"".join(chunks))
        return len(self.held[key])

    def settle(self, keys: Iterable[str]) -> None:
        assert set(keys) <= set(self.held)

    def take(self, key: str, file: Path) -> int:
        return self.put(key, [file.read_bytes()])

    def read(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes | memoryview]:
        whole = self.held[key]
        yield whole[start : len(whole) if length is None else start + length]

    def size(self, key: str) -> int:
        return len(self.held[key])

    def delete(self, key: str) -> None:
        self.held.pop(key, None)

    def keys(self) -> Iterator[str]:
        yield from self.held

    def sweep(self, before: float) -> int:
        return 0


def scan(name: str, study: str = "demo-mr", site: str = "RZN01", series: int = 1, images: int = 3, **said: Any) -> str:
    """A scan of `series` series of `images` images each, stored; returns its UID (2.25.<name>)."""
    for one in range(1, series + 1):
        for number in range(1, images + 1):
            put(f"{name}.{one}.{number}", study=study, site=site, number=number, **said)
    return f"2.25.{name}"


def put(where: str, *, study: str = "demo-mr", site: str = "RZN01", number: int = 1, **said: Any) -> str:
    """Store one object; `where` is scan.series.image, which are its UIDs; returns its UID."""
    name, series, image = where.split(".")
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    syntax = said.pop("syntax", ExplicitVRLittleEndian)
    ds.file_meta.TransferSyntaxUID = syntax
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID = said.pop("sop_class", MR)
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID = f"2.25.{name}.{series}.{image}"
    ds.StudyInstanceUID, ds.SeriesInstanceUID = f"2.25.{name}", f"2.25.{name}.{series}"
    ds.StudyDate, ds.StudyTime, ds.StudyDescription = "20200107", "104233", "Head"
    ds.Modality, ds.BodyPartExamined, ds.Manufacturer = "MR", "HEAD", "Maker"
    ds.SeriesNumber, ds.InstanceNumber, ds.SeriesDescription = int(series), number, f"Series named {series}"
    ds.PatientID = ds.PatientName = said.pop("pseudonym", "P-7QK2M9XB4T")
    ds.ClinicalTrialProtocolID, ds.ClinicalTrialSiteID = study, site
    ds.ClinicalTrialSubjectID, ds.ClinicalTrialTimePointID = said.pop("subject", "01/007"), said.pop("visit", "Week 8")
    ds.LongitudinalTemporalOffsetFromEvent = 56.0
    frames = said.pop("frames", 1)
    if ds.SOPClassUID != SR:
        ds.Rows, ds.Columns, ds.SamplesPerPixel, ds.PhotometricInterpretation = 8, 16, 1, "MONOCHROME2"
        ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 1
        if frames > 1:
            ds.NumberOfFrames = frames
        # One value a frame and instance, so that the window tells which was drawn.
        ds.WindowCenter, ds.WindowWidth = 50, 101
        level = said.pop("level", number * 10)
        values = np.arange(frames, dtype=np.int16).repeat(8 * 16) + level
        ds.PixelData = values.astype(np.int16).tobytes()
    for keyword, value in said.items():
        setattr(ds, keyword, value)
    if syntax != ExplicitVRLittleEndian:
        ds["PixelData"].VR, ds["PixelData"].is_undefined_length = "OB", True
    out = io.BytesIO()
    ds.save_as(out, enforce_file_format=True)
    return index(out.getvalue())


def index(whole: bytes, revision: int = 0) -> str:
    """Put a Part 10 object into blobs and index as the STOW door would, after its checks."""
    from isocentre.rooms.archive.ports import ports

    digest = hashlib.sha256(whole).hexdigest()
    ports().blobs.put(digest, [whole])
    facts = facts_of(read_header(whole))
    one = StoredObject(facts, revision, digest, digest, len(whole))
    [outcome] = storing.store(by=SYSTEM, objects=[one], stones={})
    assert outcome.stored, outcome.reason
    return facts.object_uid


def signed_in(role: str, research_study: str = "*", site: str = "*") -> Client:
    """A client of a person in one role."""
    user = User.objects.create(username=f"{role}-{research_study}-{site}", name="Sam Lee")
    RoleAssignment.objects.create(user=user, role=role, research_study=research_study, site=site)
    client = Client()
    client.force_login(user)
    return client


def text(answer: Any) -> str:
    return b"".join(answer.streaming_content if answer.streaming else [answer.content]).decode()
