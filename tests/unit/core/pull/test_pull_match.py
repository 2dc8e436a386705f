"""Which scan of a PACS a line means: none, one, several, or not what was asked for."""

from __future__ import annotations

from datetime import date

import pytest

from isocentre.core.pull.lines import Asked
from isocentre.core.pull.match import StudyFound, judge

DAY = date(2026, 3, 3)
ONE = StudyFound("1.2.1", "A1", "P1", "Name", DAY, "101500", "CT chest", ("CT",), 42, 2, "ONLINE")


def test_the_one_that_fits_is_meant():
    assert judge(Asked(accession="A1"), [ONE, ONE]).found == (ONE,)
    assert judge(Asked(accession="A1", patient_id="p1"), [ONE]).judged == "one"
    assert judge(Asked(study_uid="1.2.1"), [ONE]).judged == "one"
    assert judge(Asked(patient_id="P1", first_day=DAY, last_day=DAY), [ONE]).judged == "one"
    assert judge(Asked(patient_id="P1", first_day=DAY), [ONE]).judged == "one"


def test_none_is_said():
    match = judge(Asked(accession="A1"), [])
    assert (match.judged, match.found) == ("none", ())
    assert match.words


@pytest.mark.parametrize(
    "asked",
    [
        Asked(accession="A2"), Asked(study_uid="1.2.9"), Asked(accession="A1", patient_id="P2"),
        Asked(patient_id="P1", first_day=date(2026, 3, 4), last_day=date(2026, 3, 5)),
    ],
)  # fmt: skip
def test_what_was_not_asked_for_is_never_taken(asked):
    match = judge(asked, [ONE])
    assert (match.judged, match.found) == ("not_asked_for", ())


def test_a_scan_without_a_day_fits_no_dates():
    undated = StudyFound("1.2.1", "A1", "P1")
    assert judge(Asked(patient_id="P1", first_day=DAY, last_day=DAY), [undated]).judged == "not_asked_for"


def test_several_are_all_told_in_order_with_what_differs_and_none_is_guessed():
    later = StudyFound("1.2.2", "A1", "P1", "Name", date(2026, 3, 4), "090000", "CT chest", ("CT",), 42, 2, "ONLINE")
    undated = StudyFound("1.2.3", "A1", "P1", "Name", None, "", "CT chest", ("CT",), 42, 2, "ONLINE")
    match = judge(Asked(accession="A1"), [later, ONE, undated])
    assert match.judged == "several"
    assert match.found == (undated, ONE, later)
    assert match.differs == ("date", "time")
    assert "3" in match.words


def test_a_scan_of_another_modality_than_planned_is_not_meant_and_one_that_says_none_may_be():
    asked = Asked(patient_id="P1", first_day=DAY, last_day=DAY, modalities=("MR", "PT"))
    other = judge(asked, [ONE])
    assert (other.judged, "none of the modality" in other.words) == ("none", True)
    both = StudyFound("1.2.3", "A3", "P1", "Name", DAY, modalities=("PT", "CT"))
    silent = StudyFound("1.2.4", "A4", "P1", "Name", DAY)
    assert judge(asked, [ONE, both]).found == (both,)
    assert judge(asked, [ONE, both, silent]).judged == "several", "never guessed"
