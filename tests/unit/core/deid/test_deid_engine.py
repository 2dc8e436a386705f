"""The engine on slices with a patient in them: nothing of the patient stays, everything else stays as it was."""

import io
from contextlib import suppress
from dataclasses import replace
from struct import pack

import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.dicom_bytes import (
    BIG,
    CT,
    DEFLATED,
    ENHANCED_CT,
    EXPLICIT,
    IMPLICIT,
    MR,
    OPEN,
    PET,
    SC,
    SR,
    US,
    el,
    item,
    mark,
    part10,
    seq,
    slice_of,
)

from isocentre.core.deid import engine, recheck, road, walking
from isocentre.core.deid.engine import SubjectContext, deidentify
from isocentre.core.deid.profile import parse
from isocentre.core.dicom.header import hashes, read_header
from isocentre.profiles import load, load_any

KEY = b"k" * 32
WHO = SubjectContext(
    pseudonym="P-ABCDEFGHIJKL", subject_id="S-01", sponsor="Sponsor", protocol_id="PROT1", protocol_name="Protocol one",
    site_id="RXH", site_name="St Elsewhere", time_point_id="WK8", time_point_description="", study_day=56,
    face_waiver=False, shift_weeks=10, known=(),
)  # fmt: skip
NEEDLES = ("SMITHSON^ADA", "RXH1234567", "19310203", "ACC77421", "ST ELSEWHERE", "REFERRER^RITA", "STUDY9", "1.2.3.4",
           "1.2.3.1", "1.2.3.2", "1.2.3.9", "OLD SPONSOR", "HOSPITALAE")  # fmt: skip
CHEST = el(0x00080016, "UI", CT) + el(0x00180015, "CS", "CHEST")
TRIAL, BASIC = load("trial-ct-mr", 1), load("basic", 1)


def run(data, profile=TRIAL, context=WHO, **more):
    return deidentify(data, profile=profile, study_key=KEY, context=context, **more)


def made(data, profile=TRIAL, context=WHO, **more):
    """Bytes and pydicom data set of a done object; both checks and the streamed size hold."""
    outcome = run(data, profile, context, **more)
    assert outcome.status == "done", outcome
    out = b"".join(outcome.plan.chunks(data))
    assert len(out) == outcome.plan.size
    assert recheck.check(out, needles=NEEDLES[:4]) == []
    assert recheck.check(outcome.plan.head(data)) == []
    return out, pydicom.dcmread(io.BytesIO(out))


@pytest.mark.parametrize("profile", [TRIAL, BASIC], ids=lambda p: p.name)
@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, BIG, DEFLATED])
def test_no_trace_of_the_patient_stays(syntax, profile):
    source = slice_of(syntax)
    out, ds = made(source, profile)
    header = read_header(out)
    hay = out[:400] + bytes(header.buffer)
    for needle in NEEDLES:
        if needle != "ST ELSEWHERE":  # the site says its own name in (0012,0031), upper or lower case as it likes
            assert needle.encode() not in hay
    assert header.transfer_syntax == syntax
    assert hashes(out, header)[1] == hashes(source, read_header(source))[1]
    assert ds.PatientID == ds.PatientName == "P-ABCDEFGHIJKL"
    assert "InstitutionName" not in ds
    assert "StudyDescription" not in ds


def test_the_trial_profile_shifts_dates_and_keeps_what_measures():
    outcome = run(slice_of())
    _, ds = made(slice_of())
    assert (ds.StudyDate, ds.AcquisitionDateTime, ds.StudyTime) == ("20240105", "20240105101112.5+0100", "101112")
    assert (ds.PatientAge, ds.PatientWeight, ds.PatientSex, ds.DeviceSerialNumber) == ("090Y", 71.5, "F", "SN-555")
    assert ds.LongitudinalTemporalInformationModified == "MODIFIED"
    assert ds.PatientBirthDate == ""
    assert ds.BurnedInAnnotation == "NO"
    assert "RecognizableVisualFeatures" not in ds
    assert outcome.report.actions["C"] == 4
    assert outcome.report.profile == "trial-ct-mr v1"


def test_the_basic_profile_removes_dates_and_people():
    _, ds = made(slice_of(), BASIC)
    assert (ds.StudyDate, ds.StudyTime, ds.PatientSex) == ("", "", "")
    for gone in ("SeriesDate", "AcquisitionDate", "AcquisitionDateTime", "PatientAge", "DeviceSerialNumber"):
        assert gone not in ds
    assert ds.LongitudinalTemporalInformationModified == "REMOVED"


