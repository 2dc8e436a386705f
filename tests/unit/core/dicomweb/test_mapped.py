"""The map of a Selection as pure rules: UIDs one to one and back, dates, labels, in each encoding, at each depth."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from isocentre.core.dicom.header import read_header
from isocentre.core.dicom.part10 import file_meta
from isocentre.core.dicomweb.mapped import Change, Subject, UidMap, inward, moved, outward, rewritten

UIDS = UidMap(bytes(range(16)))
SAM = Subject("P-AAAAAAAAAAAA", "01/007", "R001", -21)
CT = "1.2.840.10008.5.1.4.1.1.2"
ENCODINGS = (ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian)


@given(st.integers(0, 2**128 - 1))
def test_uids_of_ours_map_one_to_one_and_back(number: int) -> None:
    uid = f"2.25.{number}"
    there = UIDS.there(uid)
    assert there != uid
    assert UIDS.back(there) == uid
    assert UidMap(b"k" * 16).there(uid) != there


@pytest.mark.parametrize("uid", ["", CT, "2.16.840.1.113883.6.96", "2.25.", "2.25.1.2", f"2.25.{2**128}", "2.25.٣"])
def test_every_other_uid_stays(uid: str) -> None:
    assert UIDS.there(uid) == UIDS.back(uid) == uid


@pytest.mark.parametrize(
    ("text", "days", "shown"),
    [
        ("20200107", -21, "20191217"), ("20200107", 0, "20200107"), ("", 7, ""), ("20200107104233.5+0100", 7,
        "20200114104233.5+0100"), ("2020", 7, ""), ("20201399", 7, ""), ("00010101", -7, ""), ("99991231", 7, ""),
        ("no day", 0, "no day"),
    ],
)  # fmt: skip
def test_dates_move(text: str, days: int, shown: str) -> None:
    assert moved(text, days) == shown


def made(syntax: str) -> bytes:
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = syntax
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID = CT
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID = "2.25.1"
    ds.StudyInstanceUID, ds.PatientID, ds.PatientName = "2.25.3", SAM.pseudonym, SAM.pseudonym
    ds.StudyDate, ds.ClinicalTrialSubjectID, ds.StudyDescription = "20200107", SAM.subject_id, "CT of the head"
    ds.RelatedSeriesSequence = Sequence()
    deep, inner = Dataset(), Dataset()
    deep.ReferencedSOPInstanceUID, deep.DateTime = "2.25.5", "20200107104233"
    deep.PatientComments = SAM.pseudonym
    inner.ReferencedSOPSequence = Sequence([deep])
    inner.ReferencedSOPSequence.is_undefined_length = True
    ds.ReferencedStudySequence = Sequence([inner, Dataset()])
    ds.ImageType = ["DERIVED", "PRIMARY"]
    ds.ReferencedFrameNumber = 3
    ds.IrradiationEventUID = ["2.25.7", CT]
    ds.add_new(0x00090010, "LO", "A MAKER")
    ds.add_new(0x00091001, "UN", b"2.25.1 of the source")
    ds.add_new(0x00091002, "OB", b"kept")
    ds.add_new(0x00080000, "UL", 4)
    signature = Dataset()
    signature.DigitalSignatureUID = "2.25.9"
    ds.add_new(0xFFFAFFFA, "SQ", Sequence([signature]))
    out = io.BytesIO()
    ds.save_as(out, enforce_file_format=True)
    return out.getvalue()


def changed(whole: bytes, change: Change) -> Dataset:
    header = read_header(whole)
    body = rewritten(whole, header.start, header.end, header.encoding, change)
    return dcmread(io.BytesIO(file_meta(CT, "2.25.1", header.transfer_syntax) + body))


@pytest.mark.parametrize("syntax", ENCODINGS)
def test_every_value_at_every_depth_is_changed_and_comes_back(syntax: str) -> None:
    whole = made(syntax)
    out = changed(whole, outward(UIDS, SAM))
    there = UIDS.there
    deep = out.ReferencedStudySequence[0].ReferencedSOPSequence[0]
    assert (out.SOPInstanceUID, out.StudyInstanceUID) == (there("2.25.1"), there("2.25.3"))
    assert (deep.ReferencedSOPInstanceUID, deep.DateTime) == (there("2.25.5"), "20191217104233")
    assert list(out.IrradiationEventUID) == [there("2.25.7"), CT]
    assert out.PatientID == out.PatientName == out.ClinicalTrialSubjectID == deep.PatientComments == "R001"
    assert (out.StudyDate, out.StudyDescription, list(out.ImageType)) == (
        "20191217", "CT of the head", ["DERIVED", "PRIMARY"],
    )  # fmt: skip
    assert len(out.ReferencedStudySequence) == 2
    assert len(out.RelatedSeriesSequence) == 0
    assert 0xFFFAFFFA not in out
    assert 0x00091001 not in out
    assert 0x00080000 not in out
    packed = io.BytesIO()
    out.file_meta.MediaStorageSOPInstanceUID = out.SOPInstanceUID
    out.save_as(packed, enforce_file_format=True)
    assert b"2.25.1 of" not in packed.getvalue()
    back = changed(packed.getvalue(), inward(UIDS, SAM))
    source = dcmread(io.BytesIO(whole))
    for keyword in ("SOPInstanceUID", "PatientID", "PatientName", "ClinicalTrialSubjectID", "StudyDate",
                    "ReferencedStudySequence", "IrradiationEventUID"):  # fmt: skip
        assert back[keyword] == source[keyword], keyword


def test_without_a_label_the_subject_stays_as_held() -> None:
    nobody = Subject(SAM.pseudonym, SAM.subject_id, days=7)
    out = changed(made(ExplicitVRLittleEndian), outward(UIDS, nobody))
    assert (out.PatientID, out.ClinicalTrialSubjectID, out.StudyDate) == (SAM.pseudonym, SAM.subject_id, "20200114")
    assert inward(UIDS, nobody).days == -7
    assert inward(UIDS, nobody).tags == {}
