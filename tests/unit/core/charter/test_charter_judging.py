"""A scan held against a charter: each planted deviation is found, and none is invented."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from charters import TEXT, charter, scan, thin
from hypothesis import given
from hypothesis import strategies as st

from isocentre.core.charter.judging import Deviation, SeriesFacts, attributes, judge, meets, verdict_of
from isocentre.core.charter.records import Rule, called


def test_a_scan_that_meets_every_rule_passes() -> None:
    found = judge(charter(), scan())
    assert (found.state, found.kind, found.deviations, found.waiting) == ("pass", "CT of the chest", (), ())


@pytest.mark.parametrize(
    ("attribute", "value", "words"),
    [
        ("SliceThickness", "5.0001", "Slice thickness: wanted 0.5 to 5 mm, got 5.0001 mm"),
        ("SliceThickness", "", "Slice thickness: wanted 0.5 to 5 mm, got no value"),
        ("SliceThickness", "thick", "Slice thickness: wanted 0.5 to 5 mm, got thick mm"),
        ("KVP", "80", "KVP: wanted 100 or 120 kV, got 80 kV"),
        ("ConvolutionKernel", "b30f", "Convolution kernel: wanted B30f, got b30f"),
        ("PixelSpacing", "0.7\\0.78", "Pixel spacing: wanted 0.7 mm ± 10 %, got 0.7 and 0.78 mm"),
        ("ContrastBolusAgent", " ", "Contrast bolus agent: wanted given in the header, got no value"),
    ],
)
def test_each_deviation_is_found_alone_and_said_in_words(attribute: str, value: str, words: str) -> None:
    found = judge(charter(), scan(thin(**{attribute: value})))
    assert found.state == "repeat"
    assert [one.words for one in found.deviations] == [f"Thin axial (series 3, Chest AXIAL): {words}"]


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("SliceThickness", "5"), ("SliceThickness", "5.00004"), ("SliceThickness", " 0.5 "), ("KVP", "1.2e2"),
        ("PixelSpacing", "0.77\\0.63"), ("ConvolutionKernel", "B30f "),
    ],
)  # fmt: skip
def test_bounds_are_inclusive_and_numbers_are_compared_as_numbers(attribute: str, value: str) -> None:
    assert judge(charter(), scan(thin(**{attribute: value}))).state == "pass"


def test_a_value_of_some_images_only_is_told_with_how_many() -> None:
    some = replace(thin(), values={**thin().values, "KVP": {"120": 30, "80": 7, "70": 3, "": 1, "90": 1}})
    [one] = judge(charter(), scan(some)).deviations
    assert one.got == "80 kV in 7 of 42 images; 70 kV in 3 of 42 images; no value in 1 of 42 images; 1 more"


def test_an_attribute_nobody_read_counts_as_absent() -> None:
    bare = replace(thin(), values={})
    assert len(judge(charter(), scan(bare)).deviations) == 5


def test_a_series_that_is_missing_is_one_deviation_and_says_which_was_meant() -> None:
    [one] = judge(charter(), scan(thin(description="coronal"))).deviations
    assert one.words == (
        "Thin axial: wanted a series of modality CT, whose description has axial, whose description has no lung, got "
        "another series"
    )
    [one] = judge(charter(), scan(thin(description="coronal"), thin(description="scout"))).deviations
    assert one.got == "none of the 2 series here"


def test_too_few_images_are_a_deviation() -> None:
    [one] = judge(charter(), scan(thin(images=1))).deviations
    assert (one.wanted, one.got, one.attribute) == ("at least 10 images", "1", "")


def test_what_an_optional_series_is_must_be_right_and_it_may_be_absent() -> None:
    good = thin(description="lung axial", SliceThickness="1.25")
    assert judge(charter(), scan(thin(), good)).state == "pass"
    [one] = judge(charter(), scan(thin(), thin(description="lung axial", SliceThickness="1.26"))).deviations
    assert (one.series, one.wanted) == ("Lung window", "1 mm ± 0.25 mm")


def test_a_series_repeated_mends_the_first_and_others_do_not_matter() -> None:
    bad, other = thin(SliceThickness="8"), SeriesFacts("", "SR", "", "", 1)
    assert judge(charter(), scan(bad, thin(), other)).state == "pass"
    short = thin(images=3)
    assert judge(charter(), scan(short, thin(), bad)).state == "pass"


def test_while_images_arrive_nothing_is_final() -> None:
    arriving = judge(charter(), scan(thin(images=4, KVP="80"), arriving=True))
    assert (arriving.state, arriving.waiting) == ("incomplete", ("Thin axial: at least 10 images, 4 here",))
    assert [one.attribute for one in arriving.deviations] == ["KVP"]
    missing = judge(charter(), scan(thin(description="scout"), arriving=True))
    assert (missing.state, missing.deviations) == ("incomplete", ())
    assert missing.waiting[0].startswith("Thin axial: a series of modality CT")
    assert judge(charter(), scan(arriving=True)).state == "incomplete"
    assert judge(charter(), scan(SeriesFacts("1", "MR", "", "", 1), arriving=True)).state == "incomplete"


def test_a_scan_the_charter_does_not_speak_of_is_said_to_be_so() -> None:
    assert judge(charter(), scan(time_point="week 16")).state == "not_covered"
    assert judge(charter(), scan(SeriesFacts("1", "MR", "", "", 1))).state == "not_covered"


def test_the_kind_with_most_modalities_wins_and_time_points_are_compared_loosely() -> None:
    pet = SeriesFacts("2", "PT", "", "Whole  Body 3D", 200)
    found = judge(charter(), scan(thin(), pet))
    assert (found.state, found.kind) == ("pass", "PET/CT")
    assert judge(charter(), scan(time_point=" week  8")).kind == "CT of the chest"
    [one] = judge(charter(), scan(thin(), replace(pet, protocol="head"))).deviations
    assert one.wanted == "a series of modality PT, whose protocol has whole body"


def test_each_series_answers_for_one_that_is_expected() -> None:
    two = TEXT.replace("description: [lung]\n        required: false", "description: [axial]")
    assert judge(charter(two), scan(thin(), thin(SliceThickness="1"))).state == "pass"
    assert judge(charter(two), scan(thin(SliceThickness="1"), thin())).state == "pass"
    found = judge(charter(two), scan(thin()))
    assert [one.series for one in found.deviations] == ["Lung window"]


def test_a_verdict_survives_being_kept() -> None:
    for one in (scan(), scan(thin(KVP="80", images=2)), scan(thin(images=2), arriving=True)):
        found = judge(charter(), one)
        assert verdict_of(found.plain()) == found


def test_attributes_are_those_with_rules_once_each() -> None:
    assert attributes(charter()) == ("SliceThickness", "KVP", "ConvolutionKernel", "PixelSpacing", "ContrastBolusAgent")


def test_a_deviation_of_nothing_seen_has_no_brackets() -> None:
    assert Deviation("Axial", "", "KVP", "120", "80").words == "Axial: KVP: wanted 120, got 80"
    assert [called(name) for name in ("KVP", "EchoTime", "XRayTubeCurrent", "DiffusionBValue")] == [
        "KVP", "Echo time", "X ray tube current", "Diffusion B value",
    ]  # fmt: skip


@pytest.mark.parametrize("value", ["1e99", "-1e99", "1e-99", "0"])
def test_numbers_beyond_all_measure_are_compared_all_the_same(value: str) -> None:
    rule = Rule("EchoTime", "range", least=Decimal(1), most=Decimal(2))
    assert not meets(rule, value)
    assert meets(replace(rule, least=None, most=None, value=Decimal(value), within=Decimal()), value)


numbers = st.decimals(min_value=-10_000, max_value=10_000, places=4)


@given(value=numbers, within=st.decimals(min_value=0, max_value=100, places=4), step=st.integers(-10, 10))
def test_tolerance_is_what_arithmetic_says(value: Decimal, within: Decimal, step: int) -> None:
    rule = Rule("EchoTime", "tolerance", value=value, within=within)
    got = value + within + step * Decimal("0.0001")
    assert meets(rule, str(got)) == (abs(got - value) <= within)


@given(value=numbers, wanted=numbers)
def test_a_range_from_and_to_a_number_is_that_number_and_one_sided_ranges_halve_it(
    value: Decimal, wanted: Decimal
) -> None:
    exact = Rule("EchoTime", "exact", (str(wanted),))
    least, most = (Rule("EchoTime", "range", **{side: wanted}) for side in ("least", "most"))
    assert meets(exact, str(value)) == (meets(least, str(value)) and meets(most, str(value))) == (value == wanted)


@given(value=numbers)
def test_noise_below_the_rounding_never_matters(value: Decimal) -> None:
    noisy = str(value + Decimal("0.00004"))
    assert meets(Rule("EchoTime", "exact", (str(value),)), noisy)
    assert not meets(Rule("EchoTime", "exact", (str(value),), decimals=6), noisy)
