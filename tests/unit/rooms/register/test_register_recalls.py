"""What a hospital takes back: only its own, kept once, waiting until it was carried out; what hung on it goes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from register_book import GATEWAY, TEAM, message, over

from isocentre.core.actor import SYSTEM
from isocentre.core.events import ScanStored
from isocentre.core.ids import ObjectUid
from isocentre.core.record_types import EventRecall, RecallAnswer, RecallNotice, Receipts
from isocentre.rooms.register import door, models
from isocentre.rooms.register.door import recalls

pytestmark = pytest.mark.usefixtures("book")
MADE = ScanStored("demo-mr", "RZN01", "P-7QK2M9XB4T", "Baseline", "2.25.5", "2.25.5.1", "MR", "HEAD")


def notice(uid: str = "", revision: int = 1, **change: str) -> RecallNotice:
    """Of the object that the golden receipts tell of."""
    one = RecallNotice(ObjectUid(uid or str(message().sent[0].object_uid)), revision, "demo-mr", "RZN01")
    return replace(one, **change)  # type: ignore[arg-type]  # texts


def back(*notices: RecallNotice, events: tuple[EventRecall, ...] = (), by: Any = GATEWAY) -> door.Taken:
    return door.take_receipts(by=by, message=Receipts(by.name, recalls=notices, recalled_events=events))


def test_it_waits_is_carried_out_and_answered_once() -> None:
    door.take_receipts(by=GATEWAY, message=replace(message(), recalls=(), recalled_events=()))
    one = notice()
    for _ in range(2):
        assert back(one, one).recalled == ()
    [waiting] = recalls.waiting(by=SYSTEM)
    assert (waiting.object_uid, waiting.revision) == (one.object_uid, 1)
    for _ in range(2):
        recalls.done(by=SYSTEM, outcomes=[(waiting, "recalled")])
    assert recalls.waiting(by=SYSTEM) == []
    assert back(one).recalled == (RecallAnswer(one.object_uid, 1, "recalled"),)
    assert recalls.waiting(by=SYSTEM) == [], "told again, it does not wait again"
    for by in (TEAM, GATEWAY):
        with pytest.raises(PermissionError):
            recalls.waiting(by=by)
        with pytest.raises(PermissionError):
            recalls.done(by=by, outcomes=[])


@pytest.mark.parametrize("outcome", ["recalled", "not_held", "refused"])
def test_every_outcome_is_answered_as_it_is(outcome: Any) -> None:
    back(notice())
    recalls.done(by=SYSTEM, outcomes=[(recalls.waiting(by=SYSTEM)[0], outcome)])
    assert [one.outcome for one in back(notice()).recalled] == [outcome]


def test_receipts_and_times_go_and_a_late_receipt_brings_nothing_back() -> None:
    whole = replace(message(), recalls=(), recalled_events=())
    door.take_receipts(by=GATEWAY, message=whole)
    [time] = whole.times
    back(notice(), events=(EventRecall("demo-mr", "RZN01", time.event_id),))
    assert (models.ReceiptRow.objects.count(), models.RealTime.objects.count()) == (0, 0)
    late = door.take_receipts(by=GATEWAY, message=replace(whole, times=()))
    assert (late.sent, late.repeated, models.ReceiptRow.objects.count()) == (0, 1, 0)
    [sent] = whole.sent
    right = replace(sent, revision=2, sha256="1" * 64)
    assert door.take_receipts(by=GATEWAY, message=replace(whole, sent=(right,))).sent == 1, "put right it is told of"


def test_nobody_takes_back_what_another_site_reported() -> None:
    door.save_study_site(by=TEAM, research_study="demo-mr", site="RYY01", status="open")
    door.take_receipts(by=GATEWAY, message=replace(message(), recalls=(), recalled_events=()))
    east = replace(over(GATEWAY, ("*", "RYY01")), name="eastvale")
    with pytest.raises(PermissionError, match=r"recalls\[0\] is of a research study or site"):
        back(notice(), by=east)
    with pytest.raises(PermissionError, match=r"recalls\[1\] is of an object that another site reported"):
        back(notice("2.25.9", site="RYY01"), notice(site="RYY01"), by=east)
    [time] = message().times
    with pytest.raises(PermissionError, match=r"recalled_events\[0\]"):
        back(events=(EventRecall("demo-mr", "RZN01", time.event_id),), by=east)
    back(events=(EventRecall("demo-mr", "RYY01", time.event_id),), by=east)
    assert (models.Recall.objects.count(), models.RealTime.objects.count()) == (0, 1)
    back(notice())
    with pytest.raises(PermissionError, match="another site reported"):
        back(notice(site="RYY01"), by=east)


def test_the_visit_a_scan_proved_is_open_again() -> None:
    assert door.match(by=SYSTEM, event=MADE) == "baseline"
    assert [one.received for one in door.imaging(by=TEAM, slug="demo-mr")] == [1]
    models.ScanVerdict.objects.create(research_study="demo-mr", site="RZN01", study_uid="2.25.5", charter_version=1,
                                      outcome="pass")  # fmt: skip
    for _ in range(2):
        recalls.scan_recalled(by=SYSTEM, research_study="demo-mr", study_uid="2.25.5", whole=True)
    assert [one.received for one in door.imaging(by=TEAM, slug="demo-mr")] == [0]
    assert (models.Evidence.objects.count(), models.ScanVerdict.objects.count()) == (0, 0)
    with pytest.raises(PermissionError):
        recalls.scan_recalled(by=TEAM, research_study="demo-mr", study_uid="2.25.5", whole=True)


def test_of_a_part_what_is_left_is_matched_anew_and_what_was_denied_stays_denied() -> None:
    door.match(by=SYSTEM, event=MADE)
    models.Evidence.objects.create(
        research_study="demo-mr", site="RZN01", pseudonym=MADE.pseudonym, time_point="", study_uid="2.25.5",
        planned_event="other", not_of=["week8"], event_id="x",
    )  # fmt: skip
    for _ in range(2):
        recalls.scan_recalled(by=SYSTEM, research_study="demo-mr", study_uid="2.25.5", whole=False)
    [one] = models.Evidence.objects.all()
    assert (one.planned_event, one.not_of, one.why_not) == ("", ["week8"], recalls.WHY)
    assert door.match(by=SYSTEM, event=MADE) == "baseline"


def test_a_hospital_side_is_told_what_of_its_own_was_carried_out() -> None:
    def said(by: Any = GATEWAY) -> list[tuple[str, int]]:
        config = door.study_config_for(by=by, gateway_name=by.name, sites=["RZN01", "RYY01"])
        return [(one.object_uid, one.revision) for one in config.recalls]

    back(notice("2.25.7"), notice("2.25.8"), notice("2.25.9"))
    assert said() == [], "not carried out yet"
    done = zip(recalls.waiting(by=SYSTEM), ("recalled", "not_held", "recalled"), strict=True)
    recalls.done(by=SYSTEM, outcomes=list(done))  # type: ignore[arg-type]  # literals
    assert said() == [("2.25.9", 1), ("2.25.7", 1)]
    assert said(replace(over(GATEWAY, ("*", "RYY01")), name="eastvale")) == []
