"""What people see of a scan that was taken back, of more of it that comes later, and of it put right."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from recall_book import MANAGER, ONE, OTHER, REASON, RIGHT, answer, back, balanced, pending, sent, state
from support.hospital import ACCESSION, LEAD, NUMBER, arrive, newcomer, signed_in, text

from isocentre.core.actor import SYSTEM, Actor, Scope
from isocentre.core.routing import Route
from isocentre.jobs import door as jobs
from isocentre.rooms.intake import decisions, door, hooks, ledger, recall_learning
from isocentre.rooms.intake.models import LedgerRow, PullSeries, Recall, RecalledImage
from isocentre.rooms.intake.pull import fetching

pytestmark = pytest.mark.usefixtures("hospital")


def test_no_list_search_or_count_shows_it_but_its_own_page() -> None:
    pending(ONE, OTHER)
    sent(ONE)
    manager, lead = signed_in("pacs_manager"), signed_in("imaging_lead")
    key = LedgerRow.objects.order_by("pk")[0].pk
    assert f"/scan/{key}/" in text(manager.get("/intake/arrivals/"))
    assert "Wrong patient: take this scan back" in text(manager.get(f"/scan/{key}/"))
    back()
    for client, address in (
        (manager, "/intake/arrivals/"), (manager, "/intake/arrivals/?format=csv"), (manager, "/intake/ledger/"),
        (manager, "/"), (lead, "/"), (lead, "/intake/enrolment/"), (manager, "/intake/reconciliation/"),
    ):  # fmt: skip
        assert f"/scan/{key}/" not in text(client.get(address)), address
    assert f"/scan/{key}/" not in text(manager.post("/search/", {"q": ACCESSION}))
    assert hooks.search(Actor("person", "m", "", Scope.everything(), frozenset({"arrivals_view"})), NUMBER) == []
    page = text(manager.get(f"/scan/{key}/"))
    assert "Taken back: wrong patient" in page
    assert "1 image not told yet" in page
    assert "had not left the hospital" in page
    assert NUMBER not in page
    assert "Needlova" not in page
    assert ACCESSION in page
    assert Counter(text(manager.get("/intake/recalls/")).split('"'))[f"/scan/{key}/"] == 1


def test_the_page_says_what_will_happen_asks_why_and_shows_each_answer(settings: Any) -> None:
    pending(ONE, OTHER)
    sent(ONE)
    manager = signed_in("pacs_manager")
    key = LedgerRow.objects.order_by("pk")[0].pk
    address = f"/intake/recalls/scan/{key}"
    page = text(manager.get(address))
    assert "1 image had been sent on" in page
    assert "1 image had not been sent on, and never will be" in page
    assert "It cannot be undone" in page
    assert "/accounts/reauthenticate/" in manager.post(address, {"series": ["1"], "reason": REASON})["Location"]
    assert not Recall.objects.exists(), "who did not prove again who they are"
    settings.DEMO = True  # whose people have no password
    refused = manager.post(address, {"series": ["1"], "reason": ""})
    assert (refused.status_code, "Say why" in text(refused)) == (400, True)
    assert manager.post(address, {"series": [], "reason": REASON}).status_code == 400
    done = manager.post(address, {"series": ["1"], "reason": REASON})
    assert (done.status_code, done["Location"]) == (302, f"/scan/{key}/")
    assert manager.get(address).status_code == 404, "nothing is left to take back"
    assert "Not told yet" in text(manager.get("/intake/recalls/"))
    RecalledImage.objects.filter(state="waiting").update(state="told", told_at=timezone.now())
    assert "Told, not confirmed" in text(manager.get("/intake/recalls/"))
    answer()
    arrive(newcomer(ONE))
    listed = text(manager.get("/intake/recalls/?format=csv"))
    assert "1 image removed there, confirmed on" in listed
    assert "Confirmed" in listed
    assert "sent again as before and refused: 1 time" in text(manager.get(f"/scan/{key}/"))
    RecalledImage.objects.filter(state="recalled").update(state="refused")
    assert "Refused" in text(manager.get("/intake/recalls/"))
    assert "which the national side says are not this hospital" in text(manager.get("/"))


def test_a_recall_without_an_answer_is_on_the_worklist_after_minutes() -> None:
    pending(ONE)
    sent(ONE)
    back()
    manager = signed_in("pacs_manager")
    words = "taken back, not confirmed by the national side"
    assert words not in text(manager.get("/"))
    Recall.objects.update(at=timezone.now() - timedelta(minutes=11))
    assert words in text(manager.get("/"))
    assert words not in text(signed_in("pacs_manager", "own").get("/"))


def test_put_right_the_scan_is_shown_again_with_what_was_taken_back_before() -> None:
    pending(ONE)
    sent(ONE)
    back()
    answer()
    arrive(newcomer(ONE, header_sha256="right", facts={"patient_id": RIGHT}, route=Route("lungs")))
    manager = signed_in("pacs_manager")
    key = LedgerRow.objects.get().pk
    assert f"/scan/{key}/" in text(manager.get("/intake/arrivals/"))
    page = text(manager.get(f"/scan/{key}/"))
    assert RIGHT in page
    assert "1 image removed there, confirmed" in page


def test_fetching_from_a_pacs_wants_it_again() -> None:
    pending(ONE)
    pending(OTHER, series="1.2.3.9")
    asked = [PullSeries(study_uid="1.2.3", series_uid=series) for series in ("1.2.3.0", "1.2.3.9")]
    assert [fetching.here(one) for one in asked] == [{ONE}, {OTHER}]
    back("1.2.3.9")
    assert [fetching.here(one) for one in asked] == [{ONE}, set()]
    arrive(newcomer(OTHER, header_sha256="right", facts={"patient_id": RIGHT, "series_uid": "1.2.3.9"}))
    assert [fetching.here(one) for one in asked] == [{ONE}, {OTHER}]


def test_more_of_a_scan_that_comes_later_under_the_same_patient_is_held() -> None:
    """Taken back while its sender was at it still."""
    pending(ONE)
    pending(OTHER, series="1.2.3.9")
    back("1.2.3.9")
    pending("1.2.3.3")
    pending("1.2.3.4", "1.2.3.5", series="1.2.3.9")
    assert [state(f"1.2.3.{n}") for n in (3, 4, 5)] == [
        ("pending", "", False),
        ("held", "wrong_patient", False),
        ("held", "wrong_patient", False),
    ]
    back("1.2.3.0", "1.2.3.9")
    pending("1.2.3.6", series="1.2.3.7")
    arrive(newcomer("1.2.3.8", facts={"patient_id": RIGHT, "series_uid": "1.2.3.7"}, route=Route("lungs")))
    assert (state("1.2.3.6")[:2], state("1.2.3.8")[0]) == (("held", "wrong_patient"), "pending")
    assert state("1.2.3.4")[0] == "rejected", "taken back with the rest"


def test_taken_back_once_more_it_is_what_the_picture_archive_says_now_that_goes() -> None:
    pending(ONE)
    sent(ONE)
    arrive(newcomer(ONE, header_sha256="right", facts={"patient_id": RIGHT}, route=Route("lungs")))
    back()
    assert state() == ("pending", "", False)
    back()
    assert state() == ("sent_on", "", True)
    assert sorted(RecalledImage.objects.values_list("revision", flat=True)) == [0, 1]


def test_put_right_before_its_patient_is_enrolled_it_takes_its_place_again_once_they_are() -> None:
    pending(ONE)
    sent(ONE)
    back()
    answer()
    arrive(newcomer(ONE, header_sha256="right", facts={"patient_id": RIGHT, "patient_name": "RIGHTLY^RHODA"}))
    assert (state(), state(slug="unassigned")) == (("sent_on", "", True), ("held", "not_part", False))
    today = timezone.localdate()
    who = door.enrol(by=LEAD, research_study="lungs", hospital_number=RIGHT, name="Rightly^Rhoda", day_zero=today,
                     consented_on=today - timedelta(30), subject_id="01/008")  # fmt: skip
    key = LedgerRow.objects.get(research_study="unassigned").pk
    done = decisions.try_again(by=MANAGER, keys=[key], cause="not_part", reason="Enrolled since")
    assert done.images == {"pending": 1}
    assert (state(), state(slug="unassigned")[:2]) == (("pending", "", False), ("left_out", "elsewhere"))
    row = LedgerRow.objects.select_related("arrival").get(research_study="lungs")
    assert (row.arrival.revision, row.enrolment_id, row.receipt_sent) == (1, who.pk, False)
    assert balanced()
    assert door.undo(by=MANAGER, decision=done.decision or 0).images == 2
    assert (state(), state(slug="unassigned")) == (("sent_on", "", True), ("held", "not_part", False))
    decisions.try_again(by=MANAGER, keys=[key], cause="not_part", reason="Enrolled since")
    [claimed] = ledger.claim_pending(worker="w", limit=9)
    assert (claimed.pk, claimed.arrival.patient_id) == (row.pk, RIGHT)


def test_restored_from_a_backup_made_before_it_is_learnt_again() -> None:
    pending(ONE, OTHER, "1.2.3.3")
    sent(ONE, OTHER, "1.2.3.3")
    arrive(newcomer("1.2.3.3", header_sha256="right", facts={"patient_id": RIGHT}, route=Route("lungs")))
    sent("1.2.3.3")
    said = [("2.25.1", 0), ("2.25.2", 0), ("2.25.3", 0), ("2.25.99", 4)]
    assert recall_learning.learn(by=SYSTEM, recalls=said) == 2
    assert [state(uid)[2] for uid in (ONE, OTHER, "1.2.3.3")] == [True, True, False], "the last was put right since"
    assert set(RecalledImage.objects.values_list("state", flat=True)) == {"recalled"}
    assert recall_learning.learn(by=SYSTEM, recalls=said) == 0
    LedgerRow.objects.update(recalled=False)
    assert recall_learning.learn(by=SYSTEM, recalls=said) == 0, "nothing new was said"
    jobs.remember("recalls_learnt", "as in the backup")
    assert (recall_learning.learn(by=SYSTEM, recalls=said), recall_learning.learn(by=SYSTEM, recalls=[])) == (2, 0)
    assert [one.outcome for one in arrive(newcomer(ONE))] == ["recalled"]
    assert "learnt from the national side" in text(signed_in("pacs_manager").get("/intake/recalls/"))
