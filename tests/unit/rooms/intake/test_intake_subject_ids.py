"""A subject id that may tell who the person is: held until a second person accepts it or another is given; undone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from support.hospital import LEAD, NUMBER, enrolled, routed, signed_in, text

from isocentre.audit.models import AuditRow
from isocentre.core.checks import Unfit
from isocentre.rooms.intake import checking, hooks, mending, persons, subject_ids
from isocentre.rooms.intake.models import Enrolment, LedgerRow

pytestmark = pytest.mark.usefixtures("hospital")
REASON = "The letters are those of the site"
MAY = frozenset({"subjects_accept", "enrolment_edit"})
FIRST, SECOND = replace(LEAD, permissions=MAY), replace(LEAD, name="second", permissions=MAY)


def listed() -> Enrolment:
    """Somebody whose given name nobody typed."""
    today = timezone.localdate()
    return persons.enrol(by=LEAD, research_study="lungs", hospital_number=NUMBER, name="Needlova", subject_id="ZN-07",
                         consented_on=today, day_zero=today)  # fmt: skip


def refused(act: Any, **given: Any) -> dict[str, str]:
    with pytest.raises(Unfit) as error:
        act(**{"by": SECOND, "reason": REASON, **given})
    return error.value.errors


def test_scans_are_held_until_a_second_person_accepts_it() -> None:
    one = enrolled(subject_id="NEED-07")
    assert (one.subject_doubt, one.subject_by) == ("name", LEAD.name)
    row = routed(one)
    assert (row.disposition, row.cause) == ("held", "subject_id_tells")
    assert list(subject_ids.open_ones(SECOND)) == [one]
    assert set(refused(subject_ids.accept, by=FIRST, enrolment=one.pk)) == {"reason"}
    by_token = replace(FIRST, kind="token", name=f"{FIRST.name}#3")
    assert set(refused(subject_ids.accept, by=by_token, enrolment=one.pk)) == {"reason"}, "a token is its person"
    assert set(refused(subject_ids.accept, enrolment=one.pk, reason="She is Needlova")) == {"reason"}
    with pytest.raises(PermissionDenied):
        subject_ids.accept(by=replace(LEAD, name="third"), enrolment=one.pk, reason=REASON)
    with pytest.raises(PermissionDenied):
        subject_ids.accept(by=SECOND, enrolment=one.pk + 7, reason=REASON)
    assert subject_ids.accept(by=SECOND, enrolment=one.pk, reason=REASON) == {"pending": 1}
    assert routed(one, "1.2").disposition == "pending"
    assert not subject_ids.open_ones(SECOND).exists()
    told = AuditRow.objects.get(action="subject_id_accepted")
    assert (told.reason, told.detail) == (REASON, {"research_study": "lungs", "tells": "name"})
    assert set(refused(subject_ids.accept, enrolment=one.pk)) == {"reason"}, "nothing waits any more"


def test_what_only_the_header_tells_holds_the_scan_too() -> None:
    one = listed()
    assert one.subject_doubt == ""
    assert routed(one).cause == "subject_id_tells"
    assert subject_ids.tells(one) == ("initials",)
    assert list(subject_ids.open_ones(SECOND)) == [one]
    assert subject_ids.accept(by=SECOND, enrolment=one.pk, reason=REASON) == {"pending": 1}


def test_a_stand_in_is_given_and_the_scan_goes_on_under_it() -> None:
    persons.enrol(by=LEAD, research_study="lungs", hospital_number="NM9", subject_id="S-0004")
    one = enrolled(subject_id="NEED-07")
    routed(one)
    assert subject_ids.stand_in(one) == "S-0005"
    for subject_id in ("", "NEED-07", "Zuzana-1", "S-0004", NUMBER, "x" * 65):
        assert set(refused(subject_ids.give, enrolment=one.pk, subject_id=subject_id)) == {"subject_id"}, subject_id
    assert subject_ids.give(by=FIRST, enrolment=one.pk, subject_id="S-0005", reason=REASON) == {"pending": 1}
    one.refresh_from_db()
    assert (one.subject_id, one.subject_given, one.subject_settled) == ("S-0005", "NEED-07", "stand_in")
    assert "NEED-07" not in str(AuditRow.objects.get(action="subject_id_given").detail)


def test_a_birth_date_is_never_accepted() -> None:
    one = enrolled(subject_id="1960/01/01", birth_date=date(1960, 1, 1))
    assert "never leaves the hospital" in refused(subject_ids.accept, enrolment=one.pk)["reason"]
    assert subject_ids.give(by=SECOND, enrolment=one.pk, subject_id="S-0001", reason=REASON) == {}


@pytest.mark.parametrize("given", ["", "S-0001"])
def test_a_decision_is_undone_while_nothing_was_sent_on(given: str) -> None:
    one = enrolled(subject_id="NEED-07")
    routed(one)
    if given:
        subject_ids.give(by=SECOND, enrolment=one.pk, subject_id=given, reason=REASON)
    else:
        subject_ids.accept(by=SECOND, enrolment=one.pk, reason=REASON)
    LedgerRow.objects.update(claimed_by="w-1")
    assert "right now" in refused(subject_ids.undo, enrolment=one.pk)["reason"]
    LedgerRow.objects.update(claimed_by="")
    with pytest.raises(PermissionDenied):
        subject_ids.undo(by=replace(LEAD, permissions=frozenset()), enrolment=one.pk, reason=REASON)
    assert subject_ids.undo(by=SECOND, enrolment=one.pk, reason=REASON) == 1
    one.refresh_from_db()
    assert (one.subject_id, one.subject_doubt, one.subject_settled, one.subject_given) == ("NEED-07", "name", "", "")
    assert LedgerRow.objects.get().cause == "subject_id_tells"
    assert "Nothing was decided" in refused(subject_ids.undo, enrolment=one.pk)["reason"]
    subject_ids.accept(by=SECOND, enrolment=one.pk, reason=REASON)
    LedgerRow.objects.update(disposition="sent_on", sent_at=timezone.now())
    assert "were sent on" in refused(subject_ids.undo, enrolment=one.pk)["reason"]


def test_what_was_sent_on_under_it_is_not_given_another() -> None:
    one = listed()
    routed(one)
    routed(one, "1.2")
    LedgerRow.objects.filter(sop_instance_uid="1.2").update(disposition="sent_on", sent_at=timezone.now())
    assert "so it stays" in refused(subject_ids.give, enrolment=one.pk, subject_id="S-0001")["subject_id"]


def test_a_name_learnt_or_put_right_later_is_held_against_the_subject_id() -> None:
    one = enrolled(subject_id="LEE-07")
    assert one.subject_doubt == ""
    typed = {"surname": "Needlova", "other_names": "Lee"}
    checking.put_right(by=FIRST, enrolment=one.pk, typed=typed, reason="Maiden name in the record")
    one.refresh_from_db()
    assert one.subject_doubt == "name"
    subject_ids.accept(by=SECOND, enrolment=one.pk, reason=REASON)
    typed = {"subject_id": "NEED-1", "hospital_number": NUMBER, "surname": "Needlova"}
    mending.correct(by=FIRST, enrolment=one.pk, typed=typed, reason="Mistyped at the clinic")
    one.refresh_from_db()
    assert (one.subject_doubt, one.subject_settled) == ("name", ""), "another subject id is decided about anew"


def test_a_second_person_finds_it_on_the_worklist_and_accepts_it_on_its_page() -> None:
    one = enrolled(subject_id="NEED-07")
    routed(one)
    dpo, nurse = signed_in("dpo"), signed_in("radiographer")
    assert "subject id that may tell who the person is" in text(dpo.get("/"))
    mine = [(item.count, item.text) for item in hooks.worklist(SECOND) if item.url == "/intake/enrolment/subject-ids/"]
    assert mine == [(1, "subject id that may tell who the person is")]
    page = text(dpo.get("/intake/enrolment/subject-ids/"))
    assert "NEED-07" in page
    assert "Their name" in page
    assert NUMBER not in page
    address = f"/intake/enrolment/{one.pk}/subject-id/"
    assert address in text(nurse.get(f"/intake/enrolment/{one.pk}"))
    assert "Your role does not accept subject ids" in text(nurse.get(address))
    assert nurse.post(address, {"reason": REASON}).status_code == 403
    answer = dpo.post(address, {"reason": REASON}, follow=True)
    assert "Held images were looked at again: 1 image" in text(answer)
    assert dpo.get(address).status_code == 404, "nothing waits any more"
    page = text(nurse.get(f"/intake/enrolment/{one.pk}"))
    assert "was accepted by a second person" in page
    answer = nurse.post(f"{address}undo", {"reason": "Asked again by the sponsor"}, follow=True)
    assert "1 image that waited is held." in text(answer)
    assert 'value="S-0001"' in text(nurse.get(f"{address}give"))
    nurse.post(f"{address}give", {"subject_id": "S-0001", "reason": REASON})
    assert "as NEED-07 may tell who the person is" in text(nurse.get(f"/intake/enrolment/{one.pk}"))
    LedgerRow.objects.update(disposition="sent_on", sent_at=timezone.now())
    assert nurse.get(f"{address}undo").status_code == 404


def test_who_gave_it_reads_that_somebody_else_must_accept_it() -> None:
    lead = signed_in("imaging_lead")
    typed = {"research_study": "lungs", "hospital_number": "NM1", "consented_on": "2026-03-03", "surname": "Lee",
             "subject_id": "LEE-1"}  # fmt: skip
    assert "it may tell their name" in text(lead.post("/intake/enrolment/add", typed, follow=True))
    one = Enrolment.objects.get()
    page = text(lead.get(f"/intake/enrolment/{one.pk}/subject-id/"))
    assert "You gave this subject id yourself" in page
    assert "Give another subject id instead" in page
    assert lead.post(f"/intake/enrolment/{one.pk}/subject-id/", {"reason": REASON}).status_code == 400
