"""Text that Table E.1-1 does not name: what is kept, what is cleaned, what goes, and what of a kept text tells."""

from __future__ import annotations

import importlib.util
import io
from dataclasses import replace
from pathlib import Path

import pydicom
import pytest
import yaml
from support.dicom_bytes import BIG, CT, EXPLICIT, IMPLICIT, el, item, seq, slice_of
from support.safe_private import KEY, WHO

from isocentre.core.deid import _unnamed, guard, letters, recheck, table
from isocentre.core.deid.clean import MOST, Known
from isocentre.core.deid.demands import UNKNOWN, Demands, demands
from isocentre.core.deid.engine import deidentify
from isocentre.core.deid.identity import object_uid
from isocentre.core.deid.profile import parse
from isocentre.core.dicom import dictionary
from isocentre.core.dicom._attributes import LINES
from isocentre.profiles import load

SCRIPTS = Path(__file__).resolve().parents[4] / "scripts"
spec = importlib.util.spec_from_file_location("make_unnamed", SCRIPTS / "make_unnamed.py")
make = importlib.util.module_from_spec(spec)
spec.loader.exec_module(make)
REVIEWED = yaml.safe_load((SCRIPTS / "unnamed.yaml").read_text(encoding="utf-8"))["groups"]

BASIC, V1, V2 = load("basic", 1), load("trial-ct-mr", 1), load("trial-ct-mr", 2)
ALL = (BASIC, V1, V2)
KNOWN = ("Bloggs^Anne", "RXH7730194", "19310405", "1.2.3.4")
who = replace(WHO, face_waiver=True, known=KNOWN)
NHS = "9434765919"


def tag_of(keyword):
    return dictionary.tag_of(keyword)


def cleaned(profile, elements, syntax=EXPLICIT):
    """The data set that comes out, by both roads alike; `elements`: value by keyword."""
    found = {}
    for keyword, value in elements.items():
        tag = tag_of(keyword)
        found[f"t{tag:08X}"] = value if isinstance(value, bytes) else el(tag, dictionary.vr(tag)[:2], value, syntax)
    data, out = slice_of(syntax, **found), []
    for slow in (False, True):
        done = deidentify(data, profile=profile, study_key=KEY, context=who, slow=slow)
        assert done.status == "done", done
        out.append((b"".join(done.plan.chunks(data)), done.report))
    assert out[0] == out[1]
    assert recheck.check(out[0][0], needles=KNOWN) == []
    return pydicom.dcmread(io.BytesIO(out[0][0]))


@pytest.mark.parametrize("profile", ALL, ids=lambda p: p.method)
@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, BIG])
def test_nothing_of_a_person_leaves_in_text_that_the_table_does_not_name(profile, syntax):
    said = f"wife Anne Bloggs 07700 900123 anne@example.org NHS 401 023 2137 SW1A 1AA, aged 97 {NHS}"
    ds = cleaned(
        profile,
        {
            "CommentsOnTheScheduledProcedureStep": said, "AcquisitionProtocolName": f"Chest for Dr Patel {NHS}",
            "FrameLabel": "Anne Bloggs", "DoseComment": said, "ViewName": "Anne Bloggs", "ImageID": "JSMITH",
            "FillerOrderNumberProcedure": "F1234567", "PlacerOrderNumberProcedure": "P1234567",
            "PatientBirthDateInAlternativeCalendar": "Showa 6-04-05", "PatientAlternativeCalendar": "JAPANESE",
            "PatientDeathDateInAlternativeCalendar": "Showa 61-04-05", "SetupImageComment": said,
            "BeamName": "Bloggs", "RTImageName": "JSMITH", "FrameOfInterestDescription": said[:60],
            "WindowCenterWidthExplanation": "LUNG\\for Bloggs", "InstructionPerformanceComment": said,
        },
        syntax,
    )  # fmt: skip
    for word in ("Anne", "Bloggs", "JSMITH", "0123", "anne@", "2137", NHS, "1AA", "1234567", "Showa", "JAPANESE"):
        assert word not in str(ds)
    for keyword in ("FillerOrderNumberProcedure", "DoseComment", "PatientBirthDateInAlternativeCalendar"):
        assert keyword not in ds
    assert ds.get("AcquisitionProtocolName") == ("Chest for" if profile is V2 else None)
    assert ds.WindowCenterWidthExplanation[0] == "LUNG"


