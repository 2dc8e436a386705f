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


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("Maria 7", ("name",)), ("ZOLADEK-1", ("name",)), ("zol001", ("name",)), ("SITEANNA1", ("name",)),
        ("ZA-001", ("initials",)), ("01-amz-7", ("initials",)), ("01_ZAM_7", ("initials",)), ("AZ7", ("initials",)),
        ("19370219", ("birth_date",)), ("S-1937-02-19", ("birth_date",)), ("A 19.02.1937", ("birth_date",)),
        ("190237", ("birth_date",)), ("02/19/37", ("birth_date",)),
        ("ANNA-ZA-19370219", ("name", "initials", "birth_date")),
        ("01/190237", ()), ("LUM-001", ()), ("01/007", ()), ("ZB-001", ()), ("Z1A", ()), ("", ()),
    ],
)  # fmt: skip
def test_what_may_tell_who_the_person_is_is_doubted_and_a_person_decides(value: str, told: tuple[str, ...]) -> None:
    assert subjects.doubts(value, WHO) == told
    assert set(wrong(value)) <= ({"subject_id"} if not subjects.fits_subject_id(value) else set())
    assert subjects.doubts(value, Identity()) == ()


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [("Jane Doe", "JD-1", True), ("Jane Doe", "DJ-1", True), ("Doe", "D-1", False), ("Doe", "DO-1", False),
     ("Doe^", "D-1", False), ("Li^Wu", "LI-1", False), ("Li^Wu", "LW1", True), ("Smith-Jones^Ann", "ASJ1", True),
     ("Smith-Jones^Ann", "AS-1", True)],
)  # fmt: skip
def test_initials_are_those_people_write(name: str, value: str, told: bool) -> None:
    assert bool(subjects.doubts(value, Identity(name))) is told


def test_a_stand_in_follows_those_taken_and_has_the_form_that_crosses() -> None:
    assert subjects.next_stand_in([]) == "S-0001"
    assert subjects.next_stand_in(["01/007", "S-0009", "S-7", "S-0003"]) == "S-0010"
    assert subjects.fits_subject_id(subjects.next_stand_in([]))
    assert subjects.in_words(("birth_date", "name")) == "their name and their birth date"


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
