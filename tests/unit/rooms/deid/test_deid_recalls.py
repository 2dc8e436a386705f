"""The national side is told what was taken back, by object UID and revision alone, until it says what it did."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from structlog.testing import capture_logs
from support.hospital import LEAD, NAME, NUMBER, enrolled, images

from isocentre.core.actor import Actor, Scope
from isocentre.core.ports import MessageRefused, SendResult
from isocentre.core.records import Receipts, parse_receipts
from isocentre.rooms.deid import door, messages, recalls, reports, work
from isocentre.rooms.deid.models import RefusedReport
from isocentre.rooms.intake import recalling
from isocentre.rooms.intake.models import LedgerRow, RecalledImage

pytestmark = pytest.mark.usefixtures("hospital")
MANAGER = Actor("person", "manager", "pacs_manager", Scope.everything(), frozenset({"scans_recall"}))


class National:
    """A national side: what it was told, and what it answers about each object."""

    def __init__(self) -> None:
        self.told: list[Receipts] = []
        self.sent: list[str] = []
        self.does: dict[str, str] = {}
        self.refuses: list[MessageRefused] = []
        self.away = False
        self.answer: dict[str, Any] | None = None

    def send(self, research_study: str, site: str, objects: list[Any]) -> list[SendResult]:
        if self.away:
            raise OSError("away")
        self.sent += [one.object_uid for one in objects]
        return [SendResult(one.object_uid, True) for one in objects]

    def post_receipts(self, message: dict[str, Any]) -> dict[str, Any]:
        if self.away:
            raise OSError("away")
        if self.refuses:
            raise self.refuses.pop()
        assert NUMBER not in str(message)
        assert NAME not in str(message)
        read = parse_receipts(message)
        self.told.append(read)
        done = [{"object_uid": one.object_uid, "revision": one.revision, "outcome": self.does[one.object_uid]}
                for one in read.recalls if one.object_uid in self.does]  # fmt: skip
        return self.answer if self.answer is not None else {"recalled": done} if done else {}


@pytest.fixture
def national(ports: door.Ports, tmp_path: Path) -> National:
    """Three images of the needle's person, a scan each, were sent on."""
    ports.wall = made = National()  # type: ignore[assignment]  # nothing else is asked of it here
    door.accept(by=LEAD, slug="own")
    images(tmp_path, 3)
    LedgerRow.objects.update(enrolment=enrolled("own"))
    work.move("w")
    assert LedgerRow.objects.filter(disposition="sent_on").count() == 3
    return made


def take_back(*rows: LedgerRow) -> None:
    for row in rows:
        series = [row.arrival.series_uid]
        recalling.recall(by=MANAGER, key=row.pk, series=series, reason="Scanned under the previous patient")


def rows() -> list[LedgerRow]:
    return list(LedgerRow.objects.select_related("arrival").order_by("pk"))


def later() -> None:
    RecalledImage.objects.update(told_at=timezone.now() - timedelta(minutes=1))


def states() -> list[str]:
    return list(RecalledImage.objects.order_by("pk").values_list("state", flat=True))


def test_what_was_sent_on_is_told_of_and_asked_about_until_it_is_done(national: National) -> None:
    first, second, _ = rows()
    take_back(first, second)
    assert (recalls.tell("w"), states()) == (0, ["told", "told"])
    [told] = national.told
    assert [(one.object_uid, one.revision, one.research_study, one.site) for one in told.recalls] == [
        (row.object_uid, 0, "own", "RNM01") for row in (first, second)
    ]
    assert {one.event_id for one in told.recalled_events} == {first.event_id, second.event_id}
    assert (told.sent, told.times, told.subjects) == ((), (), ())
    assert (recalls.tell("w"), len(national.told)) == (0, 1), "not at once again"
    national.does = {first.object_uid: "recalled"}
    later()
    assert (recalls.tell("w"), states()) == (1, ["recalled", "told"])
    national.does = {second.object_uid: "not_held"}
    later()
    assert (recalls.tell("w"), states()) == (1, ["recalled", "not_held"])
    assert (recalls.tell("w"), len(national.told)) == (0, 3)


