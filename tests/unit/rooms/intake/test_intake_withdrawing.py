"""A person withdraws: what they asked for is recorded, nothing more of theirs goes on, and it can be taken back."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from support.hospital import LEAD, NUMBER, OTHER, arrive, enrolled, newcomer, signed_in, text

from isocentre.audit.models import AuditRow
from isocentre.core.actor import Actor, Scope
from isocentre.core.checks import Unfit
from isocentre.core.routing import Route
from isocentre.rooms.intake import door, withdrawing
from isocentre.rooms.intake.models import Decision, Enrolment, LedgerRow
from isocentre.rooms.intake.reroute import Router

pytestmark = pytest.mark.usefixtures("hospital")
TODAY = timezone.localdate
REASON = "Letter to the research nurse"


def withdraw(
    one: Enrolment, kind: str = "keep", by: Actor = LEAD, day: date | None = None, reason: str = REASON
) -> int:
    return withdrawing.withdraw(by=by, enrolment=one.pk, kind=kind, day=day or TODAY(), reason=reason)


def pending(one: Enrolment, *uids: str) -> None:
    route = Route("lungs", enrolment_id=one.pk, time_point="Baseline", study_day=0)
    arrive(*(newcomer(uid, route=route) for uid in uids))


def states() -> list[tuple[str, str]]:
    return list(LedgerRow.objects.order_by("sop_instance_uid").values_list("disposition", "cause"))


def test_what_waits_is_held_and_what_arrives_later_is_held_too() -> None:
    one = enrolled()
    pending(one, "1.1", "1.2", "1.3")
    LedgerRow.objects.filter(sop_instance_uid="1.1").update(disposition="sent_on", sent_at=timezone.now())
    LedgerRow.objects.filter(sop_instance_uid="1.3").update(claimed_by="w-1", attempts=1)
    assert withdraw(one, "erase") == 1
    one.refresh_from_db()
    assert (one.status, one.withdrawal, one.withdrawn_on) == ("withdrawn", "erase", TODAY())
    assert states() == [("sent_on", ""), ("held", "withdrawn"), ("pending", "")]
    [route] = Router().placed(LedgerRow.objects.get(sop_instance_uid="1.2"))
    assert (route.route.disposition, route.route.cause, route.route.enrolment_id) == ("held", "withdrawn", one.pk)
    row = AuditRow.objects.get(action="person_withdrawn")
    assert (row.reason, row.detail) == (REASON, {"research_study": "lungs", "asked": "erase", "images": 1})
    assert withdraw(one, "keep") == 0, "the person asks for something else"
    assert AuditRow.objects.filter(action="person_withdrawn").count() == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "all"}, "withdrawal"),
        ({"kind": ""}, "withdrawal"),
        ({"day": timezone.localdate() + timedelta(days=1)}, "withdrawn_on"),
        ({"reason": ""}, "reason"),
        ({"reason": "Needlova rang"}, "reason"),
        ({"reason": f"Letter about {NUMBER}"}, "reason"),
        ({"reason": "999 000 0018 rang"}, "reason"),
    ],
)
def test_what_is_missing_or_names_the_person_is_refused(changes: dict[str, object], field: str) -> None:
    one = enrolled()
    with pytest.raises(Unfit) as error:
        withdraw(one, **changes)  # type: ignore[arg-type]  # one of its own arguments
    assert set(error.value.errors) == {field}
    assert not Enrolment.objects.filter(status="withdrawn").exists()
    with pytest.raises(Unfit) as error:
        withdrawing.withdraw(by=LEAD, enrolment=one.pk, kind="keep", day=None, reason=REASON)
    assert set(error.value.errors) == {"withdrawn_on"}


def test_it_is_for_who_may_edit_enrolments_of_that_research_study() -> None:
    one = enrolled()
    stranger = Actor("person", "x", "radiographer", Scope.parse(["study:own"]), frozenset({"enrolment_edit"}))
    for by in (OTHER, stranger):
        with pytest.raises(PermissionDenied):
            withdraw(one, by=by)
        with pytest.raises(PermissionDenied):
            withdrawing.take_back(by=by, enrolment=one.pk, reason=REASON)


def test_taken_back_held_scans_go_on() -> None:
    one = enrolled()
    pending(one, "1.1", "1.2")
    withdraw(one)
    assert withdrawing.take_back(by=LEAD, enrolment=one.pk, reason="Another person's letter") == {"pending": 2}
    one.refresh_from_db()
    assert (one.status, one.withdrawal, one.withdrawn_on) == ("active", "", None)
    assert states() == [("pending", "")] * 2
    assert AuditRow.objects.get(action="withdrawal_taken_back").reason == "Another person's letter"
    assert door.undoable(by=LEAD) == [], "it is no decision about held scans"
    assert Decision.objects.get().action == "withdrawal_undone"
    with pytest.raises(Unfit, match="reason"):
        withdrawing.take_back(by=LEAD, enrolment=one.pk, reason="Again")


def test_only_who_had_something_sent_on_is_told_of() -> None:
    one = enrolled()
    pending(one, "1.1", "1.2")
    withdraw(one)
    assert withdrawing.to_tell() == []
    sent = {"disposition": "sent_on", "sent_at": timezone.now(), "pseudonym": "P-A", "cause": ""}
    LedgerRow.objects.filter(sop_instance_uid="1.1").update(**sent)
    [row] = withdrawing.to_tell()
    assert row.sop_instance_uid == "1.1"
    withdrawing.told([row])
    assert withdrawing.to_tell() == []
    withdrawing.take_back(by=LEAD, enrolment=one.pk, reason="A mistake")
    assert [again.pk for again in withdrawing.to_tell()] == [row.pk]


def test_the_page_says_what_will_happen_records_it_and_takes_it_back() -> None:
    one = enrolled()
    pending(one, "1.1", "1.2")
    LedgerRow.objects.filter(sop_instance_uid="1.1").update(disposition="sent_on", sent_at=timezone.now())
    nurse = signed_in("radiographer")
    address = f"/intake/enrolment/{one.pk}"
    assert "Record that this person withdraws" in text(nurse.get(address))
    page = text(nurse.get(f"{address}/withdraw"))
    assert "1 image on its way is held too" in page
    assert "1 image had been sent on" in page
    assert "not available yet" in page
    bad = nurse.post(f"{address}/withdraw", {"withdrawal": "erase", "withdrawn_on": "yesterday", "reason": REASON})
    assert bad.status_code == 400
    assert 'href="#withdrawn_on"' in text(bad)
    data = {"withdrawal": "erase", "withdrawn_on": TODAY().isoformat(), "reason": REASON}
    page = text(nurse.post(f"{address}/withdraw", data, follow=True))
    assert "The withdrawal is recorded." in page
    assert "1 image that waited is held." in page
    assert "Stop, and erase what was sent on where the law allows" in page
    assert "Erasing what is stored on the national side is not available yet" in page
    assert f"because: {REASON}" in page
    listed = text(nurse.get("/intake/enrolment/?state=withdrawn"))
    assert "1 person enrolled" in listed
    assert "Nothing matches" in text(nurse.get("/intake/enrolment/?state=active"))
    assert f"withdrawn on {TODAY():%Y-%m-%d}: erase" in text(nurse.get("/intake/enrolment/?format=csv"))
    assert "Change a withdrawal" in text(nurse.get(f"{address}/withdraw"))
    page = text(nurse.post(f"{address}/withdraw/undo", {"reason": "Wrong person"}, follow=True))
    assert "The withdrawal is taken back." in page
    assert "1 image on their way" in page or "1 image on its way" in page


def test_the_page_of_a_person_elsewhere_is_not_there() -> None:
    one = enrolled()
    stranger, officer = signed_in("radiographer", "own"), signed_in("pacs_manager")
    for part in ("", "/withdraw", "/withdraw/undo"):
        assert stranger.get(f"/intake/enrolment/{one.pk}{part}").status_code == 404
        assert officer.get(f"/intake/enrolment/{one.pk}{part}").status_code == 403
    data = {"withdrawal": "keep", "withdrawn_on": TODAY().isoformat(), "reason": REASON}
    assert stranger.post(f"/intake/enrolment/{one.pk}/withdraw", data).status_code == 404
    assert not Enrolment.objects.filter(status="withdrawn").exists()


def test_terms_of_consent_that_change_after_images_were_sent_on_are_told_once() -> None:
    one = enrolled(consent_version="1.0")
    assert withdrawing.to_tell() == []
    pending(one, "1.1")
    LedgerRow.objects.update(disposition="sent_on", sent_at=timezone.now(), pseudonym="P-A")
    enrolled(consent_version="1.0")
    assert withdrawing.to_tell() == [], "nothing changed"
    enrolled(consent_version="2.0", consent_scope="part,future")
    [row] = withdrawing.to_tell()
    assert row.enrolment is not None
    assert (row.enrolment.consent_version, row.enrolment.consent_scope) == ("2.0", "part,future")
    enrolled(consent_version="2.1")
    withdrawing.told([row])
    [row] = withdrawing.to_tell()
    withdrawing.told([row])
    assert withdrawing.to_tell() == [], "what changed while it was told is told too, and then nothing more"
