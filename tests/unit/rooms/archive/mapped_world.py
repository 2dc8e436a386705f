"""An archive of three scans, a Selection of two of them with a map, and how to ask and send under it."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from email import message_from_bytes
from typing import Any

import numpy as np
from django.test import Client
from django.utils import timezone
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian, generate_uid
from support.archive_book import MR, MemoryBlobs, index

from isocentre.adapters.rendering import Rendering
from isocentre.core.actor import SYSTEM
from isocentre.core.deid import recheck
from isocentre.people import bearer
from isocentre.people.models import RoleAssignment, Token, User
from isocentre.rooms.archive import door

BOLD, LEFT, OTHER = "P-7QK2M3XB4TAA", "P-AAAAAAAAAAAA", "P-CCCCCCCCCCCC"
SYNTAXES = (ExplicitVRLittleEndian, ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian)


def uid(n: int) -> str:
    return f"2.25.{10**38 + n * 7919}"


FRAME = uid(900)


def made(study: int, series: int, number: int, pseudonym: str, syntax: str = ExplicitVRLittleEndian) -> Dataset:
    """An object as the hospital side sends it on, which refers to its neighbour, its scan and a frame of reference."""
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = syntax
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID = MR
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID = uid(series * 100 + number)
    ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.FrameOfReferenceUID = uid(study), uid(series), FRAME
    ds.PatientID = ds.PatientName = pseudonym
    ds.PatientIdentityRemoved = "YES"
    ds.ClinicalTrialSponsorName, ds.ClinicalTrialProtocolID, ds.ClinicalTrialSiteID = "Sponsor", "neuro", "RZN01"
    ds.ClinicalTrialSubjectID, ds.ClinicalTrialTimePointID = f"S-{pseudonym[-4:]}", "Week 8"
    method = Dataset()
    method.CodeValue, method.CodingSchemeDesignator, method.CodeMeaning = "113100", "DCM", "Basic Application"
    ds.DeidentificationMethodCodeSequence = Sequence([method])
    ds.StudyDate = ds.SeriesDate = ds.ContentDate = "20200107"
    ds.StudyTime, ds.AcquisitionDateTime = "104233", "20200107104233.5"
    ds.Modality, ds.BodyPartExamined, ds.StudyDescription, ds.SeriesDescription = "MR", "HEAD", "Head", "T1"
    ds.SeriesNumber, ds.InstanceNumber = series, number
    inner = Dataset()
    inner.ReferencedSOPClassUID, inner.ReferencedSOPInstanceUID = MR, uid(series * 100 + number % 2 + 1)
    outer = Dataset()
    outer.ReferencedSOPClassUID, outer.ReferencedSOPInstanceUID = MR, uid(study)
    outer.PurposeOfReferenceCodeSequence = Sequence([method])
    ds.ReferencedImageSequence = Sequence([inner])
    ds.ReferencedStudySequence = Sequence([outer])
    ds.Rows, ds.Columns, ds.SamplesPerPixel, ds.PhotometricInterpretation = 8, 16, 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 0
    ds.PixelData = (np.arange(128, dtype=np.uint16) + number).tobytes()
    ds["PixelData"].VR = "OW"
    return ds


def written(ds: Dataset) -> bytes:
    out = io.BytesIO()
    ds.save_as(out, enforce_file_format=True)
    return out.getvalue()


@dataclass
class World:
    """An archive of three scans, a mapped Selection of two of them, and clients under it and over everything."""

    mapped: Client
    everything: Client
    held: set[str]
    bearer: str

    def get(self, path: str, accept: str = "", **query: str) -> Any:
        headers = {"Authorization": self.bearer} | ({"Accept": accept} if accept else {})
        return self.mapped.get(f"/dicomweb/{path}", query, headers=headers)


def token(user: User, scope: list[str], permissions: tuple[str, ...] = ()) -> str:
    secret = f"iso_{user.username}_{'_'.join(scope)}_{'_'.join(permissions)}"
    Token.objects.create(
        user=user, label="t", digest=bearer.digest(secret), scope=scope, permissions=list(permissions),
        expires_at=timezone.now() + timedelta(days=1),
    )  # fmt: skip
    return f"Bearer {secret}"


def build(archive: MemoryBlobs) -> World:
    """The archive and the Selection."""
    door.configure(blobs=archive, renderer=Rendering(), second_check=recheck.check)
    chosen = []
    for study, pseudonym in ((1, BOLD), (2, LEFT)):
        for syntax, series in zip(SYNTAXES, range(study * 10, study * 10 + 3), strict=True):
            for number in (1, 2):
                held = index(written(made(study, series, number, pseudonym, syntax)))
                if number == 1 or series != study * 10:
                    chosen.append(held)
    index(written(made(3, 30, 1, OTHER)))
    door.freeze(
        by=SYSTEM, name="release-1", purpose="test", expires_on=timezone.localdate(), object_uids=chosen,
        shown_as={BOLD: door.ShownAs("R001", -21), LEFT: door.ShownAs("R002", 700)},
    )  # fmt: skip
    user = User.objects.create(username="core", name="Core")
    RoleAssignment.objects.create(user=user, role="imaging_core")
    held = {uid(n) for n in (1, 2, 3, *range(10, 13), *range(20, 23), 30, 900)}
    held |= {uid(s * 100 + n) for s in (10, 11, 12, 20, 21, 22, 30) for n in (1, 2)} | {BOLD, LEFT, OTHER}
    held |= {"S-B4TA", "S-4TAA", "S-AAAA", "S-CCCC", "20200107", "2020-01-07"}
    return World(Client(), Client(), held, token(user, ["selection:release-1"]))


def leaks(world: World, answer: Any) -> list[str]:
    """What is held and not to be shown, in a body (inflated where it is), its parts and its headers."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    whole = body + json.dumps(dict(answer.headers)).encode()
    for part in objects(body, answer.headers.get("Content-Type", "")):
        whole += str(part.file_meta).encode() + str(part).encode()
    return sorted(value for value in world.held if value.encode() in whole)