GEMS = "SAT_GEMS\\EDR_GEMS\\EPI_GEMS\\ACC_GEMS\\PFF\\FS"
TECHNICAL = {
    "Manufacturer": "GE MEDICAL SYSTEMS", "ManufacturerModelName": "https://github.com/fedorov/dcmqi.git",
    "SoftwareVersions": "27\\LX\\MR Software release:RX27.0_R02_1831.b\\5.4.12\\2019.10\\4.0.702.17179",
    "ConvolutionKernel": "Br40d\\3", "FilterType": "WEDGE_2", "ReceiveCoilName": "HEA;HEP", "TransmitCoilName": "Body",
    "PulseSequenceName": "*tfl3d1_16ns", "RescaleType": "HU", "WindowCenterWidthExplanation": "NORMAL\\HARDER",
    "Radiopharmaceutical": "FDG -- fluorodeoxyglucose", "CollimatorGridName": "Upper,1349", "StackID": "1",
    "TransducerData": "C5-1\\UNUSED\\UNUSED", "LUTExplanation": "Regional Cerebral Blood Flow",
    "AttenuationCorrectionMethod": "measured,/MAR^CT Breast  3.0  B30f", "ReconstructionMethod": "OSEM2D 2i8s",
    "SequenceName": "*epfid2d1_64", "BodyPartExamined": "CHEST", "ScanOptions": "Helical_Mode",
    "ImageType": "ORIGINAL\\PRIMARY\\M\\NORM\\DIS2D", "KVP": "120", "TableHeight": "10.50/ 15.00",
}  # fmt: skip


@pytest.mark.parametrize("profile", ALL, ids=lambda p: p.method)
def test_what_machines_write_stays_as_it_is(profile):
    ds = cleaned(profile, TECHNICAL)
    for keyword, value in TECHNICAL.items():
        found = ds[keyword].value
        assert ("\\".join(found) if isinstance(found, list | pydicom.multival.MultiValue) else str(found)) == value


@pytest.mark.parametrize("profile", ALL, ids=lambda p: p.method)
def test_of_a_technical_text_that_tells_of_somebody_the_words_of_the_trade_stay(profile):
    ds = cleaned(profile, {"ConvolutionKernel": "STANDARD RXH7730194", "ReceiveCoilName": "for Bloggs",
                           "BodyPartExamined": "CHEST BLOGGS", "ImageType": "ORIGINAL\\PRIMARY\\BLOGGS",
                           "ScanOptions": "for Dr Patel", "Manufacturer": "Bloggs Anne"})  # fmt: skip
    assert ds.ConvolutionKernel == "STANDARD"
    assert "ReceiveCoilName" not in ds
    assert (ds.BodyPartExamined, ds.ImageType[:2]) == ("CHEST", ["ORIGINAL", "PRIMARY"])
    assert not ds.ScanOptions
    assert ds.Manufacturer == ""  # type 2 of the IOD: it is emptied


def test_a_code_of_somebodys_own_becomes_a_dummy_and_codes_of_the_standard_stay():
    codes = [("RXH7730194", "99LOCAL", "CT chest"), ("121106", "DCM", "Comment"), (NHS, "SCT", "a long number")]
    items = [item(el(0x00080100, "SH", v) + el(0x00080102, "SH", s) + el(0x00080104, "LO", m)) for v, s, m in codes]
    ds = cleaned(V1, {"ViewCodeSequence": seq(tag_of("ViewCodeSequence"), items)})
    assert [one.CodeValue for one in ds.ViewCodeSequence] == ["REMOVED", "121106", NHS]


