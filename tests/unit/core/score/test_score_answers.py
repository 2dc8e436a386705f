"""The answers made of an original: what the standard asks of each element, by policy."""

import pytest
from score_objects import dataset, found, item, sequence

from isocentre.core.dicom import dictionary
from isocentre.core.score import unnamed
from isocentre.core.score.answers import Plant, Policy, facts, key
from isocentre.core.score.model import ANYWHERE, Answer
from isocentre.core.score.required import required

FULL, MODIFIED = "rtnLongFullDatesOpt", "rtnLongModifDatesOpt"
DATES = {FULL: "K", MODIFIED: "C"}
ROWS = facts(
    [
        {"id": "00100010", "name": "Patient's Name", "basicProfile": "Z"},
        {"id": "00100020", "name": "Patient ID", "basicProfile": "Z"},
        {"id": "00101010", "name": "Patient's Age", "basicProfile": "X", "rtnPatCharsOpt": "K"},
        {"id": "00101030", "name": "Patient's Weight", "basicProfile": "X", "rtnPatCharsOpt": "K"},
        {"id": "00080020", "name": "Study Date", "basicProfile": "Z", **DATES},
        {"id": "00080030", "name": "Study Time", "basicProfile": "Z", **DATES},
        {"id": "00100030", "name": "Patient's Birth Date", "basicProfile": "Z"},
        {"id": "0008103e", "name": "Series Description", "basicProfile": "X", "cleanDescOpt": "C"},
        {"id": "00080018", "name": "SOP Instance UID", "basicProfile": "U", "rtnUIDsOpt": "K"},
        {"id": "0020000d", "name": "Study Instance UID", "basicProfile": "U", "rtnUIDsOpt": "K"},
        {"id": "0020000e", "name": "Series Instance UID", "basicProfile": "U", "rtnUIDsOpt": "K"},
        {"id": "00081140", "name": "Referenced Image Sequence", "basicProfile": "X/Z/U*", "rtnUIDsOpt": "K"},
        {"id": "0040fffe", "name": "Numbers", "basicProfile": "X"},
        {"id": "00181000", "name": "Device Serial Number", "basicProfile": "X/Z/D", "rtnDevIdOpt": "K"},
        {"id": "50xxxxxx", "name": "Curve Data", "basicProfile": "X"},
    ]
)
BASIC = Policy("basic", "removed", frozenset())
SHIFTED = Policy("shifted", "shifted", frozenset({113107, 113108}))


def answers(policy, plants=(), **values):
    """The answers, without those on the file as a whole."""
    made = key("a", found(**values), plants, ROWS, policy, "pass")
    return {a[:3] + a[4:] for a in made.answers if not (a.path == ANYWHERE and a.action == "uid_changed")}


def test_the_key_names_its_original():
    made = key("a", found(), [], ROWS, BASIC, "either", [Answer("pixels_retained", "(7FE0,0010)", "00")])
    assert (made.name, made.sop_instance_uid, made.patient_id, made.expected) == ("a", "1.2.3", "Q1", "either")
    assert Answer("pixels_retained", "(7FE0,0010)", "00") in made.answers
    assert Answer("uid_changed", ANYWHERE, "1.2.4", "uids") in made.answers
    assert Answer("text_retained", "(0028,0303)", "REMOVED", "method", "exact") in made.answers
    assert Answer("text_retained", "(0012,0064)[*](0008,0100)", "113100", "method") in made.answers


def test_what_the_table_names_goes_and_the_rest_stays():
    got = answers(BASIC, SeriesDescription="CHEST", PatientAge="031Y", KVP="120", StudyDate="20190314")
    assert ("text_removed", "(0010,0010)", "Quill^Otto", "") in got
    assert ("text_removed", "(0008,103E)", "CHEST", "") in got
    assert ("text_removed", "(0010,1010)", "031Y", "") in got
    assert ("date_shifted", "(0008,0020)", "20190314", "") in got
    assert ("text_retained", "(0018,0060)", "120", "exact") in got
    assert ("patid_consistent", "(0010,0020)", "Q1", "") in got
    assert ("tag_retained", "(0010,0010)", "", "") in got
    assert ("text_notnull", "(0010,0020)", "", "") in got


