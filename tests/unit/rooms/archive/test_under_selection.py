"""A person works under a Selection: chosen on its page, held by the session, shown in the header, left with a click."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from django.test import Client
from mapped_world import World
from support.archive_book import scan, signed_in, text

from isocentre.audit.models import AuditRow
from isocentre.core.actor import SYSTEM
from isocentre.people.models import RoleAssignment
from isocentre.rooms.archive import door
from isocentre.rooms.archive.models import Selection

pytestmark = pytest.mark.usefixtures("archive")
PAGE = "/archive/selections/of/ct-readers/"
LEAVE = "/accounts/selection/leave/"


@pytest.fixture
def core() -> Client:
    scan("10", images=3)
    scan("11", study="other")
    door.freeze(
        by=SYSTEM, name="ct-readers", title="CT readers", purpose="Reading", expires_on=date(2999, 1, 1),
        object_uids=["2.25.10.1.1", "2.25.10.1.2"],
    )  # fmt: skip
    return signed_in("imaging_core")


def studies(client: Client) -> list[str]:
    found: list[dict[str, Any]] = json.loads(text(client.get("/dicomweb/studies")))
    return sorted(one["0020000D"]["Value"][0] for one in found)


def test_every_page_and_dicomweb_show_what_it_holds_until_it_is_left(core: Client) -> None:
    assert "Work under this Selection" in text(core.get(PAGE))
    assert len(studies(core)) == 2
    assert core.post(PAGE + "act")["Location"] == PAGE
    page = text(core.get(PAGE))
    assert "Under the Selection <strong>CT readers</strong>" in page
    assert "Work under this Selection" not in page
    assert studies(core) == ["2.25.10"]
    assert core.get("/archive/")["Location"] == PAGE
    assert "2 images in 1 series" in text(core.get("/archive/2.25.10"))
    for held_back in ("/archive/2.25.11", "/archive/2.25.10/2.25.10.1/2.25.10.1.3"):
        assert core.get(held_back).status_code == 404
    assert core.get("/archive/2.25.10/2.25.10.1/2.25.10.1.1").status_code == 200
    assert "Nothing was found" in text(core.get("/search/?q=2.25.11"))
    assert "Scan of P-" in text(core.get("/search/?q=2.25.10"))
    assert core.get("/archive/selections/freeze").status_code == 403, "what it may do over other things rests"
    home = text(core.get("/"))
    assert "Under the Selection" in home
    assert "images stored" not in home
    look = AuditRow.objects.filter(action="header_viewed").latest("id")
    assert look.detail == {"research_study": "demo-mr", "site": "RZN01", "selection": "ct-readers"}
    core.post(LEAVE)
    core.post(LEAVE)
    assert "Under the Selection" not in text(core.get("/"))
    assert len(studies(core)) == 2
    noted = AuditRow.objects.filter(object_id="ct-readers", action__in=("selection_chosen", "selection_left"))
    assert list(noted.order_by("id").values_list("action", flat=True)) == ["selection_chosen", "selection_left"]


def test_who_may_not_see_all_of_it_or_no_images_works_under_none(core: Client) -> None:
    assert signed_in("study_team", "other").post(PAGE + "act").status_code == 404
    assert signed_in("national_auditor").post(PAGE + "act").status_code == 403
    assert core.get(PAGE + "act").status_code == 405


def test_another_role_leaves_it(core: Client) -> None:
    core.post(PAGE + "act")
    core.post("/accounts/role/", {"role": "imaging_core"})
    assert len(studies(core)) == 2


def test_a_role_that_no_longer_covers_it_shows_nothing(core: Client) -> None:
    core.post(PAGE + "act")
    RoleAssignment.objects.update(research_study="other")
    assert core.get("/dicomweb/studies").status_code == core.get(PAGE).status_code == 403
    assert "Under the Selection" in text(core.get("/accounts/profile/"))
    core.post(LEAVE)
    assert studies(core) == ["2.25.11"]


def test_one_that_has_ended_shows_nothing_and_is_begun_by_nobody(core: Client) -> None:
    core.post(PAGE + "act")
    Selection.objects.update(ended=True)
    assert studies(core) == []
    assert "It has ended" in text(core.get(PAGE))
    core.post(LEAVE)
    assert "nobody can work under it" in text(core.post(PAGE + "act", follow=True))
    assert len(studies(core)) == 2


def test_under_a_map_scans_open_in_the_viewer_by_what_it_shows(world: World) -> None:
    team, page = signed_in("study_team"), "/archive/selections/of/release-1/"
    assert "/viewer?" not in text(team.get(page)), "the viewer asks under the map only for who works under it"
    team.post(page + "act")
    shown = studies(team)
    assert not [uid for uid in shown if uid in world.held]
    told = text(team.get(page))
    assert all(f'href="/viewer?StudyInstanceUIDs={uid}"' in told for uid in shown)
    assert not [uid for uid in world.held if uid in told]
    assert team.get(f"/archive/{shown[0]}").status_code == 404