def test_group_0012_is_replaced_and_says_what_was_done():
    _, ds = made(slice_of(), context=replace(WHO, time_point_description="Week 8", sponsor="Naïve\\Co", subject_id=""))
    assert ds.ClinicalTrialSponsorName == "Naive/Co"
    assert (ds.ClinicalTrialProtocolID, ds.ClinicalTrialProtocolName) == ("PROT1", "Protocol one")
    assert (ds.ClinicalTrialSiteID, ds.ClinicalTrialSiteName) == ("RXH", "St Elsewhere")
    assert (ds.ClinicalTrialSubjectID, ds.ClinicalTrialTimePointID) == ("P-ABCDEFGHIJKL", "WK8")
    assert ds.ClinicalTrialTimePointDescription == "Week 8"
    assert (ds.LongitudinalTemporalOffsetFromEvent, ds.LongitudinalTemporalEventType) == (56.0, "BASELINE")
    assert ds.PatientIdentityRemoved == "YES"
    assert ds.DeidentificationMethod == "Isocentre profile trial-ct-mr v1"
    codes = [(c.CodeValue, c.CodingSchemeDesignator) for c in ds.DeidentificationMethodCodeSequence]
    assert codes == [("113100", "DCM"), ("113107", "DCM"), ("113108", "DCM"), ("113109", "DCM")]
    _, plain = made(slice_of(), context=replace(WHO, study_day=None))
    assert "LongitudinalTemporalOffsetFromEvent" not in plain


def test_uids_are_replaced_alike_at_any_depth_and_standard_ones_stay():
    ref = item(el(0x00081150, "UI", CT) + el(0x00081155, "UI", "1.2.3.4"))
    deep = seq(0x00081140, [item(seq(0x00081140, [ref], is_open=True), is_open=True)])
    log = {}
    _, ds = made(slice_of(t00081140=deep, t00081160=el(0x00081160, "IS", "3")), uid_log=log)
    found = ds.ReferencedImageSequence[0].ReferencedImageSequence[0]
    assert found.ReferencedSOPInstanceUID == ds.SOPInstanceUID == ds.file_meta.MediaStorageSOPInstanceUID
    assert found.ReferencedSOPClassUID == CT
    assert ds.SOPInstanceUID.startswith("2.25.")
    assert log["1.2.3.4"] == ds.SOPInstanceUID
    assert CT not in log
    _, other = made(slice_of(t00081140=deep))
    assert other.SOPInstanceUID == ds.SOPInstanceUID
    assert deidentify(slice_of(), profile=TRIAL, study_key=b"j" * 32, context=WHO).plan.object_uid != ds.SOPInstanceUID


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, BIG])
@pytest.mark.parametrize("is_open", [True, False])
def test_inside_kept_sequences_the_same_rules_hold(syntax, is_open):
    body = el(0x00080020, "DA", "20240315", syntax) + el(0x00090010, "LO", "SMITHSON^ADA", syntax)
    body += el(0x00100010, "PN", "SMITHSON^ADA", syntax) + el(0x00180050, "DS", "5", syntax)
    untouched = item(el(0x00180050, "DS", "2", syntax), syntax, is_open)
    empty = item(b"", syntax, is_open)
    frames = seq(0x52009230, [item(body, syntax, is_open), untouched, empty], syntax, is_open)
    same = seq(0x52009229, [untouched, empty], syntax, is_open)
    out, ds = made(slice_of(syntax, t52009230=frames, t52009229=same))
    first, second, third = ds.PerFrameFunctionalGroupsSequence
    assert (first.StudyDate, first.SliceThickness, len(first)) == ("20240105", 5, 2)
    assert (second.SliceThickness, len(third)) == (2, 0)
    assert same in out
    assert ds.PerFrameFunctionalGroupsSequence.is_undefined_length is is_open


def test_a_sequence_sent_as_un_is_looked_into():
    inner = item(el(0x00081155, "UI", "1.2.3.4", IMPLICIT) + el(0x00081150, "UI", CT, IMPLICIT), IMPLICIT)
    for closed in (True, False):
        sent = (
            seq(0x00081140, [inner], vr="UN") if closed else el(0x00081140, "UN", inner, EXPLICIT, OPEN) + mark(0xE0DD)
        )
        out, ds = made(slice_of(t00081140=sent))
        assert b"1.2.3.4\0" not in out
        assert ds["ReferencedImageSequence"].value[0].ReferencedSOPInstanceUID == ds.SOPInstanceUID