def test_text_that_the_table_does_not_name_stays_goes_or_is_not_asked():
    values = {
        "ConvolutionKernel": "B30f", "DoseComment": "for Otto", "AcquisitionProtocolName": "CHEST Q1",
        "RadiationMachineName": "LINAC 2", "ApplicationName": "an own one", "DetectorDescription": "SILICON",
    }  # fmt: skip
    basic = answers(BASIC, **values)
    assert ("text_retained", "(0018,1210)", "B30f", "exact") in basic
    assert ("text_retained", "(0018,7006)", "SILICON", "exact") in basic
    for path in ("(3004,0006)", "(0018,9423)", "(3002,0020)"):
        assert [a[0] for a in basic if a[1] == path] == ["text_removed"]
    assert not [a for a in basic if a[1] == "(0018,9524)"]
    plant = Plant("(0018,9423)", "Q1", "id", "CHEST")
    cleaned = answers(Policy("c", "removed", frozenset({113105, 113109})), [plant], **values)
    assert ("text_retained", "(0018,9423)", "CHEST", "") in cleaned
    assert ("text_removed", "(0018,9423)", "Q1", "") in cleaned
    assert ("text_removed", "(3004,0006)", "for Otto", "") in cleaned
    assert not [a for a in cleaned if a[1] == "(3002,0020)"]
    assert not [a for a in answers(BASIC, [plant], **values) if a[:3] == ("text_retained", "(0018,9423)", "CHEST")]


def test_the_lists_written_by_hand_name_what_they_say():
    for words in (unnamed._TECHNICAL, unnamed._IDENTIFYING, unnamed._DESCRIBING, unnamed._MACHINES):
        for word in words.split():
            assert dictionary.keyword(int(word[:8], 16)) == word[9:]


def test_uids_change_together_except_those_of_the_standard():
    got = answers(BASIC, StudyInstanceUID="1.2.4")
    for action in ("uid_changed", "uid_consistent"):
        assert (action, "(0020,000D)", "1.2.4", "") in got
    assert ("text_retained", "(0008,0016)", "1.2.840.10008.5.1.4.1.1.2", "exact") in got
    made_up = answers(BASIC, StudyInstanceUID="1.2.840.10008.9434765919")
    assert ("uid_changed", "(0020,000D)", "1.2.840.10008.9434765919", "") in made_up
    kept = key("a", found(), [], ROWS, Policy("uids", "removed", frozenset({113110})), "pass").answers
    assert Answer("text_retained", "(0020,000D)", "1.2.4", "kept", "exact") in kept
    assert not [a for a in kept if a.action == "uid_changed"]
    assert not [a for a in answers(BASIC, FrameOfReferenceUID="1.2.9") if a[1] == "(0020,0052)"]
    assert not [
        a for a in answers(BASIC, StudyInstanceUID="1.2.x") if a[0] == "uid_consistent" and a[1] == "(0020,000D)"
    ]


def test_dates_by_policy():
    values = {"StudyDate": "20190314", "StudyTime": "101112", "PatientBirthDate": "19310203"}
    shifted = answers(SHIFTED, **values)
    assert ("date_shifted", "(0008,0020)", "20190314", "weeks") in shifted
    assert ("text_retained", "(0008,0030)", "101112", "exact") in shifted
    assert ("date_shifted", "(0010,0030)", "19310203", "") in shifted
    full = answers(Policy("full", "full", frozenset({113106})), **values)
    assert ("text_retained", "(0008,0020)", "20190314", "exact") in full
    odd = answers(SHIFTED, StudyDate="2019")
    assert ("date_shifted", "(0008,0020)", "2019", "") in odd
    assert not [a for a in answers(SHIFTED, PresentationCreationDate="20190314") if a[1] == "(0070,0082)"]


@pytest.mark.parametrize(
    ("age", "stays"), [("031Y", True), ("089Y", True), ("090Y", True), ("091Y", False), ("999M", True), ("097Y", False)]
)
def test_ages(age, stays):
    got = answers(SHIFTED, PatientAge=age, PatientWeight="70")
    assert (("text_retained", "(0010,1010)", age, "exact") in got) is stays
    assert (("text_removed", "(0010,1010)", age, "") in got) is not stays
    assert ("text_retained", "(0010,1030)", "70", "exact") in got


def test_plants_and_the_vocabulary_beside_them():
    plants = [
        Plant("(0008,103E)", "Otto", "name", "CT CHEST"), Plant(ANYWHERE, "Otto", "name"),
        Plant("(0008,0104)", "Otto", "name", "kept"), Plant('(0029,"X",10)', "Otto", "name"),
    ]  # fmt: skip
    values = {"SeriesDescription": "CT CHEST Otto", "CodeMeaning": "Otto"}
    basic = answers(BASIC, plants, **values)
    assert ("text_removed", ANYWHERE, "Otto", "") in basic
    assert ("text_removed", "(0008,103E)", "Otto", "") in basic
    assert not [a for a in basic if a[0] == "text_retained" and a[1] in ("(0008,103E)", "(0008,0104)")]
    cleaned = answers(Policy("clean", "removed", frozenset({113105})), plants, **values)
    assert ("text_retained", "(0008,103E)", "CT CHEST", "") in cleaned
    assert ("text_removed", "(0008,103E)", "CT CHEST Otto", "") not in cleaned


