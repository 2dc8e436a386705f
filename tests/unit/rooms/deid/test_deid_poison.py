"""One image that cannot be worked on holds up no other, and after some tries waits for a person with its reason."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, OperationalError
from django.utils import timezone
from structlog.testing import capture_logs
from support.hospital import NAME, NUMBER, images, signed_in, text

from isocentre.core.actor import Actor, Scope
from isocentre.core.ports import SendResult
from isocentre.jobs import claims
from isocentre.rooms.deid import door, findings, poison, sampling, work
from isocentre.rooms.intake import door as intake
from isocentre.rooms.intake import ledger
from isocentre.rooms.intake.models import LedgerRow

pytestmark = pytest.mark.usefixtures("hospital")
LEAD = Actor(
    "person", "lead", "imaging_lead", Scope.everything(), frozenset({"study_config_accept", "held_act", "held_view"})
)
COUNT = 5


@pytest.fixture
def uids(ports: Any, tmp_path: Path) -> list[str]:
    """Images that wait their turn; one of them will fail."""
    door.accept(by=LEAD, slug="own")
    return images(tmp_path, COUNT)


def turns(most: int = 30) -> int:
    """Turns until nothing is due, all pauses over before each; how many."""
    for turn in range(most):
        LedgerRow.objects.update(not_before=None)
        if not LedgerRow.objects.filter(disposition="pending").exists():
            return turn
        work.move("w-1")
    return most


def states() -> dict[str, tuple[str, str]]:
    return {row.sop_instance_uid: (row.disposition, row.cause) for row in LedgerRow.objects.all()}


def others_passed(uids: Iterable[str], bad: str) -> None:
    assert {uid: state[0] for uid, state in states().items() if uid != bad} == {
        uid: "sent_on" for uid in uids if uid != bad
    }


def failing(monkeypatch: pytest.MonkeyPatch, uid: str, error: BaseException) -> list[int]:
    """The engine fails at this image; how large the batch was each time it came to it."""
    real, met = work.engine.deidentify, []

    def made(buffer: Any, **more: Any) -> Any:
        if buffer.find(uid.encode()) >= 0:
            met.append(LedgerRow.objects.exclude(claimed_by="").count())
            raise error
        return real(buffer, **more)

    monkeypatch.setattr(work.engine, "deidentify", made)
    return met


def test_an_image_the_engine_fails_at_is_tried_by_itself_and_then_held_for_a_person(
    uids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = uids[2]
    met = failing(monkeypatch, bad, RuntimeError(f"{NAME} {NUMBER}"))
    with capture_logs() as logs:
        work.move("w-1")
        others_passed(uids, bad)
        row = LedgerRow.objects.get(sop_instance_uid=bad)
        assert (row.disposition, row.attempts, row.claimed_by) == ("pending", 1, "")
        assert row.not_before is not None
        assert work.move("w-1") == 0, "it waits a moment"
        turns()
    assert met == [COUNT, *[1] * (claims.MAX_ATTEMPTS - 1)]
    row.refresh_from_db()
    assert (row.disposition, row.cause, row.claimed_by) == ("held", intake.FAILED, "")
    assert row.words.startswith("Tried 8 times without success. The last time: RuntimeError in test_deid_poison.py:")
    failures = [one for one in logs if one["event"] == "image_failed"]
    assert len(failures) == claims.MAX_ATTEMPTS
    assert {one["error"] for one in failures} == {"RuntimeError"}
    assert not [one for one in logs if NUMBER in str(one) or "Needlova" in str(one)]
    assert NUMBER not in row.words


def test_a_person_sees_why_and_tries_it_again(uids: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        failing(patch, uids[0], MemoryError())
        turns()
    client = signed_in("radiographer")
    page = text(client.get(f"/deid/held/{intake.FAILED}/"))
    assert "1 scan held: could not be worked on here" in page
    assert "Tell the administrator" in page
    assert "Tried 8 times" in page
    row = LedgerRow.objects.get(sop_instance_uid=uids[0])
    intake.try_again(by=LEAD, keys=[row.pk], cause=intake.FAILED, reason="More memory was given")
    assert turns() == 1
    assert states()[uids[0]] == ("sent_on", "")


@pytest.mark.parametrize("kind", [PermissionError, OSError, ValueError])
def test_an_original_that_cannot_be_opened_stops_no_other(
    uids: list[str], monkeypatch: pytest.MonkeyPatch, kind: type[Exception]
) -> None:
    real = work._opened

    def opened(row: Any, stack: Any) -> Any:
        if row.sop_instance_uid == uids[1]:
            raise kind(5, "a folder with a name in it")
        return real(row, stack)

    monkeypatch.setattr(work, "_opened", opened)
    work.move("w-1")
    others_passed(uids, uids[1])
    assert turns() == claims.MAX_ATTEMPTS - 1
    assert states()[uids[1]] == ("held", intake.FAILED)
    assert "a name in it" not in LedgerRow.objects.get(sop_instance_uid=uids[1]).words


def test_an_original_of_no_bytes_counts_as_lost(uids: list[str], tmp_path: Path) -> None:
    (tmp_path / "quarantine" / "originals" / f"{uids[3]}.dcm").write_bytes(b"")
    work.move("w-1")
    others_passed(uids, uids[3])
    assert states()[uids[3]] == ("held", "original_lost")


def test_a_busy_database_is_no_fault_of_an_image(uids: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        failing(patch, uids[0], OperationalError("locked"))
        with pytest.raises(OperationalError):
            work.move("w-1")
    LedgerRow.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    work.move("w-1")
    assert {state for state, _ in states().values()} == {"sent_on"}


def test_a_research_study_whose_terms_cannot_be_read_stops_no_other(
    uids: list[str], ports: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = work._terms

    def terms(slug: str) -> Any:
        if slug == "lungs":
            raise OSError("the key's file cannot be read")
        return real(slug)

    monkeypatch.setattr(work, "_terms", terms)
    LedgerRow.objects.filter(sop_instance_uid=uids[0]).update(research_study="lungs")
    work.move("w-1")
    others_passed(uids, uids[0])
    assert states()[uids[0]] == ("pending", "")


class Broken:
    """A national side that answers an error to whatever holds one object, and takes the rest."""

    def __init__(self, error: Exception, all_of_it: bool = False) -> None:
        self.error, self.all, self.bad = error, all_of_it, ""
        self.asked: list[int] = []

    def send(self, research_study: str, site: str, objects: list[Any]) -> list[SendResult]:
        self.asked.append(len(objects))
        found = {one.object_uid for one in objects}
        self.bad = self.bad or min(found)
        if self.all or self.bad in found:
            raise self.error
        return [SendResult(one.object_uid, True) for one in objects]

    def fetch_study_config(self) -> dict[str, object]:
        return {}


class Answered(OSError):
    status = 500


@pytest.mark.parametrize("error", [Answered(), RuntimeError("no socket")])
def test_an_object_the_national_side_fails_at_is_sent_by_itself_and_then_held(
    uids: list[str], ports: Any, error: Exception
) -> None:
    ports.wall = wall = Broken(error)
    assert work.move("w-1") == 0
    LedgerRow.objects.update(not_before=None)
    assert work.move("w-1") == COUNT - 1, "those beside it in its batch are not held up by it"
    turns()
    assert wall.asked == [COUNT, *[1] * COUNT, *[1] * (claims.MAX_ATTEMPTS - 2)]
    found = sorted(states().values())
    assert found == [("held", intake.FAILED), *[("sent_on", "")] * (COUNT - 1)]
    words = LedgerRow.objects.get(disposition="held").words
    assert "The national side could not take it, and took other images meanwhile" in words


def test_a_national_side_that_takes_nothing_of_anybody_holds_nothing(uids: list[str], ports: Any) -> None:
    ports.wall = Broken(Answered(), all_of_it=True)
    assert turns() == 30
    assert {state for state, _ in states().values()} == {"pending"}


def test_an_object_at_which_the_national_side_falls_silent_each_time_is_held(
    uids: list[str], ports: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It answers a knock, and goes away when it is sent this: as a server that the object ends."""
    monkeypatch.setattr(work.away, "KNOCK", timedelta())
    monkeypatch.setattr(work.away, "pause", lambda tries: timedelta())
    ports.wall = Broken(ConnectionResetError())
    turns()
    assert sorted(states().values()) == [("held", intake.FAILED), *[("sent_on", "")] * (COUNT - 1)]


