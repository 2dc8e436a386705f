"""The national side is told of everything but what it refuses, which a person sees and which is told again."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from structlog.testing import capture_logs
from support.hospital import OTHER, enrolled, images, signed_in, text

from isocentre.audit.models import AuditRow
from isocentre.core.actor import Actor, Scope
from isocentre.core.ports import MessageRefused, SendResult
from isocentre.core.records import MessageError, Receipts, parse_receipts
from isocentre.rooms.deid import door, hooks, messages, reports, untold, work
from isocentre.rooms.deid.models import RefusedReport
from isocentre.rooms.intake import withdrawing
from isocentre.rooms.intake.models import Enrolment, LedgerRow, Person
from isocentre.rooms.register.gateway_views import _place

pytestmark = pytest.mark.usefixtures("hospital")
LEAD = Actor(
    "person", "lead", "imaging_lead", Scope.everything(), frozenset({"study_config_accept", "held_act", "held_view"})
)


class Answered(OSError):
    status = 500


class National:
    """A national side: it reads messages by its own rule, and keeps what it was told."""

    def __init__(self) -> None:
        self.told: list[Receipts] = []
        self.asked = 0
        self.refuses: dict[str, str] = {}
        self.breaks_at = ""

    def send(self, research_study: str, site: str, objects: list[Any]) -> list[SendResult]:
        return [SendResult(one.object_uid, True) for one in objects]

    def post_receipts(self, message: dict[str, Any]) -> None:
        self.asked += 1
        try:
            read = parse_receipts(message)
        except MessageError as error:
            raise MessageRefused(_place(error).get("place", ""), str(error)) from None
        for place, words in self.refuses.items():
            if place.partition("[")[0] != "totals" or read.totals:
                raise MessageRefused(place, words)
        if self.breaks_at and self.breaks_at in {one.object_uid for one in read.sent}:
            raise Answered
        self.told.append(read)

    def objects(self) -> list[str]:
        return sorted(str(one.object_uid) for message in self.told for one in message.sent)


@pytest.fixture
def national(ports: door.Ports, tmp_path: Path) -> National:
    """Seven images of the needle's person were sent on, and one of somebody whose subject id does not cross."""
    ports.wall = made = National()  # type: ignore[assignment]  # nothing else is asked of it here
    door.accept(by=LEAD, slug="own")
    uids = images(tmp_path, 8)
    good, other = enrolled("own"), Person.objects.create(key="id:|N2", hospital_number="N2")
    odd = Enrolment.objects.create(research_study="own", person=other, key_used=other.key, subject_id="Zołądek-1")
    LedgerRow.objects.update(enrolment=good)
    LedgerRow.objects.filter(sop_instance_uid=uids[3]).update(enrolment=odd)
    work.move("w")
    assert LedgerRow.objects.filter(disposition="sent_on").count() == 8
    return made


def odd_one() -> LedgerRow:
    return LedgerRow.objects.get(enrolment__subject_id="Zołądek-1")


def test_one_odd_enrolment_keeps_nothing_else_from_being_told(national: National) -> None:
    with capture_logs() as logs:
        assert messages.post_receipts("w") == 7
    assert len(national.objects()) == 7
    assert odd_one().object_uid not in national.objects()
    assert national.asked == 2, "it named the place, so the rest was one message more"
    assert national.told[0].totals["own"].sent_on == 8
    assert not LedgerRow.objects.filter(receipt_sent=False).exists()
    assert messages.post_receipts("w") == 0
    assert national.asked == 2, "what was refused is not asked about every two seconds"
    assert "Zołądek" not in str(logs)


