"""The visit calendar: real days from day 0, what came, and no name or number in what is downloaded."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.utils import timezone
from support.hospital import EVENT, LEAD, NAME, NUMBER, arrive, config, enrolled, newcomer, signed_in, text

from isocentre.audit.models import AuditRow
from isocentre.core.actor import Actor, Scope
from isocentre.core.routing import Route
from isocentre.rooms.intake import hooks, persons, visits, withdrawing
from isocentre.rooms.intake.models import LedgerRow, ResearchStudy
from isocentre.rooms.intake.visits import Wanted

pytestmark = pytest.mark.usefixtures("hospital")
WEEK8 = {**EVENT, "id": "wk8", "name": "Week 8 CT", "time_point": "Week 8", "window": [49, 63]}
BY = Actor("person", "lead", "imaging_lead", Scope.everything(), frozenset({"enrolment_view", "enrolment_edit"}))
ZERO = date(2026, 2, 1)


@pytest.fixture(autouse=True)
def now(hospital: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Half past eleven at night by UTC, which in British Summer Time is the next day; two planned events in force."""
    moment = datetime(2026, 4, 5, 23, 30, tzinfo=UTC)
    monkeypatch.setattr(timezone, "now", lambda: moment)
    plan(legal_basis="consent")
    return lambda at: monkeypatch.setattr(timezone, "now", lambda: at)


def plan(**changes: Any) -> None:
    accepted = config("lungs", planned_events=[WEEK8, EVENT], **changes)
    ResearchStudy.objects.filter(slug="lungs").update(accepted=accepted)


def states(**wanted: Any) -> list[tuple[str, str]]:
    return [(one.event, one.state) for one in visits.calendar(BY, Wanted(**wanted))]


def scan(one: Any, uid: str = "1.1", point: str = "Baseline", disposition: str = "pending", **facts: str) -> None:
    arrive(newcomer(uid, route=Route("lungs", enrolment_id=one.pk, time_point=point), facts=facts))
    LedgerRow.objects.filter(sop_instance_uid=uid).update(disposition=disposition)


def test_days_are_those_of_the_hospital_over_midnight_and_the_change_of_the_clocks(now: Any) -> None:
    enrolled(day_zero=ZERO)
    assert states() == [("Baseline CT", "overdue"), ("Week 8 CT", "overdue")], "it is 6 April in London"
    now(datetime(2026, 4, 5, 22, 30, tzinfo=UTC))
    assert states()[1] == ("Week 8 CT", "due")
    now(datetime(2026, 3, 21, 23, 30, tzinfo=UTC))
    assert states()[1] == ("Week 8 CT", "upcoming"), "before the clocks change both midnights are one"
    now(datetime(2026, 3, 22, 0, 30, tzinfo=UTC))
    assert states()[1] == ("Week 8 CT", "due")


def test_what_came_makes_a_visit_done_and_what_was_left_out_does_not() -> None:
    one = enrolled(day_zero=ZERO)
    scan(one, disposition="left_out")
    scan(one, "1.5", disposition="held", study_uid="1.2.6")
    LedgerRow.objects.filter(sop_instance_uid="1.5").update(cause="person_differs")
    assert states()[0][1] == "overdue", "what may be of somebody else is nobody's visit"
    scan(one, "1.2", disposition="held", acquired="2026-01-30")
    scan(one, "1.3", modality="MR", study_uid="1.2.4")
    [base, _] = visits.calendar(BY)
    assert (base.state, base.made and base.made.on, base.made and base.made.held) == ("done", date(2026, 1, 30), True)
    scan(one, "1.4", disposition="sent_on", study_uid="1.2.5", acquired="")
    [base, _] = visits.of_person(one)
    assert (base.made and base.made.on, base.made and base.made.held) == (None, False)


def test_filters_narrow_by_what_is_asked() -> None:
    enrolled(day_zero=ZERO)
    persons.enrol(by=LEAD, research_study="own", hospital_number="NM9", subject_id="02/001", day_zero=ZERO)
    persons.enrol(by=LEAD, research_study="lungs", hospital_number="NM8", subject_id="01/099")
    assert len(states()) == 3, "who has no day 0 has no visit"
    assert states(research_study="own", state="overdue") == [("Baseline CT", "overdue")]
    assert states(subject="01/0") == [("Baseline CT", "overdue"), ("Week 8 CT", "overdue")]
    assert states(since=date(2026, 4, 5), until=date(2026, 4, 9)) == [("Week 8 CT", "overdue")]
    assert states(until=date(2026, 1, 1)) == []
    elsewhere = Actor("person", "x", "imaging_lead", Scope(frozenset({("own", "*")})), frozenset({"enrolment_view"}))
    assert {one.research_study for one in visits.calendar(elsewhere)} == {"own"}


