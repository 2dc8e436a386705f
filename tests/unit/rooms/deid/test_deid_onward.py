"""Copies to other destinations: off by default, only what was acknowledged, byte for byte, once, whatever happens."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from structlog.testing import capture_logs
from support.hospital import NAME, NUMBER, enrolled, images
from support.onward_book import ANN, BEN, Memory, confirmed, entered, states

from isocentre.core.ports import RecipientAway
from isocentre.jobs import claims
from isocentre.jobs import door as jobs
from isocentre.rooms.deid import door, work
from isocentre.rooms.deid.onward import asking_back, naming, queue, sending
from isocentre.rooms.deid.onward.rows import OnwardCopy, SendNode
from isocentre.rooms.intake import recalling, withdrawing
from isocentre.rooms.intake.models import Arrival, Enrolment, LedgerRow

pytestmark = pytest.mark.usefixtures("hospital")


@pytest.fixture
def there(ports: door.Ports, tmp_path: Path) -> Memory:
    """Three images of the needle's person were sent on; the destination is there."""
    made = Memory()
    ports.recipients = lambda node: made
    door.accept(by=ANN, slug="own")
    images(tmp_path, 3)
    LedgerRow.objects.update(enrolment=enrolled("own"))
    work.move("w-1")
    assert LedgerRow.objects.filter(disposition="sent_on").count() == 3
    return made


def again() -> None:
    """Whoever held a lease died, and every pause is over."""
    for model in (OnwardCopy, SendNode):
        model.objects.update(lease_until=None, not_before=None, claimed_by="")


def take_back(row: LedgerRow) -> None:
    recalling.recall(by=ANN, key=row.pk, series=[row.arrival.series_uid], reason="Scanned under the previous patient")


def rows() -> list[LedgerRow]:
    return list(LedgerRow.objects.select_related("arrival").order_by("pk"))


def test_nothing_goes_anywhere_before_two_people_named_the_destination(there: Memory) -> None:
    assert (sending.send("w-1"), states()) == (0, [])
    node = entered()
    assert (sending.send("w-1"), states()) == (0, [])
    naming.confirm(by=BEN, pk=node.pk)
    assert sending.send("w-1") == 3
    assert states() == ["sent"] * 3


def test_what_goes_is_what_the_national_side_acknowledged_and_names_nobody(there: Memory, ports: door.Ports) -> None:
    confirmed()
    sending.send("w-1")
    national = {hashlib.sha256(one).hexdigest() for one in ports.wall.sent}  # type: ignore[union-attr]  # of tests
    assert {hashlib.sha256(one).hexdigest() for one in there.held.values()} == national
    assert {row.sent_sha256 for row in rows()} == national
    for one in there.held.values():
        assert NUMBER.encode() not in one
        assert NAME.encode() not in one
    assert list(Path(door.intake.quarantine() / "incoming").glob("copy-*")) == []


def test_it_goes_once_also_when_the_destination_is_named_anew(there: Memory) -> None:
    node = confirmed()
    sending.send("w-1")
    assert (sending.send("w-1"), len(there.calls)) == (0, 1)
    naming.end(by=ANN, pk=node.pk, reason="Renewed")
    confirmed(name="Core lab again", approval="REC 26")
    assert (sending.send("w-1"), len(there.calls), OnwardCopy.objects.count()) == (0, 1, 3)
    one = OnwardCopy.objects.order_by("pk")[0]
    one.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        one.save(force_insert=True)


def test_a_crash_after_it_was_handed_over_hands_the_same_over_again(there: Memory) -> None:
    confirmed()

    def dies() -> None:
        raise KeyboardInterrupt

    there.meanwhile = dies
    with pytest.raises(KeyboardInterrupt):
        sending.send("w-1")
    first = dict(there.held)
    assert (len(first), states()) == (3, ["waiting"] * 3)
    there.meanwhile = lambda: None
    assert sending.send("w-2") == 0, "the destination is leased"
    again()
    assert [sending.send("w-2") for _ in range(4)] == [1, 1, 1, 0]
    assert (states(), there.held) == (["sent"] * 3, first)


def test_two_workers_at_once_share_one_line_to_a_destination(there: Memory) -> None:
    confirmed()
    other: list[int] = []
    there.meanwhile = lambda: other.append(sending.send("w-2"))
    assert sending.send("w-1") == 3
    assert (other, there.calls) == ([0], [3])


def test_what_would_be_made_otherwise_today_is_not_sent(there: Memory) -> None:
    LedgerRow.objects.filter(pk=rows()[0].pk).update(sent_sha256="0" * 64)
    confirmed()
    sending.send("w-1")
    assert states() == ["failed", "sent", "sent"]
    assert "Made again today" in OnwardCopy.objects.order_by("pk")[0].words
    assert rows()[0].object_uid not in there.held


