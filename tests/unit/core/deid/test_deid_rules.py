"""Table, profiles, identities and values: the small pure parts of the engine."""

import re
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isocentre import profiles
from isocentre.core.deid import identity, values
from isocentre.core.deid._table import ROWS
from isocentre.core.deid.demands import UNKNOWN, demands
from isocentre.core.deid.profile import BadProfile, parse
from isocentre.core.deid.rules import DROP, KEEP, decide
from isocentre.core.deid.table import repeating, rules
from isocentre.core.dicom.walk import MalformedDicom
from isocentre.profiles import drafts, is_draft, load, load_any, names, released, versions

KEY = bytes(range(32))


def test_the_whole_table_is_there():
    assert len(ROWS) == 621
    assert len(rules()) == 617
    assert rules()[0x00100010].basic == "Z"
    assert rules()[0x00081010].options == {113109: "K"}
    assert [tag for tag in (0x50000010, 0x60023000, 0x00091001, 0x00100010) if repeating(tag)] == [
        0x50000010, 0x60023000, 0x00091001,
    ]  # fmt: skip


CT, ENHANCED_CT, PET, SR = (f"1.2.840.10008.5.1.4.1.1.{tail}" for tail in ("2", "2.1", "128", "88.11"))
SINGLE = demands(CT)[0]


@pytest.mark.parametrize("place", [*demands(CT), *demands(ENHANCED_CT), *demands(PET), *demands(SR), UNKNOWN])
def test_nothing_the_basic_profile_removes_or_changes_is_kept(place):
    basic = load("basic")
    for tag, rule in rules().items():
        decision = decide(basic, place, tag, b"")
        if rule.basic in ("X", "Z", "D", "U", "X/D", "X/Z", "X/Z/D", "Z/D"):
            assert decision.kind != KEEP, rule.name


def test_an_option_never_keeps_a_date_the_dates_rule_removes():
    text = load("trial-ct-mr", 1).text.replace("dates: shifted", "dates: removed")
    text = text.replace("  - code: 113107\n    why: Intervals", "  - code: 113112\n    why: Intervals")
    profile = parse(text)
    for tag, rule in rules().items():
        if 113109 in rule.options and 113106 in rule.options:
            assert decide(profile, SINGLE, tag, b"").kind != KEEP
    assert decide(profile, SINGLE, 0x00080080, b"LO").kind == KEEP
    assert decide(profile, SINGLE, 0x00181204, b"DA").kind == DROP


def test_what_nobody_knows_goes_and_what_cannot_be_is_refused():
    basic = load("basic")
    assert decide(basic, SINGLE, 0x00189998, b"LO").kind == DROP
    assert decide(basic, SINGLE, 0x30080010, b"SQ").kind != KEEP
    assert decide(basic, SINGLE, 0x00080031, b"DA").kind == DROP
    assert decide(basic, SINGLE, 0x00181078, b"DT").kind == DROP
    for vr, tag in ((b"??", 0x00080016), (b"LO", 0xFFFEE000)):
        with pytest.raises(MalformedDicom):
            decide(basic, SINGLE, tag, vr)


