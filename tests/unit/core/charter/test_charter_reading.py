"""What a charter may be, and the words in which anything else is refused, with its place."""

from __future__ import annotations

import copy
import json
import re
from decimal import Decimal
from typing import Any

import pytest
from charters import TEXT, charter
from hypothesis import given
from hypothesis import strategies as st

from isocentre.core.charter.reading import MOST_BYTES, number, parse, read
from isocentre.core.charter.records import UNITS, Charter, Rule, ScanKind, Series, is_numeric, plain
from isocentre.core.charter.removed import lost
from isocentre.core.strict import MessageError
from isocentre.profiles import load

NHS = "999 000 0018"  # test range, valid check digit


def test_yaml_and_json_say_the_same() -> None:
    found = charter()
    assert read(json.dumps(plain(found))) == found
    assert read("\n\t" + json.dumps(plain(found), indent="\t")) == found


def test_units_are_dicoms_own_and_numbers_stay_as_written() -> None:
    [first, *_] = charter().scans[0].series[0].rules
    assert (first.unit, first.least) == ("mm", Decimal("0.5"))
    assert all(is_numeric(name) for name in UNITS)
    floats = read('{"title": "x", "scans": [{"name": "a", "modalities": "CT", "series": [{"name": "s", "modality": "CT"'
                  ', "rules": [{"attribute": "EchoTime", "exact": 0.1}]}]}]}')  # fmt: skip
    assert floats.scans[0].series[0].rules[0].values == ("0.1",)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("title: Onco", "name: Onco", "charter has 'name', which nobody knows; it may have scans, title, version"),
        ("title: Onco CT, imaging charter", "title: ' '", "charter.title is empty"),
        ("title: Onco CT, imaging charter", f"title: For {NHS}", "charter.title looks like an NHS number"),
        ("title: Onco CT, imaging charter\n", "", "charter.title is missing"),
        ("rules:\n", "rule:\n", "series[1] has 'rule', which nobody knows"),
        ("range:", "rnage:", "rules[1] has 'rnage', which nobody knows"),
        ("[CT]", "[]", "charter.scans[1].modalities must name at least one modality"),
        ("[CT]", "[ct]", "modalities[0] does not have the form"),
        ("[CT]", "[CT, MR]", "charter.scans[1].series has none of modality MR"),
        ("name: Lung window", "name: Thin axial", "scans[1].series has Thin axial twice"),
        ("name: PET/CT", "name: CT of the chest", "charter.scans has CT of the chest twice"),
        ("[PT, CT]", "CT", "have the same modalities and share a time point"),
        ("description: [axial]", "description: [axial, ' ']", "none of them empty"),
        ("description: [axial]", "description: 7", "description must be a list"),
        ("minimum_images: 10", "minimum_images: 0", "between 1 and 100000"),
        ("required: false", "required: 'no'", "must be true or false"),
        ("attribute: KVP", "attribute: kVp", "is no DICOM keyword"),
        ("attribute: KVP", "attribute: PixelData", "PixelData holds no value that a rule can be about"),
        ("one_of: [100, 120]", "one_of: [100, 100]", "one_of has 100 twice"),
        ("one_of: [100, 120]", "one_of: 100", "one_of must be a list of 1 to 200"),
        ("one_of: [100, 120]", "one_of: []", "one_of must be a list of 1 to 200"),
        ("one_of: [100, 120]", "one_of: [about 100]", "one_of must be a number"),
        ("one_of: [100, 120]", "one_of: [true]", "one_of must be a number"),
        ("one_of: [100, 120]", "one_of: [[1]]", "one_of must be a number"),
        ("one_of: [100, 120]", "one_of: [100], exact: 1", "needs exactly one of exact, one_of, range"),
        ("one_of: [100, 120]", "decimals: 2", "needs exactly one of exact, one_of, range"),
        ("one_of: [100, 120]", "exact: 1, decimals: 7", "decimals must be between 0 and 6"),
        ("one_of: [100, 120]", "exact: 1, unit: V", "unit must be kV: so DICOM gives KVP"),
        ("attribute: KVP", "attribute: SliceThickness, unit: mm", "one_of must be a number|twice"),
        ("exact: B30f", "exact: ''", "exact must be text"),
        ("exact: B30f", "exact: 30", "exact must be text"),
        ("exact: B30f", f"exact: '{NHS}'", "exact looks like an NHS number"),
        ("exact: B30f", "range: {most: 1}", "range is for numbers, and ConvolutionKernel is none"),
        ("present: true", "present: false", "present must be true"),
        ("{least: 0.5, most: 5}", "{}", "range needs least, most or both"),
        ("{least: 0.5, most: 5}", "{least: 6, most: 5}", "least is above most"),
        ("{least: 0.5, most: 5}", "[1, 5]", "range must be an object"),
        ("{least: 0.5, most: 5}", "{lowest: 5}", "range has 'lowest', which nobody knows"),
        ("{value: 0.7, percent: 10}", "{value: 0.7}", "tolerance needs value, and one of within and percent"),
        ("{value: 0.7, percent: 10}", "{percent: 7}", "tolerance needs value"),
        ("{value: 0.7, percent: 10}", "{value: 1, within: 1, percent: 7}", "tolerance needs value"),
        ("{value: 0.7, percent: 10}", "{value: 1, within: -1}", "may not be below 0"),
        ("scans:", "scans: &a", "a charter has no anchors and no aliases"),
        ("title:", "- title:", "the charter is not valid YAML (line"),
    ],
)
def test_what_is_wrong_is_refused_in_words_and_by_place(old: str, new: str, words: str) -> None:
    assert old in TEXT
    wrong = TEXT.replace(old, new, 1)
    if "SliceThickness, unit" in new:
        wrong = wrong.replace("one_of: [100, 120]", "range: {most: 9}")
        words = "rules has SliceThickness range twice"
    with pytest.raises(MessageError, match=re.escape(words)) as caught:
        read(wrong)
    assert NHS not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("  \n", "the charter is empty"),
        ("words", "a charter is a YAML mapping"),
        ("title: \x07", "the charter is not valid YAML"),
        ("a: " + "x" * MOST_BYTES, "a charter is at most 256 KB"),
        ('{"title": "a",\n}', "not valid JSON (line 2"),
        ('{"title": NaN}', "NaN is no number"),
        ('{"title": "a", "title": "b"}', "title is said twice in one place"),
        ('{"a":' + "[" * 100_000, "nested too deep"),
        ('{"title": "x", "scans": {}}', "charter.scans must be a list"),
        ('{"title": "x", "scans": [1]}', "charter.scans[1] must be an object"),
        ('{"title": "x", "scans": []}', "charter.scans must have 1 to 200 entries"),
        ('{"title": "x", "version": -1, "scans": []}', "charter.version must be between 0"),
    ],
)
def test_what_is_no_charter_is_refused(text: str, words: str) -> None:
    with pytest.raises(MessageError, match=re.escape(words)):
        read(text)


