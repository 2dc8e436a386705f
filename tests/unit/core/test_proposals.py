"""What may be the answer for a scan of nobody's, or one left out by little: and never what says nothing for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from isocentre.core.proposals import Known, how_near, of_enrolled, of_somebody, same_person
from isocentre.core.routing import Enrolled, PlannedWindow, ScanFacts, StudyRules

WEEK8 = PlannedWindow("wk8", "WK8", frozenset({"CT"}), frozenset({"CHEST"}), 50, 62, "CT chest")
WEEK12 = PlannedWindow("wk12", "WK12", frozenset({"CT"}), frozenset(), 70, 80)
RULES = StudyRules("ONC", "listed", "", True, planned=(WEEK12, WEEK8))
ADA = Enrolled(1, "ONC", date(2026, 1, 1), date(2026, 1, 10), False, names=("Lovelace",), born=date(1815, 12, 10))
KNOWN = Known(ADA, "01/007", "RNM1234")
SCAN = ScanFacts("ANY", "CT", "CHEST", date(2026, 3, 6), patient_name="LOVELACE^ADA", birth_date="18151210")


def on(day: int) -> ScanFacts:
    return replace(SCAN, acquired=date(2026, 1, 10) + timedelta(day))


def test_visits_near_its_day_the_nearest_first() -> None:
    first, second = of_enrolled(on(65), "no_visit", RULES, KNOWN)
    assert (first.time_point, first.key) == ("WK8", "1:ONC:WK8")
    assert first.why == "Subject 01/007 is enrolled; the scan is 3 days after the window of WK8."
    assert second.why == "Subject 01/007 is enrolled; the scan is 5 days before the window of WK12."
    [one] = of_enrolled(on(49), "no_visit", RULES, replace(KNOWN, subject=""))
    assert one.why == "Subject without id is enrolled; the scan is 1 day before the window of WK8."
    assert of_enrolled(on(10), "no_visit", RULES, KNOWN) == []
    assert of_enrolled(replace(on(65), modality="MR"), "no_visit", RULES, KNOWN) == []


def test_nothing_is_proposed_for_what_was_left_out_for_good() -> None:
    assert of_enrolled(on(65), "before_consent", RULES, KNOWN) == []
    assert of_enrolled(replace(SCAN, acquired=None), "no_visit", RULES, KNOWN) == []
    assert of_enrolled(SCAN, "no_visit", RULES, replace(KNOWN, enrolled=replace(ADA, day_zero=None))) == []


def test_what_it_differs_in_is_said() -> None:
    knee = of_enrolled(replace(on(55), body_part="KNEE"), "other_body_part", RULES, KNOWN)[0]
    assert knee.why.endswith("lies in the window of WK8, but its body part is not what is planned.")
    other = of_enrolled(replace(on(55), study_words="CT cardiac"), "other_procedure", RULES, KNOWN)[0]
    assert other.why.endswith(", but what the examination is called is not what is planned.")
    unlisted = of_enrolled(on(55), "not_listed", RULES, KNOWN)[0]
    assert unlisted.why.endswith("lies in the window of WK8, but is not on the accession list.")
    twice = replace(RULES, planned=(WEEK8, replace(WEEK8, id="again", first_day=55)))
    assert len(of_enrolled(on(56), "two_visits", twice, KNOWN)) == 1


def test_surname_and_birth_date_together_propose_a_person_and_say_how_the_number_differs() -> None:
    [one] = of_somebody(SCAN, "RNM1235", [RULES], [KNOWN])
    assert (one.enrolment_id, one.time_point) == (1, "WK8")
    assert one.why == (
        "Surname and birth date are those of subject 01/007; the hospital number differs by one character; "
        "it lies in the window of WK8."
    )
    assert not [word for word in ("LOVELACE", "RNM", "1815") if word in one.why.upper()]
    [named] = of_somebody(replace(on(10), listed_for=frozenset({"ONC"})), "X", [RULES], [KNOWN])
    assert (named.time_point, named.why.endswith("; its accession number is on the list.")) == ("", True)
    [undated] = of_somebody(replace(SCAN, acquired=None), "X", [RULES], [KNOWN])
    assert undated.time_point == ""
    [odd] = of_somebody(replace(SCAN, modality="US"), "X", [RULES], [replace(KNOWN, subject="")])
    assert (odd.time_point, "subject without id" in odd.why) == ("", True)


def test_less_than_both_proposes_nobody() -> None:
    assert of_somebody(replace(SCAN, birth_date=""), "RNM1234", [RULES], [KNOWN]) == []
    assert of_somebody(replace(SCAN, birth_date="18151211"), "RNM1234", [RULES], [KNOWN]) == []
    assert of_somebody(replace(SCAN, birth_date="unknown"), "RNM1234", [RULES], [KNOWN]) == []
    assert of_somebody(replace(SCAN, patient_name="Byron^Ada"), "RNM1234", [RULES], [KNOWN]) == []
    assert not same_person(SCAN, replace(ADA, born=None))
    assert not same_person(replace(SCAN, patient_name=""), ADA)
    assert not same_person(SCAN, replace(ADA, names=()))
    gone = replace(KNOWN, enrolled=replace(ADA, status="withdrawn"))
    assert of_somebody(SCAN, "RNM1234", [RULES], [gone]) == []
    assert of_somebody(SCAN, "RNM1234", [replace(RULES, intake_mode="dedicated")], [KNOWN]) == []


def test_a_listed_scan_of_nobody_enrolled_says_to_enrol() -> None:
    listed = replace(SCAN, listed_for=frozenset({"ONC", "OTHER"}))
    [one] = of_somebody(listed, "RNM1", [RULES], [])
    assert (one.research_study, one.enrolment_id, one.key) == ("ONC", None, ":ONC:")
    [found] = of_somebody(listed, "RNM1", [RULES], [KNOWN])
    assert found.enrolment_id == 1


@pytest.mark.parametrize(
    ("said", "known", "words"),
    [
        ("1234", "1234", "is the same, of another issuer"), ("", "1", "is not known of both"),
        ("001234", "1234", "differs by zeros before it"), ("1235", "1234", "differs by one character"),
        ("1243", "1234", "differs by two characters changed round"), ("1254", "1234", "differs by one character"),
        ("12 345", "1234", "differs by one character more or less"),
        ("123", "1234", "differs by one character more or less"),
        ("4321", "1234", "is another"), ("99999", "1234", "is another"), ("1243", "1230", "is another"),
    ],
)  # fmt: skip
def test_how_numbers_differ(said: str, known: str, words: str) -> None:
    assert how_near(said, known) == words