GOOD = load("basic").text


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("name: basic", "name: [", r"valid YAML \(line"),
        ("  - tag: (0010,4000)", "  - tag: x: y", r"valid YAML \(line \d+: mapping values are not allowed here\)"),
        (GOOD, "- a", "mapping"),
        ("name: basic\n", "", "exactly the keys"),
        ("dates: removed", "dates: some", "full, shifted or removed"),
        ("dates: removed", "dates: shifted", "do not agree"),
        ("options: []", "options: [{code: 113106, why: x}]", "do not agree"),
        ("options: []", "options: [{code: 113101, why: x}]", "not carried out"),
        ("options: []", "options: [{code: 113101, why: x}]", r"113101 \(Clean Pixel Data Option\) is not carried out"),
        ("options: []", "options: [{code: 113999, why: x}]", "113999 is not carried out"),
        ("options: []", "options: [{code: [113108], why: x}]", "not carried out"),
        ("options: []", "options: [{code: 113108.0, why: x}]", "not carried out"),
        ("options: []", "options: [{code: 113108, why: x, more: y}]", "the keys code and why"),
        ("options: []", "options: [{code: 113108, why: x}, {code: 113108, why: y}]", "named once"),
        ("options: []", "options: [{code: 113100, why: x}]", "always meant"),
        ("options: []", "options: [{code: 113106, why: x}, {code: 113107, why: x}]", "contradict each other"),
        ("options: []", "options: {code: 113108}", "options is a list"),
        ("options: []", "options: &a []", "no anchors"),
        ("options: []", "options: &a [*a]", "no anchors"),
        ("options: []", "options: " + "[" * 3000, "no deeper than 8"),
        ("version: 1", "version: !!float 1:59", "no tags"),
        ("version: 1", "version: !!timestamp x", "no tags"),
        ("version: 1", "version: 0b_", "valid YAML"),
        ("version: 1", "version: " + "9" * 5000, "valid YAML"),
        ("version: 1", "version: 1" + ":59" * 50000 + ".0", "whole number"),
        ("version: 1", "version: 2026-99-99", "whole number"),
        ("options: []", "options: []\ndates: full", "dates is said twice"),
        ("options: []", "options: []\n2: 1", "exactly the keys"),
        ("options: []", "options: []\n? [a]\n: 1", "valid YAML"),
        ("options: []", "options: [{code: 113108}]", "no justification"),
        ("options: []", "options: [113108]", "no justification"),
        ("version: 1", "version: one", "whole number"),
        ("version: 1", "version: true", "whole number"),
        ("version: 1", "version: 0", "whole number from 1"),
        ("options: []", "options: []\nbase: x", r"nobody knows base"),
        ("title: ", "titel: ", r"nobody knows titel; it lacks title"),
        (GOOD, "x" * 300_000, "256 KB"),
        ("name: basic", "name: ../x", "letters, digits"),
        ("tag: (0010,4000)", "tag: 0010", "gggg,eeee"),
        ("    action: X\n", "    action: X\n    more: 1\n", "the keys action, tag and why"),
        ("actions:\n", "actions:\n  - {tag: '(0010,4000)', action: Z, why: x}\n", "one action"),
        ("tag: (0010,4000)\n    action: X", "tag: (0010,4000)\n    action: K", "may not be kept"),
        ("tag: (0010,4000)\n    action: X", "tag: (0008,0020)\n    action: K", "may not be kept"),
        ("tag: (0010,4000)\n    action: X", "tag: (0018,9998)\n    action: K", "no attribute of the standard"),
        ("tag: (0010,4000)\n    action: X", "tag: (0010,4000)\n    action: U", "U is for UIDs"),
        ("action: X", "action: C", "K, X, Z, D or U"),
        ("tag: (0010,4000)", "tag: (0011,4000)", "standard tag"),
        ("tag: (0010,4000)", "tag: (0012,0062)", "standard tag"),
        ("do: leave_out", "do: maybe", "pass, clean_pixels, clean_faces .or both of these., hold or leave_out"),
        ("do: leave_out", "do: leave_out\n    hold: yes", "the keys do, uid and why"),
        ("uid: 1.2.840.10008.5.1.4.1.1.66", "uid: raw", "once, by its UID"),
        ("uid: 1.2.840.10008.5.1.4.1.1.66", "uid: 1.2.840.10008.5.1.4.1.1.2", "once, by its UID"),
        ("do: leave_out", "do: hold clean_pixels", "pass, clean_pixels"),
        ("do: leave_out", "do: []", "pass, clean_pixels"),
        ("options: []", "options: []\nsample: 1", "sample is a whole number from 2 to 1000"),
        ("options: []", "options: []\nsample: some", "sample is a whole number"),
        ("options: []", "options: []\nsample: 1001", "sample is a whole number"),
        ("options: []", "options: []\nsample:", "sample is a whole number"),
        ("action: X", "action: SCANNER", r"SCANNER on \(0018,1000\)"),
        ("do: leave_out", "title: 113701\n    image_type: A\n    do: pass", "not for both"),
        (GOOD[GOOD.index("sop_classes:") :], "sop_classes: []", "names the SOP classes"),
    ],
)
def test_a_profile_that_cannot_be_trusted_is_refused(old, new, words):
    assert old in GOOD
    with pytest.raises(BadProfile, match=words):
        parse(GOOD.replace(old, new, 1))


HOSTILE = (
    "{", "}", "[", ": ", "- ", "?", "!!binary ", "!!set ", "!!int ", "<<: ", "null", "1:2:3", "2026-99-99", "&a ", "*a",
    "|\n", "'", '"', "\\", "\0", "\ud800", "\t", "%YAML 9.9\n", "---\n", ".nan", "~", "\u2028", "#",
)  # fmt: skip


@given(st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 20), st.sampled_from(HOSTILE)), min_size=1, max_size=4))
def test_whatever_the_text_it_is_a_profile_or_refused_in_words(cuts):
    text = GOOD[:3000]
    for at, length, word in cuts:
        text = text[:at] + word + text[at + length :]
    try:
        said = parse(text).method
    except BadProfile as error:
        said = str(error)
    assert said


def test_shipped_profiles_load_by_name_or_file(tmp_path):
    assert {"basic", "trial-ct-mr"} <= set(names())
    mine = tmp_path / "mine.yaml"
    mine.write_text(GOOD.replace("name: basic", "name: mine"))
    assert load_any(str(mine)).name == "mine"
    assert load_any("basic") is load("basic")
    assert load("basic").rule("1.9").disposition == "hold"
    assert re.fullmatch("[0-9a-f]{64}", load("basic").sha256)
    assert parse(GOOD.replace("actions:\n", "actions: []\n#", 1).replace("  - tag", "#", 1).replace(
        "    action: X\n", "").replace("    why: Patient comments", "#", 1)).actions == {}  # fmt: skip
    for missing in ("none", str(tmp_path)):
        with pytest.raises(BadProfile):
            load_any(missing)
    with pytest.raises(BadProfile):
        load("none")


