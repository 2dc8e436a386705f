"""Pages of contribution agreements with Django's client: listed, entered topic by topic, confirmed, ended, required."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from agreement_book import ANNA, STUDY, WHERE, agree, one, require, terms
from django.test import Client
from django.utils import timezone
from test_register_pages import signed_in, text

from isocentre.core.actor import Actor
from isocentre.people import guard
from isocentre.people.models import User
from isocentre.rooms.register import door
from isocentre.rooms.register.hooks import worklist

pytestmark = pytest.mark.usefixtures("book")
PAGE = "/agreements/demo-mr/RZN"
TODAY = timezone.localdate()
PARTIES = {"controllers": "Sponsor\r\nand trust", "processor": "National side", "purposes": "The trial",
           "file_reference": "IG-1"}  # fmt: skip
SIGNED = {
    "caldicott_name": "Dr A", "caldicott_post": "Medical Director", "caldicott_on": "1 March 2026",
    "siro_name": "Ms B", "siro_post": "Chief Digital Officer", "siro_on": "2026-03-02", "dpia": "DPIA-7",
}  # fmt: skip
TERM = {"starts": "1/3/2026", "until": "31 December 2040", "exit_terms": "no_new_use"}


@pytest.fixture
def team(monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(guard, "proved", lambda request: True)
    return signed_in("study_team")


def items(role: str) -> list[str]:
    """What the worklist of somebody in this role says of agreements."""
    actor = Actor(
        "person", "nobody-else", role, ANNA.scope, frozenset(ANNA.permissions if role == "study_team" else {"x"})
    )
    return [f"{item.count} {item.text}" for item in worklist(actor) if "agreement" in item.text]


def test_it_is_entered_topic_by_topic_and_confirmed_by_somebody_else(team: Client) -> None:
    require()
    page = text(team.get(PAGE))
    assert "No contribution agreement is recorded for this trust." in page
    assert "Nothing is sent on from this trust" in page
    for topic, typed in (("parties", PARTIES), ("signed", SIGNED), ("term", TERM)):
        assert team.post(f"{PAGE}/edit/{topic}", typed).status_code == 302
    held = one().waiting
    assert held is not None
    assert (held.terms.controllers, held.edits) == ("Sponsor and trust", 3)
    assert "waits for a second person" in text(team.get(PAGE))
    address = f"{PAGE}/confirm/1/3"
    assert "another person must confirm it" in text(team.post(address))
    core = signed_in("imaging_core")
    assert f'href="{address}"' in text(core.get(PAGE))
    page = text(core.get(address))
    assert "Dr A, Medical Director, signed on 1 March 2026" in page
    assert "What was contributed is kept, and used for nothing new" in page
    assert core.post(address).status_code == 302
    assert one().standing.in_force
    page = text(team.get(PAGE))
    assert "In force" in page
    assert "confirmed version 1 of the contribution agreement as the second person" in page
    assert "Nothing waits to be confirmed" in text(core.post(address, follow=True))


@pytest.mark.parametrize(
    ("topic", "typed", "words"),
    [
        ("term", {**TERM, "until": "soon"}, "Enter a day like 3 March 2026"),
        ("term", {**TERM, "until": "1 January 2026"}, "The last day must not be before the first day"),
        ("signed", {**SIGNED, "siro_name": ""}, "Enter who signed as SIRO"),
        ("parties", {**PARTIES, "purposes": "For 9990000018"}, "Take the NHS number out"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(team: Client, topic: str, typed: dict[str, str], words: str) -> None:
    answer = team.post(f"{PAGE}/edit/{topic}", typed)
    assert answer.status_code == 400
    assert words in text(answer)
    assert one().versions == ()


def test_a_topic_shows_what_is_there_and_there_is_no_other_topic(team: Client) -> None:
    agree()
    assert "Sponsor and trust" in text(team.get(f"{PAGE}/edit/parties"))
    assert team.get(f"{PAGE}/edit/nothing").status_code == 404
    assert team.get("/agreements/demo-mr/RYY").status_code == 404


def test_the_next_version_shows_what_it_changes(team: Client) -> None:
    agree()
    team.post(f"{PAGE}/edit/parties", {**PARTIES, "purposes": "The trial, and teaching"})
    page = text(team.get(PAGE))
    assert "<del>The trial</del>" in page
    assert "<ins>The trial, and teaching</ins>" in page
    assert team.post(f"{PAGE}/discard", {"reason": ""}).status_code == 400
    assert team.post(f"{PAGE}/discard", {"reason": "Not agreed"}).status_code == 302
    assert "take up the discarded version again" in text(team.get(PAGE))
    assert "It waits for a second person again" in text(team.post(f"{PAGE}/restore/2", follow=True))
    assert "A newer version was entered" in text(team.post(f"{PAGE}/restore/1", follow=True))


def test_it_is_ended_with_a_reason_and_that_is_undone(team: Client) -> None:
    agree()
    assert "is sent on from Northmoor General" in text(team.get(f"{PAGE}/end"))
    assert team.post(f"{PAGE}/end", {"reason": "The trust left"}).status_code == 302
    page = text(team.get(PAGE))
    assert "because: The trust left" in page
    assert "Undo the end" in page
    assert "The end is undone" in text(team.post(f"{PAGE}/reopen", follow=True))
    assert one().standing.in_force


def test_the_list_filters_and_is_downloaded(team: Client) -> None:
    agree(until=TODAY + timedelta(days=20))
    found = json.loads(text(team.get("/agreements/?format=json")))
    assert [(r["research_study"], r["organisation"], r["state"]) for r in found] == [
        ("other", "RYY", "not"), ("demo-mr", "RZN", "ending"),
    ]  # fmt: skip
    for query, count in (("state=not", 1), ("state=ending", 1), ("state=in_force", 1), ("state=waiting", 0),
                         ("q=northmoor", 1), ("q=nowhere", 0)):  # fmt: skip
        page = text(team.get(f"/agreements/?{query}"))
        assert f"{count} contribution agreement" in page, query
    assert "Nothing matches these filters" in page
    assert "not required here yet" in page
    assert "20" in text(team.get("/agreements/?format=csv"))
    study = text(team.get("/register/demo-mr"))
    assert "In force, ends soon" in study
    assert f'href="{PAGE}"' in study


def test_a_trust_that_is_in_no_research_study_is_said(team: Client) -> None:
    assert "No trust takes part" in text(signed_in("study_team", "nothing").get("/agreements/"))


def test_an_administrator_requires_them_and_is_told_what_that_stops(team: Client) -> None:
    admin = signed_in("national_administrator")
    User.objects.filter(username__startswith="national").update(name="Root")
    agree()
    assert team.get("/agreements/required").status_code == 403
    page = text(admin.get("/agreements/required"))
    assert "1 agreement of 2 is not in force" in page
    assert admin.post("/agreements/required", {"reason": ""}).status_code == 400
    assert admin.post("/agreements/required", {"reason": "Signed"}).status_code == 302
    assert door.agreements.required()
    assert "Without an agreement in force nothing is sent on" in text(admin.get("/agreements/"))
    assert "whether an agreement is in force or not" in text(admin.get("/agreements/required"))
    assert signed_in("national_administrator", STUDY).get("/agreements/required").status_code == 403


def test_the_worklist_says_what_waits_what_ends_and_what_is_missing() -> None:
    assert items("study_team") == []
    require()
    assert items("study_team") == ["2 contribution agreements are not in force: nothing is sent on from there"]
    door.agreeing.enter(by=ANNA, **WHERE, changes=terms(until=TODAY + timedelta(days=30)))
    assert items("study_team") == [
        "1 contribution agreement waits for you to confirm as the second person",
        "1 contribution agreement is not in force: nothing is sent on from there",
    ]
    door.agreeing.confirm(by=replace(ANNA, name="ben"), **WHERE, number=1, edits=1)
    assert "1 contribution agreement is ending" in items("study_team")
    assert items("other") == []


def test_a_reader_is_offered_nothing_to_change() -> None:
    agree()
    page = text(signed_in("national_auditor").get(PAGE))
    assert "Enter the next version" not in page
    assert "End the agreement" not in page
    assert signed_in("imaging_core").get(f"{PAGE}/edit/term").status_code == 403
    assert signed_in("study_team", STUDY, "RZN01").get(f"{PAGE}/end").status_code == 403