def test_an_object_it_does_not_answer_for_is_asked_about_again(uids: list[str], ports: Any) -> None:
    class Silent(Broken):
        def send(self, research_study: str, site: str, objects: list[Any]) -> list[SendResult]:
            self.bad = self.bad or min(one.object_uid for one in objects)
            return [SendResult(one.object_uid, True) for one in objects if one.object_uid != self.bad]

    ports.wall = Silent(RuntimeError())
    assert work.move("w-1") == COUNT - 1
    turns()
    row = LedgerRow.objects.get(disposition="held")
    assert (row.cause, "did not say what became of it" in row.words) == (intake.FAILED, True)


def test_an_outcome_that_cannot_be_recorded_costs_no_other(uids: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    real: Callable[..., int] = ledger.record_outcomes
    pk = LedgerRow.objects.get(sop_instance_uid=uids[4]).pk

    def record(*, outcomes: Iterable[Any], **more: Any) -> int:
        listed = list(outcomes)
        if any(one.row_id == pk and one.disposition == "sent_on" for one in listed):
            raise DatabaseError("a value that no column takes")
        return real(outcomes=listed, **more)

    monkeypatch.setattr(intake, "record_outcomes", record)
    work.move("w-1")
    others_passed(uids, uids[4])
    turns()
    assert states()[uids[4]] == ("held", intake.FAILED)
    monkeypatch.setattr(intake, "record_outcomes", lambda **_: (_ for _ in ()).throw(OperationalError("locked")))
    LedgerRow.objects.update(disposition="pending", attempts=0, not_before=None)
    with pytest.raises(OperationalError):
        work.move("w-1")


def test_what_cannot_be_told_of_a_sent_image_is_logged_and_costs_no_other(
    uids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []

    def draw(passed: Iterable[Any]) -> int:
        for one in passed:
            if one.row.sop_instance_uid == uids[0]:
                raise ValueError(NAME)
            drawn.append(one.row.sop_instance_uid)
        return 0

    def busy(_: Any) -> int:
        raise OperationalError("locked")

    monkeypatch.setattr(sampling, "draw", draw)
    with capture_logs() as logs:
        work.move("w-1")
    assert sorted(drawn) == sorted(uids[1:])
    assert [one["error"] for one in logs if one["event"] == "not_drawn"] == ["ValueError"]
    assert "Needlova" not in str(logs)
    assert {state for state, _ in states().values()} == {"sent_on"}
    LedgerRow.objects.update(disposition="pending", attempts=0)
    monkeypatch.setattr(findings, "texts_cleaned", busy)
    monkeypatch.setattr(sampling, "draw", lambda _: 0)
    with pytest.raises(OperationalError):
        work.move("w-1")


def test_what_was_tried_before_never_keeps_what_is_new_waiting(
    uids: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poison, "ALONE", 2)
    LedgerRow.objects.update(attempts=1)
    new = images(tmp_path, 1)[0]
    assert work.move("w-1") == 3
    assert states()[new] == ("sent_on", "")
    assert LedgerRow.objects.filter(disposition="pending").count() == COUNT - 2


def test_a_worker_that_an_image_kills_is_not_killed_for_ever_and_the_others_pass(tmp_path: Path) -> None:
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[3])}
    environment.pop("ISOCENTRE_TEST_DATABASE_URL", None)
    done = subprocess.run(
        [sys.executable, "-m", "support.poisoned", str(tmp_path / "home")], env=environment, capture_output=True,
        text=True, timeout=250, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout.splitlines()[-1])
    killed = [code for code in told["lives"] if code]
    assert killed == [-9] * claims.MAX_ATTEMPTS, "once in its batch, then by itself"
    assert told["good_passed_after"] <= 3, "the others are taken alone while it waits"
    disposition, cause, words = told["poison"]
    assert (disposition, cause) == ("held", intake.FAILED)
    assert "was ended, often for want of memory" in words
