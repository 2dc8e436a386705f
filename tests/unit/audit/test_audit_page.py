"""The page /audit/: filters, pages, and a CSV of exactly what is shown."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from isocentre.audit import door, hooks
from isocentre.audit.models import AuditRow
from isocentre.audit.words import action_words
from isocentre.core.actor import Actor
from isocentre.people.models import RoleAssignment, User
from isocentre.web import names

pytestmark = pytest.mark.django_db
ADA = Actor("person", "ada", "administrator")


def client(role: str) -> Client:
    user = User.objects.create(username=role, name="Sam Lee")
    RoleAssignment.objects.create(user=user, role=role)
    made = Client()
    made.force_login(user)
    return made


@pytest.fixture
def auditor() -> Client:
    detail = {"name": "=1+1", "open": True, "waiver": {"waived": True, "reason": ""}}
    door.record(by=ADA, entries=[door.Entry("site_changed", "site", "RZN01", detail)])
    door.record(by=Actor("token", "tim#7", "study_team"), entries=[door.Entry("images_read", "scan", "2.25.1")])
    door.record(by=Actor("person", "tim"), entries=[door.Entry("signed_in", "person", "tim")])
    AuditRow.objects.filter(action="site_changed").update(at=timezone.now() - timedelta(days=400))
    return client("auditor")


def rows(auditor: Client, **query: str) -> list[list[str]]:
    answer: Any = auditor.get("/audit/", {**query, "format": "csv"})
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))[1:]


def test_it_reads_in_words(auditor: Client) -> None:
    page = auditor.get("/audit/").content.decode()
    assert "ada, as administrator, changed site RZN01" in page
    assert "name: =1+1, open: yes, waiver: waived yes" in page
    assert "not sealed yet" in page


@pytest.mark.parametrize(
    ("query", "objects"),
    [
        ({}, 3),
        ({"person": "tim"}, 2),
        ({"person": "ti"}, 0),
        ({"action": "images_read"}, 1),
        ({"action": "'; drop"}, 3),
        ({"kind": "site"}, 1),
        ({"object": "2.25.1"}, 1),
        ({"from": timezone.localdate().isoformat()}, 2),
        ({"to": (timezone.localdate() - timedelta(days=1)).isoformat()}, 1),
        ({"from": "1 January 2020"}, 3),
        ({"to": "1/1/2999"}, 3),
    ],
)
def test_filters(auditor: Client, query: dict[str, str], objects: int) -> None:
    assert len(rows(auditor, **query)) == objects
    assert f"{objects} entr" in auditor.get("/audit/", query).content.decode()


def test_people_research_studies_and_sites_are_called_by_name(auditor: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    User.objects.create(username="tim", name="Tim Obi")
    monkeypatch.setattr(names, "_studies", [lambda codes: {"lumen": "LUMEN trial"}])
    monkeypatch.setattr(names, "_sites", [lambda codes: {"RZN01": "Northmoor"}])
    where = {"research_study": "lumen", "site": "RZN01"}
    look = door.Entry("images_viewed", "scan", "ab" * 16, where)
    door.record(by=Actor("token", "tim#7", "study_team"), entries=[look])
    door.record(by=Actor("person", "tim", "study_team"), entries=[door.Entry("role_taken", "person", "tim", where)])
    page = auditor.get("/audit/").content.decode()
    scan = f"scan {'ab' * 16} of research study LUMEN trial at Northmoor (RZN01)"
    assert f"Tim Obi, with token 7, looked at images of {scan}" in page
    assert "Tim Obi, as study team," in page
    assert "Tim Obi (tim)" in page, "the sign-in name, too, which the filter and files take"
    assert "research study: LUMEN trial, site: Northmoor (RZN01)" in page
    assert [row[3] for row in rows(auditor, kind="scan", research_study="lumen")] == [
        "research study: lumen, site: RZN01"
    ]
    assert {row[2] for row in rows(auditor, person="Tim OBI")} == {"tim", "tim#7"}


@pytest.mark.parametrize(("research_study", "found"), [("lumen", 2), ("glow", 1), ("", 6)])
def test_what_was_done_about_a_research_study_is_found_by_it(
    auditor: Client, monkeypatch: pytest.MonkeyPatch, research_study: str, found: int
) -> None:
    monkeypatch.setattr(names, "_studies", [lambda codes: {"lumen": "LUMEN trial", "glow": "GLOW"}])
    door.record(by=ADA, entries=[
        door.Entry("images_viewed", "scan", "1f" * 16, {"research_study": "lumen", "site": "RZN01"}),
        door.Entry("images_viewed", "scan", "2f" * 16, {"research_study": "glow", "site": "RZN01"}),
        door.Entry("research_study_changed", "research_study", "lumen", {"title": "LUMEN trial"}),
    ])  # fmt: skip
    assert len(rows(auditor, research_study=research_study)) == found
    assert "LUMEN trial</option>" in auditor.get("/audit/").content.decode()


def test_two_people_of_one_name_are_told_apart(auditor: Client) -> None:
    for username in ("tim", "tim2"):
        User.objects.create(username=username, name="Tim Obi")
    assert "Tim Obi (tim) signed in" in auditor.get("/audit/").content.decode()


@pytest.mark.parametrize(
    ("action", "words"),
    [("study_config_handed", "Research study config handed"), ("research_study_created", "Research study created"),
     ("imaging_study", "Imaging study"), ("token_made", "Token made")],
)  # fmt: skip
def test_study_alone_is_not_said(action: str, words: str) -> None:
    assert action_words(action) == words


@pytest.mark.parametrize(("name", "day"), [("from", "2026-02-31"), ("to", "9999-12-31"), ("from", "soon")])
def test_a_day_that_is_none_is_an_error_at_its_field(auditor: Client, name: str, day: str) -> None:
    answer = auditor.get("/audit/", {name: day})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert f'href="#filter-{name}"' in page
    assert page.count("nter the day as 3 March 2026 or 2026-03-03") == 2, "at the top and at the field"
    assert f'value="{day}"' in page
    assert "entries" not in page
    assert auditor.get("/audit/", {name: day, "format": "csv"}).status_code == 400


def test_the_csv_is_the_page(auditor: Client) -> None:
    first = rows(auditor, sort="at")[0]
    assert first[1] == "ada, as administrator, changed site RZN01"
    assert first[3] == "name: =1+1, open: yes, waiver: waived yes"


def test_only_who_may_reads_it() -> None:
    assert client("radiographer").get("/audit/").status_code == 403
    anonymous = Client().get("/audit/")
    assert (anonymous.status_code, anonymous["Location"].endswith("?next=/audit/")) == (302, True)


def test_hooks(auditor: Client) -> None:
    reader = Actor("person", "x", permissions=frozenset({"audit_view"}))
    assert [item.url for item in hooks.navigation(reader)] == ["/audit/"]
    assert hooks.figures(reader)[0].value == "3"
    assert [(t.key, t.count) for t in hooks.tallies(reader)] == [("audit.sealed", 0), ("audit.refused", 0)]
    AuditRow.objects.filter(pk=AuditRow.objects.earliest("pk").pk).update(chain_no=7, action="sign_in_failed")
    assert [t.count for t in hooks.tallies(reader)] == [7, 1]
    assert hooks.navigation(ADA) == hooks.figures(ADA) == hooks.tallies(ADA) == []
