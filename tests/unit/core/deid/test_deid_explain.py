"""What is said of a profile is what the engine does: words held against objects, and the difference of two profiles."""

from __future__ import annotations

import io
import re

import pydicom
import pytest
from support.dicom_bytes import CT, MR, PET, el, slice_of

from isocentre.core.deid import explain
from isocentre.core.deid._unnamed import GROUPS as GROUPS_OF_TEXT
from isocentre.core.deid.attributes import GROUPS, NoAttribute, attribute, listed, named
from isocentre.core.deid.difference import difference
from isocentre.core.deid.engine import SubjectContext, deidentify
from isocentre.core.deid.explain import everything, passing, tell
from isocentre.core.deid.profile import parse
from isocentre.core.deid.table import rules
from isocentre.core.dicom import dictionary
from isocentre.profiles import everyone, load

WHO = SubjectContext("P-ABCDEFGHIJKL", "S-01", "Sponsor", "PROT1", "Protocol", "RXH", "", "WK8", "", 56, True, 10)
VALUES = {
    "DA": "20240316", "TM": "091500", "DT": "20240316091500", "PN": "SOMEBODY^ELSE", "UI": "1.2.77.5", "AS": "041Y",
    "DS": "7.5", "IS": "7", "CS": "WORD", "AE": "AEWORD", "UR": "http://a.example", "US": b"\7\0", "OB": b"\7\7",
    "UN": b"\7\7",
}  # fmt: skip
FIXED = (0x00080016, 0x00080018, 0x0020000D, 0x0020000E, explain.rules.BURNED_IN)
GONE, BLANK = "gone", "blank"


def profile_of(base: str, *options: int, actions: str = "", dates: str = ""):
    text = load(base, 1).text
    if dates:
        text = text.replace("dates: removed", f"dates: {dates}")
    said = "".join(f"\n  - {{code: {code}, why: Because {code}.}}" for code in options)
    text = text.replace("options: []", f"options:{said}") if said else text
    return parse(text.replace("actions: []", f"actions:\n{actions}") if actions else text)


def fates(profile, sop_class, elements):
    """What became of each attribute at the top of one object, by tag: gone, blank, or its value."""
    data = slice_of(sop_class=sop_class, **{f"t{tag:08X}": el(tag, vr, value) for tag, (vr, value) in elements.items()})
    outcome = deidentify(data, profile=profile.without_cleaning(), study_key=b"k" * 32, context=WHO)
    assert outcome.status == "done", outcome
    ds = pydicom.dcmread(io.BytesIO(b"".join(outcome.plan.chunks(data))))
    found = {tag: ds[tag].value if tag in ds else GONE for tag in elements}
    return {tag: BLANK if value is None or value == "" else value for tag, value in found.items()}


def asked(one):
    """Whether an attribute can stand in a made-up object: not what decides on the object itself, nor a sequence."""
    fixed = one.tag >> 16 == 0x0012 or one.tag in FIXED
    return 0x00080000 <= one.tag < 0x7FE00000 and one.vr not in ("SQ", "") and "x" not in one.code and not fixed


@pytest.mark.parametrize("profile", [p for p in everyone() if {CT, MR} & set(passing(p))], ids=lambda p: p.method)
def test_every_row_of_the_table_is_told_as_the_engine_does_it(profile):
    for sop_class in {CT, MR, PET} & set(passing(profile)):
        told = {one.attribute.tag: one for one in everything(profile, (sop_class,)) if asked(one.attribute)}
        # Known names and numbers are among the others: what the table does not name says nothing of them.
        text = {tag: "Some words" if tag in rules() else "Another text" for tag in told}
        put = {tag: (vr := one.attribute.vr[:2], VALUES.get(vr, text[tag])) for tag, one in told.items()}
        assert len(told) > 450
        for tag, new in fates(profile, sop_class, put).items():
            assert fits(told[tag].words, put[tag][1], new), told[tag]


def fits(words, old, new):
    if words in (explain.KEPT, explain.GUARDED, explain.AGE):
        return str(new) == (old if isinstance(old, str) else str(new)) and new not in (GONE, BLANK)
    if words in (explain.MADE_UP, explain.SHIFTED, explain.UID):
        changed = new not in (GONE, BLANK) and (str(new) != old or old == VALUES["US"])
        return changed and (words == explain.UID) == str(new).startswith("2.25.")
    wanted = {explain.REMOVED: GONE, explain.EMPTIED: BLANK, explain.PSEUDONYM: WHO.pseudonym,
              explain.SCANNER: "REMOVED"}  # fmt: skip
    return words in (explain.WRITTEN, explain.CLEANED) or new == wanted[words]


