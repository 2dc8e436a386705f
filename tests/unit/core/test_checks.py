"""Errors are gathered by field, the first of each, and raised together without the values typed."""

from __future__ import annotations

import re

import pytest

from isocentre.core.checks import Checks, Unfit


def test_first_error_of_each_field_is_kept_and_values_stay_out_of_the_message() -> None:
    checks = Checks()
    checks.filled("name", " ", "Enter a name")
    checks.brief("name", "x" * 300)
    checks.brief("note", "two\nlines")
    checks.form("code", "secret value", re.compile("[a-z]+"), "Use small letters")
    checks.one_of("colour", "mauve", ("red",), "Choose a colour")
    checks.nobody("why", "for 999 000 0018")
    with pytest.raises(Unfit) as caught:
        checks.done()
    assert caught.value.errors == {
        "name": "Enter a name",
        "note": "Remove line breaks and control characters",
        "code": "Use small letters",
        "colour": "Choose a colour",
        "why": "Take the NHS number out: nothing here may name a patient",
    }
    assert "secret value" not in str(caught.value)


def test_nothing_wrong_raises_nothing() -> None:
    checks = Checks()
    checks.filled("name", "Northmoor", "Enter a name")
    checks.nobody("name", "Northmoor")
    checks.done()
    assert checks.errors == {}


@pytest.mark.parametrize(
    ("text", "fine"),
    [("999 000 0018", False), ("EudraCT 2016-000007-19", True), ("2022-500121-12-00", True),
     ("2016-000007-19 of 9990000018", False), ("2016000007", False)],
)  # fmt: skip
def test_the_number_of_a_trial_is_nobodys_nhs_number(text: str, fine: bool) -> None:
    checks = Checks()
    checks.nobody("title", text)
    assert (not checks.errors) is fine


KNOWN = ("Needlova^Zuzana^^Mrs", "NM777001", "04/711-8", "Li^Bo")


@pytest.mark.parametrize("text", [
    "Mrs NEEDLOVA asked for it", "zuzana called", "see nm777001", "NM 777 001 is wrong", "0 4711 8, wrong arm",
])  # fmt: skip
def test_what_is_known_of_a_patient_is_found_however_it_is_written(text: str) -> None:
    checks = Checks()
    checks.nobody("reason", text, known=KNOWN)
    assert checks.errors == {"reason": "Take the patient's name or number out: nothing here may name a patient"}


@pytest.mark.parametrize("text", ["Mrs asked for it", "Wrong arm, LI 2", "Not needed: NM 777", "", "bo"])
def test_words_that_name_nobody_pass(text: str) -> None:
    checks = Checks()
    checks.nobody("reason", text, known=KNOWN)
    assert checks.errors == {}
