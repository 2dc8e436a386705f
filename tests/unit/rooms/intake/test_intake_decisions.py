"""Decisions about held scans: routed again, put into, rejected, left out, kept, replaced, undone; two at once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from support.hospital import ACCESSION, LEAD, NUMBER, OTHER, arrive, enrolled, held, newcomer

from isocentre.audit.models import AuditRow
from isocentre.core.actor import SYSTEM, Actor, Scope
from isocentre.core.checks import Unfit
from isocentre.core.routing import Route
from isocentre.rooms.intake import decisions, door
from isocentre.rooms.intake.models import Arrival, Decision, Enrolment, LedgerRow, ResearchStudy

pytestmark = pytest.mark.usefixtures("hospital")


def states() -> list[tuple[str, str, str]]:
    return list(LedgerRow.objects.order_by("pk").values_list("research_study", "disposition", "cause"))


def test_trying_again_lets_a_scan_go_on_once_the_person_is_enrolled() -> None:
    key = held()
    assert door.try_again(by=LEAD, keys=[key], cause="not_part", reason="Checked").unchanged == 2
    enrolled()
    done = door.try_again(by=LEAD, keys=[key], cause="not_part", reason="Enrolled now")
    assert (done.scans, done.images, done.already) == (1, {"pending": 2}, 0)
    assert states() == [("lungs", "pending", "")] * 2
    row = LedgerRow.objects.all()[0]
    assert (row.time_point, row.study_day, row.enrolment.subject_id) == ("Baseline", 0, "01/007")


def test_what_is_decided_twice_is_said_and_done_once() -> None:
    key = held()
    door.reject(by=LEAD, keys=[key], cause="not_part", reason="Not ours")
    again = door.leave_out(by=OTHER, keys=[key], cause="not_part", reason="Not needed")
    assert (again.decision, again.scans, again.already) == (None, 0, 1)
    assert states() == [("unassigned", "rejected", "rejected_by_person")] * 2
    assert [row.reason for row in AuditRow.objects.filter(action="held_reject")] == ["Not ours"]


def test_of_two_people_at_once_the_second_finds_nothing_held(monkeypatch: Any) -> None:
    """The other person's decision is committed between this one's look and its write."""
    key = held()
    rows = decisions._rows

    def raced(by: Actor, scans: Any, cause: str) -> list[LedgerRow]:
        found = rows(by, scans, cause)
        LedgerRow.objects.update(disposition="rejected", cause="rejected_by_person")
        return found

    monkeypatch.setattr(decisions, "_rows", raced)
    done = door.leave_out(by=LEAD, keys=[key], cause="not_part", reason="Not needed")
    assert (done.decision, done.scans, done.already) == (None, 0, 1)
    assert states() == [("unassigned", "rejected", "rejected_by_person")] * 2
    assert Decision.objects.count() == 0


@pytest.mark.parametrize("act", [door.reject, door.leave_out])
def test_undoing_puts_everything_back_once(act: Any) -> None:
    key = held("burned_in", "lungs")
    before = list(LedgerRow.objects.order_by("pk").values())
    done = act(by=LEAD, keys=[key], cause="burned_in", reason="A name in the picture")
    assert LedgerRow.objects.filter(words="A name in the picture").count() == 2
    assert [d.pk for d in door.undoable(by=OTHER)] == [done.decision]
    assert door.undo(by=OTHER, decision=done.decision).images == 2
    assert list(LedgerRow.objects.order_by("pk").values()) == before
    assert door.undoable(by=OTHER) == []
    with pytest.raises(Unfit):
        door.undo(by=LEAD, decision=done.decision)


def test_what_has_moved_on_is_not_undone() -> None:
    enrolled()
    key = held("burned_in", "lungs")
    done = door.try_again(by=LEAD, keys=[key], cause="burned_in", reason="Looked at it")
    [row] = door.claim_pending(worker="w", limit=1)
    door.record_outcomes(by=SYSTEM, worker="w", outcomes=[door.Outcome(row.pk, "sent_on")])
    undone = door.undo(by=LEAD, decision=done.decision)
    assert (undone.images, undone.moved) == (1, 1)
    assert sorted(d for _, d, _ in states()) == ["held", "sent_on"]


def test_after_ten_minutes_nothing_is_undone() -> None:
    key = held()
    done = door.reject(by=LEAD, keys=[key], cause="not_part", reason="Not ours")
    Decision.objects.update(at=timezone.now() - timedelta(minutes=11))
    assert door.undoable(by=LEAD) == []
    with pytest.raises(Unfit) as error:
        door.undo(by=LEAD, decision=done.decision)
    assert "10 minutes" in error.value.errors["decision"]
    with pytest.raises(Unfit):
        door.undo(by=LEAD, decision=0)


def test_a_scan_is_put_into_a_research_study_by_that_ones_own_rules() -> None:
    key = held()
    door.put_into(by=LEAD, keys=[key], cause="not_part", reason="Asked for", research_study="lungs")
    assert states() == [("lungs", "held", "not_enrolled")] * 2
    own = held(uids=("1.9.1",))
    LedgerRow.objects.filter(pk=own).update(research_study="unassigned")
    done = door.put_into(by=LEAD, keys=[own], cause="not_part", reason="A volunteer", research_study="own")
    assert done.images == {"pending": 1}
    assert Enrolment.objects.get(research_study="own").enrolled_on_arrival
    with pytest.raises(Unfit):
        door.put_into(by=LEAD, keys=[key], cause="not_part", reason="x", research_study="nothing")


def test_a_scan_held_before_its_research_study_was_accepted_goes_where_it_was_sent_to() -> None:
    ResearchStudy.objects.filter(slug="own").update(ae_title="OWN_MR")
    arrive(newcomer("1.1", called_ae="OWN_MR"), newcomer("1.2", called_ae="ISOCENTRE"))
    keys = list(LedgerRow.objects.values_list("pk", flat=True))
    door.try_again(by=LEAD, keys=keys, cause="not_part", reason="Accepted now")
    assert dict(LedgerRow.objects.values_list("sop_instance_uid", "research_study")) == {
        "1.1": "own", "1.2": "unassigned",
    }  # fmt: skip


def test_an_image_that_is_already_there_is_left_out_and_counted_once() -> None:
    arrive(newcomer("1.2.3.1", routes=(Route("lungs", "left_out", "no_visit"),)))
    arrival = Arrival.objects.get()
    LedgerRow.objects.create(
        sop_instance_uid="1.2.3.1", research_study="unassigned", arrival=arrival, disposition="held",
        cause="not_part", first_day=timezone.localdate(), site="RNM01", study_uid=arrival.study_uid,
    )  # fmt: skip
    key = LedgerRow.objects.get(research_study="unassigned").pk
    enrolled()
    door.try_again(by=LEAD, keys=[key], cause="not_part", reason="Enrolled")
    assert states() == [("lungs", "left_out", "no_visit"), ("unassigned", "left_out", "elsewhere")]


def test_a_scan_of_two_research_studies_becomes_two_rows_and_one_again_when_undone() -> None:
    from support.hospital import config

    from isocentre.rooms.intake.models import ResearchStudy

    second = config("airways")
    ResearchStudy.objects.create(slug="airways", title="Airways", proposal=second, accepted=second)
    key = held(uids=("1.2.3.1",))
    enrolled("lungs")
    enrolled("airways")
    done = door.try_again(by=LEAD, keys=[key], cause="not_part", reason="Enrolled")
    assert sorted(states()) == [("airways", "pending", ""), ("lungs", "pending", "")]
    door.undo(by=LEAD, decision=done.decision)
    assert states() == [("unassigned", "held", "not_part")]


def test_a_decision_needs_a_reason_a_choice_and_the_permission() -> None:
    key = held()
    with pytest.raises(Unfit) as error:
        door.reject(by=LEAD, keys=[], cause="not_part", reason=" ")
    assert set(error.value.errors) == {"reason", "chosen"}
    viewer = Actor("person", "dpo", "dpo", Scope.everything(), frozenset({"held_view"}))
    with pytest.raises(PermissionDenied):
        door.reject(by=viewer, keys=[key], cause="not_part", reason="x")
    assert states() == [("unassigned", "held", "not_part")] * 2


@pytest.mark.parametrize("reason", ["For 999 000 0018", "Needlova asked for it", f"{NUMBER} is wrong", ACCESSION])
def test_a_reason_that_names_the_patient_is_refused_and_kept_nowhere(reason: str) -> None:
    key = held()
    with pytest.raises(Unfit) as error:
        door.reject(by=LEAD, keys=[key], cause="not_part", reason=reason)
    assert set(error.value.errors) == {"reason"}
    assert not Decision.objects.exists()
    assert not AuditRow.objects.filter(action="held_reject").exists()
    assert LedgerRow.objects.filter(disposition="held").count() == 2


def test_nobody_decides_about_scans_outside_their_scope() -> None:
    key = held()
    local = Actor("person", "far", "radiographer", Scope(frozenset({("own", "*")})), frozenset({"held_act"}))
    assert door.reject(by=local, keys=[key], cause="not_part", reason="x").scans == 0
    assert door.scan(by=local, key=str(key)) is None
    assert states() == [("unassigned", "held", "not_part")] * 2


def test_what_was_sent_on_before_is_neither_rejected_nor_left_out() -> None:
    key = held("face", "lungs")
    LedgerRow.objects.update(sent_at=timezone.now())
    assert door.reject(by=LEAD, keys=[key], cause="face", reason="x").unchanged == 2
    assert states() == [("lungs", "held", "face")] * 2


def test_after_an_enrolment_the_persons_held_scans_go_on_by_themselves() -> None:
    held()
    arrive(newcomer("1.7.1", facts={"patient_id": "SOMEBODY", "study_uid": "1.7"}))
    today = timezone.localdate()
    facts = {"hospital_number": NUMBER, "consented_on": today, "day_zero": today}
    people, images = door.enrol_lines(by=LEAD, research_study="lungs", facts=[facts])
    assert (people, images) == (1, {"pending": 2})
    assert door.enrol_lines(by=LEAD, research_study="lungs", facts=[facts]) == (1, {})
    assert states() == [("lungs", "pending", "")] * 2 + [("unassigned", "held", "not_part")]
    assert door.undoable(by=LEAD) == []
    with pytest.raises(Unfit):
        door.undo(by=LEAD, decision=Decision.objects.get().pk)
    with pytest.raises(Unfit):
        door.enrol_lines(by=LEAD, research_study="nothing", facts=[facts])