def test_of_what_lies_in_a_sequence_that_goes_nothing_is_asked():
    inner = item(ReferencedSOPInstanceUID="1.2.7", KVP="120")
    values = {"ReferencedImageSequence": sequence(inner), "ViewCodeSequence": sequence(item(CodeValue="77"))}
    got = answers(BASIC, **values)
    assert not [a for a in got if a[1].startswith("(0008,1140)")]
    assert ("text_retained", "(0054,0220)[0](0008,0100)", "77", "exact") in got
    kept = answers(Policy("uids", "removed", frozenset({113110})), **values)
    assert ("text_retained", "(0008,1140)[0](0018,0060)", "120", "exact") in kept


def test_private_elements_by_creator():
    ds = dataset()
    ds.private_block(0x19, "SIEMENS MR HEADER", create=True).add_new(0x0C, "IS", "1000")
    ds.private_block(0x19, "SIEMENS MR HEADER").add_new(0x08, "CS", "")
    ds.private_block(0x71, "SIEMENS MED PT", create=True).add_new(0x22, "DT", "20190314101112")
    ds.private_block(0x29, "ACME", create=True).add_new(0x10, "LO", "Otto")
    ds.private_block(0x29, "ACME").add_new(0x11, "SQ", sequence(item(PatientID="Q1")))
    got = {a[:3] for a in key("a", found(ds), [], ROWS, BASIC, "pass").answers}
    assert ("text_removed", "(0019,0010)", "SIEMENS MR HEADER") in got
    assert ("text_retained", '(0019,"SIEMENS MR HEADER",0C)', "1000") not in got
    safe = {a[:3] for a in key("a", found(ds), [], ROWS, Policy("p", "removed", frozenset({113111})), "pass").answers}
    assert ("text_retained", '(0019,"SIEMENS MR HEADER",0C)', "1000") in safe
    assert not [a for a in safe if "MED PT" in a[1]]
    moved = key("a", found(ds), [], ROWS, Policy("p", "shifted", frozenset({113111})), "pass").answers
    assert Answer("date_shifted", '(0071,"SIEMENS MED PT",22)', "20190314101112", "private", "weeks") in moved
    assert not [a for a in safe if "ACME" in a[1] or a[1] == "(0019,0010)"]


def test_nothing_is_asked_of_what_the_new_object_says_for_itself():
    inner = item(PatientIdentityRemoved="YES", CodeValue="5")
    got = answers(
        BASIC, PatientIdentityRemoved="NO", BurnedInAnnotation="NO", ViewCodeSequence=sequence(inner),
        OverlayLabel=None, TextValue="any words", ICCProfile=b"\1\2",
    )  # fmt: skip
    assert ("text_retained", "(0012,0062)", "NO", "exact") not in got
    assert not [a for a in got if a[1] in ("(0028,0301)", "(0040,A160)", "(0028,2000)")]
    assert not [a for a in got if a[1].endswith("[0](0012,0062)")]


def test_required_by_kind():
    assert ("(0008,0023)", 1) in set(required("1.2.840.10008.5.1.4.1.1.2.1"))
    assert ("(0008,0023)", 1) not in set(required("1.2.840.10008.5.1.4.1.1.2"))
    assert ("(3006,0008)", 2) in set(required("1.2.840.10008.5.1.4.1.1.481.3"))
    assert set(required("1.3.46")) == set(required(""))
    ds = dataset(SOPClassUID="1.2.840.10008.5.1.4.1.1.2.1", ContentDate="20190314", ContentTime="")
    got = {a[:2] for a in key("a", found(ds), [], ROWS, BASIC, "pass").answers}
    assert ("text_notnull", "(0008,0023)") in got
    assert ("tag_retained", "(0008,0033)") in got


def test_values_that_say_nothing_are_not_asked_for():
    got = answers(BASIC, SeriesDescription="0", PatientAge="", PatientID="")
    assert not [a for a in got if a[0] == "text_removed" and a[1] in ("(0008,103E)", "(0010,1010)")]
    assert not [a for a in got if a[0] == "patid_consistent"]
    assert not [a for a in answers(BASIC, SeriesDescription="x") if a[0] == "text_removed" and a[1] == "(0008,103E)"]


def test_the_serial_number_of_an_implant_goes_where_that_of_a_scanner_stays():
    policy = Policy("devices", "removed", frozenset({113109}))
    implant = sequence(item(DeviceSerialNumber="IMP-8814", DeviceDiameter="4.5"))
    got = answers(policy, DeviceSerialNumber="SN-555", DeviceSequence=implant)
    assert ("text_retained", "(0018,1000)", "SN-555", "exact") in got
    assert ("text_removed", "(0050,0010)[0](0018,1000)", "IMP-8814", "") in got
    assert ("text_retained", "(0050,0010)[0](0050,0016)", "4.5", "exact") in got
    assert ("text_removed", "(0018,1000)", "SN-555", "") in answers(BASIC, DeviceSerialNumber="SN-555")
