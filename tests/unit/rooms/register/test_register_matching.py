"""Stored scans against the schedule: matched once, told once, chosen by a person where the machine cannot."""

from __future__ import annotations

from dataclasses import replace

import pytest
from register_book import BASELINE, TEAM, over

from isocentre.audit.models import AuditRow
from isocentre.core.checks import Unfit
from isocentre.core.events import Event, ScanMatched, ScanReceived, ScanStored
from isocentre.rooms.register import door, matching
from isocentre.rooms.register.work import scan_stored

pytestmark = pytest.mark.usefixtures("book")
SCAN = ScanStored("demo-mr", "RZN01", "P-1", "Baseline", "2.25.1", "2.25.11", "MR", "HEAD")


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[Event]:
    events: list[Event] = []
    monkeypatch.setattr(matching.jobs, "publish", events.append)
    return events


def test_a_scan_is_matched_once_and_told_once(told: list[Event]) -> None:
    scan_stored(SCAN)
    scan_stored(SCAN)
    scan_stored(replace(SCAN, series_uid="2.25.12"))
    assert told == [ScanMatched("demo-mr", "2.25.1", "baseline")]
    [row] = door.evidence(by=TEAM, study_uids=["2.25.1"])["2.25.1"]
    assert (row.planned_event, row.pseudonym, row.why_not) == ("baseline", "P-1", "")
    [imaging] = door.imaging(by=TEAM, slug="demo-mr")
    assert (imaging.expected, imaging.received, imaging.missing) == (1, 1, 0)
    assert door.subjects(by=TEAM, slug="demo-mr")[0].received == 1


def test_a_series_that_fits_nothing_neither_undoes_nor_outlives_a_match(told: list[Event]) -> None:
    localiser = replace(SCAN, modality="CT", series_uid="2.25.13")
    scan_stored(localiser)
    assert [r.why_not for r in door.unmatched(by=TEAM, slug="demo-mr")] == [
        "No imaging event at this time point has this modality."
    ]
    scan_stored(SCAN)
    scan_stored(localiser)
    assert door.unmatched(by=TEAM, slug="demo-mr") == []
    assert len(told) == 1


def test_the_audit_row_of_a_match_names_a_random_id_only(told: list[Event]) -> None:
    scan_stored(SCAN)
    row = AuditRow.objects.get(action="scan_matched")
    assert row.detail == {}
    assert not {"2.25.1", "P-1", "baseline"} & {row.object_id, row.reason}


def test_a_person_chooses_where_two_events_fit(told: list[Event]) -> None:
    door.save_planned_event(by=TEAM, research_study="demo-mr", event=replace(BASELINE, id="repeat"))
    scan_stored(SCAN)
    assert "More than one" in door.unmatched(by=TEAM, slug="demo-mr")[0].why_not
    for _ in range(2):
        door.choose(by=TEAM, research_study="demo-mr", study_uid="2.25.1", planned_event="repeat")
    assert told == [ScanMatched("demo-mr", "2.25.1", "repeat")]
    assert door.unmatched(by=TEAM, slug="demo-mr") == []


def denied(event: str = "baseline") -> None:
    door.deny(by=TEAM, research_study="demo-mr", study_uid="2.25.1", planned_event=event, reason="another sequence")


def test_what_a_person_denied_no_machine_matches_again_but_a_person_may(told: list[Event]) -> None:
    scan_stored(SCAN)
    denied()
    scan_stored(replace(SCAN, series_uid="2.25.12"))
    assert [r.why_not for r in door.unmatched(by=TEAM, slug="demo-mr")] != []
    assert door.imaging(by=TEAM, slug="demo-mr")[0].received == 0
    with pytest.raises(door.NotFound):
        denied()
    door.choose(by=TEAM, research_study="demo-mr", study_uid="2.25.1", planned_event="baseline")
    assert [r.planned_event for r in door.matched(by=TEAM, slug="demo-mr")] == ["baseline"]
    scan_stored(replace(SCAN, series_uid="2.25.13"))
    assert AuditRow.objects.get(action="scan_match_denied").reason == "another sequence"


def test_of_a_scan_that_proves_two_events_one_match_is_taken_back() -> None:
    scan_stored(SCAN)
    other = replace(BASELINE, id="pet", modalities=("PT",))
    door.save_planned_event(by=TEAM, research_study="demo-mr", event=other)
    scan_stored(replace(SCAN, modality="PT", series_uid="2.25.14"))
    denied()
    scan_stored(SCAN)
    assert [r.planned_event for r in door.matched(by=TEAM, slug="demo-mr")] == ["pet"]


def test_a_choice_needs_a_waiting_scan_and_an_event_of_the_research_study() -> None:
    with pytest.raises(door.NotFound):
        door.choose(by=TEAM, research_study="demo-mr", study_uid="2.25.9", planned_event="baseline")
    scan_stored(replace(SCAN, time_point="Week 99"))
    with pytest.raises(Unfit):
        door.choose(by=TEAM, research_study="demo-mr", study_uid="2.25.1", planned_event="nothing")
    assert len(door.unmatched(by=TEAM, slug="demo-mr")) == 1


def test_scans_of_other_sites_and_research_studies_are_not_there() -> None:
    scan_stored(SCAN)
    for elsewhere in (over(TEAM, ("other", "*")), over(TEAM, ("*", "RYY01")), over(TEAM)):
        assert door.evidence(by=elsewhere, study_uids=["2.25.1"]) == {}
    narrow = over(TEAM, ("demo-mr", "RYY01"))
    assert door.subjects(by=narrow, slug="demo-mr") == []
    assert door.imaging(by=narrow, slug="demo-mr")[0].expected == 0


def test_people_do_not_match_by_the_back_door_and_other_events_are_refused() -> None:
    with pytest.raises(PermissionError):
        door.match(by=TEAM, event=SCAN)
    with pytest.raises(TypeError):
        scan_stored(ScanReceived(rows=(1,)))
    assert door.subjects(by=TEAM, slug="demo-mr") == []
