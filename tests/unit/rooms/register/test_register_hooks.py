"""What the register tells the pages that span rooms: within scope, and nothing to those who may not ask."""

from __future__ import annotations

from dataclasses import replace

import pytest
from register_book import ADMIN, BASELINE, GATEWAY, TEAM, TERMS, message, over

from isocentre.core.events import ScanStored
from isocentre.rooms.register import door, hooks
from isocentre.rooms.register.work import scan_stored

pytestmark = pytest.mark.usefixtures("book")
SCAN = ScanStored("demo-mr", "RZN01", "P-7QK2M9XB4T", "Baseline", "2.25.1", "2.25.11", "MR", "HEAD")
ELSEWHERE = over(TEAM, ("other", "*"))


def test_those_who_may_not_ask_hear_nothing() -> None:
    scan_stored(SCAN)
    assert hooks.navigation(ADMIN) == []
    assert hooks.worklist(ADMIN) == []
    assert hooks.figures(ADMIN) == hooks.tallies(ADMIN) == []
    assert hooks.life(ADMIN, "2.25.1") == []
    assert hooks.search(ADMIN, "demo") == []


def test_the_menu_leads_to_the_research_studies() -> None:
    assert [item.url for item in hooks.navigation(TEAM)] == ["/register/"]


def test_work_waits_for_scans_without_an_event_and_studies_in_set_up() -> None:
    assert hooks.worklist(TEAM) == []
    scan_stored(replace(SCAN, modality="CT"))
    door.create_research_study(by=TEAM, terms=replace(TERMS, slug="third", title="Third", ae_title="", status="set_up"))
    assert [(w.count, w.url) for w in hooks.worklist(TEAM)] == [
        (1, "/register/demo-mr/imaging/unmatched"),
        (1, "/register/third"),
    ]
    assert hooks.worklist(ELSEWHERE) == []


def test_where_nothing_is_planned_there_is_nothing_to_match() -> None:
    scan_stored(replace(SCAN, modality="CT"))
    assert len(hooks.worklist(TEAM)) == 1
    door.remove_planned_event(by=TEAM, research_study="demo-mr", event_id="baseline")
    assert hooks.worklist(TEAM) == []
    assert [(t.key, t.count) for t in hooks.tallies(TEAM)] == [("register.received", 0), ("register.unmatched", 0)]
    [step] = hooks.life(TEAM, "2.25.1")
    assert (step.title, step.state, step.next) == ("Not planned", "done", "")
    assert "nothing to match" in step.detail
    assert (door.unmatched(by=TEAM, slug="demo-mr"), len(door.unplanned(by=TEAM, slug="demo-mr"))) == ([], 1)
    door.save_planned_event(by=TEAM, research_study="demo-mr", event=BASELINE)
    assert [w.count for w in hooks.worklist(TEAM)] == [1], "as soon as something is planned, it may be matched"
    assert door.unplanned(by=TEAM, slug="demo-mr") == []


def test_figures_count_imaging_in_scope() -> None:
    scan_stored(SCAN)
    assert [f.value for f in hooks.figures(TEAM)] == ["1 of 1"]
    assert [(t.key, t.count) for t in hooks.tallies(TEAM)] == [("register.received", 1), ("register.unmatched", 0)]
    assert hooks.figures(ELSEWHERE) == []


def test_a_scan_tells_its_match_without_a_clock_or_a_subject_id() -> None:
    door.take_receipts(by=GATEWAY, message=message())
    scan_stored(SCAN)
    [step] = hooks.life(TEAM, "2.25.1")
    assert (step.stage, step.state, step.when, step.who) == ("matched", "done", "", "")
    assert step.detail == "Baseline MR, time point Baseline"
    assert "01/007" not in repr(step)
    assert hooks.life(ELSEWHERE, "2.25.1") == []


def test_a_scan_without_an_event_says_what_must_happen() -> None:
    scan_stored(replace(SCAN, modality="CT"))
    viewer = replace(TEAM, permissions=frozenset({"scans_view"}))
    [step] = hooks.life(viewer, "2.25.1")
    assert (step.state, step.url) == ("now", "")
    assert "study team chooses" in step.next


def test_search_finds_research_studies_and_subjects_in_scope() -> None:
    door.take_receipts(by=GATEWAY, message=message())
    assert [h.kind for h in hooks.search(TEAM, "demonstration")] == ["Research study"]
    door.change_research_study(by=TEAM, terms=replace(TERMS, iras="312345"))
    for number in ("312345", "IRAS 312345", "iras 3123"):
        assert [h.kind for h in hooks.search(TEAM, number)] == ["Research study"], number
    assert hooks.search(TEAM, "IRAS 999999") == []
    assert [(h.title, h.url) for h in hooks.search(TEAM, "01/0")] == [
        ("01/007", "/register/demo-mr/subjects/P-7QK2M9XB4T")
    ]
    found = hooks.search(TEAM, "p-7qk")
    assert [h.title for h in found] == ["01/007"]
    assert found[0].detail == "Demonstration of MR, Northmoor General (RZN01)"
    assert hooks.search(ELSEWHERE, "01/0") == []
    core = replace(TEAM, permissions=frozenset({"register_view"}))
    assert hooks.search(core, "01/0") == [], "no oracle for those who may not see subject ids"
    assert [h.title for h in hooks.search(core, "p-7qk")] == ["P-7QK2M9XB4T"]
    assert hooks.search(TEAM, " ") == []


def test_a_verdict_of_the_hospital_side_is_a_step_for_who_may_see_the_scan() -> None:
    [told] = message().verdicts
    door.take_receipts(by=GATEWAY, message=message())
    [step] = hooks.life(TEAM, told.study_uid)
    assert (step.stage, step.who, step.when) == ("deidentified", "charter version 2", "")
    assert step.detail == (
        "Not as the charter has it: missing, or too few images in 1 series, Slice thickness in 1 series"
    )  # fmt: skip
    assert hooks.life(ELSEWHERE, told.study_uid) == hooks.life(ADMIN, told.study_uid) == []
    for outcome, words in (("pass", "Pass"), ("not_covered", "Not judged: the charter says nothing of such a scan")):
        better = replace(told, outcome=outcome, deviations={})
        door.take_receipts(by=GATEWAY, message=replace(message(), verdicts=(better,)))
        assert hooks.life(TEAM, told.study_uid)[0].detail == words