def test_private_unknown_and_repeating_elements_go():
    extra = {
        "t00080000": el(0x00080000, "UL", pack("<L", 8)),
        "t00090010": el(0x00090010, "LO", "SMITHSON"),
        "t00091001": el(0x00091001, "UN", b"SMITHSON"),
        "t00110010": seq(0x00110010, [item(b"")], is_open=True),
        "t00189998": el(0x00189998, "LO", "SMITHSON"),
        "t50000010": el(0x50000010, "US", b"\1\0"),
        "t60003000": el(0x60003000, "OW", b"SMITHSON"),
        "t60000010": el(0x60000010, "US", b"\1\0"),
        "t00041510": el(0x00041510, "UI", "1.2"),
        "tFFFCFFFC": el(0xFFFCFFFC, "OB", b"SMITHSON"),
    }
    extra.pop("t00041510")
    out, ds = made(slice_of(**extra))
    assert b"SMITHSON" not in out
    assert not [e for e in ds if e.tag.is_private or e.tag.group in (0x5000, 0x6000, 0xFFFC)]


def test_a_vr_that_does_not_fit_its_tag_does_not_smuggle_a_value_through():
    out, ds = made(
        slice_of(
            t00180050=el(0x00180050, "PN", "SMITHSON^ADA"),
            t00180060=seq(0x00180060, [item(b"")]),
            t00081115=el(0x00081115, "OB", b"SMITHSON"),
            t00180022=el(0x00180022, "LO", "FAT_SAT"),
            t00280100=el(0x00280100, "UL", pack("<L", 16)),
            t00181020=el(0x00181020, "UN", b"V1.0"),
            t00280002=el(0x00280002, "UT", b"", EXPLICIT),
        )
    )
    assert b"SMITHSON" not in out
    for gone in ("SliceThickness", "KVP", "ReferencedSeriesSequence", "SamplesPerPixel"):
        assert gone not in ds
    assert (ds.ScanOptions, ds.BitsAllocated, ds.SoftwareVersions) == ("FAT_SAT", 16, "V1.0")


def test_dates_that_cannot_be_read_go():
    _, ds = made(
        slice_of(
            t00080020=el(0x00080020, "DA", "20240230"),
            t00080021=el(0x00080021, "DA", "SMITHSON"),
            t00080022=el(0x00080022, "DA", "2024.03.15"),
            t0008002A=el(0x0008002A, "DT", "2024"),
            t00101010=el(0x00101010, "AS", "SMITHSON"),
            t00280301=el(0x00280301, "CS", "MAYBE"),
        )
    )
    assert (ds.StudyDate, ds.AcquisitionDate) == ("", "20240105")
    for gone in ("SeriesDate", "AcquisitionDateTime", "PatientAge", "BurnedInAnnotation"):
        assert gone not in ds


def test_types_decide_between_removing_emptying_and_a_dummy():
    date, time = el(0x00080023, "DA", "20240315"), el(0x00080033, "TM", "101112")
    _, multi = made(slice_of(sop_class=ENHANCED_CT, t00080023=date, t00080033=time), BASIC)
    assert (multi.ContentDate, multi.ContentTime, multi.DeviceSerialNumber) == ("19000101", "000000", "REMOVED")
    _, pet = made(slice_of(sop_class=PET, t00080023=date), BASIC)
    assert (pet.SeriesDate, pet.AcquisitionDate, pet.ContentDate) == ("19000101", "", "")


def test_full_dates_and_actions_of_a_profile_are_followed():
    text = TRIAL.text.replace("dates: shifted", "dates: full").replace("113107", "113106")
    actions = "actions:\n"
    for tag, action in {"0008,1030": "Z", "0018,0050": "X", "0018,0060": "Z", "0018,0022": "D", "0020,0052": "Z",
                        "0008,1115": "Z", "0008,1140": "D", "0018,1200": "K"}.items():  # fmt: skip
        actions += f'  - {{tag: "({tag})", action: {action}, why: test}}\n'
    profile = parse(text.replace("actions: []\n", actions))
    sequences = {"t00081115": seq(0x00081115, [item(b"")]), "t00081140": seq(0x00081140, [item(b"")])}
    plain = {"t00181200": el(0x00181200, "DA", "20230101")}
    plain |= {f"t{t:08X}": el(t, vr, "5") for t, vr in ((0x00180050, "DS"), (0x00180060, "DS"), (0x00180022, "CS"))}
    outcome = run(slice_of(**sequences, **plain), profile)
    ds = pydicom.dcmread(io.BytesIO(b"".join(outcome.plan.chunks(slice_of(**sequences, **plain)))))
    assert (ds.StudyDate, ds.LongitudinalTemporalInformationModified) == ("20240315", "UNMODIFIED")
    assert (ds.StudyDescription, ds.DateOfLastCalibration) == ("", "20230101")
    assert "SliceThickness" not in ds
    assert (ds.KVP, ds.ScanOptions, len(ds.ReferencedSeriesSequence)) == (None, "REMOVED", 0)
    assert "ReferencedImageSequence" not in ds
    assert ds.FrameOfReferenceUID.startswith("2.25.")