@pytest.mark.parametrize(
    "changes",
    [{"disposition": "held"}, {"disposition": "left_out"}, {"recalled": True}, {"erased": True}, {"sent_sha256": ""}],
)
def test_only_what_was_sent_on_and_stays_so_is_queued(there: Memory, changes: dict[str, Any]) -> None:
    LedgerRow.objects.update(**changes)
    confirmed()
    assert (queue.fill(), states()) == (0, [])


def test_without_the_original_there_is_nothing_to_make(there: Memory) -> None:
    Arrival.objects.update(erased_at=timezone.now())
    confirmed()
    assert (queue.fill(), states()) == (0, [])


def test_who_withdrew_is_not_sent_and_who_asks_for_erasure_is_asked_back(there: Memory) -> None:
    confirmed()
    sending.send("w-1")
    Enrolment.objects.update(status=withdrawing.WITHDRAWN, withdrawal="keep")
    assert (asking_back.look("w-1"), states()) == (0, ["sent"] * 3)
    Enrolment.objects.update(withdrawal="erase")
    assert (asking_back.look("w-1"), states()) == (3, ["recall_asked"] * 3)
    OnwardCopy.objects.all().delete()
    assert queue.fill() == 0


def test_who_withdraws_between_queue_and_turn_is_not_sent(there: Memory) -> None:
    confirmed()
    queue.fill()
    Enrolment.objects.update(status=withdrawing.WITHDRAWN, withdrawal="keep")
    sending.send("w-1")
    assert (states(), there.held) == (["dropped"] * 3, {})


def test_without_an_agreement_in_force_nothing_is_queued_or_sent(there: Memory) -> None:
    told = {"own": [{"site": "RNM01", "receive": "no contribution agreement is in force", "until": None}]}
    confirmed()
    queue.fill()
    jobs.remember("contribution_agreements", told)
    sending.send("w-1")
    assert (states(), there.held) == (["failed"] * 3, {})
    assert "agreement" in OnwardCopy.objects.order_by("pk")[0].words
    OnwardCopy.objects.all().delete()
    assert queue.fill() == 0


def test_what_was_taken_back_before_its_turn_never_goes(there: Memory) -> None:
    confirmed()
    queue.fill()
    take_back(rows()[0])
    assert asking_back.look("w-1") == 1
    sending.send("w-1")
    assert states() == ["dropped", "sent", "sent"]
    assert rows()[0].object_uid not in there.held


