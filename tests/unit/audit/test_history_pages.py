"""Pages of one token and one gateway, and what histories of the national side tell to whom."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from support.hospital import signed_in, text
from support.national_world import PSEUDONYM, national_world
from support.world import World

from isocentre.core.actor import SYSTEM
from isocentre.people import tokens
from isocentre.people.models import Gateway, Token
from isocentre.rooms.archive import looks
from isocentre.rooms.archive.models import ImagingStudy
from isocentre.rooms.register import door as register
from isocentre.rooms.register.models import Evidence

CLOCK = re.compile(r"\d\d:\d\d")


@pytest.fixture
def world(db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with national_world(settings, monkeypatch) as made:
        yield made


def history(client: Client, url: str) -> str:
    return text(client.get(url)).partition(">History</h2>")[2].partition("</section>")[0]


def test_a_token_has_a_page_of_its_own_for_its_person_and_the_administrator(world: World) -> None:
    admin = signed_in("national_administrator")
    mine = Token.objects.get()
    url = f"/accounts/tokens/{mine.pk}/"
    assert f'href="{url}"' in text(admin.get("/accounts/tokens/"))
    page = text(admin.get(url))
    assert "Nightly download" in page
    assert "Alex Doe" in page
    assert f'action="{url}revoke/"' in page
    tokens.revoke(by=SYSTEM, token_id=mine.pk)
    page = text(admin.get(url))
    assert f'action="{url}revoke/"' not in page
    told = history(admin, url)
    assert "revoked this token" in told
    assert CLOCK.search(told)
    assert signed_in("study_team").get(url).status_code == 404, "another's"


def test_a_gateway_has_a_page_without_the_times_of_what_it_hands_in(world: World) -> None:
    admin = signed_in("national_administrator")
    admin.post("/accounts/gateways/northmoor/revoke/", {"reason": "Replaced"})
    Gateway.objects.filter(name="northmoor").update(revoked_at=None)
    assert 'href="/accounts/gateways/northmoor/"' in text(admin.get("/accounts/gateways/"))
    told = history(admin, "/accounts/gateways/northmoor/")
    assert "receipts" not in told, "the time of a receipt is about that of an arrival"
    assert admin.get("/accounts/gateways/nobody/").status_code == 404


def test_lists_of_tokens_gateways_and_selections_are_filtered_by_words(world: World) -> None:
    admin, team = signed_in("national_administrator"), signed_in("study_team")
    for client, url, here, there in (
        (admin, "/accounts/tokens/", ("nightly", "alex"), "weekly"),
        (admin, "/accounts/gateways/", ("north", "RZN01", "moor general"), "eastvale"),
        (team, "/archive/selections/", ("read", "reading", "isocentre"), "writers"),
    ):
        found = [len(client.get(f"{url}?q={word}&format=json").json()) for word in (*here, there)]
        assert found == [1] * len(here) + [0], url
        assert "Nothing matches these filters" in text(client.get(f"{url}?q={there}"))
    assert len(team.get("/archive/selections/?state=ended&format=json").json()) == 0
    assert len(team.get("/archive/selections/?state=in_use&format=json").json()) == 1


def test_a_scans_history_names_neither_subject_nor_event_and_a_clock_only_to_the_study_team(world: World) -> None:
    row = Evidence.objects.get(study_uid="2.25.12")
    register.deny(by=SYSTEM, research_study="demo-mr", study_uid="2.25.12", planned_event="baseline", reason="No")
    scan = ImagingStudy.objects.get(study_uid="2.25.10")
    looks.note(SYSTEM, "images_viewed", scan)
    register.choose(by=SYSTEM, research_study="demo-mr", study_uid="2.25.10", planned_event="baseline")
    team, core = (
        "".join(history(client, url) for url in ("/scan/2.25.10/", "/archive/2.25.10"))
        for client in (signed_in("study_team"), signed_in("imaging_core"))
    )
    for told in (team, core):
        assert told.count("matched this scan to what was planned") == 2, "in the repository as on the scan's life"
        assert "matched this scan to what was planned" in told
        assert "looked at" not in told
        assert row.event_id not in told
        assert PSEUDONYM not in told
    assert CLOCK.search(team)
    assert not CLOCK.search(core)
    assert not re.search(r"20\d\d", core)


def test_a_research_studys_history_has_a_clock_for_the_study_team_alone(world: World) -> None:
    team, core = (history(signed_in(role), "/register/demo-mr") for role in ("study_team", "imaging_core"))
    for told in (team, core):
        assert "created research study Demonstration of MR" in told
        assert "planned the imaging event Baseline MR in research study Demonstration of MR" in told
    assert CLOCK.search(team)
    assert not CLOCK.search(core)