def test_time_points_set_kinds_of_the_same_modalities_apart() -> None:
    data = plain(charter())
    other = copy.deepcopy(data["scans"][0])
    other |= {"name": "Later CT", "time_points": ["Week 16"]}
    assert len(parse({**data, "scans": [*data["scans"], other]}).scans) == 3
    for shared in (["week  8"], []):
        with pytest.raises(MessageError, match="share a time point"):
            parse({**data, "scans": [*data["scans"], {**other, "time_points": shared}]})


@pytest.mark.parametrize(
    ("text", "value"), [("5.0", "5.0"), (" -1e2 ", "-100"), (".5", "0.5"), ("1.", "1"), ("+3", "3")]
)
def test_numbers_are_as_dicom_writes_them(text: str, value: str) -> None:
    assert number(text) == Decimal(value)


@pytest.mark.parametrize("text", ["", "1e999", "nan", "inf", "1,5", "1_0", "٣", "0x1", "9" * 40])
def test_what_is_no_number_of_dicom_is_none(text: str) -> None:
    assert number(text) is None


def test_bounds_in_words() -> None:
    one = Rule("EchoTime", "range", most=Decimal(9))
    assert [one.words, Rule("EchoTime", "range", least=Decimal(1), unit="ms").words] == ["at most 9", "at least 1 ms"]


def test_a_rule_on_what_the_profile_takes_away_is_found() -> None:
    assert lost(charter(), load("trial-ct-mr")) == []
    moved = charter(TEXT.replace("attribute: ContrastBolusAgent", "attribute: AcquisitionDate"))
    gone = charter(TEXT.replace("attribute: ContrastBolusAgent", "attribute: OperatorsName"))
    version = load("trial-ct-mr").version
    assert lost(moved, load("trial-ct-mr")) == [
        f"AcquisitionDate does not stay as it was under the profile trial-ct-mr v{version}: moved by whole weeks"
    ]
    assert len(lost(gone, load("trial-ct-mr"))) == 1
    assert not is_numeric("NoSuchAttribute")


words = st.text("abcdefgh XYZ0123-", min_size=1, max_size=12).map(str.strip).filter(bool)
bounds = st.decimals(min_value=0, max_value=1000, places=3)
rules = st.one_of(
    st.builds(lambda v: Rule("ConvolutionKernel", "exact", (v,)), words),
    st.builds(
        lambda v: Rule("KVP", "one_of", tuple(map(str, v)), unit="kV"), st.lists(bounds, min_size=1, unique=True)
    ),
    st.builds(lambda v, d: Rule("EchoTime", "range", most=v, unit="ms", decimals=d), bounds, st.integers(0, 6)),
    st.builds(lambda v, w: Rule("FlipAngle", "tolerance", value=v, within=w, unit="deg"), bounds, bounds),
    st.just(Rule("SeriesDescription", "present")),
)
series = st.builds(
    Series, name=words, modality=st.just("CT"), description=st.lists(words, max_size=3).map(tuple),
    protocol=st.lists(words, max_size=2).map(tuple), minimum_images=st.integers(1, 500), required=st.booleans(),
    rules=st.lists(rules, max_size=4, unique_by=lambda one: one.attribute).map(tuple),
)  # fmt: skip
kinds = st.builds(
    ScanKind, name=words, modalities=st.just(("CT",)), time_points=st.lists(words, max_size=2).map(tuple),
    series=st.lists(series, min_size=1, max_size=3, unique_by=lambda one: one.name).map(tuple),
)  # fmt: skip


@given(st.builds(Charter, title=words, version=st.integers(0, 99), scans=st.tuples(kinds)))
def test_a_charter_survives_being_written_and_read(one: Charter) -> None:
    data: dict[str, Any] = plain(one)
    assert parse(data) == one
    assert read(json.dumps(data)) == one
