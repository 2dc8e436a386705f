"""Home tells what is new since this person last looked in this role: counts, per scope, and not lost by a reload."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from isocentre.core.actor import Actor, Scope
from isocentre.core.hooks import Tally
from isocentre.desk import looking
from isocentre.desk.looking import since_last_look
from isocentre.desk.models import LastLook

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def actor(role: str = "imaging_core", scope: Scope | None = None, name: str = "ines") -> Actor:
    return Actor("person", name, role, scope or Scope.everything())


def look(count: int, at: datetime, by: Actor | None = None, key: str = "scans") -> list[str] | None:
    found = since_last_look(by or actor(), [Tally(key, count, "scan stored", "scans stored", "/archive/")], at)
    return None if found is None else [one.text for one in found]


def test_the_first_look_compares_with_nothing_and_the_next_tells_what_is_new() -> None:
    assert look(5, NOW) is None
    assert look(8, NOW + DAY) == ["3 scans stored"]
    assert look(9, NOW + 2 * DAY) == ["1 scan stored"]
    assert look(9, NOW + 3 * DAY) == []
    assert look(1_234_009, NOW + 4 * DAY) == ["1,234,000 scans stored"]
    assert LastLook.objects.count() == 1


def test_a_reload_keeps_the_news_and_adds_to_it() -> None:
    look(5, NOW)
    assert look(8, NOW + DAY) == ["3 scans stored"]
    assert look(8, NOW + DAY + timedelta(minutes=10)) == ["3 scans stored"]
    assert look(9, NOW + DAY + timedelta(minutes=35)) == ["4 scans stored"], "half an hour from the newest load"
    assert look(9, NOW + DAY + timedelta(minutes=66)) == []


def test_less_than_before_is_no_news_and_nothing_unknown_is_compared() -> None:
    look(5, NOW)
    assert look(3, NOW + DAY) == []
    assert look(4, NOW + 2 * DAY) == ["1 scan stored"]
    assert look(7, NOW + 3 * DAY, key="images") == [], "not counted the last time"


def test_each_person_and_role_has_looks_of_its_own_and_another_scope_starts_anew() -> None:
    look(5, NOW)
    assert look(6, NOW + DAY, actor("study_team")) is None
    assert look(6, NOW + DAY, actor(name="sam")) is None
    assert look(9, NOW + DAY, actor(scope=Scope.parse(["study:neuro"]))) is None
    assert look(10, NOW + 2 * DAY, actor(scope=Scope.parse(["study:neuro"]))) == ["1 scan stored"]


def aside(client: Any) -> str:
    found = re.search(r"Since you last looked</h2>(.*?)<h2", client.get("/").content.decode(), re.DOTALL)
    assert found is not None
    return found[1]


def test_home_shows_it(client: Any, room: Any, person: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    counts = {"n": 2}
    room(tallies=lambda actor: [Tally("scans", counts["n"], "scan stored", "scans stored", "/archive/")])
    person("radiographer")
    assert "The next time you look" in aside(client)
    client.head("/")
    LastLook.objects.update(at=NOW - DAY)
    counts["n"] = 4
    assert client.head("/").status_code == 200
    assert LastLook.objects.get().seen == {"scans": 2}, "a probe is no look"
    assert '<a href="/archive/">2 scans stored</a>' in aside(client)
    LastLook.objects.update(at=NOW - DAY)
    assert "Nothing new." in aside(client)


def test_a_room_that_cannot_be_asked_is_named_and_not_counted(client: Any, room: Any, person: Any) -> None:
    def broken(actor: Actor) -> list[Tally]:
        raise RuntimeError

    room(tallies=broken)
    person("radiographer")
    assert "The next time you look" in aside(client)
    assert LastLook.objects.get().seen == {}


def test_somebody_without_a_role_is_told_nothing(client: Any, room: Any, person: Any) -> None:
    person()
    assert "Since you last looked" not in client.get("/").content.decode()
    assert looking.LastLook.objects.count() == 0
