"""What follows a scan, what is named by an accession list, what lies between two visits, what a person assigned."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from isocentre.core import following
from isocentre.core.fitting import days_outside, on_its_day
from isocentre.core.routing import Enrolled, Led, PlannedWindow, Route, ScanFacts, StudyRules, route, route_assigned
from isocentre.core.routing_facts import ABSENT, LEFT, TAKEN, WAITING

WEEK8 = PlannedWindow("wk8", "WK8", frozenset({"CT"}), frozenset({"CHEST"}), 50, 62)
PET = PlannedWindow("pet", "WK8", frozenset({"PT"}), frozenset(), 50, 62)
LISTED = StudyRules("ONC", "listed", "", True, planned=(WEEK8,))
OF_PET = replace(LISTED, planned=(PET,))
ADA = Enrolled(1, "ONC", date(2026, 1, 1), date(2026, 1, 10), False)
SCAN = ScanFacts("ANY", "CT", "CHEST", date(2026, 3, 6))
REPORT = replace(SCAN, modality="SR", body_part="")
TOOK = Led(TAKEN, "WK8", 55)


def one(facts: ScanFacts, rules: StudyRules = LISTED, enrolled: Enrolled = ADA, led: Led | None = None) -> Route:
    (answer,) = route(facts, [rules], [enrolled], {rules.slug: led} if led else {})
    return answer


def on(day: int) -> date:
    return date(2026, 1, 10) + timedelta(day)


@pytest.mark.parametrize("facts", [REPORT, replace(SCAN, image_types=("ORIGINAL", "PRIMARY", "LOCALIZER"))])
def test_a_report_and_a_localiser_go_where_their_scan_goes(facts: ScanFacts) -> None:
    late = replace(facts, acquired=on(90))
    taken = one(late, led=TOOK)
    assert (taken.disposition, taken.time_point, taken.study_day, taken.follower) == ("pending", "WK8", 55, True)
    assert (one(facts).disposition, one(facts).cause) == ("held", "awaits_scan")
    assert one(facts, led=Led(WAITING)).cause == "awaits_scan"
    assert (one(facts, led=Led(LEFT)).disposition, one(facts, led=Led(LEFT)).cause) == ("left_out", "follows_left_out")


def test_a_follower_of_nothing_from_before_consent_need_not_wait() -> None:
    early = replace(REPORT, acquired=date(2025, 12, 1))
    assert one(early).cause == "before_consent"
    assert one(early, led=TOOK).disposition == "pending"
    assert one(replace(early, acquired=None)).cause == "awaits_scan"
    assert one(early, replace(LISTED, asks_consent=False)).cause == "awaits_scan"
    assert one(early, enrolled=replace(ADA, consented_on=None)).cause == "awaits_scan"


def test_what_holds_a_person_holds_their_followers_too() -> None:
    assert one(REPORT, enrolled=replace(ADA, status="withdrawn")).cause == "withdrawn"
    assert one(REPORT, enrolled=replace(ADA, status="withdrawn")).follower
    assert one(REPORT, replace(LISTED, receive=False, why_not="No"), led=TOOK).cause == "gate_unmet"
    assert one(REPORT, enrolled=replace(ADA, born=date(1960, 1, 1)), led=TOOK).disposition == "pending"
    born = replace(REPORT, birth_date="19610101")
    assert one(born, enrolled=replace(ADA, born=date(1960, 1, 1)), led=TOOK).cause == "person_differs"


def test_a_report_that_is_planned_is_judged_by_itself() -> None:
    asked = replace(LISTED, planned=(replace(WEEK8, modalities=frozenset({"CT", "SR"})),))
    assert one(REPORT, asked).time_point == "WK8"
    assert following.leads(REPORT, asked) is None


def test_the_ct_of_a_pet_scan_follows_it_where_no_ct_is_planned() -> None:
    assert one(SCAN, OF_PET, led=TOOK).disposition == "pending"
    alone = one(SCAN, OF_PET)
    assert (alone.disposition, alone.cause, alone.follower) == ("left_out", "pair_missing", True)
    assert one(SCAN, OF_PET, led=Led(LEFT)).cause == "follows_left_out"
    assert one(SCAN, OF_PET, replace(ADA, day_zero=None)).cause == "pair_missing", "day 0 may still be recorded"
    assert one(replace(SCAN, acquired=on(200)), OF_PET).cause == "other_modality"
    assert one(replace(SCAN, modality="MR"), OF_PET, led=TOOK).disposition == "pending"
    assert one(replace(SCAN, modality="MR"), replace(LISTED, planned=(replace(PET, modalities=frozenset({"NM"})),)),
               led=TOOK).cause == "other_modality"  # fmt: skip
    both = replace(LISTED, planned=(PET, replace(WEEK8, first_day=0, last_day=7)))
    assert one(SCAN, both, led=TOOK).disposition == "pending"
    assert one(replace(SCAN, acquired=on(3)), both).time_point == "WK8"


def test_whom_it_has_to_be_asked_about() -> None:
    assert following.leads(SCAN, LISTED) is None
    assert following.leads(SCAN, OF_PET) == {"PT"}
    assert following.leads(REPORT, LISTED) == frozenset()
    assert following.leads(replace(SCAN, modality="US"), OF_PET) is None
    assert following.leads(replace(REPORT, listed_for=frozenset({"ONC"})), LISTED) is None


def test_what_the_accession_list_names_passes_where_kind_and_day_would_not_decide() -> None:
    named = replace(SCAN, modality="US", body_part="KNEE", acquired=on(200), listed_for=frozenset({"ONC"}))
    assert (one(named).disposition, one(named).time_point, one(named).study_day) == ("pending", "", 200)
    assert one(named, enrolled=replace(ADA, day_zero=None)).disposition == "pending"
    assert one(replace(SCAN, listed_for=frozenset({"ONC"}))).time_point == "WK8"
    assert one(replace(SCAN, acquired=on(200), listed_for=frozenset({"ONC"}))).time_point == ""
    assert one(replace(named, listed_for=frozenset({"OTHER"}))).cause == "other_modality"


def test_consent_and_withdrawal_hold_for_what_is_listed_too() -> None:
    named = replace(SCAN, listed_for=frozenset({"ONC"}))
    assert one(replace(named, acquired=date(2025, 12, 1))).cause == "before_consent"
    assert one(named, enrolled=replace(ADA, consented_on=None)).cause == "no_consent"
    assert one(replace(named, acquired=None)).cause == "no_date"
    assert one(named, enrolled=replace(ADA, status="withdrawn")).cause == "withdrawn"


def test_a_research_study_may_take_its_accession_list_only() -> None:
    only = replace(LISTED, accessions_only=True)
    assert one(SCAN, only).cause == "not_listed"
    assert one(replace(SCAN, listed_for=frozenset({"ONC"})), only).time_point == "WK8"
    assert one(REPORT, only, led=TOOK).disposition == "pending"


def test_two_time_points_equally_near_are_not_guessed_between() -> None:
    week4 = replace(WEEK8, id="wk4", time_point="WK4", first_day=40, last_day=60)
    week10 = replace(WEEK8, id="wk10", time_point="WK10", first_day=50, last_day=70)
    between = replace(LISTED, planned=(week4, week10))
    held = one(replace(SCAN, acquired=on(55)), between)
    assert (held.disposition, held.cause, held.study_day) == ("held", "two_visits", 55)
    assert held.words == "Its day lies equally near WK4 and WK10: a person says which of them it is."
    assert one(replace(SCAN, acquired=on(54)), between).time_point == "WK4"
    same = replace(LISTED, planned=(week4, replace(week10, time_point="WK4")))
    assert one(replace(SCAN, acquired=on(55)), same).time_point == "WK4"
    named = replace(SCAN, acquired=on(55), listed_for=frozenset({"ONC"}))
    assert one(named, between).cause == "two_visits"
    own = replace(between, intake_mode="dedicated", ae_title="OWN")
    assert one(replace(SCAN, acquired=on(55), called_ae="OWN"), own).cause == "two_visits"
    assert one(replace(REPORT, acquired=on(41), called_ae="OWN"), own).time_point == "WK4"


def test_a_near_miss_says_how_near() -> None:
    assert one(replace(SCAN, acquired=on(65))).words.endswith(": 3 days after that of WK8, the nearest.")
    assert one(replace(SCAN, acquired=on(49))).words.endswith(": 1 day before that of WK8, the nearest.")
    assert days_outside(WEEK8, 55) == 0
    assert on_its_day((), 5).words == "Outside every visit window planned."


def test_what_a_person_assigned_is_of_that_visit_but_consent_holds() -> None:
    other = replace(SCAN, modality="US", acquired=on(100))
    placed = route_assigned(LISTED, ADA, other, "WK8")
    assert (placed.disposition, placed.time_point, placed.study_day, placed.enrolment_id) == ("pending", "WK8", 100, 1)
    assert route_assigned(LISTED, replace(ADA, status="withdrawn"), other, "WK8").cause == "withdrawn"
    assert route_assigned(LISTED, replace(ADA, consented_on=None), other, "WK8").cause == "no_consent"
    early = replace(other, acquired=date(2025, 12, 1))
    assert route_assigned(LISTED, ADA, early, "WK8").cause == "before_consent"
    assert Led().state == ABSENT