def test_a_person_sees_it_and_correcting_the_enrolment_tells_it(national: National) -> None:
    messages.post_receipts("w")
    home = hooks.worklist(LEAD)
    assert [(one.count, one.text) for one in home] == [(1, "report that the national side refused")]
    nurse = signed_in("radiographer")
    assert "report that the national side refused" in text(nurse.get("/"))
    page = text(nurse.get("/deid/reports/"))
    assert "1 report that the national side refused" in page
    assert "correct it in the enrolment" in page
    row = odd_one()
    assert f"/intake/enrolment/{row.enrolment_id}" in page
    life = text(nurse.get(f"/scan/{row.pk}/"))
    assert "It would not be told what was done to some of them" in life
    assert "/deid/reports/" in life
    assert reports.again("w") == 0, "nothing has changed, and no hour has passed"
    Enrolment.objects.filter(pk=row.enrolment_id).update(subject_id="01/099")
    assert reports.again("w") == 1
    assert messages.post_receipts("w") == 1
    assert row.object_uid in national.objects()
    assert RefusedReport.objects.count() == 0
    assert "told of everything" in text(nurse.get("/deid/reports/"))
    assert hooks.worklist(LEAD) == []


def test_it_is_told_again_by_hand_and_each_hour(national: National) -> None:
    messages.post_receipts("w")
    nurse = signed_in("radiographer")
    assert "Nothing was ticked" in text(nurse.post("/deid/reports/again", {"chosen": "x"}, follow=True))
    answer = nurse.post("/deid/reports/again", {"chosen": str(odd_one().pk)}, follow=True)
    assert "1 report told again in a moment" in text(answer)
    assert AuditRow.objects.filter(action="reports_told_again").get().detail == {"scans": 1}
    assert messages.post_receipts("w") == 0
    assert [one.tries for one in RefusedReport.objects.all()] == [2]
    RefusedReport.objects.update(at=timezone.now() - reports.EVERY - timedelta(seconds=1))
    assert reports.again("w") == 1
    assert signed_in("dpo").post("/deid/reports/again", {"chosen": "1"}).status_code == 403
    with pytest.raises(PermissionDenied):
        untold.tell_again(by=Actor("person", "x", scope=Scope.everything()), keys=[1])


def test_other_research_studies_are_not_told_of_here(national: National) -> None:
    messages.post_receipts("w")
    stranger = signed_in("radiographer", "lungs")
    assert "told of everything" in text(stranger.get("/deid/reports/"))
    stranger.post("/deid/reports/again", {"chosen": str(odd_one().pk)})
    assert odd_one().receipt_sent
    assert untold.all_of(OTHER) != []


