"""What each option keeps, cleans and says, and the dummies that an IOD demands, on whole objects."""

import io
import re

import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.dicom_bytes import (
    BIG,
    DEFLATED,
    ENHANCED_CT,
    EXPLICIT,
    IMPLICIT,
    MR,
    PET,
    SR,
    el,
    item,
    part10,
    seq,
    slice_of,
)

from isocentre.core.deid import recheck
from isocentre.core.deid.engine import SubjectContext, deidentify
from isocentre.core.deid.profile import OPTIONS, parse
from isocentre.profiles import load

WHO = SubjectContext("P-ABCDEFGHIJKL", "S-01", "Sponsor", "PROT1", "Protocol", "RXH", "", "WK8", "", 56, True, 10)
PR = "1.2.840.10008.5.1.4.1.1.11.1"
MACHINES = "1.2.840.10008.5.1.4.1.1.99999"


def profile_of(*options, dates="removed"):
    """The basic profile with options, that lets every kind of object pass, and one kind nobody knows."""
    text = re.sub(r"do: \w+", "do: pass", load("basic").text).replace("dates: removed", f"dates: {dates}")
    said = "".join(f"\n  - {{code: {code}, why: test}}" for code in options) or " []"
    text += f"  - {{uid: {MACHINES}, do: pass, why: test}}\n"
    return parse(text.replace("options: []", f"options:{said}"))


def made(data, *options, dates="removed", findings=(), **more):
    """What becomes of an object, on both roads."""
    profile = profile_of(*options, dates=dates)
    outs = []
    for slow in (False, True):
        outcome = deidentify(data, profile=profile, study_key=b"k" * 32, context=WHO, slow=slow)
        assert outcome.status == "done", outcome
        outs.append(b"".join(outcome.plan.chunks(data)))
    assert outs[0] == outs[1]
    assert [f.code for f in recheck.check(outs[0], **more)] == list(findings)
    ds = pydicom.dcmread(io.BytesIO(outs[0]))
    assert (ds.SOPInstanceUID, ds.StudyInstanceUID, ds.SeriesInstanceUID) == (
        outcome.plan.object_uid, outcome.plan.study_uid, outcome.plan.series_uid,
    )  # fmt: skip
    assert ds.file_meta.MediaStorageSOPInstanceUID == ds.SOPInstanceUID
    codes = {int(code.CodeValue) for code in ds.DeidentificationMethodCodeSequence}
    assert codes == {113100, *options}
    return ds


def test_uids_are_keyed_in_every_place_unless_they_are_kept():
    inner = item(el(0x00081150, "UI", MR) + el(0x00081155, "UI", "1.2.3.4"))
    uids = {
        "t00081140": seq(0x00081140, [inner]), "t00181002": el(0x00181002, "UI", "1.2.77"),
        "t00200242": el(0x00200242, "UI", "1.2.3.4"), "t00209161": el(0x00209161, "UI", "1.2.78"),
    }  # fmt: skip
    data = slice_of(sop_class=MR, **uids)
    ds = made(data)
    assert ds.SOPInstanceUIDOfConcatenationSource == ds.SOPInstanceUID
    assert ds.ReferencedImageSequence[0].ReferencedSOPInstanceUID == ds.SOPInstanceUID
    for keyed in (ds.ConcatenationUID, ds.FrameOfReferenceUID, ds.DeviceUID):
        assert keyed.startswith("2.25.")
    assert made(data, 113109).DeviceUID == "1.2.77"

    ds = made(data, 113110, keyed_uids=False)
    assert (ds.SOPInstanceUID, ds.ConcatenationUID, ds.SOPInstanceUIDOfConcatenationSource, ds.DeviceUID) == (
        "1.2.3.4", "1.2.78", "1.2.3.4", "1.2.77",
    )  # fmt: skip
    assert ds.ReferencedImageSequence[0].ReferencedSOPInstanceUID == "1.2.3.4"
    made(data, 113110, findings=["uid", "uid", "uid"])


def test_no_name_hides_in_a_uid_that_is_kept():
    data = slice_of(t00200242=el(0x00200242, "UI", "SMITHSON"), t00181002=el(0x00181002, "UI", "1.2\\ADA"))
    inner = item(el(0x00081150, "UI", "SMITHSON^ADA") + el(0x00081155, "UI", "1.2.3.4"))
    for options in ((), (113110,), (113109,)):
        ds = made(slice_of(t00081140=seq(0x00081140, [inner])), *options, keyed_uids=False)
        assert ds.ReferencedImageSequence[0].ReferencedSOPClassUID.startswith("2.25.")
    ds = made(data, 113109, 113110, keyed_uids=False)
    assert ds.SOPInstanceUIDOfConcatenationSource.startswith("2.25.")
    assert all(uid.startswith("2.25.") for uid in ds.DeviceUID)