def test_the_rest_is_told_by_an_example_that_the_table_does_not_name():
    rest = [one for one in listed() if one.code[0] != "("]
    texts, others = rest[: len(GROUPS_OF_TEXT)], rest[len(GROUPS_OF_TEXT) :]
    assert [one.name for one in texts] == [group[0] for group in GROUPS_OF_TEXT]
    assert texts[0].code == "Manufacturer and 25 more"
    assert {one.group for one in texts} == {"text", "device", "institution"}
    assert [one.code for one in others] == ["DA", "TM", "DT", "UI", "SOP class", "PN", "other", "unknown"]
    for one in rest:
        assert one.tag not in rules()
        assert one.vr in ("", dictionary.vr(one.tag) if dictionary.keyword(one.tag) else "")
    assert {one.group for one in listed()} == set(GROUPS)
    assert len({one.code for one in listed()}) == len(listed())
    assert {one.tag for one in listed()} >= set(rules())


def test_the_type_in_the_kind_of_object_decides_and_is_said():
    basic = load("basic")
    told = tell(basic, named("SeriesDate"), passing(basic))
    assert told.words == "Removed; replaced by a made-up value in 1 kind of object"
    assert told.top["Replaced by a made-up value"] == (PET,)
    assert told.nested == {"Removed": passing(basic)}
    assert told.plain()["by_sop_class"]["Replaced by a made-up value"] == [PET]
    assert told.plain()["keyword"] == "SeriesDate"
    unknown = tell(basic, named("SeriesDate"), ())
    assert (unknown.words, unknown.top) == ("Replaced by a made-up value", {"Replaced by a made-up value": ()})
    assert explain.count(2) == "2 kinds of object"


def why(profile, keyword):
    told = tell(profile, named(keyword), passing(profile))
    return told.words, told.why


def test_the_reason_is_the_profiles_the_options_or_the_standards():
    basic, trial = load("basic", 1), load("trial-ct-mr", 1)
    assert why(basic, "PatientComments")[1].startswith("This profile's own rule: Patient comments are free text")
    assert why(basic, "PatientName") == (explain.PSEUDONYM, why(basic, "ClinicalTrialSubjectID")[1])
    assert why(basic, "BurnedInAnnotation")[0] == explain.BURNED
    assert "changing the header" in why(basic, "BurnedInAnnotation")[1]
    assert why(basic, "StudyDate")[1] == "This profile keeps no date and no time of day."
    shifted, because = why(trial, "StudyDate")
    assert (shifted, because.split(": ")[0]) == (
        explain.SHIFTED, "Retain Longitudinal Temporal Information Modified Dates (113107)",
    )  # fmt: skip
    assert why(trial, "PatientAge") == (
        explain.AGE,
        "Retain Patient Characteristics (113108): Age, sex, size and weight enter uptake values and dose; "
        "ages over 89 become 090Y.",
    )
    assert why(trial, "DeviceSerialNumber")[1].startswith("Retain Device Identity (113109): A scanner is qualified")
    assert why(basic, "DeviceSerialNumber")[1] == (
        "The basic profile of the standard. It would stay only under Retain Device Identity (113109)."
    )
    assert why(basic, "AccessionNumber")[1] == "The basic profile of the standard."
    assert "Cleaning values of this kind is not carried out" in why(trial, "SelectorAEValue")[1]
    assert why(basic, "AffectedSOPInstanceUID")[1].startswith("It belongs to files and messages")
    assert why(basic, "MediaStorageSOPInstanceUID")[0] == explain.WRITTEN
    assert why(basic, "EvaluatorName") == (explain.REMOVED, "It names a person, whichever attribute it is.")
    assert why(basic, "SliceThickness")[1].startswith("The standard does not count it")
    assert why(basic, "MultiFrameSourceSOPInstanceUID") == (explain.UID, "It may lead back to the original.")
    assert why(basic, "PixelData")[0] == explain.PICTURE
    assert "The picture itself" in why(basic, "PixelData")[1]
    assert why(basic, "(0008,1FFE)") == (explain.REMOVED, "Nobody has said that it is safe.")
    assert "113105" in why(profile_of("basic", 113105), "StudyDescription")[1]
    assert why(profile_of("basic", 113104), "ContentSequence")[0] == explain.INSIDE


