"""What the archive tells the pages that span rooms: within scope, without a clock, subject ids to the study team."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from support.archive_book import MemoryBlobs, put, scan, signed_in, text

from isocentre.core.actor import Actor, Scope
from isocentre.rooms.archive import door, earlier, hooks
from isocentre.rooms.archive.models import Instance, SeriesMetadata
from isocentre.rooms.network.models import Organisation, Site
from isocentre.rooms.register.models import ReceiptRow, ResearchStudy

pytestmark = pytest.mark.usefixtures("archive")
TEAM = Actor(
    "person", "tim", "study_team", Scope.everything(), frozenset({"scans_view", "images_view", "realtime_view"})
)
CORE = replace(TEAM, name="cora", role="imaging_core", permissions=frozenset({"scans_view", "images_view"}))
ELSEWHERE = replace(TEAM, scope=Scope(frozenset({("other", "*")})))
AUDITOR = replace(TEAM, permissions=frozenset({"audit_view"}))


def test_those_who_may_not_ask_hear_nothing() -> None:
    scan("10")
    assert hooks.navigation(AUDITOR) == []
    assert hooks.figures(AUDITOR) == hooks.tallies(AUDITOR) == []
    assert hooks.life(AUDITOR, "2.25.10") == []
    assert hooks.scan(AUDITOR, "2.25.10") is None
    assert hooks.search(AUDITOR, "P-7QK2M9XB4T") == []


def test_another_research_study_hears_nothing_of_it() -> None:
    scan("10")
    assert [f.value for f in hooks.figures(ELSEWHERE)] == ["0", "0"]
    assert hooks.life(ELSEWHERE, "2.25.10") == []
    assert hooks.scan(ELSEWHERE, "2.25.10") is None
    assert hooks.search(ELSEWHERE, "2.25.10") == []


def test_the_menu_and_the_figures() -> None:
    scan("10", series=2, images=3)
    scan("11", study="canary")
    assert [(i.text, i.url, i.key) for i in hooks.navigation(TEAM)] == [
        ("Scans", "/archive/", "s"),
        ("Selections", "/archive/selections/", "f"),
    ]
    assert [(f.value, f.label) for f in hooks.figures(TEAM)] == [("1", "scan stored"), ("6", "images stored")]
    assert [(t.key, t.count) for t in hooks.tallies(CORE)] == [("archive.scans", 1), ("archive.images", 6)]
    assert [t.count for t in hooks.tallies(ELSEWHERE)] == [0, 0]


def test_a_scan_tells_that_it_is_stored_without_a_clock() -> None:
    scan("10", series=2, images=21)
    [step] = hooks.life(TEAM, "2.25.10")
    assert (step.stage, step.state, step.when, step.who) == ("stored", "done", "", "")
    assert step.detail.startswith("42 images in 2 series")
    assert step.url == "/archive/2.25.10"
    assert "01/007" not in repr(step)


def test_a_scan_tells_what_the_hospital_side_reported_without_a_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    scan("10", series=2, images=2)
    uids = list(Instance.objects.order_by("object_uid").values_list("object_uid", flat=True))
    for uid in uids[:3]:
        ReceiptRow.objects.create(
            object_uid=uid, revision=0, sha256="0", research_study="demo-mr", site="RZN01", scanner="NM-MR1",
            profile="trial-ct-mr", profile_version=3, actions={"X": 60, "U": 1}, pseudonym="P",
        )  # fmt: skip
    monkeypatch.setattr(earlier, "PART", 2)
    received, cleaned, stored = hooks.life(TEAM, "2.25.10")
    assert (received.stage, received.detail) == ("received", "NM-MR1")
    assert (cleaned.stage, cleaned.who, cleaned.detail) == (
        "deidentified", "profile trial-ct-mr v3", "183 actions, check for identifiers clean",
    )  # fmt: skip
    assert {received.when, cleaned.when, stored.when} == {""}
    ReceiptRow.objects.filter(object_uid=uids[0]).update(findings={"name": 2})
    assert hooks.life(TEAM, "2.25.10")[1].detail == "183 actions, check for identifiers: 2 findings"
    assert hooks.life(ELSEWHERE, "2.25.10") == []


def test_a_scan_tells_that_it_was_opened_and_not_by_whom() -> None:
    scan("10")
    scan("11")
    signed_in("imaging_core").get("/dicomweb/studies/2.25.10/rendered")
    stored, opened = hooks.life(TEAM, "2.25.10")
    assert (stored.stage, opened.stage, opened.state, opened.when) == ("stored", "viewed", "done", "")
    assert "imaging_core" not in repr(opened)
    assert len(hooks.life(TEAM, "2.25.11")) == 1


def test_the_head_of_a_scans_page_has_the_subject_for_the_study_team_only() -> None:
    scan("10")
    mine, theirs = hooks.scan(TEAM, "2.25.10"), hooks.scan(CORE, "2.25.10")
    assert mine is not None
    assert theirs is not None
    assert mine.title == "Scan of P-7QK2M9XB4T, Week 8"
    assert ("Subject", "01/007") in mine.rows
    assert ("Day", "Day 56") in mine.rows
    assert "01/007" not in repr(theirs)
    assert theirs.links == (("See the scan in the repository", "/archive/2.25.10"),)


@pytest.mark.parametrize("text", ["p-7qk2", "2.25.10", "2.25.10.1", "7QK2M9XB4T"])
def test_search_finds_scans(text: str) -> None:
    scan("10")
    assert [(h.title, h.url, h.detail) for h in hooks.search(CORE, text)] == [
        ("Scan of P-7QK2M9XB4T, Week 8", "/archive/2.25.10", "MR, demo-mr")
    ]


def test_search_by_subject_id_is_for_the_study_team() -> None:
    scan("10")
    assert len(hooks.search(TEAM, "01/007")) == 1
    assert hooks.search(CORE, "01/007") == []
    assert hooks.search(TEAM, "  ") == []


def test_under_a_selection_only_its_images_count() -> None:
    scan("10", series=2, images=3)
    door.freeze(by=TEAM, name="s1", purpose="p", expires_on=date(2999, 1, 1), object_uids=["2.25.10.1.3"])
    holder = replace(CORE, scope=Scope(selection="s1"))
    [step] = hooks.life(holder, "2.25.10")
    assert step.detail.startswith("1 image in 1 series")


def test_what_waits_is_counted_without_canaries() -> None:
    scan("10", series=2, images=1)
    scan("11", study="canary")
    assert [f.value for f in hooks.backlog()] == ["2"]
    SeriesMetadata.objects.update(stale=False)
    assert hooks.backlog() == []


def test_the_life_of_a_scan_is_shown_on_the_desks_page(archive: MemoryBlobs) -> None:
    put("10.1.1", subject="SUBJ-NEEDLE")
    page = text(signed_in("imaging_core").get("/scan/2.25.10/"))
    assert "1 image in 1 series" in page
    assert "SUBJ-NEEDLE" not in page
    assert "/archive/2.25.10" in page


def test_a_research_study_and_a_site_are_shown_by_their_names() -> None:
    scan("10")
    ResearchStudy.objects.create(slug="demo-mr", title="Brains of volunteers", status="open")
    Site.objects.create(
        ods="RZN01", name="Northmoor General", organisation=Organisation.objects.create(ods="RZN", name="Northmoor")
    )
    card = hooks.scan(CORE, "2.25.10")
    assert card is not None
    assert {("Research study", "Brains of volunteers"), ("Site", "Northmoor General (RZN01)")} <= set(card.rows)
    assert [h.detail for h in hooks.search(CORE, "2.25.10")] == ["MR, Brains of volunteers"]
    client = signed_in("imaging_core")
    page = text(client.get("/archive/"))
    assert page.count("Brains of volunteers") == 2, "the list, and the filter above it"
    assert page.count("Northmoor General (RZN01)") == 2
    assert ">demo-mr<" not in page
    assert "demo-mr" in text(client.get("/archive/?format=csv")), "a file keeps the codes that other files join on"