@pytest.mark.parametrize(
    ("data", "status", "reason"),
    [
        (slice_of(t00280301=el(0x00280301, "CS", "YES")), "held", "burned_in"),
        (slice_of(t00080008=el(0x00080008, "CS", "DERIVED\\SECONDARY\\SCREEN SAVE")), "held", "burned_in"),
        (slice_of(sop_class=US), "held", "ultrasound"),
        (slice_of(sop_class=SC), "held", "secondary_capture"),
        (slice_of(sop_class=SR), "held", "structured_report"),
        (slice_of(sop_class="1.2.840.10008.5.1.4.1.1.104.1"), "held", "document"),
        (slice_of(sop_class="1.2.840.10008.5.1.4.1.1.66"), "left_out", "left_out_by_profile"),
        (slice_of(sop_class="1.2.826.0.1.99"), "held", "unknown_class"),
        (slice_of(t00080016=None), "held", "missing_uid"),
        (part10(el(0x00080005, "CS", "ISO_IR 100")), "held", "missing_uid"),
        (slice_of(t00080018=None), "held", "missing_uid"),
        (slice_of(t0020000D=el(0x0020000D, "UI", "../etc")), "held", "missing_uid"),
        (slice_of(t0020000E=el(0x0020000E, "UI", "")), "held", "missing_uid"),
        (slice_of(t00180015=None), "held", "face"),
        (slice_of(t00180015=el(0x00180015, "CS", "HEAD")), "held", "face"),
        (slice_of(sop_class=MR, t00180015=el(0x00180015, "CS", "CHEST HEAD")), "held", "face"),
        (slice_of()[:-3], "held", "unparseable"),
        (b"", "held", "unparseable"),
        (part10(el(0x00080016, "UI", CT), "1.2.3"), "held", "unparseable"),
        (part10(CHEST + CHEST[-14:]), "held", "unparseable"),
        (part10(CHEST + b"\x20\0"), "held", "unparseable"),
        (part10(CHEST + b"\x20\0\x0d\0OB\0\0"), "held", "unparseable"),
        (part10(CHEST + el(0x00200011, "IS", "1", EXPLICIT, 90)),
         "held", "unparseable"),
        (part10(CHEST + b"\x20\0\x0d\0??\0\0"), "held", "unparseable"),
        (part10(CHEST + mark(0xE00D)), "held", "unparseable"),
    ],
)  # fmt: skip
def test_what_may_not_pass_is_held_with_a_reason(data, status, reason):
    for slow in (False, True):
        outcome = run(data, slow=slow)
        assert (outcome.status, outcome.reason, outcome.plan) == (status, reason, None)
        assert outcome.words
        assert "SMITHSON" not in repr(outcome)


def test_a_held_class_without_a_family_is_held_by_the_profile():
    profile = parse(
        BASIC.text.replace("uid: 1.2.840.10008.5.1.4.1.1.66\n    do: leave_out", "uid: 1.2.3\n    do: hold")
    )
    assert run(slice_of(sop_class="1.2.3"), profile).reason == "held_by_profile"


def test_a_face_passes_under_a_waiver_and_says_so():
    _, ds = made(slice_of(t00180015=None), context=replace(WHO, face_waiver=True))
    assert ds.RecognizableVisualFeatures == "YES"
    for fine in ("CHEST", "Chest, Abdomen and Pelvis", "UPPER LIMB", "PELVIS^ABDOMEN"):
        assert run(slice_of(t00180015=el(0x00180015, "CS", fine))).status == "done"


@pytest.mark.parametrize("slow", [False, True])
def test_sequences_200_deep_are_held(slow):
    data = b""
    for _ in range(200):
        data = seq(0x00081140, [item(data)])
    outcome = run(slice_of(t00081140=data), slow=slow)
    assert outcome.reason == "unparseable"
    assert "nested deeper" in outcome.words