def test_an_institution_stays_whole_where_the_codes_say_so():
    place = {
        "t00080081": el(0x00080081, "ST", "1 High Street"), "t00081040": el(0x00081040, "LO", "Radiology"),
        "t00181000": el(0x00181000, "LO", "SN-555"),
    }  # fmt: skip
    ds = made(slice_of(**place), 113112)
    assert (ds.InstitutionName, ds.InstitutionAddress, ds.InstitutionalDepartmentName) == (
        "ST ELSEWHERE", "1 High Street", "Radiology",
    )  # fmt: skip
    assert "DeviceSerialNumber" not in ds
    assert "InstitutionName" not in made(slice_of(**place))
    outcome = deidentify(slice_of(**place), profile=profile_of(113112), study_key=b"k" * 32, context=WHO)
    untrue = b"".join(outcome.plan.chunks(slice_of(**place))).replace(b"113112", b"113108")
    assert {f.code for f in recheck.check(untrue)} == {"forbidden"}


def test_titles_of_devices_go_even_where_devices_stay():
    titles = {"t00080055": el(0x00080055, "AE", "STELSEWHERE"), "t00081010": el(0x00081010, "SH", "CT1")}
    ds = made(slice_of(**titles), 113109)
    assert (ds.StationName, ds.DeviceSerialNumber) == ("CT1", "SN-555")
    assert "StationAETitle" not in ds


def test_graphics_stay_without_their_words():
    text = seq(0x00700008, [item(el(0x00700006, "ST", "Mrs Smithson") + el(0x00700010, "FL", bytes(8)))])
    line = seq(0x00700009, [item(el(0x00700023, "CS", "POLYLINE"))])
    notes = seq(0x00700001, [item(el(0x00700002, "CS", "ONE") + text + line)])
    overlay = {"t60003000": el(0x60003000, "OW", b"SMITHSON"), "t60000010": el(0x60000010, "US", b"\1\0")}
    data = slice_of(sop_class=PR, pixels=None, t00700001=notes, **overlay)
    assert "GraphicAnnotationSequence" not in made(data)
    ds = made(data, 113103)
    (note,) = ds.GraphicAnnotationSequence
    assert (note.GraphicLayer, note.TextObjectSequence[0].UnformattedTextValue) == ("ONE", "REMOVED")
    assert note.GraphicObjectSequence[0].GraphicType == "POLYLINE"
    assert not [element for element in ds if element.tag.group == 0x6000]


def entry(kind, name, value, syntax=EXPLICIT):
    code = el(0x00080100, "SH", "1", syntax) + el(0x00080102, "SH", "DCM", syntax) + el(0x00080104, "LO", name, syntax)
    named = seq(0x0040A043, [item(code, syntax)], syntax)
    return item(el(0x0040A010, "CS", "CONTAINS", syntax) + el(0x0040A040, "CS", kind, syntax) + named + value, syntax)


def report(syntax=EXPLICIT):
    seen = seq(0x0040A073, [item(el(0x0040A075, "PN", "SMITHSON^ADA", syntax), syntax)], syntax)
    number = seq(0x0040A300, [item(el(0x0040A30A, "DS", "7", syntax), syntax)], syntax)
    entries = [
        entry("TEXT", "Finding", el(0x0040A160, "UT", "Mrs Smithson fell", syntax), syntax),
        entry("PNAME", "Observer", el(0x0040A123, "PN", "SMITHSON^ADA", syntax), syntax),
        entry("DATE", "Of", el(0x0040A121, "DA", "20240315", syntax), syntax),
        entry("UIDREF", "To", el(0x0040A124, "UI", "1.2.3.4", syntax), syntax),
        entry("NUM", "Size", number, syntax),
        entry("CONTAINER", "More", seq(0x0040A730, [
            entry("TEXT", "Deep", el(0x0040A160, "UT", "of Smithson", syntax), syntax)
        ], syntax), syntax),
    ]  # fmt: skip
    return slice_of(syntax, SR, None, t0040A073=seen, t0040A730=seq(0x0040A730, entries, syntax))


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, BIG, DEFLATED])
def test_what_an_iod_demands_of_a_sequence_is_a_dummy_item(syntax):
    ds = made(report(syntax), needles=("SMITHSON^ADA",))
    (only,) = ds.ContentSequence
    assert (only.ValueType, only.TextValue, only.ConceptNameCodeSequence[0].CodeValue) == ("TEXT", "REMOVED", "121106")
    (observer,) = ds.VerifyingObserverSequence
    assert (observer.VerifyingObserverName, observer.VerifyingOrganization) == ("REMOVED", "REMOVED")
    assert len(observer.VerifyingObserverIdentificationCodeSequence) == 0