def test_a_draft_is_used_only_where_it_is_asked_for_by_its_version(monkeypatch):
    assert (versions("trial-ct-mr"), drafts("trial-ct-mr"), versions("none")) == ([1, 2, 3], set(), [])
    assert load("trial-ct-mr") is load("trial-ct-mr", 3) is load_any("trial-ct-mr")
    monkeypatch.setattr(profiles, "drafts", lambda name: {"trial-ct-mr": {3}, "us-xa": {1}}.get(name, set()))
    assert load("trial-ct-mr") is load("trial-ct-mr", 2) is load_any("trial-ct-mr")
    assert load("trial-ct-mr", 2) is load_any("trial-ct-mr.v2") is load_any("trial-ct-mr@2")
    assert released("trial-ct-mr") is released("trial-ct-mr@2") is load("trial-ct-mr")
    assert released("trial-ct-mr@1") is load("trial-ct-mr", 1)
    with pytest.raises(BadProfile, match="is a draft, and may change"):
        released("us-xa@1")
    with pytest.raises(BadProfile, match="no profile of this name"):
        released("../basic")
    assert is_draft(parse(GOOD.replace("Patient comments", "Comments")))
    assert is_draft(parse(GOOD.replace("version: 1", "version: 9")))
    assert load("trial-ct-mr", 2).method == "Isocentre profile trial-ct-mr v2"
    with pytest.raises(BadProfile, match="in version 7"):
        load("trial-ct-mr", 7)
    monkeypatch.setattr(profiles, "drafts", lambda _: {1, 2, 3})
    with pytest.raises(BadProfile, match="draft"):
        load("trial-ct-mr")


def test_a_phantom_is_known_by_its_scanner_else_by_its_site():
    assert identity.phantom_key("RXH-MR1", "RXH") == "phantom:RXH-MR1"
    assert identity.phantom_key("", "RXH") == "phantom:RXH"


def test_the_canonical_key_is_the_first_known():
    assert identity.canonical_key(patient_id="A1", nhs_number="943 476 5919") == "nhs:9434765919"
    assert identity.canonical_key(patient_id=" A1 \0", issuer=" RXH ", nhs_number="9434765918") == "id:RXH|A1"
    assert identity.canonical_key(patient_id="9434765919") == "id:|9434765919"
    with pytest.raises(ValueError, match="no key"):
        identity.canonical_key(patient_id=" ")
    assert "943" not in repr(identity.canonical_key(patient_id="9434765919"))


@given(st.text(min_size=1), st.text(min_size=1))
def test_stand_ins_are_stable_keyed_and_well_formed(one, other):
    name = identity.pseudonym(KEY, one)
    assert identity.PSEUDONYM_FORM.fullmatch(name)
    assert (identity.pseudonym(KEY, other) == name) == (one == other)
    assert identity.pseudonym(KEY[::-1], one) != name
    assert 8 <= identity.shift_weeks(KEY, one) <= 520
    uid = identity.object_uid(KEY, one.encode())
    assert re.fullmatch(r"2\.25\.\d{1,39}", uid)
    assert len(uid) <= 64


@given(st.dates(date(1880, 1, 1), date(2100, 1, 1)), st.integers(8, 520))
def test_dates_go_back_whole_weeks(day, weeks):
    moved = values.shift_date(day.strftime("%Y%m%d").encode().rjust(8, b"0"), weeks)
    assert date.fromisoformat(moved.decode()) == day - timedelta(weeks=weeks)


@pytest.mark.parametrize(
    ("value", "shifted"),
    [
        (b"20240315\\20240322 ", b"20240308\\20240315"), (b"", b""), (b"20240315\\", b"20240308\\"),
        (b"2024.03.15", b"20240308"), (b"20240230", None), (b"2024", None), (b"00010101", None), (b"20240315x", None),
    ],
)  # fmt: skip
def test_date_values(value, shifted):
    assert values.shift_date(value, 1) == shifted


@pytest.mark.parametrize(
    ("value", "shifted"),
    [
        (b"20240315", b"20240308"), (b"20240315101112.123456+0100 ", b"20240308101112.123456+0100"), (b"", b""),
        (b"2024031510\\", b"2024030810\\"), (b"202403", None), (b"20240230101112", None), (b"2024031510.5", None),
        (b"20240315 10", None),
    ],
)  # fmt: skip
def test_datetime_values(value, shifted):
    assert values.shift_datetime(value, 1) == shifted


@pytest.mark.parametrize(
    ("value", "capped"),
    [
        (b"089Y", b"089Y"), (b"090Y", b"090Y"), (b"093Y", b"090Y"), (b"999M", b"999M"), (b"000D", b"000D"), (b"", b""),
        (b"93", None), (b"ADA", None),
    ],
)  # fmt: skip
def test_ages_over_89_become_90(value, capped):
    assert values.cap_age(value) == capped
