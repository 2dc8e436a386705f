"""Group commit: one transaction for many threads, and a bad row that hurts only itself."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
from django.db import connection

from isocentre.jobs import commit
from isocentre.jobs.commit import GroupCommitter
from isocentre.jobs.models import Setting

pytestmark = pytest.mark.django_db(transaction=True)


def write(items: list[str]) -> list[str]:
    assert connection.in_atomic_block
    for item in items:
        if item == "bad":
            raise ValueError("a bad row")
    Setting.objects.bulk_create(Setting(name=item, value=len(items)) for item in items)
    return [item.upper() for item in items]


def run(committer: GroupCommitter[str], name: str) -> None:
    committer.submit(name)
    connection.close()


def test_a_submitted_row_is_committed_when_submit_returns() -> None:
    committer: GroupCommitter[str] = GroupCommitter(write)
    assert committer.submit("a") == "A"
    assert Setting.objects.filter(name="a").exists()


def test_a_bad_row_fails_alone() -> None:
    committer: GroupCommitter[str] = GroupCommitter(write)
    answers: dict[str, object] = {}

    def submit(name: str) -> None:
        try:
            answers[name] = committer.submit(name)
        except ValueError as error:
            answers[name] = error
        connection.close()

    names = ["bad" if i == 7 else f"row{i}" for i in range(20)]
    threads = [threading.Thread(target=submit, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert isinstance(answers.pop("bad"), ValueError)
    assert Setting.objects.count() == 19
    assert answers == {name: name.upper() for name in names if name != "bad"}


def test_a_batch_shares_what_is_done_before_its_transaction() -> None:
    batches: list[list[str]] = []
    held, entered = threading.Event(), threading.Event()

    def before(items: Sequence[str]) -> None:
        assert not connection.in_atomic_block
        batches.append(list(items))
        entered.set()
        assert held.wait(10)

    committer = GroupCommitter(write, before=before)
    threads = [threading.Thread(target=run, args=(committer, "first"))]
    threads[0].start()
    assert entered.wait(10)
    threads += [threading.Thread(target=run, args=(committer, f"row{i}")) for i in range(5)]
    for thread in threads[1:]:
        thread.start()
    while len(committer._waiting) < 5:
        time.sleep(0.001)
    held.set()
    for thread in threads:
        thread.join()
    assert [sorted(batch) for batch in batches] == [["first"], [f"row{i}" for i in range(5)]]
    assert Setting.objects.count() == 6


def test_a_turn_that_does_not_come_in_time_is_an_error_and_no_loss() -> None:
    committer: GroupCommitter[str] = GroupCommitter(write)
    with committer._turn, pytest.raises(TimeoutError):
        committer.submit("late", timeout=0.01)
    assert committer.submit("next") == "NEXT"
    assert set(Setting.objects.values_list("name", flat=True)) == {"late", "next"}


def test_who_says_that_an_item_is_coming_is_waited_for() -> None:
    batches: list[list[str]] = []
    committer = GroupCommitter(write, before=lambda items: batches.append(sorted(items)))
    said, go = threading.Event(), threading.Event()

    def second() -> None:
        with committer.coming() as submit:
            said.set()
            assert go.wait(10)
            assert submit("second") == "SECOND"
        connection.close()

    threads = [threading.Thread(target=second), threading.Thread(target=run, args=(committer, "first"))]
    threads[0].start()
    assert said.wait(10)
    with patience(10.0):
        threads[1].start()
        while not committer._waiting:
            time.sleep(0.001)
        go.set()
        for thread in threads:
            thread.join()
    assert batches == [["first", "second"]]


def test_nobody_waits_for_what_is_taken_back_or_late() -> None:
    committer: GroupCommitter[str] = GroupCommitter(write)
    with patience(10.0):
        with pytest.raises(ValueError, match="not fit"), committer.coming():
            raise ValueError("not fit to be kept")
        begun = time.monotonic()
        assert committer.submit("alone") == "ALONE"
        with committer.coming() as submit:
            assert submit("own") == "OWN"  # nor for its own
        assert time.monotonic() - begun < 5
    with committer.coming():
        assert committer.submit("late neighbour") == "LATE NEIGHBOUR"
    assert committer._coming == 0


@contextmanager
def patience(seconds: float) -> Iterator[None]:
    before, commit.PATIENCE = commit.PATIENCE, seconds
    try:
        yield
    finally:
        commit.PATIENCE = before
