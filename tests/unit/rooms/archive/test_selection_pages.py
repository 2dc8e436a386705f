"""Selections with Django's client: frozen from a search, listed within scope, shown under their map, ended."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from mapped_world import World
from support.archive_book import scan, signed_in, text

from isocentre.audit.models import AuditRow
from isocentre.core.actor import SYSTEM
from isocentre.rooms.archive import door, selections
from isocentre.rooms.archive.models import Instance, Selection
from isocentre.web import names

pytestmark = pytest.mark.usefixtures("archive")
LAST = (timezone.localdate() + timedelta(days=30)).isoformat()
TYPED = {"title": "lung-readers", "purpose": "Central reading", "last_day": LAST}
FREEZE = "/archive/selections/freeze"
REASON = {"reason": "The reading is done"}


@pytest.fixture
def core() -> Client:
    scan("10", series=2, images=3)
    scan("11", study="other", site="RYY01", pseudonym="P-OTHER2OTHER")
    return signed_in("imaging_core")


def frozen(client: Client, query: str = "", **changes: str) -> str:
    """The page of a Selection of what is found."""
    answer = client.post(FREEZE + query, {**TYPED, **changes})
    assert answer.status_code == 302, text(answer)
    return str(answer["Location"])


def rows(client: Client, url: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(text(client.get(f"{url}?format=json")))
    return found


def test_what_a_search_found_is_frozen_and_shown(core: Client) -> None:
    page = text(core.get("/archive/?research_study=demo-mr&sort=site"))
    assert 'href="/archive/selections/freeze?research_study=demo-mr">Freeze this scan as a Selection<' in page
    assert "these 2 scans as a Selection" in text(core.get("/archive/"))
    form = text(core.get("/archive/selections/freeze?research_study=demo-mr"))
    assert "Freeze 1 scan as a Selection" in form
    assert "6 images in the state they have now" in form
    page = frozen(core, "?research_study=demo-mr")
    name = Selection.objects.get().name
    assert page == f"/archive/selections/of/{name}/"
    assert re.fullmatch(r"lung-readers-[0-9a-f]{8}", name)
    one = text(core.get(page))
    for words in ("lung-readers: 1 scan", "Central reading", "Sam Lee", "6 images of 1 scan", "In use"):
        assert words in one
    assert f"selection:{name}" in one
    assert f"Sam Lee, as imaging core, froze the Selection {name}" in one
    assert 'href="/archive/2.25.10"' in one
    assert [(r["study_uid"], r["series"], r["images"]) for r in rows(core, page)] == [("2.25.10", 2, 6)]
    assert {r["object_uid"] for r in rows(core, page + "images")} >= {"2.25.10.1.1", "2.25.10.2.3"}
    assert len(rows(core, page + "images")) == 6
    assert [r["title"] for r in rows(core, "/archive/selections/")] == ["lung-readers"]
    assert names.selections() == {name: "lung-readers: Central reading"}
    noted = AuditRow.objects.filter(object_type="selection", object_id=name)
    assert set(noted.values_list("action", flat=True)) == {"selection_frozen", "selection_exported"}


def test_what_comes_later_is_not_in_it(core: Client) -> None:
    page = frozen(core, "?research_study=demo-mr")
    scan("12")
    assert [r["study_uid"] for r in rows(core, page)] == ["2.25.10"]


def test_under_a_map_only_its_own_uids_and_labels_are_told(world: World) -> None:
    client, page = signed_in("study_team"), "/archive/selections/of/release-1/"
    told = "".join(
        text(client.get(f"{page}{part}{form}"))
        for part in ("", "images")
        for form in ("", "?format=csv", "?format=json")
    )
    assert "R001" in told
    assert "Differs under its map" in told
    assert not [one for one in world.held if one in told]
    assert not [one.sha256 for one in Instance.objects.all() if one.sha256 in told]
    assert len(rows(client, page + "images")) == 10


def test_subjects_are_renamed_when_that_is_asked_for(core: Client) -> None:
    page = frozen(core, relabel="yes")
    assert {r["pseudonym"] for r in rows(core, page)} == {"S-001", "S-002"}
    assert not {r["study_uid"] for r in rows(core, page)} & {"2.25.10", "2.25.11"}
    assert "Other UIDs" in text(core.get(page))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"title": "No!"}, "small letters, figures and dashes, like lung-readers"),
        ({"purpose": ""}, "Say what the Selection is for"),
        ({"last_day": "2020-01-01"}, "from today on, within 366 days"),
        ({"last_day": "2999-01-01"}, "from today on, within 366 days"),
        ({"last_day": "2026-02-31"}, "from today on, within 366 days"),
        ({"last_day": "soon"}, "from today on, within 366 days"),
        ({"title": "9990000018"}, "Take the NHS number out"),
        ({"purpose": "Reading of 999 000 0018"}, "Take the NHS number out"),
    ],
)
def test_selections_that_cannot_be(core: Client, change: dict[str, str], words: str) -> None:
    answer = core.post("/archive/selections/freeze", {**TYPED, **change})
    assert answer.status_code == 400
    assert words in text(answer)
    assert not Selection.objects.exists()


def test_the_last_day_is_typed_as_days_are_everywhere(core: Client) -> None:
    last = timezone.localdate() + timedelta(days=30)
    assert core.post("/archive/selections/freeze", {**TYPED, "last_day": f"{last:%d/%m/%Y}"}).status_code == 302
    assert Selection.objects.get().expires_on == last


def test_too_many_images_none_at_all_and_a_name_taken(core: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "No image is left" in text(core.post("/archive/selections/freeze?modality=XX", TYPED))
    monkeypatch.setattr(selections, "MOST", 8)
    assert "More than 8 images" in text(core.post("/archive/selections/freeze", TYPED))
    assert core.post("/archive/selections/freeze?research_study=demo-mr", TYPED).status_code == 302
    again = core.post("/archive/selections/freeze?research_study=other", TYPED)
    assert "Another Selection has this name" in text(again)


def test_a_name_does_not_tell_of_a_selection_that_may_not_be_seen(core: Client) -> None:
    theirs = frozen(core, "?research_study=other")
    narrow = signed_in("study_team", "demo-mr")
    mine = frozen(narrow)
    assert mine != theirs
    assert [(r["title"], r["research_studies"]) for r in rows(narrow, "/archive/selections/")] == [
        ("lung-readers", "demo-mr")
    ]
    assert [r["title"] for r in rows(core, "/archive/selections/")] == ["lung-readers"] * 2
    both = [words for _, words in names.selections().items()]
    assert len(set(both)) == 2, "who hands out tokens can tell them apart"


def test_only_who_may_see_all_of_it_sees_it(core: Client) -> None:
    page = frozen(core)
    narrow, site = signed_in("study_team", "demo-mr"), signed_in("study_team", "*", "RZN01")
    for client in (narrow, site):
        assert client.get(page).status_code == client.get(page + "images").status_code == 404
        assert client.post(page + "end").status_code == 404
        assert "No Selection holds only scans your role covers" in text(client.get("/archive/selections/"))
    assert signed_in("national_auditor").get(page).status_code == 403
    narrow.post("/archive/selections/freeze?research_study=other", {**TYPED, "title": "mine"})
    assert Selection.objects.get(title="mine").places == [["demo-mr", "RZN01"]], "nothing beyond the scope is frozen"


def test_it_is_ended_at_once_for_a_reason_and_keeps_its_last_day(core: Client) -> None:
    page = frozen(core)
    name, last = Selection.objects.get().name, Selection.objects.get().expires_on
    assert f'href="{page}end"' in text(core.get(page))
    assert "8 images of 2 scans" in text(core.get(page + "end")) or "9 images of 2 scans" in text(
        core.get(page + "end")
    )
    for reason, words in (("", "Say why"), ("of 9990000018", "NHS number")):
        refused = core.post(page + "end", {"reason": reason})
        assert (refused.status_code, words in text(refused)) == (400, True)
    assert names.selections()
    for _ in range(2):
        assert core.post(page + "end", REASON).status_code == 302
    assert Selection.objects.get().expires_on == last
    shown = text(core.get(page))
    for words in ("Ended", "It has ended, and shows nothing any more.", "By Sam Lee, because: The reading is done"):
        assert words in shown
    assert f"ended the Selection {name}, because: The reading is done" in shown
    assert f'href="{page}end"' not in shown
    assert names.selections() == {}
    assert AuditRow.objects.filter(action="selection_ended", reason=REASON["reason"]).count() == 1
    assert core.post("/archive/selections/of/none/end", REASON).status_code == 404


def test_an_end_is_undone_until_the_last_day_is_over(core: Client) -> None:
    page = frozen(core)
    core.post(page + "end", REASON)
    assert "Put it in use again" in text(core.get(page))
    for _ in range(2):
        assert core.post(page + "reopen").status_code == 302
    shown = text(core.get(page))
    assert "lung-readers: 2 scans" in shown
    assert "because: The reading is done" in shown, "the history keeps what was undone"
    assert [r["state"] for r in rows(core, "/archive/selections/")] == ["In use"]
    assert AuditRow.objects.filter(action="selection_reopened").count() == 1
    core.post(page + "end", REASON)
    Selection.objects.update(expires_on=timezone.localdate() - timedelta(days=1))
    assert "Put it in use again" not in text(core.get(page))
    assert "Its last day is over" in text(core.post(page + "reopen", follow=True))
    assert names.selections() == {}
    assert core.post("/archive/selections/of/none/reopen").status_code == 404
    assert signed_in("study_team", "demo-mr").post(page + "reopen").status_code == 404


def test_its_history_has_no_clock(core: Client) -> None:
    """It was frozen soon after its scans came: beside their shifted dates a time would tell the true ones."""
    history = text(core.get(frozen(core))).partition(">History</h2>")[2].partition("</section>")[0]
    assert "froze the Selection" in history
    assert not re.search(r"\d\d:\d\d|20\d\d", history.replace(Selection.objects.get().name, ""))


def test_one_made_by_another_room_says_who_made_it(core: Client) -> None:
    door.freeze(by=SYSTEM, name="r-12", purpose="p", expires_on=date(2999, 1, 1), object_uids=["2.25.10.1.1"])
    [row] = rows(core, "/archive/selections/")
    assert (row["made_by"], row["scans"], row["images"], row["research_studies"]) == ("isocentre", 1, 1, "demo-mr")
