"""Still the same person? The PACS is asked each night, within its limits; what differs is a question for a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from support.hospital import ACCESSION, LEAD, NUMBER, arrive, enrolled, newcomer, signed_in, text
from support.pull_lists import BY, listed

from isocentre.core.pull.match import StudyFound
from isocentre.core.routing import Route
from isocentre.rooms.intake import persons, recalling
from isocentre.rooms.intake.identities import deciding, still_same
from isocentre.rooms.intake.models import IdentityQuestion, LedgerRow, PersonCheck
from isocentre.rooms.intake.pull import making, ports, slots
from isocentre.rooms.intake.pull.rows import PacsNode

pytestmark = pytest.mark.django_db
OTHER = "NM888001"
MAY = replace(LEAD, permissions=frozenset({"identities_decide", "enrolment_edit"}))


def came(uid: str = "1.2.3.1", study: str = "1.2.3", **facts: str) -> LedgerRow:
    one = persons.find(patient_id=NUMBER)
    enrolment = one.enrolments.get() if one is not None else enrolled()
    arrive(newcomer(uid, route=Route("lungs", enrolment_id=enrolment.pk), facts={"study_uid": study, **facts}))
    return LedgerRow.objects.get(sop_instance_uid=uid)


def has(pacs: Any, study: str = "1.2.3", patient: str = NUMBER, accession: str = ACCESSION) -> None:
    pacs.add(StudyFound(study, accession, patient, "Name"), s=[f"{study}.1.1"])


def night(now: Any = None) -> None:
    """One whole night: what is due is asked about until nothing is."""
    PersonCheck.objects.update(not_before=None)
    still_same.jobs.remember(still_same._DONE, {})
    still_same.fill("w-1", now)
    while (check := still_same.take("w-1")) is not None:
        still_same.ask(check, "w-1")


def test_a_scan_that_stands_there_as_it_came_is_nothing_to_ask(pacs, node):
    came()
    has(pacs)
    night()
    check = PersonCheck.objects.get()
    assert (check.due, check.seen) == (False, True)
    assert check.asked_at is not None
    assert not IdentityQuestion.objects.exists()


def test_another_patient_number_is_a_question_and_the_scan_waits(pacs, node):
    row = came()
    has(pacs, patient=OTHER)
    night()
    question = IdentityQuestion.objects.get()
    assert (question.kind, question.source, question.told_by, question.row) == ("changed", "pacs", "PACS", row.pk)
    row.refresh_from_db()
    assert (row.disposition, row.cause) == ("held", "identity_question")
    night()
    assert IdentityQuestion.objects.get().seen == 2
    page = text(signed_in("imaging_lead").get(f"/intake/numbers/{question.pk}/"))
    assert f"has a scan under {OTHER} that came here under {NUMBER}" in page
    assert "Wrong patient" in page
    assert deciding.decide(by=MAY, pk=question.pk, decision="join", reason="Both are theirs") == {"pending": 1}
    night()
    assert IdentityQuestion.objects.count() == 1, "both numbers lead to one person now"


def test_another_accession_number_is_asked_about_and_holds_nothing(pacs, node):
    row = came()
    has(pacs, accession="NEW1")
    night()
    assert IdentityQuestion.objects.get().kind == "accession"
    row.refresh_from_db()
    assert row.disposition == "pending"


def test_gone_is_what_was_there_before_and_not_what_never_was(pacs, node):
    row = came("7.7.1", "7.7")
    night()
    assert not IdentityQuestion.objects.exists(), "sent by the scanner alone"
    has(pacs, "7.7")
    night()
    pacs.scans_held.clear()
    night()
    assert IdentityQuestion.objects.get().kind == "gone"
    row.refresh_from_db()
    assert row.disposition == "pending"
    assert PersonCheck.objects.get().seen is False


@pytest.mark.parametrize("given", [{"patient": "", "accession": ""}, {"patient": f" {NUMBER} "}])
def test_what_the_pacs_leaves_empty_or_pads_says_nothing(pacs, node, given):
    came()
    has(pacs, **given)
    night()
    assert not IdentityQuestion.objects.exists()


def test_a_scan_of_the_wrong_patient_or_of_long_ago_is_not_asked_about(pacs, node):
    row = came()
    has(pacs, patient=OTHER)
    recall = replace(LEAD, permissions=frozenset({"scans_recall"}))
    recalling.recall(by=recall, key=row.pk, series=["1.2.3.0"], reason="Scanned under the previous patient")
    night()
    night(timezone.now() + timedelta(days=still_same.DAYS + 1))
    assert not IdentityQuestion.objects.exists()
    assert not PersonCheck.objects.exists()


def test_nobody_is_asked_about_whom_an_opt_out_may_concern(pacs, node, monkeypatch):
    came()
    has(pacs, patient=OTHER)
    [mine] = ports._ports
    monkeypatch.setattr(ports, "_ports", [replace(mine, stop=lambda slug, patient: ("opted_out", "Opted out"))])
    night()
    assert pacs.questions == []
    assert not IdentityQuestion.objects.exists()
    assert PersonCheck.objects.get().asked_at is None


def test_it_is_asked_in_its_hours_and_once_a_night(pacs, node):
    came()
    has(pacs)
    now = timezone.now().replace(hour=12, minute=30)
    PacsNode.objects.update(from_hour=19, to_hour=7)
    assert still_same.fill("w-1", now) == 0
    evening = now.replace(hour=23)
    assert still_same.fill("w-1", evening) == 1
    assert still_same.fill("w-1", evening + timedelta(hours=4)) == 0, "after midnight it is the same night"
    assert still_same.fill("w-1", evening + timedelta(hours=24)) == 1


def test_the_limits_of_its_manager_hold_for_it_too(pacs, node):
    for n in range(3):
        came(f"1.5.{n}", f"1.5{n}")
    still_same.fill("w-1")
    first = still_same.take("w-1")
    assert first is not None
    assert slots.open_requests(node, timezone.now()) == 1
    assert still_same.take("w-1") is None, "one request at once"
    listed(node, "A1")
    assert not slots.may_be_asked(node, timezone.now(), images=False)
    PacsNode.objects.update(paused=True)
    PersonCheck.objects.update(claimed_by="", lease_until=None)
    assert still_same.take("w-1") is None


def test_while_the_pacs_is_away_it_is_left_alone_and_asked_later(pacs, node):
    came()
    has(pacs, patient=OTHER)
    pacs.away = True
    still_same.fill("w-1")
    still_same.ask(still_same.take("w-1"), "w-1")
    check = PersonCheck.objects.get()
    assert (check.due, check.asked_at) == (True, None)
    assert still_same.take("w-1") is None
    pacs.away = False
    PacsNode.objects.update(away_until=None)
    night()
    assert IdentityQuestion.objects.get().kind == "changed"


def test_of_several_pacs_each_is_asked_about_its_own_site(pacs, node):
    came()
    making.set_node(by=BY, name="Elsewhere", host="10.0.0.8", port=104, ae_title="B", calling_ae="US",
                    destination="US", from_hour=0, to_hour=0)  # fmt: skip
    PacsNode.objects.filter(name="PACS").update(site="RNM01")
    PacsNode.objects.filter(name="Elsewhere").update(site="RXX01")
    still_same.fill("w-1")
    assert [check.pacs.name for check in PersonCheck.objects.all()] == ["PACS"]