def test_codes_numbers_and_times_must_have_the_form_of_one():
    put = {
        "ScanOptions": "for anne bloggs", "KVP": "Bloggs", "SeriesTime": "Bloggs", "EchoNumbers": "7 Anne",
        "SliceThickness": "10 mm", "AcquisitionTime": "101112.5", "TimeOfGainCalibration": "Bloggs",
    }  # fmt: skip
    ds = cleaned(V1, put)
    assert not ds.ScanOptions
    assert not {"KVP", "EchoNumbers", "TimeOfGainCalibration"} & set(ds.dir())
    assert "Bloggs" not in str(ds)
    assert (ds.get_item("SliceThickness").value, ds.AcquisitionTime) == ("10 mm", "101112.5")


@pytest.mark.parametrize("profile", ALL, ids=lambda p: p.method)
@pytest.mark.parametrize(
    ("keyword", "value", "left"),
    [
        ("ScanningSequence", "SE", "SE"), ("ScanningSequence", "EP \\SE", "EP\\SE"), ("ScanningSequence", "", ""),
        ("ScanningSequence", "PATEL", "REMOVED"), ("ScanningSequence", "BLOGGS ANNE", "REMOVED"),
        ("SequenceVariant", "TRSS\\OSP\\MTC", "TRSS\\OSP\\MTC"), ("SequenceVariant", "NONE", "NONE"),
        ("SequenceVariant", "OTHER", "OTHER"), ("SequenceVariant", "PATEL", "REMOVED"),
        ("ScanOptions", "FC\\SP", "FC\\SP"), ("ScanOptions", "OTHER", "OTHER"), ("ScanOptions", "NONE", "NONE"),
        ("ScanOptions", GEMS, GEMS),
        ("ScanOptions", "HELICAL MODE", "HELICAL MODE"), ("ScanOptions", "BLOGGS ANNE", ""),
        ("ScanOptions", "RXH7730194", ""), ("ScanOptions", "FS\\MR BLOGGS", "FS\\MR"),
    ],
)  # fmt: skip
def test_of_an_mr_image_sequence_variant_and_options_only_codes_of_theirs_stay(profile, keyword, value, left):
    """A surname in capitals has the form of a code; these three name their values in the standard."""
    found = cleaned(profile, {keyword: value})[keyword].value
    found = found if isinstance(found, str) else "\\".join(found or [])
    assert "\\".join(one.strip() for one in found.split("\\")) == left


def test_items_under_the_tag_of_a_kept_text_go():
    inner = item(el(0x00100010, "PN", "SOMEBODY^ELSE"))
    for keyword in ("ConvolutionKernel", "ScanOptions", "KVP", "PhotometricInterpretation"):
        tag = tag_of(keyword)
        out = str(cleaned(BASIC, {keyword: el(tag, "UN", inner)}))
        assert "SOMEBODY" not in out


def test_uids_stay_only_when_the_standard_gave_them():
    made = f"1.2.840.10008.{NHS}"
    maker = "1.3.12.2.1107.5.9.1"
    ds = cleaned(BASIC, {
        "MultiFrameSourceSOPInstanceUID": made, "ReferencedColorPaletteInstanceUID": "1.2.840.10008.1.5.2",
        "RelatedGeneralSOPClassUID": f"{maker}\\{CT}", "OriginalSpecializedSOPClassUID": made,
        "CodingSchemeUID": "2.16.840.1.113883.6.96", "ContextUID": "1.2.840.10008.6.1.1318",
    })  # fmt: skip
    assert ds.MultiFrameSourceSOPInstanceUID == object_uid(KEY, made.encode())
    assert ds.OriginalSpecializedSOPClassUID == object_uid(KEY, made.encode())
    assert ds.ReferencedColorPaletteInstanceUID == "1.2.840.10008.1.5.2"
    assert list(ds.RelatedGeneralSOPClassUID) == [maker, CT]
    assert (ds.CodingSchemeUID, ds.ContextUID) == ("2.16.840.1.113883.6.96", "1.2.840.10008.6.1.1318")


def test_a_profile_that_keeps_uids_keeps_them_all():
    text = BASIC.text.replace("options: []", "options:\n  - {code: 113110, why: test}")
    data = slice_of(t00081167=el(0x00081167, "UI", "1.2.840.1234567890.1"))
    done = deidentify(data, profile=parse(text), study_key=KEY, context=who)
    assert b"1.2.840.1234567890.1" in b"".join(done.plan.chunks(data))


