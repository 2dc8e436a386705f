"""The outbox: delivered once to each listener, tried again after a failure, set aside when it never works."""

import re
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from isocentre.audit.models import AuditRow
from isocentre.core.actor import Actor
from isocentre.core.checks import Unfit
from isocentre.core.events import Event, ScanMatched
from isocentre.jobs import aside, claims, door, loop
from isocentre.jobs.models import OutboxRow

pytestmark = pytest.mark.django_db(transaction=True)
EVENT = ScanMatched(research_study="onco-ct", study_uid="2.25.1", planned_event="wk8")


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[Event]:
    got: list[Event] = []
    monkeypatch.setattr(door, "_listeners", {})
    door.listen(ScanMatched, "test", got.append)
    return got


def test_an_event_is_delivered_once_and_its_row_goes(heard: list[Event]) -> None:
    door.publish(EVENT)
    assert loop.deliver_events("w") == 1
    assert heard == [EVENT]
    assert loop.deliver_events("w") == 0
    assert not OutboxRow.objects.exists()


def test_events_that_say_the_same_are_heard_once_and_others_apart(heard: list[Event]) -> None:
    other = ScanMatched(research_study="onco-ct", study_uid="2.25.2", planned_event="wk8")
    for event in (EVENT, other, EVENT, EVENT):
        door.publish(event)
    assert loop.deliver_events("w") == 4
    assert heard == [EVENT, other]
    assert not OutboxRow.objects.exists()


def test_an_event_rolled_back_with_its_writer_was_never_published(heard: list[Event]) -> None:
    def write() -> None:
        with transaction.atomic():
            door.publish(EVENT)
            raise RuntimeError("the writer failed")

    with pytest.raises(RuntimeError):
        write()
    assert loop.deliver_events("w") == 0
    assert heard == []


class Number(LookupError):
    """Its text holds what must not be kept."""

    def __init__(self) -> None:
        super().__init__("4857773456 is a number that must not be kept")


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """A listener that fails at scans of these UIDs."""
    bad = {EVENT.study_uid}

    def hear(event: Event) -> None:
        if event.payload()["study_uid"] in bad:
            raise Number

    monkeypatch.setattr(door, "_listeners", {})
    door.listen(ScanMatched, "bad", hear)
    return bad


def worn_out() -> OutboxRow:
    for _ in range(claims.MAX_ATTEMPTS):
        OutboxRow.objects.update(not_before=None)
        assert loop.deliver_events("w") == 1
    return OutboxRow.objects.get()


def test_a_listener_that_always_fails_is_set_aside(failing: set[str]) -> None:
    door.publish(EVENT)
    row = worn_out()
    assert row.state == "poison"
    assert re.fullmatch(r"Number in test_outbox\.py:\d+", row.last_error)
    assert door.backlog()["events_set_aside"] == 1
    assert loop.deliver_events("w") == 0
    tried = aside.tried_at(row)
    assert tried is not None
    assert abs(timezone.now() - tried) < timedelta(seconds=30)


def test_what_failed_before_is_heard_by_itself_and_keeps_nothing_new_waiting(
    failing: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "AGAIN_AT_ONCE", 2)
    for _ in range(3):
        door.publish(EVENT)
    assert loop.deliver_events("w") == 3
    assert loop.deliver_events("w") == 0, "they wait a moment"
    OutboxRow.objects.update(not_before=None)
    door.publish(ScanMatched(research_study="onco-ct", study_uid="2.25.9", planned_event="wk8"))
    assert loop.deliver_events("w") == 3
    assert sorted(OutboxRow.objects.values_list("attempts", flat=True)) == [1, 2, 2]
    failing.clear()
    OutboxRow.objects.update(not_before=None)
    assert loop.deliver_events("w") == 2
    assert loop.deliver_events("w") == 1


def test_an_event_at_which_the_worker_dies_each_time_is_set_aside_unheard(heard: list[Event]) -> None:
    door.publish(EVENT)
    door.publish(EVENT)
    OutboxRow.objects.filter(pk=OutboxRow.objects.order_by("pk")[0].pk).update(attempts=claims.MAX_ATTEMPTS)
    assert loop.deliver_events("w") == 2
    assert len(heard) == 1
    row = OutboxRow.objects.get()
    assert (row.state, row.last_error, row.attempts) == ("poison", "", claims.MAX_ATTEMPTS)


ADMIN = Actor("person", "ada", "administrator", permissions=frozenset({"events_act"}))


def test_what_was_set_aside_is_tried_again_as_if_new(failing: set[str]) -> None:
    door.publish(EVENT)
    row = worn_out()
    failing.clear()
    assert aside.retry(by=ADMIN, ids=[row.pk + 1]) == 0
    assert aside.retry(by=ADMIN, ids=[row.pk]) == 1
    assert loop.deliver_events("w") == 1
    assert not OutboxRow.objects.exists()
    assert list(AuditRow.objects.values_list("action", "detail")) == [("events_retried", {"events": 1})]


def test_what_was_set_aside_is_dropped_with_a_reason(failing: set[str]) -> None:
    door.publish(EVENT)
    row = worn_out()
    for reason in ("", "about 999 000 0018"):
        with pytest.raises(Unfit, match="reason"):
            aside.drop(by=ADMIN, ids=[row.pk], reason=reason)
    assert aside.drop(by=ADMIN, ids=[row.pk], reason="Of a research study that was closed") == 1
    assert aside.drop(by=ADMIN, ids=[row.pk], reason="Again") == 0
    found = AuditRow.objects.get()
    assert (found.action, found.detail, found.reason) == (
        "events_dropped", {"events": 1, "kinds": "scan_matched"}, "Of a research study that was closed",
    )  # fmt: skip


def test_what_still_waits_is_neither_tried_again_nor_dropped_and_others_may_do_neither(failing: set[str]) -> None:
    door.publish(EVENT)
    pk = OutboxRow.objects.get().pk
    assert (aside.retry(by=ADMIN, ids=[pk]), aside.drop(by=ADMIN, ids=[pk], reason="Not needed")) == (0, 0)
    for call in (lambda: aside.retry(by=NOBODY, ids=[pk]), lambda: aside.drop(by=NOBODY, ids=[pk], reason="x")):
        with pytest.raises(PermissionDenied):
            call()


NOBODY = Actor("person", "x", "auditor", permissions=frozenset({"status_view"}))
