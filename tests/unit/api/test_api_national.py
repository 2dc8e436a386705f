"""What the national API answers: within scope, in pages, without identifier or clock, and what it writes."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from support.archive_book import scan
from support.national_world import PSEUDONYM, SELECTION

from isocentre.audit.models import AuditRow
from isocentre.core.actor import SYSTEM
from isocentre.jobs.models import Beat
from isocentre.rooms.archive import door as archive
from isocentre.rooms.archive.models import Selection

pytestmark = pytest.mark.usefixtures("national")
CLOCK = re.compile(r"\d{2}:\d{2}|\d{4}-\d{2}-\d{2}T")
READS = ("scans_view", "register_view", "ledger_view")


def test_research_studies_with_sites_and_planned_imaging(program: Any) -> None:
    one = program("study_team", "register_view", over=("demo-mr", "*"))
    assert [row["slug"] for row in one.all("research-studies")] == ["demo-mr"]
    whole = one.get("research-studies/demo-mr").json()
    assert (whole["title"], whole["status"], whole["version"]) == ("Demonstration of MR", "open", 4)
    assert [(site["site"], site["name"]) for site in whole["sites"]] == [("RZN01", "Northmoor General")]
    assert [(event["id"], event["window"]) for event in whole["planned_events"]] == [("baseline", [-14, 0])]
    came = one.get("research-studies/demo-mr/imaging").json()
    assert [(row["id"], row["received"]) for row in came] == [("baseline", 1)]
    assert one.get("research-studies/other").json() == one.get("research-studies/nothing").json()
    assert one.all("research-studies", q="another") == []
    assert one.all("research-studies", status="closed") == []


def test_subjects_are_named_to_the_study_team_alone(program: Any) -> None:
    team = program("study_team", "register_view", "realtime_view")
    core = program("imaging_core", "register_view")
    unnamed = program("study_team", "register_view")
    address = "research-studies/demo-mr/subjects"
    assert [row["subject_id"] for row in team.all(address)] == ["01/007"]
    for other in (core, unnamed):
        rows = other.all(address)
        assert [(row["pseudonym"], row["subject_id"]) for row in rows] == [(PSEUDONYM, None)]
    assert program("study_team", "register_view", over=("demo-mr", "RYY01")).all(address) == []
    assert program("study_team", "register_view", over=("other", "*")).get(address).status_code == 404


def test_scans_within_scope(program: Any) -> None:
    one = program("study_team", "scans_view", over=("demo-mr", "*"))
    rows = one.all("scans")
    assert [row["study_uid"] for row in rows] == ["2.25.10"]
    assert rows[0] == {
        "study_uid": "2.25.10", "pseudonym": PSEUDONYM, "subject_id": None, "research_study": "demo-mr",
        "site": "RZN01", "time_point": "Week 8", "study_day": 56.0, "description": "Head", "modalities": ["MR"],
        "series": 1, "images": 2,
    }  # fmt: skip
    assert AuditRow.objects.get(action="scans_exported").actor == f"sam-1#{one.token.pk}"
    whole = one.get("scans/2.25.10").json()
    assert [(s["series_uid"], s["images"]) for s in whole["series_list"]] == [("2.25.10.1", 2)]
    assert one.get("scans/2.25.11").json() == one.get("scans/2.25.404").json()
    assert one.get("scans/2.25.11").status_code == 404
    for chosen in (
        {"site": "RYY01"},
        {"modality": "CT"},
        {"subject": "P-A"},
        {"time_point": "x"},
        {"body_part": "ARM"},
    ):
        assert one.all("scans", **chosen) == []
    assert len(one.all("scans", site="RZN01", modality="mr", subject="P-7QK", time_point="week 8")) == 1


@pytest.mark.parametrize("role", ["study_team", "imaging_core"])
def test_pages_of_scans_hold_each_once(program: Any, role: str) -> None:
    """By UID for who may not know which came first; else the last first."""
    for number in range(20, 27):
        scan(str(number), images=1)
    more = ("realtime_view",) if role == "study_team" else ()
    one = program(role, "scans_view", *more)
    found = [row["study_uid"] for row in one.all("scans", limit=2)]
    assert len(found) == len(set(found)) == 9
    newest = [f"2.25.{number}" for number in (*range(26, 19, -1), 11, 10)]
    assert found == (newest if more else sorted(found))
    first = one.get("scans", limit=2).json()["next"]
    assert first.startswith("/api/v1/scans?")
    assert "next" not in one.get("scans", limit=9).json() or one.get("scans", limit=9).json()["next"] is None


def test_a_filter_by_subject_id_tells_nothing_to_who_may_not_see_them(program: Any) -> None:
    assert program("imaging_core", "scans_view").all("scans", subject="01/007") == []
    assert len(program("study_team", "scans_view", "realtime_view").all("scans", subject="01/007")) == 1


def test_no_clock_and_no_order_of_arrival_beside_a_scan(program: Any) -> None:
    """Design §3, Dates: an arrival beside a shifted date would undo the shift."""
    one = program("imaging_core", *READS)
    for address in (
        "scans",
        "scans/2.25.10",
        "ledger",
        "research-studies/demo-mr/subjects",
        "research-studies/demo-mr",
    ):
        body = json.dumps(one.get(address).json())
        assert not CLOCK.search(body), address
        assert '"pk"' not in body
        assert '"id"' not in body or address == "research-studies/demo-mr"  # a planned event has its code


def test_selections(program: Any) -> None:
    one = program("study_team", "scans_view", over=("demo-mr", "*"))
    assert [row["name"] for row in one.all("selections")] == [SELECTION]
    whole = one.get(f"selections/{SELECTION}").json()
    assert (whole["images"], whole["scans"], whole["in_use"], whole["mapped"]) == (2, 1, True, False)
    images = one.all(f"selections/{SELECTION}/images", limit=1)
    assert [row["object_uid"] for row in images] == ["2.25.10.1.1", "2.25.10.1.2"]
    assert all(len(row["sha256"]) == 64 for row in images)
    stranger = program("study_team", "scans_view", over=("other", "*"))
    assert stranger.all("selections") == []
    for part in ("", "/images"):
        foreign, absent = (stranger.get(f"selections/{name}{part}") for name in (SELECTION, "nothing"))
        assert (foreign.status_code, foreign.json()) == (absent.status_code, absent.json())
        assert foreign.status_code == 404


def test_a_program_freezes_and_ends_a_selection(program: Any) -> None:
    one = program("study_team", "scans_view", "images_view", "selections_make", over=("demo-mr", "*"))
    day = (timezone.localdate() + timedelta(days=30)).isoformat()
    sent = {"title": "week-8", "purpose": "Central reading", "last_day": day, "research_study": "demo-mr"}
    made = one.post("selections", sent)
    assert made.status_code == 201, made.content
    assert (made.json()["images"], made.json()["made_by"]) == (2, f"sam-1#{one.token.pk}")
    again = one.post("selections", sent)
    assert (again.status_code, list(again.json()["errors"])) == (422, ["title"])
    elsewhere = one.post("selections", {**sent, "title": "b-1", "research_study": "other"})
    assert list(elsewhere.json()["errors"]) == ["scans"]
    mistyped = one.post("selections", {**sent, "title": "b-2", "research_studdy": "demo-mr"})
    assert mistyped.status_code == 400
    name = made.json()["name"]
    assert list(one.post(f"selections/{name}", {"act": "end"}).json()["errors"]) == ["reason"]
    for _ in range(2):
        ended = one.post(f"selections/{name}", {"act": "end", "reason": "Reading is over"})
        assert (ended.status_code, ended.json()["in_use"]) == (200, False)
    assert one.all(f"selections/{name}/images") == []
    assert one.post(f"selections/{name}", {"act": "reopen"}).json()["in_use"]
    stranger = program("study_team", "scans_view", "selections_make", over=("other", "*"))
    assert stranger.post(f"selections/{name}", {"act": "end", "reason": "x"}).status_code == 404
    acts = AuditRow.objects.filter(object_type="selection", object_id=name).order_by("id")
    assert [row.action for row in acts if row.action != "selection_exported"] == [
        "selection_frozen", "selection_ended", "selection_reopened",
    ]  # fmt: skip
    assert {row.actor for row in acts} == {f"sam-1#{one.token.pk}"}


def test_a_token_of_a_selection_sees_what_it_shows(program: Any) -> None:
    day = timezone.localdate() + timedelta(days=9)
    shown = {PSEUDONYM: archive.ShownAs("S-001", 7)}
    archive.freeze(by=SYSTEM, name="blind", purpose="Reading", expires_on=day, object_uids=["2.25.10.1.1"],
                   shown_as=shown)  # fmt: skip
    one = program("imaging_core", "scans_view", "images_view", "register_view", scope="selection:blind")
    [row] = one.all("scans")
    assert (row["pseudonym"], row["images"], row["subject_id"]) == ("S-001", 1, None)
    assert row["study_uid"] != "2.25.10"
    whole = one.get(f"scans/{row['study_uid']}").json()
    assert (whole["pseudonym"], [s["images"] for s in whole["series_list"]]) == ("S-001", [1])
    assert one.get("scans/2.25.10").status_code == 404
    [image] = one.all("selections/blind/images")
    assert (image["study_uid"], image["sha256"]) == (row["study_uid"], "")
    assert one.all("scans", subject="S-001", modality="MR", site="RZN01")
    assert one.all("scans", subject=PSEUDONYM) == []
    assert one.get("scans", body_part="HEAD").status_code == 422
    assert one.all("research-studies") == []
    Selection.objects.filter(name="blind").update(ended=True)
    assert one.all("scans") == []
    assert one.get(f"scans/{row['study_uid']}").status_code == 404


def test_sites_and_scanners(program: Any) -> None:
    one = program("imaging_core", "network_view")
    assert [row["ods"] for row in one.all("sites", limit=1)] == ["RYY01", "RZN01"]
    assert [row["code"] for row in one.all("scanners")] == ["NM-MR1"]
    assert one.all("scanners", site="RYY01") == []


def test_the_ledger_is_that_of_the_page(program: Any) -> None:
    one = program("study_team", "ledger_view", over=("demo-mr", "*"))
    rows = one.all("ledger")
    assert {row["research_study"] for row in rows} == {"demo-mr"}
    for row in rows:
        assert row["difference"] == row["stored"] + row["recalled"] + row["erased"] - row["sent_on"]
    assert [row["sites"] for row in rows] == [["RZN01"]]
    assert program("national_auditor", "ledger_view", over=("*", "RYY01")).all("ledger") == []


def test_status(program: Any) -> None:
    Beat.objects.create(process="platform worker 1", at=timezone.now(), doing="resting")
    told = program("national_auditor", "status_view").get("status").json()
    assert [p["name"] for p in told["processes"]] == ["platform worker 1"]
    assert told["disk"]["total"] > told["disk"]["free"] > 0
    assert told["ready"] is False