def test_of_who_withdrew_only_what_was_done_stays_and_nobody_chases_under_section_251() -> None:
    one = enrolled(day_zero=ZERO)
    scan(one, acquired="2026-01-30")
    withdrawing.withdraw(by=BY, enrolment=one.pk, kind="keep", day=date(2026, 3, 1), reason="Letter")
    assert states() == [("Baseline CT", "done")]
    plan(legal_basis="s251")
    persons.enrol(by=LEAD, research_study="lungs", hospital_number="NM8", day_zero=ZERO)
    assert sorted(states()) == [("Baseline CT", "done"), ("Baseline CT", "over"), ("Week 8 CT", "over")]


def test_the_worklist_says_what_is_due_and_what_was_missed(now: Any) -> None:
    enrolled(day_zero=ZERO)

    def told() -> list[tuple[int, str, str]]:
        mine = [item for item in hooks.worklist(BY) if item.url.startswith("/intake/visits/")]
        return [(item.count, item.text, item.url.partition("?")[2]) for item in mine]

    assert told() == [(1, "visit missed in the last month", "state=overdue&from=2026-03-07")]
    now(datetime(2026, 4, 1, 9, 0, tzinfo=UTC))
    assert told()[0] == (1, "visit due now", "state=due")
    assert hooks.worklist(Actor("person", "x", "dpo", Scope.everything(), frozenset())) == []


def test_the_page_its_files_and_the_person_say_the_same() -> None:
    one = enrolled(day_zero=ZERO)
    scan(one, acquired="2026-01-30", disposition="held")
    persons.enrol(by=LEAD, research_study="lungs", hospital_number="NM8", subject_id="01/099")
    nurse = signed_in("radiographer")
    page = text(nurse.get("/intake/visits/"))
    for words in ("2 planned visits", "22 March 2026", "5 April 2026", "Overdue", "Made on 30 January 2026, held",
                  "1 person without a day 0 is not here", "Download for a calendar (ICS)"):  # fmt: skip
        assert words in page
    assert "Made on 30 January 2026, held" in text(nurse.get(f"/intake/enrolment/{one.pk}"))
    listed = text(nurse.get("/intake/visits/?format=csv&state=overdue"))
    assert "01/007,Week 8 CT,Week 8,2026-03-22,2026-04-05,overdue,,lungs" in listed
    assert "Baseline" not in listed
    rows = json.loads(text(nurse.get("/intake/visits/?format=json")))
    assert [row["state"] for row in rows] == ["done", "overdue"]
    assert "0 planned visits" in text(nurse.get("/intake/visits/?q=nobody"))
    assert nurse.get("/intake/visits/?from=soon").status_code == 400
    assert AuditRow.objects.filter(action="enrolment_viewed", object_id="visit calendar").exists()


def test_the_calendar_file_names_the_subject_and_nobody() -> None:
    one = enrolled(day_zero=ZERO)
    persons.enrol(by=LEAD, research_study="own", hospital_number="NM9", day_zero=ZERO)
    answer = signed_in("radiographer").get("/intake/visits/?format=ics")
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert 'filename="visits.ics"' in answer.headers["Content-Disposition"]
    said = text(answer)
    assert "SUMMARY:01/007: Week 8 CT\r\n" in said
    assert "DTSTART;VALUE=DATE:20260322\r\nDTEND;VALUE=DATE:20260406\r\n" in said
    assert said.count("BEGIN:VEVENT") == 3
    assert f"SUMMARY:Enrolment {one.pk + 1}: Baseline CT" in said
    assert not [word for word in (NUMBER, NAME, "Needlova", "NM9") if word in said]
    uids = {line for line in said.split("\r\n") if line.startswith("UID:")}
    again = {line for line in text(signed_in("imaging_lead").get("/intake/visits/?format=ics")).split("\r\n")
             if line.startswith("UID:")}  # fmt: skip
    assert uids == again
    assert len(uids) == 3


def test_a_subject_id_that_may_tell_who_it_is_stays_out_of_the_calendar_file() -> None:
    one = enrolled(day_zero=ZERO, subject_id="NEED-07")
    said = visits.as_ics(BY, visits.calendar(BY), timezone.now())
    assert "NEED-07" not in said
    assert f"SUMMARY:Enrolment {one.pk}: Week 8 CT" in said