def test_taken_back_while_it_is_made_it_does_not_go(there: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    confirmed()
    made = sending._made
    monkeypatch.setattr(sending, "_made", lambda one, row, *more: (made(one, row, *more), take_back_once(row))[0])
    taken: list[int] = []

    def take_back_once(row: LedgerRow) -> None:
        if not taken:
            taken.append(row.pk)
            take_back(rows()[0])

    sending.send("w-1")
    assert rows()[0].object_uid not in there.held
    assert asking_back.look("w-1") == 1
    assert states() == ["dropped", "sent", "sent"]


def test_taken_back_while_it_is_handed_over_it_is_to_be_deleted_there(there: Memory) -> None:
    confirmed()
    there.meanwhile = lambda: (take_back(rows()[0]), asking_back.look("w-2"))
    sending.send("w-1")
    assert states() == ["recall_asked", "sent", "sent"]
    assert OnwardCopy.objects.order_by("pk")[0].sent_at is not None


def test_a_destination_that_is_not_there_costs_no_copy_a_try(there: Memory) -> None:
    node = confirmed()
    there.away = RecipientAway("Nobody answers there")
    for _ in range(12):
        assert sending.send("w-1") == 0
        SendNode.objects.update(not_before=None)
    assert set(OnwardCopy.objects.values_list("state", "attempts")) == {("waiting", 0)}
    node.refresh_from_db()
    assert (node.last_error, node.attempts) == ("Nobody answers there", 12)
    there.away = None
    assert sending.send("w-1") == 3
    node.refresh_from_db()
    assert (node.attempts, node.last_error, node.claimed_by) == (0, "", "")


def test_one_that_breaks_it_off_is_set_aside_and_may_be_there(there: Memory) -> None:
    confirmed()
    there.away = RecipientAway("It broke off", reached=True)
    for _ in range(claims.MAX_ATTEMPTS * 3):
        sending.send("w-1")
        again()
    assert states() == ["failed"] * 3
    assert asking_back.copies_of(rows()[0].study_uid) == {"Core lab": 1}


def test_what_it_refuses_is_told_and_is_not_there(there: Memory) -> None:
    there.refuses = {rows()[0].object_uid: "status A700"}
    confirmed()
    sending.send("w-1")
    one = OnwardCopy.objects.order_by("pk")[0]
    assert (states(), one.words, one.offered_at) == (
        ["failed", "sent", "sent"], "The destination refused it: status A700", None,
    )  # fmt: skip
    take_back(rows()[0])
    assert (asking_back.look("w-1"), states()[0]) == (0, "failed")


def test_no_word_about_an_object_is_no_success(there: Memory) -> None:
    there.dumb = True
    confirmed()
    sending.send("w-1")
    assert set(OnwardCopy.objects.values_list("state", "last_error")) == {("waiting", sending.NOT_TOLD)}


def test_on_its_last_day_it_goes_and_after_midnight_it_does_not(there: Memory) -> None:
    node = confirmed(days=0)
    assert naming.is_in_force(node)
    queue.fill()
    SendNode.objects.update(until=timezone.localdate() - timedelta(days=1))
    assert (sending.send("w-1"), there.held) == (0, {})
    assert (states(), OnwardCopy.objects.order_by("pk")[0].words) == (
        ["failed"] * 3, "The approval of the destination ended before it was sent.",
    )  # fmt: skip


def test_ended_while_it_is_made_nothing_goes(there: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    node = confirmed()
    real = queue.offered

    def ended(*given: Any) -> set[int]:
        naming.end(by=ANN, pk=node.pk, reason="At once")
        return real(*given)

    monkeypatch.setattr(queue, "offered", ended)
    sending.send("w-1")
    assert (there.held, states()) == ({}, ["failed"] * 3)


def test_a_failure_nobody_foresaw_costs_the_others_nothing(there: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    confirmed()
    real, bad = work.again, rows()[0].pk

    def fails(row: LedgerRow, *given: Any, **more: Any) -> Any:
        if row.pk == bad:
            raise RuntimeError(NAME)
        return real(row, *given, **more)

    monkeypatch.setattr(work, "again", fails)
    for _ in range(claims.MAX_ATTEMPTS + 1):
        sending.send("w-1")
        again()
    assert states() == ["failed", "sent", "sent"]
    assert NAME not in OnwardCopy.objects.order_by("pk")[0].words


def test_put_right_it_goes_again_once_the_wrong_one_is_deleted_there(there: Memory, ports: door.Ports) -> None:
    node = confirmed()
    sending.send("w-1")
    row = rows()[0]
    take_back(row)
    asking_back.look("w-1")
    Arrival.objects.filter(pk=row.arrival_id).update(revision=1)
    LedgerRow.objects.filter(pk=row.pk).update(recalled=False)
    assert queue.fill() == 0
    keys = [one.key for one in asking_back.to_delete(ANN, node)]
    today = timezone.localdate()
    asking_back.certify(by=ANN, pk=node.pk, chosen=keys, confirmed_by="Office", on=today, reference="DEL-1")
    assert sending.send("w-1") == 1
    assert states() == ["deleted", "sent", "sent", "sent"]
    assert asking_back.look("w-1") == 0, "the later revision was not taken back"


def test_refused_after_it_may_have_arrived_it_may_still_be_there(there: Memory) -> None:
    confirmed()
    there.away = RecipientAway("It broke off", reached=True)
    sending.send("w-1")
    again()
    there.away, there.refuses = None, {rows()[0].object_uid: "status A700"}
    sending.send("w-1")
    one = OnwardCopy.objects.order_by("pk")[0]
    assert (one.state, one.offered_at is None) == ("failed", False)


def test_in_a_worker_each_destination_has_a_thread_of_its_own(there: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[Any] = []
    monkeypatch.setattr(sending, "_begin", begun.append)
    monkeypatch.setattr(sending, "connection", SimpleNamespace(close=lambda: None))
    for n in range(2):
        confirmed(name=f"Lab {n}", host=f"10.0.0.{n}")
    assert queue.fill() == 6
    assert (sending.turn("w-1"), sending.turn("w-1"), len(begun)) == (2, 0, 2)
    for one in begun:
        sending._apart(one)
    assert states() == ["sent"] * 6
    assert sending.turn("w-1") == 0


def test_a_thread_that_fails_says_so_without_a_name(there: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> int:
        raise RuntimeError(NAME)

    begun: list[Any] = []
    monkeypatch.setattr(sending, "_begin", begun.append)
    monkeypatch.setattr(sending, "connection", SimpleNamespace(close=lambda: None))
    confirmed()
    queue.fill()
    sending.turn("w-1")
    monkeypatch.setattr(sending, "_carried", fails)
    with capture_logs() as logs:
        sending._apart(begun[0])
    assert ([one["event"] for one in logs], NAME in str(logs)) == (["copies_failed"], False)
    begun[0].stack.close()
