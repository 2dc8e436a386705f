"""What the index keeps of an object, and what the archive does not let in."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from isocentre.core.dicom.header import Header, read_header
from isocentre.core.dicomweb import facts as f

NEEDLE = "SMITH"


def made(syntax: str = ExplicitVRLittleEndian, **changes: Any) -> bytes:
    ds = Dataset()
    ds.SOPClassUID, ds.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.4", "2.25.3"
    ds.StudyInstanceUID, ds.SeriesInstanceUID = "2.25.1", "2.25.2"
    ds.StudyDate, ds.Modality, ds.SeriesNumber, ds.InstanceNumber = "20190704", "MR", "4", "7"
    ds.PatientID = "P-ABCDEFGH2345"
    ds.PatientIdentityRemoved = "YES"
    code = Dataset()
    code.CodeValue = "113100"
    ds.DeidentificationMethodCodeSequence = [code]
    ds.ClinicalTrialProtocolID, ds.ClinicalTrialSiteID = "demo-mr", "RJ1"
    ds.ClinicalTrialSubjectID, ds.ClinicalTrialTimePointID = "S-01", "baseline"
    ds.LongitudinalTemporalOffsetFromEvent = 14.0
    ds.Rows, ds.Columns, ds.BitsAllocated = 2, 3, 8
    ds.NumberOfFrames = "2"
    ds.PixelData = bytes(12)
    ds["PixelData"].VR = "OB"
    for name, value in changes.items():
        if value is None:
            delattr(ds, name)
        else:
            setattr(ds, name, value)
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = syntax  # type: ignore[assignment]  # pydicom takes text
    ds.file_meta.MediaStorageSOPClassUID, ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPClassUID, "2.25.3"
    out = BytesIO()
    ds.save_as(out, enforce_file_format=True)
    return out.getvalue()


def header(**changes: Any) -> Header:
    return read_header(made(**changes))


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian])
def test_the_index_columns_in_every_encoding(syntax: str) -> None:
    content = made(syntax)
    facts = f.facts_of(read_header(content))
    assert (facts.object_uid, facts.study_uid, facts.series_uid) == ("2.25.3", "2.25.1", "2.25.2")
    assert (facts.research_study, facts.site, facts.pseudonym) == ("demo-mr", "RJ1", "P-ABCDEFGH2345")
    assert (facts.subject_id, facts.time_point, facts.study_day) == ("S-01", "baseline", 14.0)
    assert (facts.rows, facts.columns, facts.bits, facts.frames, facts.number) == (2, 3, 8, 2, 7)
    assert (facts.study["study_date"], facts.series["modality"], facts.series["number"]) == ("20190704", "MR", "4")
    assert facts.pixel_offset is not None
    assert (content[facts.pixel_offset : facts.pixel_offset + 12], facts.pixel_length) == (bytes(12), 12)


def test_what_is_absent_is_empty() -> None:
    names = ("Rows", "NumberOfFrames", "SeriesNumber", "InstanceNumber", "LongitudinalTemporalOffsetFromEvent")
    facts = f.facts_of(header(**dict.fromkeys(names)))
    assert (facts.rows, facts.frames, facts.series["number"], facts.number, facts.study_day) == (
        None,
        1,
        "",
        None,
        None,
    )
    assert f.facts_of(header(LongitudinalTemporalOffsetFromEvent=1e9)).study_day is None


@pytest.mark.parametrize(
    ("changes", "failure"),
    [
        ({"StudyInstanceUID": None}, f.CANNOT_UNDERSTAND),
        ({"ClinicalTrialProtocolID": None}, f.NOT_DEIDENTIFIED),
        ({"ClinicalTrialProtocolID": "../x"}, f.NOT_DEIDENTIFIED),
        ({"ClinicalTrialSiteID": "not a code"}, f.NOT_DEIDENTIFIED),
        ({"PatientIdentityRemoved": "NO"}, f.NOT_DEIDENTIFIED),
        ({"DeidentificationMethodCodeSequence": None}, f.NOT_DEIDENTIFIED),
        ({"PatientID": NEEDLE}, f.NOT_DEIDENTIFIED),
    ],
)
def test_what_is_not_let_in_and_that_nothing_is_quoted(changes: dict[str, Any], failure: int) -> None:
    content = made(**changes)
    with pytest.raises(f.NotAdmitted) as refused:
        f.admit(content, read_header(content), lambda whole: [])
    assert refused.value.failure == failure
    assert NEEDLE not in refused.value.reason


def test_the_second_check_sees_the_whole_object_and_has_the_last_word() -> None:
    content = made()
    seen: list[Any] = []
    assert f.admit(content, read_header(content), lambda whole: seen.append(whole) or []).object_uid == "2.25.3"
    assert seen == [content]
    with pytest.raises(f.NotAdmitted, match="in 2 places") as refused:
        f.admit(content, read_header(content), lambda whole: [NEEDLE, NEEDLE])
    assert refused.value.failure == f.IDENTIFIER_FOUND
    assert NEEDLE not in refused.value.reason


def test_more_outside_the_picture_than_can_be_checked_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    content = made()
    monkeypatch.setattr(f, "MAX_HEAD", 100)
    with pytest.raises(f.NotAdmitted, match="outside the picture") as refused:
        f.admit(content, read_header(content), lambda whole: [])
    assert refused.value.failure == f.CANNOT_UNDERSTAND