def test_while_the_national_side_is_away_it_waits(national: National) -> None:
    take_back(rows()[0])
    national.away = True
    with pytest.raises(OSError, match="away"):
        recalls.tell("w")
    assert (states(), RecalledImage.objects.get().told_at) == (["waiting"], None)
    national.away, national.does = False, {rows()[0].object_uid: "recalled"}
    assert (recalls.tell("w"), states()) == (1, ["recalled"])


def test_one_it_says_is_not_ours_does_not_keep_it_from_the_others(national: National) -> None:
    first, second, _ = rows()
    take_back(first, second)
    national.refuses, national.does = [MessageRefused("recalls[0]", "of another site")], {second.object_uid: "recalled"}
    with capture_logs() as logs:
        assert recalls.tell("w") == 2
    assert (states(), [one["event"] for one in logs]) == (["refused", "recalled"], ["recall_refused"])


@pytest.mark.parametrize("place", ["totals", "recalls[9]"])
def test_a_refusal_of_nothing_in_it_is_not_swallowed(national: National, place: str) -> None:
    take_back(rows()[0])
    national.refuses = [MessageRefused(place, "no")]
    with pytest.raises(MessageRefused):
        recalls.tell("w")
    assert states() == ["waiting"]


def test_an_answer_that_cannot_be_read_is_asked_for_again(national: National) -> None:
    take_back(rows()[0])
    national.answer = {"recalled": [{"object_uid": "no uid"}]}
    with capture_logs() as logs:
        assert recalls.tell("w") == 0
    assert ([one["event"] for one in logs], states()) == (["recalls_not_understood"], ["told"])


def test_what_may_have_left_is_told_under_the_uid_it_would_have_got(
    national: National, tmp_path: Path, ports: door.Ports
) -> None:
    before = set(national.sent)
    [uid] = images(tmp_path, 1)
    national.away = True
    work.move("w")
    row = LedgerRow.objects.select_related("arrival").get(sop_instance_uid=uid)
    assert (row.disposition, row.attempts > 0, row.object_uid) == ("pending", True, "")
    take_back(row)
    national.away = False
    recalls.tell("w")
    [one] = national.told[-1].recalls
    assert one.object_uid not in before
    national.does = {str(one.object_uid): "recalled"}
    later()
    assert recalls.tell("w") == 1
    row.refresh_from_db()
    assert (row.disposition, row.recalled, row.object_uid) == ("sent_on", True, one.object_uid)


def test_without_a_study_key_there_is_nothing_to_tell(national: National, tmp_path: Path, ports: door.Ports) -> None:
    [uid] = images(tmp_path, 1)
    LedgerRow.objects.filter(sop_instance_uid=uid).update(attempts=1)
    take_back(LedgerRow.objects.select_related("arrival").get(sop_instance_uid=uid))
    ports.vault.keys.clear()  # type: ignore[union-attr]  # the vault of tests
    assert (recalls.tell("w"), states(), national.told) == (0, ["kept"], [])


def test_no_receipt_is_told_of_what_was_taken_back(national: National) -> None:
    first, second, third = rows()
    take_back(first)
    RefusedReport.objects.create(kind=reports.IMAGE, key=first.pk, words="no", said="", at=timezone.now())
    assert messages.post_receipts("w") == 2
    assert {one.object_uid for one in national.told[-1].sent} == {second.object_uid, third.object_uid}
    reports.again("w")
    assert not RefusedReport.objects.exists()
    assert messages.post_receipts("w") == 0


def test_drawn_for_the_sample_or_not_it_is_looked_at_no_more(national: National) -> None:
    from isocentre.rooms.deid import sampling
    from isocentre.rooms.deid.models import SampledImage, SampledScan

    first, *_ = rows()
    SampledScan.objects.all().delete()  # one in twenty was drawn already
    one = SampledScan.objects.create(research_study="own", study_uid=first.study_uid, site="RNM01", row=first.pk,
                                     percent=100, drawn_at=timezone.now())  # fmt: skip
    SampledImage.objects.create(scan=one, row=first.pk, boxes=[], rules=[])
    assert list(sampling.visible_for(MANAGER)) == [one]
    assert len(sampling.images_of(one)) == 1
    take_back(first)
    assert list(sampling.visible_for(MANAGER)) == []
    assert sampling.images_of(one) == []
