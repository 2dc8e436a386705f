"""What the hospital API answers: within scope, masked as its lists are; people enrolled, and held scans decided."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone
from support import hospital as made_up
from support.fake_pacs import FakePacs
from support.hospital import ACCESSION, NAME, NUMBER, arrive, enrolled, newcomer

from isocentre.audit.models import AuditRow
from isocentre.core.actor import Actor, Scope
from isocentre.core.pull.match import StudyFound
from isocentre.core.routing import Route
from isocentre.rooms.intake.models import Enrolment, LedgerRow
from isocentre.rooms.intake.pull import making, work
from isocentre.rooms.intake.pull import ports as pull_ports

pytestmark = pytest.mark.usefixtures("hospital")
PERSON = {"hospital_number": NUMBER, "surname": "Needlova", "subject_id": "01/007", "nhs_number": "999 000 0018"}
MANAGER = Actor("person", "m", "pacs_manager", Scope.everything(), frozenset({"pacs_manage"}))
LISTS = ("arrivals_view", "held_view", "ledger_view")


def day() -> str:
    return timezone.localdate().isoformat()


def person(**changed: Any) -> dict[str, Any]:
    return {**PERSON, "consented_on": day(), "day_zero": day(), **changed}


def scans(count: int, **route: Any) -> None:
    for number in range(count):
        arrive(newcomer(f"1.2.{number}.1", facts={"study_uid": f"1.2.{number}"}, **route))


def test_arrivals_name_nobody(program: Any) -> None:
    scans(3)
    arrive(newcomer("1.3.1", route=Route("own"), facts={"study_uid": "1.3", "modality": "MR"}))
    one = program("radiographer", *LISTS)
    rows = one.all("arrivals", limit=2)
    assert [row["research_study"] for row in rows] == ["own", *["unassigned"] * 3]
    assert rows[0]["images"] == {"pending": 1}
    assert rows[0]["title"].startswith("MR scan of")
    told = [str(one.get(address).json()) for address in ("arrivals", "held", "held/not_part", "ledger")]
    assert not [word for word in (NAME, NUMBER, ACCESSION, "Needlova", "1.2.0") if word in " ".join(told)]
    assert len(one.all("arrivals", state="held", day=day(), modality="CT")) == 3
    assert one.all("arrivals", research_study="own", modality="CT") == []
    assert one.get("arrivals", day="yesterday").status_code == 400
    assert one.get("arrivals", after="9" * 30).status_code == 400
    assert program("radiographer", *LISTS, over=("lungs", "*")).all("arrivals") == []


def test_the_ledger_balances(program: Any) -> None:
    scans(2)
    rows = {row["research_study"]: row for row in program("pacs_manager", "ledger_view").all("ledger", limit=1)}
    assert (rows["unassigned"]["received"], rows["unassigned"]["held"], rows["lungs"]["received"]) == (2, 2, 0)
    mine = program("pacs_manager", "ledger_view", over=("lungs", "*")).all("ledger")
    assert [row["research_study"] for row in mine] == ["lungs"]


def test_held_by_cause_and_what_to_do(program: Any) -> None:
    scans(2)
    one = program("radiographer", "held_view")
    [cause] = one.get("held").json()
    assert (cause["cause"], cause["scans"], cause["images"]) == ("not_part", 2, 2)
    assert cause["advice"]
    rows = one.all("held/not_part", limit=1)
    assert [(row["images"], row["reason"]) for row in rows] == [(1, "Not part of a research study here.")] * 2
    assert one.get("held/nothing-like-it").status_code == 404
    stranger = program("radiographer", "held_view", over=("lungs", "*"))
    assert (stranger.get("held").json(), stranger.all("held/not_part")) == ([], [])


def test_a_program_decides_about_held_scans_with_a_reason(program: Any) -> None:
    scans(2)
    one = program("radiographer", "held_view", "held_act")
    keys = [row["id"] for row in one.all("held/not_part")]
    decide = {"act": "reject", "scans": keys, "reason": "Sent by mistake"}
    assert list(one.post("held/not_part", {**decide, "reason": ""}).json()["errors"]) == ["reason"]
    named = one.post("held/not_part", {**decide, "reason": f"about {NUMBER}"})
    assert (named.status_code, NUMBER in named.content.decode()) == (422, False)
    assert list(one.post("held/not_part", {**decide, "act": "keep"}).json()["errors"]) == ["act"]
    assert list(one.post("held/not_part", {**decide, "scans": [1] * 201}).json()["errors"]) == ["scans"]
    assert one.post("held/not_part", {**decide, "scans": [0]}).status_code == 400
    assert one.post("held/nothing-like-it", decide).status_code == 404
    stranger = program("radiographer", "held_act", over=("lungs", "*"))
    assert stranger.post("held/not_part", decide).json() == {"scans": 0, "already": 2, "images": {}, "unchanged": 0}
    done = one.post("held/not_part", decide)
    assert done.json() == {"scans": 2, "already": 0, "images": {"rejected": 2}, "unchanged": 0}
    assert one.post("held/not_part", decide).json()["already"] == 2
    row = AuditRow.objects.get(action="held_reject")
    assert (row.actor_kind, row.actor, row.reason) == ("token", f"sam-0#{one.token.pk}", "Sent by mistake")


def test_a_held_scan_is_put_into_a_research_study(program: Any) -> None:
    scans(1)
    one = program("radiographer", "held_view", "held_act")
    keys = [row["id"] for row in one.all("held/not_part")]
    into = {"act": "put-into", "scans": keys, "reason": "It belongs there"}
    assert list(one.post("held/not_part", into).json()["errors"]) == ["research_study"]
    assert one.post("held/not_part", {**into, "research_study": "own"}).json()["images"] == {"pending": 1}


def test_scans_are_named_by_accession_number(program: Any) -> None:
    route = Route("lungs", "left_out", "no_visit", "Words.", enrolment_id=enrolled().pk)
    later = (timezone.localdate() + timedelta(days=90)).isoformat()
    arrive(newcomer(route=route, facts={"acquired": later}))
    one = program("radiographer", "enrolment_edit", "enrolment_view")
    sent = {"research_study": "lungs", "accessions": [{"accession": ACCESSION}, {"accession": "B", "issuer": "RNM"}]}
    assert one.post("accessions", sent).json() == {"listed": 2, "images": {"pending": 1}}
    assert one.post("accessions", sent).json() == {"listed": 0, "images": {}}
    rows = one.all("accessions", research_study="lungs", limit=1)
    assert [(row["accession"], row["issuer"], row["source"]) for row in rows] == [
        ("B", "RNM", "list"), (ACCESSION, "", "list"),
    ]  # fmt: skip
    wrong = {**sent, "accessions": [{"accession": "A"}, {"accession": "A" * 17}]}
    assert list(one.post("accessions", wrong).json()["errors"]) == ["accessions.1"]
    assert one.post("accessions", {**sent, "accessions": []}).status_code == 422
    assert one.post("accessions", {**sent, "research_study": "none"}).status_code == 422
    stranger = program("radiographer", "enrolment_edit", "enrolment_view", over=("own", "*"))
    assert (stranger.all("accessions"), stranger.post("accessions", sent).status_code) == ([], 422)
    reader = program("radiographer", "enrolment_view")
    assert reader.post("accessions", sent).status_code == 403


def test_people_are_enrolled_and_their_scans_released(program: Any) -> None:
    arrive(newcomer(route=Route("lungs", "held", "not_enrolled", "Nobody of this number is enrolled.")))
    one = program("radiographer", "enrolment_edit", "enrolment_view")
    sent = {
        "research_study": "lungs",
        "people": [person(), person(hospital_number="RNM1", nhs_number="", subject_id="")],
    }
    first = one.post("enrolments", sent)
    assert (first.status_code, first.json()) == (200, {"people": 2, "images": {"pending": 1}, "doubts": {}})
    assert one.post("enrolments", sent).json() == {"people": 2, "images": {}, "doubts": {}}  # safe to repeat
    assert (Enrolment.objects.count(), LedgerRow.objects.get().disposition) == (2, "pending")
    rows = one.all("enrolments", limit=1)
    assert [(row["hospital_number"], row["images"], row["state"]) for row in rows] == [
        (NUMBER, 1, "active"), ("RNM1", 0, "active"),
    ]  # fmt: skip
    assert (rows[0]["nhs_number"], rows[0]["prior_imaging"], rows[0]["consented_on"]) == ("9990000018", False, day())
    assert len(one.all("enrolments", research_study="lungs", scans="none", state="active")) == 1
    assert one.all("enrolments", research_study="own") == []
    looks = AuditRow.objects.filter(action="enrolment_viewed").values_list("object_id", "detail__form")
    assert ("lungs", "program") in looks
    enrolled = AuditRow.objects.filter(action="person_enrolled").values_list("actor", flat=True)
    assert set(enrolled) == {f"sam-0#{one.token.pk}"}


def test_everybody_is_enrolled_or_nobody_and_no_number_is_repeated(program: Any) -> None:
    one = program("radiographer", "enrolment_edit")
    bad = {
        "people.1.nhs_number": person(nhs_number="999 000 0019", hospital_number="RNM2", subject_id=""),
        "people.1.consented_on": person(consented_on="", hospital_number="RNM2", subject_id="", nhs_number=""),
        "people.1.hospital_number": person(subject_id="", nhs_number=""),
    }
    for field, second in bad.items():
        answer = one.post("enrolments", {"research_study": "lungs", "people": [person(), second]})
        assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])
        body = answer.content.decode()
        assert not [word for word in (NUMBER, "0018", "0019", "Needlova", "RNM2") if word in body]
    for sent, field in (({"research_study": "nothing", "people": [person()]}, "research_study"),
                        ({"research_study": "lungs", "people": []}, "people"),
                        ({"research_study": "lungs", "people": [person()] * 2001}, "people")):  # fmt: skip
        assert list(one.post("enrolments", sent).json()["errors"]) == [field]
    assert one.post("enrolments", {"research_study": "lungs", "people": [{NUMBER: "x"}]}).status_code == 400
    assert NUMBER not in one.post("enrolments", {"research_study": "lungs", "people": [{NUMBER: "x"}]}).content.decode()
    stranger = program("radiographer", "enrolment_edit", over=("own", "*"))
    absent, foreign = (
        stranger.post("enrolments", {"research_study": slug, "people": [person()]}) for slug in ("nothing", "lungs")
    )
    assert absent.json() == foreign.json()
    assert not Enrolment.objects.exists()


def test_who_may_enrol_may_not_read_the_list_unless_asked_for(program: Any) -> None:
    one = program("radiographer", "enrolment_edit")
    assert one.get("enrolments").status_code == 403
    reader = program("radiographer", "enrolment_view")
    assert reader.post("enrolments", {"research_study": "lungs", "people": [person()]}).status_code == 403


def test_research_studies_and_what_is_in_force(program: Any) -> None:
    made_up.ResearchStudy.objects.create(slug="new", title="A new one", proposal=made_up.config("new"))
    one = program("radiographer", "arrivals_view")
    rows = {row["slug"]: row for row in one.all("research-studies", limit=1)}
    assert rows["new"]["accepted"] is None
    assert (rows["new"]["state"], rows["new"]["proposed"]["version"]) == ("to_accept", 1)
    whole = one.get("research-studies/lungs").json()
    assert whole["accepted"]["planned_events"][0]["window"] == [-30, 30]
    assert (whole["accepted_by"], whole["accepted"]["receive"]) == ("lead", True)
    stranger = program("radiographer", "arrivals_view", over=("own", "*"))
    assert [row["slug"] for row in stranger.all("research-studies")] == ["own"]
    foreign, absent = (stranger.get(f"research-studies/{slug}") for slug in ("lungs", "nothing"))
    assert (foreign.status_code, foreign.json()) == (404, absent.json())


def test_a_token_of_the_other_sides_permissions_does_nothing_here(program: Any) -> None:
    one = program("pacs_manager", "ledger_view", "scans_view")
    assert one.get("scans").status_code == 404
    assert one.get("status").status_code == 403
    assert program("pacs_manager", "status_view").get("status").status_code == 200


def test_scans_are_looked_up_and_fetched(program: Any, monkeypatch: Any) -> None:
    sent: list[str] = []

    def came(study: str, series: str, uid: str) -> None:
        sent.append(uid)
        arrive(newcomer(uid, route=Route("own"), facts={"study_uid": study, "series_uid": series}))

    fake = FakePacs(came)
    fake.add(StudyFound("1.2.77", "A77", "P77", "Nobody", date(2026, 3, 3)), s1=["1.2.77.1.1", "1.2.77.1.2"])
    monkeypatch.setattr(pull_ports, "_ports", [pull_ports.Ports(lambda node: fake, lambda slug, patient: None)])
    where = {"host": "10.0.0.9", "port": 104, "ae_title": "P", "calling_ae": "US", "destination": "US"}
    making.set_node(by=MANAGER, name="Store", from_hour=0, to_hour=0, **where)
    one = program("radiographer", "pulls_view", "pulls_make")
    scans = [{"accession": "A77"}, {"accession": "A9"}]
    asked = {"research_study": "own", "pacs": "Store", "name": "Spring", "scans": scans}
    made = one.post("fetches", asked).json()
    assert made["state"] == "asking"
    while work.by_itself("w-1"):
        pass
    told = one.get(f"fetches/{made['id']}").json()
    assert told["lines"] == {"found": 1, "not in the PACS": 1}
    assert told["estimate"]["images"] == 2
    assert not sent
    assert one.post(f"fetches/{made['id']}", {}).json()["state"] == "fetching"
    while work.by_itself("w-1"):
        pass
    (series,) = one.all(f"fetches/{made['id']}/series")
    assert (series["state"], series["images_received"], series["images_expected"]) == ("whole", 2, 2)
    assert one.all("fetches")[0]["state"] == "done"
    wrong = one.post("fetches", {**asked, "scans": [{"accession": "A*"}, {"patient_id": "P1"}]})
    assert sorted(wrong.json()["errors"]) == ["scans.0.accession", "scans.1.first_day"]
    assert one.get("fetches/999").status_code == 404
    assert program("radiographer", "pulls_view").post("fetches", asked).status_code == 403


def test_programs_read_the_visit_calendar(program: Any) -> None:
    today = timezone.localdate()
    one = enrolled(day_zero=today)
    reader = program("radiographer", "enrolment_view")
    said = reader.get("visits").json()
    assert said["items"] == [{
        "enrolment": one.pk, "subject_id": "01/007", "research_study": "lungs", "event": "Baseline CT",
        "time_point": "Baseline", "first_day": (today - timedelta(days=30)).isoformat(),
        "last_day": (today + timedelta(days=30)).isoformat(), "state": "due", "made": None, "held": False,
    }]  # fmt: skip
    assert reader.get("visits", state="overdue").json()["items"] == []
    assert reader.get("visits", since=(today + timedelta(days=31)).isoformat()).json()["items"] == []
    assert program("pacs_manager", "arrivals_view").get("visits").status_code == 403