def test_a_picture_in_a_sequence_goes_and_fragments_are_copied_whole():
    fragments = item(b"") + item(b"\xff\xd8ab")
    pixels = seq(0x7FE00010, [fragments], is_open=True, vr="OB")
    nested = seq(0x52009229, [item(el(0x00100010, "PN", "SMITHSON^ADA") + el(0x7FE00010, "OW", b"SMITHSON"))])
    data = slice_of("1.2.840.10008.1.2.4.50", pixels=None, t7FE00010=pixels, t52009229=nested)
    outcome = run(data)
    out = b"".join(outcome.plan.chunks(data))
    assert out.endswith(pixels)
    assert run(data, slow=True).report == outcome.report
    assert b"".join(run(data, slow=True).plan.chunks(data)) == out
    assert outcome.plan.head(data) == out[: -len(pixels) + 12]
    assert b"SMITHSON" not in out


def test_an_object_without_pixels_is_all_head():
    data = slice_of(pixels=None, sop_class="1.2.840.10008.5.1.4.1.1.481.3", t00280010=b"")
    outcome = run(data, load_any("radiotherapy@1"))
    assert outcome.plan.head(data) == b"".join(outcome.plan.chunks(data))


def test_the_source_preamble_and_file_meta_do_not_go_over():
    data = part10(slice_of()[slice_of().index(b"\x08\0\x08\0") :], preamble=b"SMITHSON" * 16)
    out, _ = made(data)
    assert out[:128] == bytes(128)
    assert b"HOSPITALAE" not in out


@pytest.mark.no_cover
def test_many_values_do_not_fill_the_memory(monkeypatch):
    refs = [item(el(0x00081155, "UI", f"1.2.{n}")) for n in range(8300)]
    monkeypatch.setattr(walking, "REMEMBERED", 0)
    fresh = parse(TRIAL.text)
    data = slice_of(t00081140=seq(0x00081140, refs))
    assert run(data, fresh).status == "done"
    assert run(data).plan.size == run(data, fresh).plan.size
    long = "\\".join(["1.2.3.4"] * 60)
    _, ds = made(slice_of(t00081140=seq(0x00081140, [item(el(0x00081155, "UI", long))])))
    assert ds.ReferencedImageSequence[0].ReferencedSOPInstanceUID == [ds.SOPInstanceUID] * 60


def test_a_key_that_is_no_key_is_refused():
    with pytest.raises(ValueError, match="32 bytes"):
        deidentify(slice_of(), profile=TRIAL, study_key=b"short", context=WHO)


@given(data=st.data(), syntax=st.sampled_from([EXPLICIT, IMPLICIT]))
def test_both_roads_agree_on_mutated_input(data, syntax):
    ref = seq(0x00081140, [item(el(0x00081155, "UI", "1.2.3.4", syntax), syntax, True)], syntax, True)
    whole = bytearray(slice_of(syntax, t00081140=ref))
    for _ in range(data.draw(st.integers(0, 4))):
        whole[data.draw(st.integers(300, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(whole[: data.draw(st.integers(0, len(whole)))]) if data.draw(st.booleans()) else bytes(whole)
    fast, slow = run(cut), run(cut, slow=True)
    assert (fast.status, fast.reason) == (slow.status, slow.reason)
    if fast.plan and slow.plan:
        assert b"".join(fast.plan.chunks(cut)) == b"".join(slow.plan.chunks(cut))
        with suppress(KeyError):
            recheck.check(fast.plan.head(cut))


def test_what_cannot_be_checked_in_memory_is_held(monkeypatch):
    monkeypatch.setattr(engine, "MAX_HEAD", 4000)
    kept = slice_of(t00282000=el(0x00282000, "OB", bytes(5000)))
    outcome = run(kept)
    assert (outcome.status, outcome.reason, outcome.plan) == ("held", "header_too_large", None)
    monkeypatch.setattr(road, "MAX_VALUE", 5)
    outcome = run(slice_of(t00100020=el(0x00100020, "LO", "RXH7654321")))  # of the one before much is remembered
    assert (outcome.status, outcome.reason) == ("held", "unparseable")
    assert "too long to be read" in outcome.words


def test_an_image_whose_picture_is_cut_short_or_missing_is_held():
    size = {"t00280010": (0x00280010, 40), "t00280011": (0x00280011, 50), "t00280100": (0x00280100, 16)}
    short = slice_of(**{name: el(tag, "US", pack("<H", value)) for name, (tag, value) in size.items()})
    outcomes = run(short), run(slice_of(pixels=None))
    assert [(each.status, each.reason) for each in outcomes] == [("held", "picture")] * 2
