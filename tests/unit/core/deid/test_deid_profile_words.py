"""What a profile may say beyond plain rules: both kinds of cleaning, reports by title, the network's scanner id."""

import io
from dataclasses import replace
from pathlib import Path

import pydicom
import pytest
from support.data import data_path
from support.dicom_bytes import CT, EXPLICIT, IMPLICIT, el, item, part10, seq, slice_of

from isocentre.core.deid import content, recheck
from isocentre.core.deid.account import told
from isocentre.core.deid.attributes import attribute
from isocentre.core.deid.difference import difference
from isocentre.core.deid.engine import SubjectContext, deidentify
from isocentre.core.deid.explain import SCANNER, passing, sample_words, tell
from isocentre.core.deid.profile import BadProfile, parse
from isocentre.core.dicom.walk import EXPLICIT_LE, IMPLICIT_LE
from isocentre.profiles import load

WHO = SubjectContext("P-ABCDEFGHIJKL", "S-01", "Sponsor", "PROT1", "Protocol", "RXH", "", "WK8", "", 56, True, 10)
ROOT = "1.2.840.10008.5.1.4.1.1."
ESR, RDSR, SERIAL = f"{ROOT}88.22", f"{ROOT}88.67", 0x00181000
BASIC = load("basic").text
TITLED = f"  - uid: {ESR}\n    title: {{title}}\n    do: pass\n    why: Tried here.\n"
NAMING = parse(BASIC.replace("actions:\n", "actions:\n  - {tag: '(0018,1000)', action: SCANNER, why: Tried here.}\n"))
REPOSITORY = load("repository", 1)


def code(value, scheme="DCM", syntax=EXPLICIT):
    parts = ((0x00080100, value), (0x00080102, scheme), (0x00080104, "X-Ray Radiation Dose Report"))
    return item(b"".join(el(tag, "SH" if tag < 0x00080104 else "LO", said, syntax) for tag, said in parts), syntax)


def report(*codes, syntax=EXPLICIT, vr="SQ", sop_class=ESR):
    """A report with a title of these codes, and one text."""
    entry = item(
        el(0x0040A010, "CS", "CONTAINS", syntax) + el(0x0040A040, "CS", "TEXT", syntax)
        + seq(0x0040A043, [code("121106", syntax=syntax)], syntax)
        + el(0x0040A160, "UT", "Anna Example, CT chest", syntax), syntax,
    )  # fmt: skip
    made = {
        0x00080016: el(0x00080016, "UI", sop_class, syntax), 0x00080018: el(0x00080018, "UI", "1.2.3.4", syntax),
        0x00100010: el(0x00100010, "PN", "Example^Anna", syntax), 0x0020000D: el(0x0020000D, "UI", "1.2.3.1", syntax),
        0x0020000E: el(0x0020000E, "UI", "1.2.3.2", syntax),
        0x0040A040: el(0x0040A040, "CS", "CONTAINER", syntax),
        0x0040A043: seq(0x0040A043, list(codes), syntax, vr=vr), 0x0040A730: seq(0x0040A730, [entry], syntax),
    }  # fmt: skip
    if not codes:
        del made[0x0040A043]
    return part10(b"".join(made[tag] for tag in sorted(made)), syntax, sop_class)


def run(data, profile, who=WHO):
    return deidentify(data, profile=profile, study_key=b"k" * 32, context=who)


def titled(*titles):
    return parse(BASIC + "".join(TITLED.format(title=title) for title in titles))


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT])
def test_a_report_passes_by_its_title(syntax):
    profile = titled(113701)
    assert run(report(code("113701", syntax=syntax), syntax=syntax), profile).status == "done"
    for other in (report(code("113500")), report(code("113701", "99GE")), report(),
                  report(code("113701"), code("113701"))):  # fmt: skip
        made = run(other, profile)
        assert (made.status, made.reason) == ("held", "structured_report")
    assert run(report(code("113701"), sop_class=f"{ROOT}88.33"), profile).reason == "structured_report"
    assert run(report(code("113701")), parse(BASIC)).reason == "structured_report"


def test_a_title_under_an_unknown_representation_is_read_by_what_is_inside():
    body = seq(0x0040A043, [code("113701", syntax=IMPLICIT)], IMPLICIT)[8:]
    data = el(0x0040A043, "UN", body)
    assert content.title(data, 0, len(data), EXPLICIT_LE) == "113701"
    plain = seq(0x0040A043, [code("113701", syntax=IMPLICIT)], IMPLICIT)
    assert content.title(plain, 0, len(plain), IMPLICIT_LE) == "113701"
    assert content.title(b"", 0, 0, EXPLICIT_LE) == ""
    behind = el(0x0040A730, "LO", "x")
    assert content.title(behind, 0, len(behind), EXPLICIT_LE) == ""


def test_titles_are_told_and_compared():
    profile = titled("113701 113500")
    assert {word for uid, word, _ in profile.kinds() if uid == ESR} == {"", "title 113701", "title 113500"}
    assert ESR in passing(profile)
    changes = {change.name: (change.old, change.new) for change in difference(parse(BASIC), profile)}
    assert changes["Enhanced SR Storage, title 113701"] == ("Hold", "Let pass")
    assert profile.named(ESR, "title 113701").disposition == "pass"
    assert profile.named(ESR, "").disposition == "hold"


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ("title: 113701\n    do: pass\n    why: x\n", "after the rule of its SOP class"),
        ("title: report\n    do: pass\n    why: x\n", "code of six digits"),
        ("title:\n    do: pass\n    why: x\n", "code of six digits"),
    ],
)
def test_a_title_that_cannot_be_meant_is_refused(entries, words):
    with pytest.raises(BadProfile, match=words):
        parse(f"{BASIC}  - uid: {ESR if 'six' in words else ROOT + '88.99'}\n    {entries}")
    with pytest.raises(BadProfile, match="named once"):
        titled(113701, 113701)


