"""Subject ids and versions of consent forms: what may leave the hospital, and what is refused with how to mend it."""

from __future__ import annotations

from datetime import date

import pytest

from isocentre.core import subjects
from isocentre.core.checks import Checks
from isocentre.core.subjects import Identity

NHS = "9990000018"
WHO = Identity("Zołądek^Anna Maria", "NM 777-001", NHS, date(1937, 2, 19))


def wrong(subject_id: str = "01/007", consent_version: str = "", person: Identity = WHO) -> dict[str, str]:
    checks = Checks()
    subjects.check(checks, subject_id=subject_id, consent_version=consent_version, person=person)
    return checks.errors


@pytest.mark.parametrize("value", ["01/007", "LUM-001", "S.7_2 b", "7", "2019-001234-56", "A" * 63 + "1"])
def test_what_trials_write_passes_on_both_sides(value: str) -> None:
    assert wrong(value) == {}
    assert subjects.fits_subject_id(value)


@pytest.mark.parametrize(
    "value",
    ["Jane Doe", "LUM-001 (screen fail)", "Zołądek-1", "-1", "a" * 64 + "1", "1\\2", "1^2", "S 943 476 5919", NHS],
)
def test_what_the_national_side_would_refuse_is_refused_where_it_is_typed(value: str) -> None:
    assert not subjects.fits_subject_id(value)
    assert set(wrong(value, person=Identity())) == {"subject_id"}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("nm777001", "patient's number"),
        ("999 000 0018", "NHS number"),
        ("S-NM777001", "patient's number"),
        ("S 943 476 5919", "NHS number"),
        ("Maria 7", "name or number"),
        ("ZOŁĄDEK-1", "name or number"),
        ("19370219", "birth date"),
        ("S-1937-02-19", "birth date"),
        ("A 19.02.1937", "birth date"),
        ("190237", "birth date"),
        ("02/19/37", "birth date"),
    ],
)
def test_what_identifies_the_person_is_refused_with_what_to_do(value: str, words: str) -> None:
    errors = wrong(value)
    assert set(errors) == {"subject_id"}
    assert words in errors["subject_id"]
    assert not [one for one in ("777", "1937", "999", "Maria") if one in errors["subject_id"]]


def test_a_short_number_is_refused_where_it_is_all_that_is_said() -> None:
    short = Identity(hospital_number="0-07")
    assert "patient's number" in wrong("007", person=short)["subject_id"]
    assert wrong("01/007", person=short) == {}


def test_short_digits_that_are_like_a_birth_date_by_chance_pass() -> None:
    assert wrong("01/190237") == {}
    assert wrong("190237", person=Identity()) == {}


@pytest.mark.parametrize("value", ["2.0", "PIS v3 (adults)", "imaging", "2019-001234-56 v2"])
def test_versions_of_consent_forms_pass_on_both_sides(value: str) -> None:
    assert wrong("", value) == {}
    assert subjects.fits_consent(value)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("v2 “new”", "Use letters"), ("v2, 19/02/1937", "birth date"), ("v2 Maria", "name or number"),
        ("v2 999 000 0018", "NHS number"),
    ],
)  # fmt: skip
def test_a_version_that_names_somebody_or_cannot_cross_is_refused(value: str, words: str) -> None:
    assert words in wrong("", value)["consent_version"]


def test_a_person_of_whom_nothing_is_known_is_like_no_subject_id() -> None:
    assert wrong("007", person=Identity()) == {}
    assert wrong("", "") == {}
    assert not subjects.fits_consent(NHS)