@pytest.mark.parametrize("place", ["sent[2]", "times[2].acquired_at"])
def test_what_is_refused_for_another_reason_is_set_aside_too(
    national: National, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Enrolment.objects.filter(subject_id="Zołądek-1").update(subject_id="01/098")
    third = LedgerRow.objects.order_by("pk")[2].object_uid
    real = national.post_receipts

    def refusing(message: dict[str, Any]) -> None:
        if message["sent"][2:3] and message["sent"][2]["object_uid"] == third:
            raise MessageRefused(place, f"receipts.{place} is of a site this gateway does not serve")
        real(message)

    monkeypatch.setattr(national, "post_receipts", refusing)
    assert messages.post_receipts("w") == 7
    assert third not in national.objects()
    assert "does not serve" in RefusedReport.objects.get().words


def test_an_error_without_a_place_is_looked_for_by_halves(national: National) -> None:
    Enrolment.objects.filter(subject_id="Zołądek-1").update(subject_id="01/098")
    national.breaks_at = LedgerRow.objects.order_by("pk")[5].object_uid
    assert messages.post_receipts("w") == 7
    assert national.breaks_at not in national.objects()
    assert len(national.objects()) == 7
    assert "answered with an error" in RefusedReport.objects.get().words


def test_a_national_side_that_fails_at_everything_or_is_away_sets_nothing_aside(
    national: National, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(message: Any) -> None:
        raise Answered

    def away(message: Any) -> None:
        raise OSError

    for broken in (fails, away):
        monkeypatch.setattr(national, "post_receipts", broken)
        with pytest.raises(OSError, match=r"^$"):
            messages.post_receipts("w")
    assert not RefusedReport.objects.exists()
    assert LedgerRow.objects.filter(receipt_sent=False).count() == 8


def test_totals_that_are_refused_are_left_out_and_a_message_refused_as_a_whole_is_raised(national: National) -> None:
    Enrolment.objects.filter(subject_id="Zołądek-1").update(subject_id="01/098")
    national.refuses = {"totals": "receipts.totals names a research study this gateway does not serve"}
    assert messages.post_receipts("w") == 8
    assert national.told[-1].totals == {}
    LedgerRow.objects.update(receipt_sent=False)
    national.refuses = {"gateway": "receipts.gateway must be text"}
    with capture_logs() as logs, pytest.raises(MessageRefused):
        messages.post_receipts("w")
    assert logs[-1]["event"] == "receipts_refused"


def withdrawn(subject_id: str, kind: str = "erase") -> Enrolment:
    one = Enrolment.objects.get(subject_id=subject_id)
    by = Actor("person", "nurse", "radiographer", Scope.everything(), frozenset({"enrolment_edit"}))
    withdrawing.withdraw(by=by, enrolment=one.pk, kind=kind, day=timezone.localdate(), reason="A letter came")
    return one


def test_a_withdrawal_is_told_once_and_so_is_taking_it_back(national: National) -> None:
    messages.post_receipts("w")
    withdrawn("01/007")
    assert messages.post_receipts("w") == 0
    [told] = national.told[-1].subjects
    assert (told.subject_id, told.status, told.withdrawal) == ("01/007", "withdrawn", "erase")
    assert national.told[-1].sent == ()
    assert timezone.localdate().isoformat() not in str(told), "no day, which beside a clock would undo a date shift"
    asked = national.asked
    messages.post_receipts("w")
    assert national.asked == asked
    by = Actor("person", "nurse", "radiographer", Scope.everything(), frozenset({"enrolment_edit"}))
    withdrawing.take_back(by=by, enrolment=Enrolment.objects.get(subject_id="01/007").pk, reason="A mistake")
    messages.post_receipts("w")
    [told] = national.told[-1].subjects
    assert (told.status, told.withdrawal) == ("on-study", "")


def test_a_withdrawal_it_refuses_is_set_aside_and_others_are_told(national: National) -> None:
    withdrawn("Zołądek-1")
    withdrawn("01/007", "keep")
    assert messages.post_receipts("w") == 7
    assert [one.subject_id for one in national.told[-1].subjects] == ["01/007"]
    assert sorted(RefusedReport.objects.values_list("kind", flat=True)) == ["image", "person"]
    asked = national.asked
    messages.post_receipts("w")
    assert national.asked == asked
    nurse = signed_in("radiographer")
    page = text(nurse.get("/deid/reports/"))
    assert "2 reports that the national side refused" in page
    assert "That the person withdrew. The subject id has a form" in page
    stranger = signed_in("radiographer", "lungs")
    assert "told of everything" in text(stranger.get("/deid/reports/"))
    keys = [one.key for one in untold.all_of(LEAD)]
    assert untold.tell_again(by=LEAD, keys=keys) == 2
    messages.post_receipts("w")
    assert sorted(RefusedReport.objects.values_list("kind", "tries")) == [("image", 2), ("person", 1)]
    Enrolment.objects.filter(subject_id="Zołądek-1").update(subject_id="01/099")
    reports.again("w")
    messages.post_receipts("w")
    assert not RefusedReport.objects.exists()
    assert national.told[-1].subjects[0].withdrawal == "erase"


def test_an_error_at_a_withdrawal_is_found_too(national: National, monkeypatch: pytest.MonkeyPatch) -> None:
    Enrolment.objects.filter(subject_id="Zołądek-1").update(subject_id="01/098")
    withdrawn("01/098")
    withdrawn("01/007")
    real = national.post_receipts

    def breaking(message: dict[str, Any]) -> None:
        if any(one["subject_id"] == "01/098" and one["withdrawal"] for one in message["subjects"]):
            raise Answered
        real(message)

    monkeypatch.setattr(national, "post_receipts", breaking)
    assert messages.post_receipts("w") == 7, "its image says the same of the person"
    assert sorted(RefusedReport.objects.values_list("kind", flat=True)) == ["image", "person"]


def test_what_is_corrected_or_recalled_since_is_no_longer_listed(national: National) -> None:
    messages.post_receipts("w")
    LedgerRow.objects.filter(pk=odd_one().pk).update(disposition="held", cause="corrected_away")
    assert untold.all_of(LEAD) == []
    assert reports.again("w") == 0
    assert not RefusedReport.objects.exists()
