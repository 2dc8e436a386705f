"""Scans of no research study and near misses: proposed, listed in few statements, assigned by a person, undone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from support.hospital import LEAD, NAME, NUMBER, OTHER, arrive, enrolled, newcomer, signed_in, text

from isocentre.core.checks import Unfit
from isocentre.core.routing import Route
from isocentre.rooms.intake import accessions, door, unassigned
from isocentre.rooms.intake.models import Arrival, Decision, LedgerRow, ResearchStudy

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hospital")]
BORN = date(1960, 1, 1)
URL = "/intake/arrivals/unassigned/"


def nobodys(uid: str = "1.5.1", **facts: str) -> int:
    """An image of nobody enrolled under its number; the id of its row."""
    said = {"study_uid": uid.rpartition(".")[0], "patient_id": "NM777002", **facts}
    arrive(newcomer(uid, facts=said))
    return LedgerRow.objects.get(sop_instance_uid=uid).pk


def near(uid: str = "1.6.1", days: int = 33, cause: str = "no_visit", **facts: str) -> int:
    """An image of the enrolled person, left out; the id of its row."""
    one = enrolled(birth_date=BORN)
    day = timezone.localdate() + timedelta(days=days)
    said = {"study_uid": uid.rpartition(".")[0], "acquired": day.isoformat(), **facts}
    route = Route("lungs", "left_out", cause, "Words.", enrolment_id=one.pk, study_day=days)
    arrive(newcomer(uid, route=route, facts=said))
    return LedgerRow.objects.get(sop_instance_uid=uid).pk


def test_a_scan_of_nobodys_is_proposed_to_whom_it_names_by_surname_and_birth_date() -> None:
    enrolled(birth_date=BORN)
    key = nobodys()
    [one] = unassigned.shown(LEAD, list(unassigned.listed(LEAD)))
    assert (one.row.pk, one.images) == (key, 1)
    [proposal] = one.proposals
    assert "the hospital number differs by one character" in proposal.why
    assert "it lies in the window of Baseline" in proposal.why
    nobodys("1.7.1", birth_date="19600102")
    nobodys("1.8.1", birth_date="")
    assert [len(w.proposals) for w in unassigned.shown(LEAD, list(unassigned.listed(LEAD)))] == [1, 0, 0]


def test_it_goes_on_under_the_person_somebody_says_it_is_of_and_try_again_keeps_that() -> None:
    one = enrolled(birth_date=BORN)
    key = nobodys()
    [proposal] = unassigned.find(LEAD, key).proposals
    done = unassigned.assign(by=LEAD, key=key, proposal=proposal.key, reason="Confirmed with the ward")
    assert (done.scans, done.images) == (1, {"pending": 1})
    row = LedgerRow.objects.get()
    assert (row.research_study, row.enrolment_id, row.time_point, row.assigned) == ("lungs", one.pk, "Baseline", True)
    LedgerRow.objects.update(disposition="held", cause="burned_in")
    again = door.try_again(by=LEAD, keys=[key], cause="burned_in", reason="Looked at")
    assert again.images == {"pending": 1}
    row.refresh_from_db()
    assert (row.enrolment_id, row.time_point, row.assigned) == (one.pk, "Baseline", True)
    one.status = "withdrawn"
    one.save()
    LedgerRow.objects.update(disposition="held", cause="burned_in")
    assert door.try_again(by=LEAD, keys=[key], cause="burned_in", reason="Looked at").images == {"held": 1}
    ResearchStudy.objects.all().delete()
    LedgerRow.objects.update(disposition="held", cause="burned_in")
    door.try_again(by=LEAD, keys=[key], cause="burned_in", reason="Looked at")
    assert LedgerRow.objects.get().cause == "not_accepted"


def test_a_near_miss_is_assigned_to_its_visit_and_undone() -> None:
    key = near()
    near("1.6.2")
    near("1.7.1", days=90)
    near("1.8.1", days=10, cause="other_body_part", body_part="KNEE")
    near("1.9.1", days=40, cause="other_body_part", body_part="KNEE")
    listed = unassigned.shown(LEAD, list(unassigned.listed(LEAD)))
    assert [(w.row.study_uid, w.images) for w in listed] == [("1.6", 2), ("1.8", 1)]
    assert unassigned.by_cause(LEAD) == [("no_visit", 1), ("other_body_part", 1)]
    done = unassigned.assign(by=LEAD, key=key, proposal=listed[0].proposals[0].key, reason="The scanner broke down")
    assert done.images == {"pending": 2}
    decision = Decision.objects.get(action="assigned")
    assert door.undo(by=LEAD, decision=decision.pk).images == 2
    row = LedgerRow.objects.get(pk=key)
    assert (row.disposition, row.cause, row.assigned, row.time_point) == ("left_out", "no_visit", False, "")


def test_consent_and_the_scanner_hold_what_is_assigned_too() -> None:
    key = near(days=-33)
    [proposal] = unassigned.find(LEAD, key).proposals
    done = unassigned.assign(by=LEAD, key=key, proposal=proposal.key, reason="Prior imaging")
    assert (done.images, LedgerRow.objects.get(pk=key).cause) == ({"left_out": 1}, "before_consent")


def test_what_is_not_offered_or_names_the_patient_is_refused() -> None:
    key = near()
    [proposal] = unassigned.find(LEAD, key).proposals
    for wanted, reason in (("9:lungs:Baseline", "Why"), (proposal.key, ""), (proposal.key, f"It is {NUMBER}")):
        with pytest.raises(Unfit):
            unassigned.assign(by=LEAD, key=key, proposal=wanted, reason=reason)
    Arrival.objects.update(erased_at=timezone.now())
    assert unassigned.assign(by=LEAD, key=key, proposal=proposal.key, reason="Why").already == 1
    assert not unassigned.listed(LEAD).exists()


def test_the_second_of_two_people_finds_nothing_to_decide_about() -> None:
    key = near()
    [proposal] = unassigned.find(LEAD, key).proposals
    found = unassigned.find

    def at_once(by: Any, pk: int) -> Any:
        one = found(by, pk)
        if by is OTHER:  # the first decides between the second's look and their decision
            unassigned.assign(by=LEAD, key=key, proposal=proposal.key, reason="Confirmed")
        return one

    patch = pytest.MonkeyPatch()
    patch.setattr(unassigned, "find", at_once)
    try:
        second = unassigned.assign(by=OTHER, key=key, proposal=proposal.key, reason="Confirmed as well")
    finally:
        patch.undo()
    assert (second.scans, second.already) == (0, 1)
    assert Decision.objects.filter(action="assigned").count() == 1


def test_two_thousand_scans_are_listed_quickly_and_in_as_many_statements_as_two() -> None:
    enrolled(birth_date=BORN)
    nobodys("1.5000.1")
    nobodys("1.5001.1")
    client = signed_in("radiographer")
    client.get(URL)
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get(URL)
    arrive(*(newcomer(f"1.{n}.1", facts={"study_uid": f"1.{n}", "patient_id": f"NM{n}"}) for n in range(2000)))
    with CaptureQueriesContext(connection) as many:
        began = timezone.now()
        page = text(client.get(URL))
        took = (timezone.now() - began).total_seconds()
    assert "2,002 scans unassigned" in page
    assert len(many) <= len(few) + 2
    assert took < 5


def test_the_page_names_nobody_assigns_and_offers_to_undo() -> None:
    key = near()
    nobodys("1.7.1", birth_date="")
    client = signed_in("radiographer")
    page = text(client.get(URL))
    assert not [one for one in (NUMBER, NAME, "Needlova", "NM777002") if one in page]
    assert "the scan is 3 days after the window of Baseline" in page
    assert "Nothing known here says whose it is" in page
    csv = text(client.get(f"{URL}?format=csv&cause=no_visit"))
    assert csv.count("no_visit") == 1
    form = text(client.get(f"{URL}{key}"))
    value = form.partition('name="proposal" type="radio" value="')[2].partition('"')[0]
    assert value.endswith(":lungs:Baseline")
    assert client.post(f"{URL}{key}", {"proposal": value, "reason": ""}).status_code == 400
    done = text(client.post(f"{URL}{key}", {"proposal": value, "reason": "The scanner broke down"}, follow=True))
    assert "1 image on its way" in done
    assert "Assigned by a person: 1 image" in done
    assert client.get(f"{URL}{key}").status_code == 404
    late = text(client.post(f"{URL}{key}", {"proposal": value, "reason": "As well"}, follow=True))
    assert "Somebody else has decided about this scan meanwhile" in late
    manager = signed_in("pacs_manager")
    assert manager.get(f"{URL}{key}").status_code == 403
    assert "Assigned by a person" not in text(manager.get(URL))


def test_people_of_one_research_study_see_neither_others_nor_those_of_none() -> None:
    near()
    nobodys()
    assert "No scan waits" in text(signed_in("radiographer", research_study="own").get(URL))
    mine = replace(LEAD, scope=type(LEAD.scope)(frozenset({("lungs", "*")})))
    assert [r.study_uid for r in unassigned.listed(mine)] == ["1.6"]


def test_a_scan_whose_accession_is_listed_but_of_nobody_enrolled_says_so() -> None:
    accessions.add(by=LEAD, research_study="lungs", named=[("ACCNEEDLE1", "")])
    key = nobodys()
    assert "nobody is enrolled under its hospital number" in text(signed_in("radiographer").get(URL))
    assert signed_in("radiographer", site="RNM01").get(f"{URL}{key}").status_code == 404
