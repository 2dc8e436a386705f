"""Names as lists and headers write them agree where they are of one person; columns that changed places are seen."""

from __future__ import annotations

from datetime import date

import pytest

from isocentre.core.same_person import born_differs, name_differs, odd, words_of


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ("Needlova", "Needlova^Zuzana"), ("needlova", "NEEDLOVA^ZUZANA^^MRS"), ("Zuzana Needlova", "Needlova^Zuzana"),
        ("Needlova^Zuzana", "Needlova^Z"), ("Smith", "Smith-Jones^Ann"), ("Smith-Jones", "Jones^Ann"),
        ("Smith Jones", "SMITHJONES^Ann"), ("O'Neill", "ONEILL^Mary"), ("O’Neill", "O'Neill^Mary"),
        ("Łukasik", "Lukasik^Jan"), ("Müller", "MULLER^Eva"), ("Dr Lee", "Lee^Sam"), ("Lee Sam", "Lee Sam"),
        ("", "Needlova^Zuzana"), ("Needlova", ""), ("Needlova", "^Zuzana"), ("Needlova", "^^^"),
        ("Yamada", "山田^太郎"), ("Yamada", "Yamada^Tarou=山田^太郎=やまだ^たろう"), ("山田", "Yamada^Tarou=山田^太郎"),
    ],
)  # fmt: skip
def test_one_person_written_two_ways_agrees(known: str, said: str) -> None:
    assert not name_differs(known, said)


@pytest.mark.parametrize(
    ("known", "said"),
    [
        ("Needlova", "Lee^Zuzana"), ("Smith", "Jones^Smith"), ("Needlova^Zuzana", "Lee^Zuzana"),
        ("Lee", "Leeson^Ann"), ("Yamada", "Suzuki^Tarou=山田^太郎"),
    ],
)  # fmt: skip
def test_another_surname_differs(known: str, said: str) -> None:
    assert name_differs(known, said)


@pytest.mark.parametrize(
    ("known", "said", "differs"),
    [
        (date(1960, 1, 2), "19600102", False), (date(1960, 1, 2), "1960.01.02", False),
        (date(1960, 1, 2), "19600201", True), (date(1960, 1, 2), "", False), (date(1960, 1, 2), "1960", False),
        (None, "19600201", False),
    ],
)  # fmt: skip
def test_a_birth_date_is_compared_where_both_say_one(known: date | None, said: str, differs: bool) -> None:
    assert born_differs(known, said) is differs


def test_columns_that_changed_places_are_seen() -> None:
    assert set(odd({"hospital_number": "999 000 0018"})) == {"hospital_number"}
    assert odd({"hospital_number": "9990000018", "nhs_number": "9990000018", "surname": "Lee"}) == {}
    assert odd({"hospital_number": "1234567890"}) == {}
    assert set(odd({"surname": "1960-01-02"})) == {"surname"}
    assert words_of("Mrs Lee") == ["lee"]