def objects(body: bytes, kind: str) -> Iterator[Dataset]:
    if kind.startswith("multipart/related") and "application/dicom" in kind:
        message = message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
        for part in message.get_payload():  # type: ignore[union-attr]  # a multipart message has parts
            yield dcmread(io.BytesIO(part.get_payload(decode=True)))  # type: ignore[union-attr, arg-type]  # as above
    elif kind.startswith("application/dicom") and "json" not in kind:
        yield dcmread(io.BytesIO(body))


def scans(world: World) -> list[dict[str, Any]]:
    return list(world.get("studies", includefield="all").json())


def parsed(answer: Any) -> list[dict[str, Any]]:
    return list(json.loads(b"".join(answer.streaming_content) if answer.streaming else answer.content))


def value(item: dict[str, Any], key: str) -> Any:
    found = item[key].get("Value", [None])[0]
    return found["Alphabetic"] if isinstance(found, dict) else found


def described_of(world: World, scan: dict[str, Any]) -> list[dict[str, Any]]:
    return parsed(world.get(f"studies/{value(scan, '0020000D')}/metadata"))


def paths(world: World) -> list[str]:
    found = ["studies", "series", "instances"]
    for scan in scans(world):
        study = value(scan, "0020000D")
        ends = ("", "/metadata", "/series", "/instances", "/rendered", "/thumbnail")
        found += [f"studies/{study}{end}" for end in ends]
        for row in world.get(f"studies/{study}/instances").json():
            series = f"studies/{study}/series/{value(row, '0020000E')}"
            one = f"{series}/instances/{value(row, '00080018')}"
            found += [series, f"{series}/metadata", f"{series}/instances", f"{series}/rendered", one]
            ends = ("metadata", "frames/1", "bulkdata/7FE00010", "rendered", "thumbnail", "frames/1/rendered")
            ends = (*ends, "frames/9", "bulkdata/00100020", "bulkdata/FFFFFFFF")
            found += [f"{one}/{end}" for end in ends]
    return found


def derived(source: Dataset) -> Dataset:
    """What a tool makes of an object it was shown: a new series and object, of the same scan and subject."""
    made_of = source.__deepcopy__({})
    made_of.SOPInstanceUID = made_of.file_meta.MediaStorageSOPInstanceUID = generate_uid(prefix=None)
    made_of.SeriesInstanceUID = generate_uid(prefix=None)
    made_of.SeriesDescription = "Derived"
    made_of.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    reference = Dataset()
    reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = MR, source.SOPInstanceUID
    made_of.ReferencedImageSequence = Sequence([reference])
    return made_of


def shown(world: World, label: str = "R001") -> Dataset:
    scan = next(s for s in scans(world) if value(s, "00100020") == label)
    answer = world.get(f"studies/{value(scan, '0020000D')}")
    return next(objects(b"".join(answer.streaming_content), answer.headers["Content-Type"]))


def send(world: World, ds: Dataset, *, path: str = "studies", revision: str = "", may: bool = True) -> Any:
    user = User.objects.get(username="core")
    permissions = ("images_store", "images_view") if may else ("images_view",)
    authorization = Token.objects.filter(permissions=list(permissions)).exists()
    secret = f"Bearer iso_core_selection:release-1_{'_'.join(permissions)}"
    if not authorization:
        secret = token(user, ["selection:release-1"], permissions)
    extra = f"X-Isocentre-Revision: {revision}\r\n" if revision else ""
    body = f"--x\r\nContent-Type: application/dicom\r\n{extra}\r\n".encode() + written(ds) + b"\r\n--x--\r\n"
    kind = 'multipart/related; type="application/dicom"; boundary=x'
    return Client().post(f"/dicomweb/{path}", body, content_type=kind, headers={"Authorization": secret})
