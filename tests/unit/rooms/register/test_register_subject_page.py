"""The page of one subject: planned imaging, what came, and what the role may not see of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from support.hospital import signed_in, text
from support.national_world import PSEUDONYM, national_world
from support.world import World

from isocentre.core.actor import SYSTEM
from isocentre.rooms.register import door
from isocentre.rooms.register.models import Evidence

PAGE = f"/register/demo-mr/subjects/{PSEUDONYM}"
CLOCK = re.compile(r"\d\d:\d\d")


@pytest.fixture(autouse=True)
def _world(db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with national_world(settings, monkeypatch) as made:
        yield made


def body(page: str) -> str:
    return page.partition('<main class="nhsuk-main-wrapper"')[2].partition("</main>")[0]


def test_the_study_team_sees_what_is_planned_what_came_and_when() -> None:
    team = signed_in("study_team")
    page = body(text(team.get(PAGE)))
    assert "01/007" in page
    assert "1 of 1" in page
    assert "Baseline MR" in page
    assert "day −14 to day 0" in page
    assert 'href="/scan/2.25.12/"' in page, "the scan that proves the baseline"
    assert "Scans that match nothing planned" in page
    assert 'href="/scan/2.25.10/"' in page
    assert 'href="/register/demo-mr/imaging/unmatched"' in page
    assert CLOCK.search(page)
    assert f'href="{PAGE}"' in text(team.get("/register/demo-mr/subjects"))


def test_everybody_else_sees_the_pseudonym_and_no_clock() -> None:
    page = body(text(signed_in("imaging_core").get(PAGE)))
    assert PSEUDONYM in page
    assert "01/007" not in page
    assert "Times" not in page
    assert "matched a scan of this subject to what was planned" in page
    assert not CLOCK.search(page)
    assert not re.search(r"\b20\d\d\b", page)
    for event in Evidence.objects.all():
        assert event.event_id not in page


def test_a_subject_who_is_not_there_or_elsewhere_is_not_found() -> None:
    team = signed_in("study_team")
    assert team.get("/register/demo-mr/subjects/P-AAAAAAAAAAAA").status_code == 404
    assert team.get(f"/register/other/subjects/{PSEUDONYM}").status_code == 404
    assert signed_in("study_team", "demo-mr", "RYY01").get(PAGE).status_code == 404
    assert signed_in("imaging_core", "other").get(PAGE).status_code == 404


def test_without_a_plan_or_a_scan_the_page_says_so() -> None:
    door.deny(by=SYSTEM, research_study="demo-mr", study_uid="2.25.12", planned_event="baseline", reason="No")
    team = signed_in("study_team")
    page = body(text(team.get(PAGE)))
    assert "Not yet" in page
    assert "2 scans of this subject match no planned imaging." in page
    door.remove_planned_event(by=SYSTEM, research_study="demo-mr", event_id="baseline")
    page = body(text(team.get(PAGE)))
    assert "Nothing is planned for this research study." in page
    assert "match no planned imaging" not in page