@pytest.mark.no_cover
@pytest.mark.data("rdsr")
@pytest.mark.parametrize("name", ["trial-ct-mr", "radiotherapy", "pet", "mammo", "us-xa", "repository"])
def test_real_dose_reports_of_older_kind_pass_and_other_reports_are_held(name):
    folder = Path(data_path("rdsr"))
    for file in ("CT-ESR-GE_VCT.dcm", "CT-ESR-GE_Optima.dcm"):
        data = (folder / file).read_bytes()
        made = run(data, load(name))
        assert made.status == "done", made.words
        whole = b"".join(made.plan.chunks(data))
        assert recheck.check(whole) == []
        ds = pydicom.dcmread(io.BytesIO(whole))
        assert (ds.SOPClassUID, ds.ConceptNameCodeSequence[0].CodeValue) == (ESR, "113701")
        numbers = [str(e.value) for e in ds.iterall() if e.keyword == "NumericValue"]
        assert numbers == [
            str(e.value) for e in pydicom.dcmread(folder / file).iterall() if e.keyword == "NumericValue"
        ]
        assert len(numbers) > 5
    assert run((folder / "ESR_non-dose.dcm").read_bytes(), load(name)).reason == "structured_report"


def serial(data, made):
    return pydicom.dcmread(io.BytesIO(b"".join(made.plan.chunks(data)))).DeviceSerialNumber


@pytest.mark.parametrize("change", [{}, {"t00181000": None}])
def test_the_networks_id_of_the_scanner_stands_for_its_serial_number(change):
    data = slice_of(**change)
    made = run(data, NAMING, replace(WHO, scanner="NM-CT1"))
    assert serial(data, made) == "NM-CT1"
    assert recheck.check(b"".join(made.plan.chunks(data)), needles=("SN-555",)) == []
    assert serial(data, run(data, NAMING)) == "REMOVED"
    assert [tag for tag, action, _ in NAMING.own_actions() if action == "SCANNER"] == [SERIAL]


def test_inside_sequences_a_serial_number_goes_as_the_table_says():
    inner = item(el(0x00080070, "LO", "MAKER") + el(SERIAL, "LO", "SN-556"))
    data = slice_of(t0018A001=seq(0x0018A001, [inner]))
    made = run(data, NAMING, replace(WHO, scanner="NM-CT1"))
    whole = b"".join(made.plan.chunks(data))
    assert b"SN-55" not in whole
    assert whole.count(b"NM-CT1") == 1
    assert parse(BASIC).inside().names_scanner is NAMING.inside().names_scanner is False


def test_the_page_tells_of_the_scanner():
    one = tell(NAMING, attribute(SERIAL), (CT,))
    assert list(one.top) == [SCANNER]
    assert SCANNER not in one.nested
    assert one.why.startswith("This profile's own rule")
    assert list(tell(NAMING, attribute(SERIAL), ()).top) == [SCANNER]


def test_both_kinds_of_cleaning_in_any_order():
    ways = ("clean_pixels clean_faces", "clean_faces  clean_pixels", "clean_faces clean_faces clean_pixels")
    rules = [parse(BASIC.replace("do: leave_out", f"do: {way}", 1)).rule(f"{ROOT}66") for way in ways]
    assert {rule.disposition for rule in rules} == {"clean_pixels clean_faces"}
    assert all(rule.cleans_pixels and rule.cleans_faces for rule in rules)
    both = parse(BASIC.replace("do: pass", "do: clean_pixels clean_faces"))
    assert both.without_cleaning().rule(CT).disposition == "clean_faces"
    assert parse(BASIC.replace("do: pass", "do: clean_pixels")).without_cleaning().rule(CT).disposition == "pass"


def test_the_sample_is_told_and_compared():
    trial, before = load("trial-ct-mr", 3), load("trial-ct-mr", 2)
    assert told(trial)["sample"] == trial.sample == 50
    (change,) = [one for one in difference(before, trial) if one.about == "sample"]
    assert (change.old, change.new, change.why) == ("No sample", "One picture in 50 read", sample_words(trial))
    (back,) = [one for one in difference(trial, before) if one.about == "sample"]
    assert (back.new, back.why) == ("No sample", "")
    pixels = attribute(0x7FE00010)
    assert sample_words(trial) in tell(trial, pixels, (CT,)).why
    assert "only where the object says so" in tell(before, pixels, (CT,)).why
    assert "by reading it" in tell(load("us-xa", 1), pixels, ()).why


def test_an_image_of_a_screen_is_left_out_by_its_type():
    for words in ("DERIVED\\SECONDARY\\SCREEN SAVE", "DERIVED\\SECONDARY\\OTHER\\CT_SOM5 PROT",
                  "DERIVED\\SECONDARY\\DOSE_INFO"):  # fmt: skip
        screen = slice_of(t00080008=el(0x00080008, "CS", words))
        assert run(screen, REPOSITORY).status == "left_out"
    assert run(slice_of(), REPOSITORY).reason == "no_text_reader"