def test_text_that_the_table_does_not_name_has_the_reason_of_its_group():
    basic, trial = load("basic", 1), load("trial-ct-mr", 1)
    for keyword, code in (("TextValue", 113104), ("ContentDescription", 113105), ("ChannelLabel", 113105)):
        assert why(basic, keyword)[0] == explain.REMOVED
        assert why(basic, keyword)[1].endswith(f"({code}) would clean it.")
    assert tell(basic, named("TextValue"), (CT,)).nested == {explain.MADE_UP: (CT,)}
    assert why(profile_of("basic", 113104), "TextValue") == (
        explain.CLEANED,
        "The table names only the sequences that hold it. With structured content cleaned it stays without who is in "
        "it. Clean Structured Content (113104): Because 113104.",
    )
    assert why(basic, "SegmentLabel")[0] == explain.GUARDED
    assert why(profile_of("basic", 113105), "SegmentLabel")[0] == explain.CLEANED
    assert why(basic, "ConvolutionKernel") == (
        explain.GUARDED,
        "How the image was made, as the machine says it from its own lists; quantities depend on it.",
    )
    assert why(basic, "DoseComment")[0] == why(trial, "DoseComment")[0] == explain.REMOVED
    assert why(basic, "RadiationMachineName")[1].endswith("Retain Device Identity (113109) would keep it.")
    assert why(trial, "RadiationMachineName")[0] == explain.GUARDED
    assert why(basic, "SliceThickness")[0] == why(basic, "PatientPosition")[0] == explain.KEPT


def test_private_elements_go_unless_an_option_keeps_the_safe_ones():
    basic, safe = load("basic"), profile_of("basic", 113111)
    assert why(basic, "(0009,1001)")[0] == explain.REMOVED
    assert "no option of this profile keeps it" in why(basic, "00091001")[1]
    assert why(safe, "0009,1001") == (explain.SAFE, "Retain Safe Private (113111): Because 113111.")
    assert attribute(0x00091001).name == "Private attribute"


def test_what_the_standard_says_is_put_in_words():
    assert explain.standard(named("00080021")).startswith("X/D: removed or replaced by a made-up value, by its type in")
    assert explain.standard(named("AcquisitionDateTime")).startswith("X/Z/D: removed, emptied or replaced by a made-up")
    assert explain.standard(named("PatientName")) == "Z: emptied"
    assert explain.standard(named("SliceThickness")) == "Not named in Table E.1-1"


@pytest.mark.parametrize(
    ("text", "words"),
    [("(0010)", "no attribute"), ("Patient Name", "no attribute"), ("", "no attribute"), ("FFFEE000", "delimiter")],
)
def test_what_is_no_attribute_is_said_in_words(text, words):
    with pytest.raises(NoAttribute, match=words):
        named(text)


def test_the_difference_of_two_profiles_is_told_from_wide_to_narrow():
    basic, trial = load("basic", 1), load("trial-ct-mr", 1)
    assert difference(basic, basic) == ()
    changes = difference(basic, trial)
    assert [c.about for c in changes][:4] == ["dates", "option", "option", "option"]
    by_code = {c.code: c for c in changes}
    assert (by_code[""].old, by_code[""].new) == ("Removed", "Moved by whole weeks")
    assert (by_code["113109"].old, by_code["113109"].new) == ("Not carried out", "Carried out")
    assert by_code["1.2.840.10008.5.1.4.1.1.1"].new == "Hold: not named"
    assert (by_code["(0018,1000)"].old, by_code["(0018,1000)"].new) == (
        "Replaced by a made-up value; removed in 3 kinds of object", "Kept",
    )  # fmt: skip
    assert "(0010,0020)" not in by_code
    back = {c.code: c for c in difference(trial, basic)}
    assert (back["113109"].new, back["113109"].why) == ("Not carried out", "")


def test_an_attribute_only_a_profiles_own_rule_names_is_compared_too():
    old = profile_of("trial-ct-mr")
    new = profile_of("trial-ct-mr", actions="  - {tag: '(0018,0050)', action: X, why: Because.}\n")
    (change,) = difference(old, new)
    assert (change.name, change.old, change.new) == ("Slice Thickness", "Kept", "Removed")
    assert change.why == "This profile's own rule: Because."
    kept = profile_of("trial-ct-mr", actions="  - {tag: '(0018,1000)', action: K, why: Said twice.}\n")
    assert why(kept, "DeviceSerialNumber") == ("Kept", "This profile's own rule: Said twice.")


def test_profiles_that_share_no_kind_of_object_are_compared_as_in_any():
    held = parse(re.sub(r"do: \w+", "do: hold", load("basic").text))
    assert passing(held) == ()
    changes = difference(load("basic"), held)
    assert {c.about for c in changes} == {"object"}
    assert {(c.old, c.new) for c in changes} == {("Let pass", "Hold"), ("Leave out", "Hold")}
