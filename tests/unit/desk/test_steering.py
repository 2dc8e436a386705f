"""What administrators and auditors are told that this side itself needs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from isocentre.cli import verify
from isocentre.core.actor import Actor, Scope
from isocentre.core.proof import Proof
from isocentre.desk import facts, steering
from isocentre.jobs import door
from isocentre.jobs.models import Beat
from isocentre.people.models import RoleAssignment, User

pytestmark = pytest.mark.django_db


def person(*permissions: str) -> Actor:
    return Actor("person", "sam", "somebody", Scope.everything(), frozenset(permissions))


ADMINISTRATOR, AUDITOR = person("status_view", "people_manage"), person("status_view", "audit_view")


@pytest.fixture(autouse=True)
def _sound(monkeypatch: pytest.MonkeyPatch) -> None:
    door.remember("canary", {"ok_at": timezone.now().isoformat()})
    monkeypatch.setattr(facts, "disk", lambda: {"total": 100, "free": 50})


def told(actor: Actor) -> list[tuple[int, str]]:
    return [(item.count, item.text) for item in steering.worklist(actor)]


def verified(ago: timedelta, findings: int = 0) -> datetime:
    at = timezone.now() - ago
    door.remember("verified", {"at": at.isoformat(), "findings": findings})
    return at


def test_a_sound_side_needs_nothing() -> None:
    verified(timedelta(hours=1))
    assert told(ADMINISTRATOR) == told(AUDITOR) == []
    [figure] = steering.figures(AUDITOR)
    assert (figure.label, figure.note) == ("rows, files and audit chain verified", "nothing wrong")


def test_each_fault_is_told_with_its_count(monkeypatch: pytest.MonkeyPatch) -> None:
    verified(timedelta(hours=1), findings=2)
    door.beat("worker-1")
    Beat.objects.update(at=timezone.now() - timedelta(minutes=5))
    door.remember("canary", {"ok_at": (timezone.now() - timedelta(minutes=20)).isoformat()})
    monkeypatch.setattr(facts, "disk", lambda: {"total": 100_000_000, "free": 5_000_000})
    said = {words: count for count, words in told(ADMINISTRATOR)}
    assert said == {
        "process gives no sign of life": 1,
        "data disk nearly full: 5.0 MB of 100 MB free": 1,
        "test object is missing: none made the whole way in 11 minutes": 1,
        "things found wrong by isocentre verify": 2,
    }
    assert steering.figures(ADMINISTRATOR)[0].note == "2 things wrong"


def test_an_auditor_is_told_when_nothing_was_proved_for_long() -> None:
    assert told(AUDITOR) == [(1, "audit trail to prove: isocentre verify was run never on this side")]
    assert told(ADMINISTRATOR) == []
    assert steering.figures(ADMINISTRATOR)[0].value == "Never"
    verified(timedelta(days=8))
    assert [count for count, _ in told(AUDITOR)] == [1]


@pytest.mark.parametrize("permissions", [(), ("status_view",), ("people_manage",)])
def test_nobody_else_is_told(permissions: tuple[str, ...]) -> None:
    door.remember("canary", {})
    assert (told(person(*permissions)), steering.figures(person(*permissions))) == ([], [])


def test_the_home_page_and_the_status_page_tell_it(client: Client) -> None:
    user = User.objects.create(username="ada", name="Ada")
    RoleAssignment.objects.create(user=user, role="national_auditor")
    client.force_login(user)
    page = client.get("/").content.decode()
    assert "audit trail to prove: isocentre verify was run never on this side" in page
    assert "were never verified here" in client.get("/status/").content.decode()
    verified(timedelta(minutes=5))
    assert "audit trail to prove" not in client.get("/").content.decode()
    assert "nothing was wrong" in client.get("/status/").content.decode()


def test_verify_notes_when_it_ran_and_says_when_it_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    proof = Proof()
    proof.find("rows", 1, "row is wrong")
    verify._note(proof)
    last = facts.last_verified()
    assert last is not None
    assert last[1] == 1

    def refused(*args: Any) -> None:
        raise DatabaseError("attempt to write a readonly database")

    monkeypatch.setattr(door, "remember", refused)
    verify._note(proof)
    assert [note.about for note in proof.notes] == ["not_noted"]
