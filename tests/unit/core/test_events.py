"""Events survive the outbox and a newer writer."""

from isocentre.core.events import EVENTS, ScanMatched


def test_an_event_is_rebuilt_from_its_payload_ignoring_newer_fields() -> None:
    event = ScanMatched(research_study="CT1", study_uid="2.25.1", planned_event="wk8")
    assert EVENTS[event.name].of({**event.payload(), "colour": "blue"}) == event
