"""Terms, planned events, whether a site may receive, and which planned event a scan proves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from isocentre.core.checks import Unfit
from isocentre.core.record_types import FaceWaiver, PlannedEvent
from isocentre.core.register import ResearchStudyTerms, check_planned_event, check_terms, match, receive

TERMS = ResearchStudyTerms(
    "onco-ct", "Lesions over time", "Northmoor", "ONCO 1", "listed", "trial-ct-mr", "consent", iras="123456"
)
CHEST = PlannedEvent("w8-chest", "Week 8 chest", "Week 8", ("CT",), ("CHEST",), "", (49, 63))
HEAD = PlannedEvent("w8-head", "Week 8 head", "Week 8", ("CT", "MR"), ("HEAD",), "", (49, 63))
ANY_PET = PlannedEvent("w8-pet", "Week 8 PET", "Week 8", ("PT",), (), "", (49, 63))


def test_good_terms_and_events_pass() -> None:
    check_terms(TERMS)
    check_terms(replace(TERMS, iras=""))
    check_planned_event(CHEST)
    assert TERMS.status == "set_up"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"slug": "Onco CT"}, "slug"),
        ({"slug": "new"}, "slug"),
        ({"iras": "12"}, "iras"),
        ({"intake_mode": "open"}, "intake_mode"),
        ({"legal_basis": "none"}, "legal_basis"),
        ({"face_waiver": FaceWaiver(True, " ")}, "face_reason"),
        ({"status": "maybe"}, "status"),
        ({"title": "Lesions of 999 000 0018"}, "title"),
        ({"slug": "ct-9990000018"}, "slug"),
        ({"sponsor": "9990000018"}, "sponsor"),
        ({"protocol_name": "9990000018"}, "protocol_name"),
        ({"ae_title": "9990000018"}, "ae_title"),
        ({"face_waiver": FaceWaiver(True, "for 999-000-0018")}, "face_reason"),
    ],
)
def test_wrong_terms_are_refused_by_field(change: dict[str, Any], field: str) -> None:
    with pytest.raises(Unfit) as caught:
        check_terms(replace(TERMS, **change))
    assert set(caught.value.errors) == {field}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"id": "add"}, "id"),
        ({"modalities": ()}, "modalities"),
        ({"modalities": ("ct",)}, "modalities"),
        ({"body_parts": ("Chest",)}, "body_parts"),
        ({"window": (5, 4)}, "window_to"),
        ({"id": "9990000018"}, "id"),
        ({"name": "CT of 9990000018"}, "name"),
        ({"time_point": "9990000018"}, "time_point"),
        ({"procedure": "9990000018"}, "procedure"),
        ({"body_parts": ("9990000018",)}, "body_parts"),
        ({"window": (-99_999, 4)}, "window_from"),
    ],
)
def test_wrong_planned_events_are_refused_by_field(change: dict[str, Any], field: str) -> None:
    with pytest.raises(Unfit) as caught:
        check_planned_event(replace(CHEST, **change))
    assert set(caught.value.errors) == {field}


def test_a_site_receives_only_when_study_and_site_are_open() -> None:
    assert receive(status="open", site_status="open") is True
    assert receive(status="paused", site_status="open") == "The research study is paused."
    assert receive(status="open", site_status="set_up") == "This site is in set-up for the research study."


@pytest.mark.parametrize(
    ("time_point", "modality", "body_part", "event", "why"),
    [
        ("week  8", "CT", "chest", "w8-chest", ""),
        ("Week 8", "MR", "", "w8-head", ""),
        ("Week 8", "PT", "WHOLEBODY", "w8-pet", ""),
        ("Week 8", "CT", "", "", "More than one"),
        ("Week 8", "CT", "FOOT", "", "body part"),
        ("Week 8", "US", "CHEST", "", "modality"),
        ("Week 9", "CT", "CHEST", "", "time point"),
    ],
)
def test_a_scan_proves_the_one_event_that_fits(
    time_point: str, modality: str, body_part: str, event: str, why: str
) -> None:
    found = match([CHEST, HEAD, ANY_PET], time_point=time_point, modality=modality, body_part=body_part)
    assert found.planned_event == event
    assert why in found.why_not
    assert bool(found.why_not) == (event == "")


def test_an_event_that_names_the_body_part_wins_over_one_that_takes_any() -> None:
    loose = replace(CHEST, id="w8-any", body_parts=())
    assert match([loose, CHEST], time_point="Week 8", modality="CT", body_part="CHEST").planned_event == "w8-chest"