@pytest.mark.parametrize(
    ("keyword", "text", "told"),
    [
        ("ConvolutionKernel", "", False), ("ConvolutionKernel", "B30f 401 023 2137", True),
        ("ConvolutionKernel", "B30f 401 023 2138", False), ("ConvolutionKernel", "05/04/2019", True),
        ("ConvolutionKernel", "5 April 2019", True), ("ConvolutionKernel", "April 2019", True),
        ("ConvolutionKernel", "2019.10", False), ("ConvolutionKernel", "5.4.12", False),
        ("ConvolutionKernel", "05.04.31", True), ("ConvolutionKernel", "Blogs", True),
        ("ConvolutionKernel", "sggolB", True), ("ConvolutionKernel", "xBloggs7", True),
        ("ConvolutionKernel", "Dr Patel", True), ("ConvolutionKernel", "LS1 3EX", True),
        ("ConvolutionKernel", "07700 900123", True), ("ConvolutionKernel", NHS, True),
        ("ConvolutionKernel", "a" * (MOST + 1), True), ("ConvolutionKernel", "a\x01b", True),
        ("ConvolutionKernel", "Leeds Heart", True), ("ConvolutionKernel", "Heart", False),
        ("ConvolutionKernel", "Mungred", True), ("ConvolutionKernel", "https://example.org/kernel", True),
        ("ConvolutionKernel", "OB_GENERAL", False), ("ConvolutionKernel", "MRN 771", True),
        ("ConvolutionKernel", "BloggsAnne", True), ("Manufacturer", "Manufacturer name here", False),
        ("SoftwareVersions", "CX50 [2013-02-05 10:11]", False), ("SoftwareVersions", "built 1931-04-05", True),
        ("SoftwareVersions", "for Bloggs", True), ("Manufacturer", "Leeds Heart", False),
        ("Manufacturer", "Philips Bloggs", True),
        ("Manufacturer", "Siemens Medical", False), ("Manufacturer", "Siemens Anne", True),
        ("Manufacturer", "https://www.example.org/imaging", False), ("Manufacturer", "https://bloggs.example", True),
        ("CodeValue", "121106", False), ("CodeValue", "130405", False), ("CodeValue", "RXH7730194", True),
        ("CodeValue", "T-D4000", False), ("CodeValue", "CT Bloggs", True), ("CodeValue", NHS, False),
        ("CodeValue", "anne@example.org", True), ("URNCodeValue", "http://snomed.info/id/73211009", False),
    ],
)  # fmt: skip
def test_what_of_a_kept_text_tells_of_a_person(keyword, text, told):
    names = ["BLOGGS^ANNE", "RXH7730194", "19310405", "20130405", "SIEMENS^KARL"]
    known = Known(names, ["Leeds Heart Centre Mungred General"])
    assert guard.tells(tag_of(keyword), text, known) is told


def test_every_text_attribute_of_the_dictionary_was_looked_at_and_the_list_in_use_is_the_reviewed_one():
    found = make.checked(REVIEWED)
    assert tuple((name, do, option, why, " ".join(words)) for name, do, option, why, words in found) == _unnamed.GROUPS
    assert make.lines(["ab", "c"]) == ["ab c"]
    assert "".join(make.lines(["abc"] * 100)) == " ".join(["abc"] * 100)
    assert max(map(len, make.lines(["abc"] * 100))) <= make.WIDTH
    for line in LINES.splitlines():
        pattern, keyword, vr = line.split("\t")
        if vr in make.TEXT and not pattern.startswith(make.ELSEWHERE) and "x" not in pattern:
            tag = int(pattern, 16)
            assert tag in table.rules() or keyword in table.unnamed(), keyword
    assert all(group["why"].strip() for group in REVIEWED)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (lambda groups: groups[1:], "nobody has looked at"),
        (lambda groups: [*groups, {**groups[0], "name": "again"}], "named twice"),
        (lambda groups: [{**groups[0], "do": "trust"}, *groups[1:]], "unknown keys or action"),
        (lambda groups: [{**groups[0], "because": "x"}, *groups[1:]], "unknown keys or action"),
        (lambda groups: [*groups, {**groups[0], "attributes": "PatientName"}], "no text"),
    ],
)
def test_a_list_that_misses_an_attribute_or_names_a_wrong_one_is_refused(changed, words):
    with pytest.raises(ValueError, match=words):
        make.checked(changed(REVIEWED))


