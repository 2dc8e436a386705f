"""Claims: a row is leased once, comes back when its lease ends, waits after a failure."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from isocentre.jobs import claims
from isocentre.jobs.models import OutboxRow

pytestmark = pytest.mark.django_db


def rows(count: int = 3) -> None:
    OutboxRow.objects.bulk_create(OutboxRow(event="e", payload={}, listener="l") for _ in range(count))


def free():
    return OutboxRow.objects.order_by("pk")


def test_a_claimed_row_is_nobody_elses() -> None:
    rows()
    first = claims.claim(free(), worker="a", limit=2)
    second = claims.claim(free(), worker="b", limit=5)
    assert [len(first), len(second)] == [2, 1]
    assert not {r.pk for r in first} & {r.pk for r in second}
    assert first[0].attempts == 1


def test_a_lease_that_ended_is_claimed_again_and_a_heartbeat_moves_it_on() -> None:
    rows(1)
    (row,) = claims.claim(free(), worker="a", limit=1)
    OutboxRow.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    (again,) = claims.claim(free(), worker="b", limit=1)
    assert (again.pk, again.attempts, again.claimed_by) == (row.pk, 2, "b")
    assert claims.extend(OutboxRow, [row.pk], worker="a") == 0
    assert claims.extend(OutboxRow, [row.pk], worker="b") == 1


def test_a_worker_takes_over_at_once_what_the_one_before_it_of_its_name_held() -> None:
    rows(3)
    claims.claim(free(), worker="gateway worker 1-100", limit=1)
    claims.claim(free(), worker="gateway worker 11-101", limit=1)
    taken = claims.claim(free(), worker="gateway worker 1-102", limit=5)
    first, other, third = (row.claimed_by for row in free())
    assert [first, other, third] == ["gateway worker 1-102", "gateway worker 11-101", "gateway worker 1-102"]
    assert [row.attempts for row in taken] == [2, 1]


def test_a_worker_takes_over_only_once_so_two_of_one_name_never_take_turns() -> None:
    rows(2)
    claims.claim(free(), worker="worker-201", limit=1)
    assert len(claims.claim(free(), worker="worker-202", limit=2)) == 2
    assert claims.claim(free(), worker="worker-201", limit=2) == []
    assert {row.claimed_by for row in free()} == {"worker-202"}


def test_a_released_row_waits_longer_each_time() -> None:
    rows(1)
    (row,) = claims.claim(free(), worker="a", limit=1)
    claims.release(OutboxRow, [row.pk], worker="a", error="away", attempts=3)
    row.refresh_from_db()
    assert 6 < (row.not_before - timezone.now()).total_seconds() <= 8
    assert claims.claim(free(), worker="a", limit=1) == []
    claims.release(OutboxRow, [row.pk], worker="b", error="not mine", attempts=1)
    row.refresh_from_db()
    assert row.last_error == "away"


@pytest.mark.django_db(transaction=True)
def test_a_lease_is_kept_while_long_work_goes_on() -> None:
    rows(1)
    (row,) = claims.claim(free(), worker="a", limit=1, lease=timedelta(seconds=1))
    with claims.held(OutboxRow, [row.pk], worker="a", lease=timedelta(seconds=1)):
        time.sleep(1.6)
        assert claims.claim(free(), worker="b", limit=1) == []
    time.sleep(1.1)
    assert [r.claimed_by for r in claims.claim(free(), worker="b", limit=1)] == ["b"]