def test_structured_content_keeps_its_codes_and_numbers():
    ds = made(report(), 113104, 113107, dates="shifted", needles=("SMITHSON^ADA",))
    text, name, day, uid, number, more = ds.ContentSequence
    assert (text.TextValue, name.PersonName, day.Date) == ("REMOVED", "REMOVED", "20240105")
    assert ds.SOPInstanceUID == uid.UID
    assert number.MeasuredValueSequence[0].NumericValue == 7
    assert more.ContentSequence[0].TextValue == "REMOVED"
    assert [entry.ConceptNameCodeSequence[0].CodeMeaning for entry in (text, number)] == ["Finding", "Size"]


def test_a_step_and_a_person_have_dummies_that_pass_the_second_check():
    step = seq(0x00081111, [item(el(0x00081150, "UI", "1.2.840.10008.3.1.2.3.3") + el(0x00081155, "UI", "1.2.3.4"))])
    person = seq(0x00081072, [item(el(0x00080080, "LO", "ST ELSEWHERE"))])
    ds = made(slice_of(sop_class=ENHANCED_CT, t00081111=step, t00081072=person))
    assert ds.ReferencedPerformedProcedureStepSequence[0].ReferencedSOPInstanceUID == "2.25.0"
    assert "OperatorIdentificationSequence" not in ds
    # A kind of object that nobody knows may demand anything.
    ds = made(slice_of(sop_class=MACHINES, t00081111=step, t00081072=person))
    (who,) = ds.OperatorIdentificationSequence
    assert (who.InstitutionName, who.PersonIdentificationCodeSequence[0].CodeValue) == ("REMOVED", "REMOVED")
    assert (ds.InstitutionName, ds.DeviceSerialNumber, ds.SeriesDate) == ("REMOVED", "REMOVED", "19000101")
    other = slice_of(sop_class=MACHINES, t00081072=person)
    spoilt = bytearray(b"".join(deidentify(
        other, profile=profile_of(), study_key=b"k" * 32, context=WHO).plan.chunks(other)))  # fmt: skip
    at = spoilt.index(b"REMOVED", spoilt.index(b"\x40\0\x01\x11"))
    spoilt[at : at + 7] = b"SMITHSO"
    assert {f.code for f in recheck.check(bytes(spoilt))} == {"forbidden"}


def test_a_date_that_cannot_be_read_is_replaced_where_a_value_is_demanded():
    dates = {f"t{tag:08X}": el(tag, "DA", "SMITHSON") for tag in (0x00080020, 0x00080021, 0x00080022)}
    ds = made(slice_of(sop_class=PET, **dates), 113107, dates="shifted")
    assert (ds.StudyDate, ds.SeriesDate) == ("", "19000101")
    assert ds.AcquisitionDate == ""
    ds = made(slice_of(**dates), 113107, dates="shifted")
    assert "SeriesDate" not in ds


def test_the_same_attribute_is_judged_by_its_place():
    inner = item(el(0x00080023, "DA", "20240315") + el(0x00181000, "LO", "SN-555"))
    ds = made(
        slice_of(sop_class=ENHANCED_CT, t00080023=el(0x00080023, "DA", "20240315"), t52009229=seq(0x52009229, [inner]))
    )
    assert (ds.ContentDate, ds.DeviceSerialNumber) == ("19000101", "REMOVED")
    (shared,) = ds.SharedFunctionalGroupsSequence
    assert (shared.ContentDate, shared.DeviceSerialNumber) == ("", "")


@pytest.mark.parametrize("slow", [False, True])
def test_a_directory_of_media_is_left_out(slow):
    data = part10(el(0x00041130, "CS", "SMITHSON"), sop_class="1.2.840.10008.1.3.10")
    outcome = deidentify(data, profile=profile_of(), study_key=b"k" * 32, context=WHO, slow=slow)
    assert (outcome.status, outcome.reason, outcome.plan) == ("left_out", "directory", None)
    assert "DICOMDIR" in outcome.words


EVERY = profile_of(*(code for code in OPTIONS if code not in (113100, 113106)), dates="shifted")


@given(data=st.data(), syntax=st.sampled_from([EXPLICIT, IMPLICIT]))
def test_both_roads_agree_on_mutated_input_under_every_option(data, syntax):
    whole = bytearray(report(syntax))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(300, len(whole) - 1))] = data.draw(st.integers(0, 255))
    made = [deidentify(bytes(whole), profile=EVERY, study_key=b"k" * 32, context=WHO, slow=s) for s in (False, True)]
    assert made[0].status == made[1].status
    assert made[0].reason == made[1].reason
    if made[0].plan and made[1].plan:
        assert made[0].plan.head(bytes(whole)) == made[1].plan.head(bytes(whole))