@pytest.fixture
def nothing_known(monkeypatch):
    table.unnamed_text.cache_clear()
    monkeypatch.setattr(table, "unnamed", dict)
    yield
    table.unnamed_text.cache_clear()


@pytest.mark.usefixtures("nothing_known")
def test_what_the_list_does_not_know_is_cleaned_or_goes():
    tag, place = tag_of("ConvolutionKernel"), Demands({}, 3)
    assert letters.letter(V2, place, tag, b"SH") == "C"
    assert letters.letter(BASIC, place, tag, b"SH") == "X"
    assert letters.letter(BASIC, UNKNOWN, tag, b"SH") == "D"
    assert letters.letter(BASIC, place, tag_of("ScanOptions"), b"CS") == "K"


def test_what_a_profile_keeps_by_name_is_looked_at_all_the_same():
    entry = "actions:\n  - {tag: '(0018,9423)', action: K, why: test}\n  - {tag: '(0018,1210)', action: X, why: test}\n"
    profile = parse(V1.text.replace("actions: []", entry.rstrip()))
    ds = cleaned(profile, {"AcquisitionProtocolName": "Xyz 12", "ConvolutionKernel": "B30f"})
    assert ds.AcquisitionProtocolName == "Xyz 12"
    assert "ConvolutionKernel" not in ds
    assert "AcquisitionProtocolName" not in cleaned(profile, {"AcquisitionProtocolName": "for Bloggs"})


def test_what_an_iod_demands_is_a_dummy_or_empty():
    image, segmentation = "1.2.840.10008.5.1.4.1.1.481.1", "1.2.840.10008.5.1.4.1.1.66.4"
    top, nested = demands(image)
    assert letters.letter(BASIC, top, tag_of("RTImageLabel"), b"SH") == "D"
    assert letters.letter(BASIC, top, tag_of("RadiationMachineName"), b"SH") == "Z"
    assert letters.letter(V1, top, tag_of("RadiationMachineName"), b"SH") == table.GUARDED
    assert letters.letter(BASIC, top, tag_of("RTImageName"), b"LO") == "X"
    assert letters.letter(BASIC, nested, tag_of("HL7InstanceIdentifier"), b"ST") == "D"
    assert letters.basic(demands(segmentation)[1], tag_of("SegmentLabel")) == "D"
    assert letters.letter(BASIC, UNKNOWN, tag_of("DoseComment"), b"LO") == "X"


def test_the_second_check_lets_no_birth_date_of_another_calendar_and_no_order_pass():
    known = slice_of()
    done = deidentify(known, profile=BASIC, study_key=KEY, context=who)
    out = b"".join(done.plan.chunks(known))
    birth = el(0x00100033, "LO", "Showa 6-04-05")
    at = out.index(b"\x12\x00\x62\x00")
    assert [one.code for one in recheck.check(out[:at] + birth + out[at:])] == ["forbidden"]


@pytest.mark.parametrize(("name", "left"), [("SHAW^ANNE", "syndrome of Shawish"), ("BLOGS^ANNE", "syndrome of")])
def test_what_the_testing_statement_says_of_short_names_in_published_code_meanings(name, left):
    """A name of four letters goes as a word and may stay inside one; a longer one goes wherever it stands."""
    surname = name.partition("^")[0].title()
    meaning = f"{surname} syndrome of {surname}ish"
    entry = el(0x00080100, "SH", "121106") + el(0x00080102, "SH", "SCT") + el(0x00080104, "LO", meaning)
    put = {"PatientName": name, "ViewCodeSequence": seq(tag_of("ViewCodeSequence"), [item(entry)])}
    assert cleaned(V1, put).ViewCodeSequence[0].CodeMeaning == left
