"""Contribution agreements: two people, the database refuses one, what is stopped without one, and at which moment."""

from __future__ import annotations

import threading
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from agreement_book import ANNA, BEN, CARA, SETS, SITE, STUDY, TRUST, WHERE, agree, one, require, terms
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from register_book import GATEWAY, TEAM, over

from isocentre.audit.models import AuditRow
from isocentre.core.checks import Unfit
from isocentre.core.records import dump, parse_study_config
from isocentre.jobs import door as jobs
from isocentre.rooms.register import door
from isocentre.rooms.register.models import AgreementVersion, ResearchStudy

pytestmark = pytest.mark.usefixtures("book")
PLACE = {"research_study": STUDY, "site": SITE}


def why_not() -> str:
    return door.agreements.why_not_send(**PLACE)


def test_one_person_enters_and_another_confirms() -> None:
    require()
    assert why_not() == "no contribution agreement is recorded for this trust"
    door.agreeing.enter(by=ANNA, **WHERE, changes=terms())
    door.agreeing.enter(by=ANNA, **WHERE, changes=terms())
    assert why_not() == "the contribution agreement waits for a second person to confirm it"
    for own in (ANNA, replace(ANNA, kind="token", name="anna#3")):
        with pytest.raises(Unfit) as refused:
            door.agreeing.confirm(by=own, **WHERE, number=1, edits=1)
        assert refused.value.errors == {"version": door.agreeing.OWN}
    for _ in range(2):
        door.agreeing.confirm(by=BEN, **WHERE, number=1, edits=1)
    assert why_not() == ""
    assert [(v.entered_by, v.confirmed_by) for v in one().versions] == [("anna", "ben")]
    assert list(AuditRow.objects.filter(object_type="agreement").values_list("action", "actor").order_by("id")) == [
        ("agreement_entered", "anna"), ("agreement_confirmed", "ben"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"state": "confirmed", "confirmed_by": "anna"},
        {"state": "confirmed", "confirmed_by": ""},
        {"confirmed_by": "ben"},
        {"state": "confirmed", "confirmed_by": "ben", "until": date(2000, 1, 1)},
        {"state": "confirmed", "confirmed_by": "ben", "ended_on": date(2026, 1, 1), "ended_by": "ben"},
        {"ended_on": date(2026, 1, 1), "ended_by": "ben", "end_reason": "Moved"},
    ],
)
def test_the_database_itself_refuses_what_one_person_or_no_reason_would_do(change: dict[str, Any]) -> None:
    door.agreeing.enter(by=ANNA, **WHERE, changes=terms())
    with pytest.raises(IntegrityError), transaction.atomic():
        AgreementVersion.objects.update(**change)


def test_the_database_keeps_one_version_waiting_and_each_number_once() -> None:
    door.agreeing.enter(by=ANNA, **WHERE, changes=terms())
    study = ResearchStudy.objects.get(slug=STUDY)
    for number in (1, 2):
        with pytest.raises(IntegrityError), transaction.atomic():
            AgreementVersion.objects.create(
                research_study=study, organisation=TRUST, number=number, state="entered", entered_by="x"
            )


def test_of_two_who_confirm_at_once_one_does() -> None:
    door.agreeing.enter(by=ANNA, **WHERE, changes=terms())
    door.agreeing.confirm(by=BEN, **WHERE, number=1, edits=1)
    with pytest.raises(Unfit) as refused:
        door.agreeing.confirm(by=CARA, **WHERE, number=1, edits=1)
    assert refused.value.errors == {"version": door.agreeing.GONE}
    assert one().versions[0].confirmed_by == "ben"


@pytest.mark.django_db(transaction=True)
def test_of_eight_who_press_confirm_in_the_same_moment_one_does() -> None:
    door.agreeing.enter(by=ANNA, **WHERE, changes=terms())
    together, said = threading.Barrier(8), list[str]()
    turn = threading.Lock() if connection.vendor == "sqlite" else nullcontext()  # in memory SQLite lets nobody wait

    def press(number: int) -> None:
        together.wait()
        with turn:
            try:
                door.agreeing.confirm(by=replace(BEN, name=f"ben-{number}"), **WHERE, number=1, edits=1)
                said.append("confirmed")
            except Unfit:
                said.append("too late")
            finally:
                connection.close()

    pressed = [threading.Thread(target=press, args=(number,)) for number in range(8)]
    for one_of in pressed:
        one_of.start()
    for one_of in pressed:
        one_of.join()
    assert sorted(said) == ["confirmed", *["too late"] * 7]
    assert AuditRow.objects.filter(action="agreement_confirmed").count() == 1


