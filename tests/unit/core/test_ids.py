"""Identifier types: checked forms and masked reprs (domain.md §3.2)."""

import pytest

from isocentre.core.ids import HospitalNumber, NhsNumber, holds_nhs_number, is_uid


@pytest.mark.parametrize("text", ["943 476 5919", "999 000 0018", "9990000050", "999-000-0018"])
def test_valid_nhs_numbers_parse_without_spaces(text: str) -> None:
    assert NhsNumber.parse(text).isdigit()


@pytest.mark.parametrize("text", ["943 476 5918", "9990000001", "0000000000", "943476591", "94347659190", "94347x5919"])
def test_wrong_nhs_numbers_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="NHS number"):
        NhsNumber.parse(text)


def test_repr_shows_the_kind_and_never_the_value() -> None:
    assert repr(HospitalNumber("H123")) == "<HospitalNumber …>"
    assert "H123" not in f"{[HospitalNumber('H123')]}"


@pytest.mark.parametrize(
    ("text", "good"),
    [("1.2.840.10008.1.1", True), ("2.25.0", True), ("1.02.3", False), ("../../etc", False), ("", False),
     ("1." + "2" * 70, False), ("1.2.", False), ("1.2\n", False)],
)  # fmt: skip
def test_uids_have_no_leading_zeros_and_no_path_tricks(text: str, good: bool) -> None:
    assert is_uid(text) is good


@pytest.mark.parametrize("text", ["9990000018", "see 999 000 0018, week 8", "no 1234567890 but 999-000-0018"])
def test_an_nhs_number_is_found_in_text(text: str) -> None:
    assert holds_nhs_number(text)


@pytest.mark.parametrize("text", ["", "week 8", "9990000019", "19990000018", "99900000180", "999 000 001"])
def test_other_text_holds_none(text: str) -> None:
    assert not holds_nhs_number(text)
