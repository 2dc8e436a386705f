"""Research studies, sites and planned events: created, changed, repeated, refused, audited; versions rise by change."""

from __future__ import annotations

from dataclasses import replace

import pytest
from register_book import BASELINE, TEAM, TERMS, over

from isocentre.audit.models import AuditRow
from isocentre.core.checks import Unfit
from isocentre.core.events import ScanStored
from isocentre.rooms.register import door
from isocentre.rooms.register.work import scan_stored

pytestmark = pytest.mark.usefixtures("book")


def version() -> int:
    return door.research_study(by=TEAM, slug="demo-mr").version


def test_creating_again_changes_nothing_and_other_terms_are_refused() -> None:
    rows = AuditRow.objects.count()
    assert door.create_research_study(by=TEAM, terms=TERMS).version == version()
    assert AuditRow.objects.count() == rows
    with pytest.raises(Unfit) as caught:
        door.create_research_study(by=TEAM, terms=replace(TERMS, title="Stolen name"))
    assert set(caught.value.errors) == {"slug"}


def test_the_version_rises_once_for_each_change_and_not_for_a_repeat() -> None:
    start = version()
    door.change_research_study(by=TEAM, terms=replace(TERMS, title="New title"))
    door.change_research_study(by=TEAM, terms=replace(TERMS, title="New title"))
    door.save_study_site(by=TEAM, research_study="demo-mr", site="RZN01", status="paused")
    door.save_study_site(by=TEAM, research_study="demo-mr", site="RZN01", status="paused")
    door.save_planned_event(by=TEAM, research_study="demo-mr", event=replace(BASELINE, window=(-7, 0)))
    door.save_planned_event(by=TEAM, research_study="demo-mr", event=replace(BASELINE, window=(-7, 0)))
    door.remove_planned_event(by=TEAM, research_study="demo-mr", event_id="baseline")
    door.remove_planned_event(by=TEAM, research_study="demo-mr", event_id="baseline")
    assert version() == start + 4
    assert list(AuditRow.objects.order_by("-id").values_list("action", flat=True)[:4]) == [
        "planned_event_removed",
        "planned_event_changed",
        "study_site_changed",
        "research_study_changed",
    ]
    assert AuditRow.objects.get(action="research_study_changed").detail == {"title": "New title"}


def test_an_ae_title_names_one_research_study() -> None:
    with pytest.raises(Unfit) as caught:
        door.create_research_study(by=TEAM, terms=replace(TERMS, slug="third"))
    assert set(caught.value.errors) == {"ae_title"}


def test_a_site_must_be_known_and_its_state_one_of_ours() -> None:
    with pytest.raises(Unfit):
        door.save_study_site(by=TEAM, research_study="demo-mr", site="NOPE1", status="open")
    with pytest.raises(Unfit):
        door.save_study_site(by=TEAM, research_study="demo-mr", site="RZN01", status="wild")
    assert [s.site for s in door.study_sites(by=TEAM, slug="demo-mr")] == ["RZN01"]


def test_a_planned_event_with_scans_stays() -> None:
    scan_stored(ScanStored("demo-mr", "RZN01", "P-1", "Baseline", "2.25.1", "2.25.2", "MR", "HEAD"))
    with pytest.raises(Unfit) as caught:
        door.remove_planned_event(by=TEAM, research_study="demo-mr", event_id="baseline")
    assert "can no longer be removed" in caught.value.errors["id"]


def test_out_of_scope_and_absent_look_the_same() -> None:
    other = over(TEAM, ("other", "*"))
    for slug in ("demo-mr", "nothing"):
        with pytest.raises(door.NotFound):
            door.research_study(by=other, slug=slug)
        with pytest.raises(door.NotFound):
            door.save_study_site(by=other, research_study=slug, site="RZN01", status="open")
    assert [r.slug for r in door.research_studies(by=other)] == ["other"]


def test_a_site_sees_the_research_studies_it_takes_part_in_and_changes_none() -> None:
    local = over(TEAM, ("*", "RZN01"))
    assert [r.slug for r in door.research_studies(by=local)] == ["demo-mr"]
    with pytest.raises(PermissionError):
        door.save_planned_event(by=local, research_study="demo-mr", event=BASELINE)
    with pytest.raises(PermissionError):
        door.create_research_study(by=local, terms=replace(TERMS, slug="mine", ae_title=""))


def test_viewing_is_not_changing() -> None:
    viewer = replace(TEAM, permissions=frozenset({"register_view"}))
    with pytest.raises(PermissionError):
        door.change_research_study(by=viewer, terms=replace(TERMS, title="x"))
    with pytest.raises(PermissionError):
        door.create_research_study(by=viewer, terms=replace(TERMS, slug="x1"))
    assert door.research_study(by=viewer, slug="demo-mr").title == TERMS.title


@pytest.mark.parametrize(
    ("words", "status", "found"),
    [("another", "", ["other"]), ("northmoor mr", "", ["demo-mr"]), ("", "closed", []), ("", "wild", 2)],
)
def test_research_studies_are_found_by_words_and_state(words: str, status: str, found: object) -> None:
    rows = door.research_studies(by=TEAM, words=words, status=status)
    assert (len(rows) if isinstance(found, int) else [r.slug for r in rows]) == found