def test_who_confirms_confirms_what_they_saw() -> None:
    door.agreeing.enter(by=ANNA, **WHERE, changes=terms())
    door.agreeing.enter(by=ANNA, **WHERE, changes={"purposes": "Anything"})
    with pytest.raises(Unfit) as refused:
        door.agreeing.confirm(by=BEN, **WHERE, number=1, edits=1)
    assert refused.value.errors == {"version": door.agreeing.CHANGED}
    door.agreeing.enter(by=BEN, **WHERE, changes={"purposes": "The trial"})
    with pytest.raises(Unfit):
        door.agreeing.confirm(by=BEN, **WHERE, number=1, edits=3)
    door.agreeing.confirm(by=ANNA, **WHERE, number=1, edits=3)


def test_what_is_not_whole_is_not_confirmed() -> None:
    door.agreeing.enter(by=ANNA, **WHERE, changes={"controllers": "Sponsor"})
    with pytest.raises(Unfit) as refused:
        door.agreeing.confirm(by=BEN, **WHERE, number=1, edits=1)
    assert "until" in refused.value.errors


def test_unsigned_it_is_not_in_force_and_says_who_has_not_signed() -> None:
    require()
    agree(caldicott_on=None)
    assert why_not() == "the contribution agreement is not signed by the Caldicott Guardian"
    door.agreeing.enter(by=ANNA, **WHERE, changes={"caldicott_on": timezone.localdate(), "siro_on": None})
    door.agreeing.confirm(by=BEN, **WHERE, number=2, edits=1)
    assert why_not() == "the contribution agreement is not signed by the SIRO"


