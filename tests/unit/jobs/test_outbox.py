"""The outbox: delivered once to each listener, tried again after a failure, set aside when it never works."""

import pytest
from django.db import transaction

from isocentre.core.events import Event, ScanMatched
from isocentre.jobs import claims, door, loop
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


def test_a_listener_that_always_fails_is_set_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(event: Event) -> None:
        raise LookupError("4857773456 is a number that must not be kept")

    monkeypatch.setattr(door, "_listeners", {})
    door.listen(ScanMatched, "bad", fail)
    door.publish(EVENT)
    for _ in range(claims.MAX_ATTEMPTS):
        OutboxRow.objects.update(not_before=None)
        assert loop.deliver_events("w") == 1
    row = OutboxRow.objects.get()
    assert (row.state, row.last_error) == ("poison", "LookupError")
    assert door.backlog()["events_set_aside"] == 1
