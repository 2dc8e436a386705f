"""An hour without the national side: pauses grow, every arrival is taken, nothing is lost, pages say since when."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from support.hospital import SERIAL, signed_in, text
from support.parts import WHOLE

from isocentre.core.actor import Actor, Scope
from isocentre.core.dicom.header import read_header
from isocentre.core.ports import Received, SendResult
from isocentre.rooms.deid import away, door, work
from isocentre.rooms.intake import canary, receive
from isocentre.rooms.intake.models import LedgerRow, Scanner

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("hospital")]
LEAD = Actor("person", "lead", "imaging_lead", Scope.everything(), frozenset({"study_config_accept"}))
HOUR, EVERY = 3600, 9
"""Seconds away, and between two turns of the simulation."""
ARRIVALS = 5 if WHOLE or connection.vendor == "sqlite" else 1
"""Images that arrive in each turn: 2,000 in the hour, a fifth of them on PostgreSQL, where each is slower to write."""


class Clock:
    """The time the hospital side believes it is."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 3, 14, 0, tzinfo=UTC)

    def pass_(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(timezone, "now", lambda: made.now)
    return made


class Platform:
    """The national side: every knock is noted with its moment, also while it is away."""

    def __init__(self, clock: Clock) -> None:
        self.away, self.clock, self.failing, self.silence = True, clock, set[str](), OSError
        self.knocks: list[datetime] = []
        self.stored: list[str] = []

    def fetch_study_config(self) -> dict[str, object]:
        self._knock()
        return {}

    def send(self, research_study: str, site: str, objects: list[Any]) -> list[SendResult]:
        self._knock()
        if self.failing & {one.object_uid for one in objects}:
            raise Answered("the national side answered 500")
        self.stored += [one.object_uid for one in objects]
        return [SendResult(one.object_uid, True) for one in objects]

    def _knock(self) -> None:
        self.knocks.append(self.clock.now)
        if self.away:
            raise self.silence("away")


class Answered(OSError):
    status = 500


class ShutOut(OSError):
    shut_out = True


@pytest.fixture
def platform(ports: door.Ports, clock: Clock, hospital: None) -> Platform:
    ports.wall = made = Platform(clock)  # type: ignore[assignment]  # receipts are not sent here
    door.accept(by=LEAD, slug="own")
    Scanner.objects.update(serial=SERIAL)
    return made


@pytest.fixture
def arrive(platform: Platform) -> Callable[[], int]:
    """One image comes in as from a scanner; the status its sender sees."""
    made = receive.Intake(research_study="own", site="RNM01")
    pattern = canary.made()
    header = read_header(pattern)
    first, sop_class = header.text(0x00080018), header.text(0x00080016)
    number = itertools.count(1)

    def come() -> int:
        uid = f"2.25.7{next(number):0{len(first) - 6}d}"
        data = pattern.replace(first.encode(), uid.encode())
        path = made.temporary()
        path.write_bytes(data)
        return made.keep(Received(
            path, header.dataset_offset, len(data), sop_class, uid, "1.2.840.10008.1.2.1", "CT1", "OWN", "127.0.0.1",
            "ct", "a1", data,
        ))  # fmt: skip

    return come


def test_an_hour_without_the_national_side(
    clock: Clock, platform: Platform, arrive: Callable[[], int], tmp_path: Path
) -> None:
    since = clock.now
    statuses = [0]
    for _ in range(HOUR // EVERY):
        statuses += [arrive() for _ in range(ARRIVALS)]
        for worker in ("gateway worker 0-1", "gateway worker 1-2"):
            work.move(worker)
        clock.pass_(EVERY)
    assert set(statuses) == {0}
    waiting = LedgerRow.objects.filter(disposition="pending").count()
    assert waiting == HOUR // EVERY * ARRIVALS >= (400 if ARRIVALS == 1 else 2000)
    gaps = [later - earlier for earlier, later in zip(platform.knocks, platform.knocks[1:], strict=False)]
    assert gaps == sorted(gaps), "the pauses grow"
    assert timedelta(minutes=4) < gaps[-1] <= away.LONGEST + timedelta(seconds=EVERY)
    assert 10 <= len(platform.knocks) <= 25, "an hour of knocks, whatever arrived meanwhile"
    _pages_say_so(since)
    platform.away = False
    clock.pass_(away.LONGEST.total_seconds())
    turns = 0
    while LedgerRow.objects.filter(disposition="pending").exists():
        assert work.move("gateway worker 0-1") > 0, "the queue drains without another pause"
        turns += 1
    assert turns < waiting / work.BATCH + 2
    assert len(platform.stored) == len(set(platform.stored)) == waiting
    assert LedgerRow.objects.filter(disposition="sent_on").count() == waiting
    assert away.state() is None
    assert "does not answer" not in text(signed_in("pacs_manager", site="RNM01").get("/status/"))


def _pages_say_so(since: datetime) -> None:
    client = signed_in("pacs_manager")
    status = text(client.get("/status/"))
    assert "National side does not answer" in status
    assert "3 March 2026, 14:00" in status
    home = text(client.get("/"))
    assert f"{HOUR // EVERY * ARRIVALS:,}" in home
    assert "the national side does not answer" in home
    assert "1 hour ago" in home


def test_a_gateway_that_is_shut_out_is_told_what_helps(
    clock: Clock, platform: Platform, arrive: Callable[[], int]
) -> None:
    platform.silence = ShutOut
    arrive()
    assert work.move("w-1") == 0
    client = signed_in("pacs_manager")
    assert "image waits: the national side does not let this gateway in" in text(client.get("/"))
    assert "isocentre gateway join" in text(client.get("/status/"))
    clock.pass_(2)
    platform.silence = OSError
    assert away.waiting()
    assert "National side does not answer" in text(client.get("/status/"))


def test_the_clock_set_back_an_hour_does_not_keep_it_waiting(
    clock: Clock, platform: Platform, arrive: Callable[[], int]
) -> None:
    arrive()
    assert work.move("w-1") == 0
    assert away.waiting()
    clock.pass_(-HOUR)
    platform.away = False
    assert not away.waiting()


def test_a_worker_killed_while_it_knocks_delays_the_next_knock_by_a_moment(
    clock: Clock, platform: Platform, arrive: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    arrive()
    for _ in range(8):
        work.move("w-1")
        clock.pass_(away.LONGEST.total_seconds())
    with monkeypatch.context() as patch:
        patch.setattr(platform, "fetch_study_config", _killed)
        with pytest.raises(Killed):
            work.move("w-1")
    platform.away = False
    assert work.move("w-2") == 0, "another worker does not knock as well"
    clock.pass_(away.KNOCK.total_seconds())
    assert work.move("w-2") == 1


class Killed(BaseException):
    """As SIGKILL: nothing after it runs."""


def _killed() -> None:
    raise Killed


def test_an_error_it_answers_with_is_not_taken_for_silence(
    clock: Clock, platform: Platform, arrive: Callable[[], int]
) -> None:
    platform.away = False
    arrive()
    assert work.move("w-1") == 1
    platform.failing = set(platform.stored)
    LedgerRow.objects.filter(disposition="sent_on").update(disposition="pending", claimed_by="", lease_until=None)
    assert work.move("w-1") == 0
    assert away.state() is None
    arrive()
    assert work.move("w-1") == 1, "the next one is not held up"
    assert len(platform.stored) == 2