@pytest.mark.parametrize(
    ("moment", "in_force"),
    [
        # The last day is 29 March 2026, when the clocks go forward at 01:00; midnight after it is in summer time.
        (datetime(2026, 3, 29, 0, 30, tzinfo=UTC), True),
        (datetime(2026, 3, 29, 22, 59, 59, tzinfo=UTC), True),
        (datetime(2026, 3, 29, 23, 0, tzinfo=UTC), False),
    ],
)
def test_it_ends_with_its_last_day_in_london(moment: datetime, in_force: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    require()
    agree(starts=date(2026, 1, 1), until=date(2026, 3, 29), caldicott_on=date(2026, 1, 1), siro_on=date(2026, 1, 1))
    monkeypatch.setattr(timezone, "now", lambda: moment)
    assert why_not() == ("" if in_force else "the contribution agreement ended on 29 March 2026")
    assert door.may_release(**PLACE, day=timezone.localdate()) is in_force


def test_it_ends_with_its_last_day_when_the_clocks_go_back(monkeypatch: pytest.MonkeyPatch) -> None:
    require()
    agree(starts=date(2026, 1, 1), until=date(2026, 10, 25), caldicott_on=date(2026, 1, 1), siro_on=date(2026, 1, 1))
    for hour, minute, in_force in ((23, 30, True), (0, 0, False)):
        day = 25 if hour else 26
        moment = datetime(2026, 10, day, hour, minute, tzinfo=UTC)
        monkeypatch.setattr(timezone, "now", lambda at=moment: at)
        assert (why_not() == "") is in_force


def test_ended_early_it_stops_at_once_and_is_undone_that_day(monkeypatch: pytest.MonkeyPatch) -> None:
    require()
    agree()
    with pytest.raises(Unfit):
        door.agreeing.end(by=BEN, **WHERE, reason=" ")
    for _ in range(2):
        door.agreeing.end(by=BEN, **WHERE, reason="The trust left the trial")
    assert why_not().startswith("the contribution agreement was ended on")
    for _ in range(2):
        door.agreeing.reopen(by=ANNA, **WHERE)
    assert why_not() == ""
    door.agreeing.end(by=BEN, **WHERE, reason="The trust left the trial")
    tomorrow = timezone.now() + timedelta(days=1)
    monkeypatch.setattr(timezone, "now", lambda: tomorrow)
    with pytest.raises(Unfit):
        door.agreeing.reopen(by=ANNA, **WHERE)
    agree(file_reference="IG-2")
    assert why_not() == ""


def test_nothing_confirmed_cannot_be_ended() -> None:
    with pytest.raises(Unfit):
        door.agreeing.end(by=BEN, **WHERE, reason="No")


def test_what_was_entered_is_discarded_and_taken_up_again() -> None:
    door.agreeing.enter(by=ANNA, **WHERE, changes=terms())
    for _ in range(2):
        door.agreeing.discard(by=BEN, **WHERE, reason="Typed for the wrong trust")
    assert one().waiting is None
    for _ in range(2):
        door.agreeing.restore(by=BEN, **WHERE, number=1)
    with pytest.raises(Unfit):
        door.agreeing.confirm(by=BEN, **WHERE, number=1, edits=2)
    door.agreeing.discard(by=ANNA, **WHERE, reason="Again")
    door.agreeing.enter(by=ANNA, **WHERE, changes=terms(file_reference="IG-2"))
    with pytest.raises(Unfit):
        door.agreeing.restore(by=ANNA, **WHERE, number=1)
    assert [v.number for v in one().versions] == [2, 1]


def test_who_may_not_does_nothing_and_sees_nothing_of_another_trust() -> None:
    reads = replace(ANNA, permissions=frozenset({"agreements_view"}))
    with pytest.raises(PermissionError):
        door.agreeing.enter(by=reads, **WHERE, changes=terms())
    with pytest.raises(PermissionError):
        door.agreeing.enter(by=over(ANNA, (STUDY, SITE)), **WHERE, changes=terms())
    with pytest.raises(PermissionError):
        door.agreements.listed(by=TEAM)
    with pytest.raises(door.NotFound):
        door.agreements.agreement(by=over(ANNA, ("other", "*")), **WHERE)
    with pytest.raises(door.NotFound):
        door.agreements.agreement(by=ANNA, slug=STUDY, organisation="RYY")
    assert [o.research_study for o in door.agreements.listed(by=over(ANNA, ("*", "RYY01")))] == ["other"]
    for nobody in (ANNA, replace(SETS, scope=over(SETS, (STUDY, "*")).scope)):
        with pytest.raises(PermissionError):
            door.agreements.require(by=nobody, required=True, reason="Now")


def test_only_where_they_are_required_is_anything_stopped() -> None:
    assert (why_not(), door.may_release(**PLACE, day=timezone.localdate())) == ("", True)
    require()
    assert not door.may_release(**PLACE, day=timezone.localdate())
    assert door.why_not_release(research_study=STUDY, site="XXX99", day=timezone.localdate())
    with pytest.raises(Unfit):
        door.agreements.require(by=SETS, required=False, reason="")
    for _ in range(2):
        door.agreements.require(by=SETS, required=False, reason="Not signed yet")
    assert AuditRow.objects.filter(action="agreements_set").count() == 2
    assert why_not() == ""


def test_an_installation_with_research_studies_from_before_requires_none_and_a_new_one_does() -> None:
    for _ in range(2):
        door.agreements.settle()
    assert not door.agreements.required()
    from isocentre.jobs.models import Setting

    Setting.objects.all().delete()
    AgreementVersion.objects.all().delete()
    for model in (door.agreements.StudySite, ResearchStudy.planned_events.rel.related_model, ResearchStudy):
        model.objects.all().delete()
    door.agreements.settle()
    assert door.agreements.required()
    assert jobs.recall("agreements_required") is True


def test_study_config_says_whether_a_site_may_send_on() -> None:
    def told() -> dict[str, Any]:
        config = door.study_config_for(by=GATEWAY, gateway_name="northmoor", sites=["RZN01"])
        assert parse_study_config(dump(config)) == config
        return dict(dump(config)["research_studies"][0])

    assert "agreements" not in told(), "hospitals from before are told what they were told before"
    require()
    none = "no contribution agreement is recorded for this trust"
    assert told()["agreements"] == [{"site": "RZN01", "receive": none, "until": ""}]
    assert told()["receive"] is True, "what is accepted by people stays apart"
    agree()
    until = (timezone.localdate() + timedelta(days=365)).isoformat()
    assert told()["agreements"] == [{"site": "RZN01", "receive": True, "until": until}]
