"""Fetching against a PACS that does what real ones do wrong: never guessed, never twice, never more than allowed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from support.hospital import LEAD as SOMEBODY
from support.hospital import config, enrolled
from support.pull_lists import BY, DAY, came, later, listed, work_off

from isocentre.audit.models import AuditRow
from isocentre.core.actor import Actor
from isocentre.core.checks import Unfit
from isocentre.core.pull.lines import Asked
from isocentre.jobs import claims
from isocentre.rooms.intake import pulling
from isocentre.rooms.intake.models import Arrival, ResearchStudy
from isocentre.rooms.intake.pull import fetching, forgetting, making, ports, slots, telling, work
from isocentre.rooms.intake.pull.rows import PacsNode, Pull, PullLine, PullSeries

pytestmark = pytest.mark.django_db


def test_a_list_is_asked_about_and_only_fetched_when_somebody_says_so(pacs, node):
    pull = listed(node, "A1", "A2", "X", "B")
    work_off()
    pull.refresh_from_db()
    assert pull.state == Pull.READY
    assert telling.told(pull)["lines"] == {"found": 2, "not in the PACS": 1, "to choose from several": 1}
    assert telling.told(pull)["series"] == {"ready": 4}
    assert not pacs.moves
    said = making.estimate(pull)
    assert (said.scans, said.series, said.images, said.nights) == (2, 4, 8, 1)

    assert making.start(by=BY, pull=pull) == 4
    work_off()
    pull.refresh_from_db()
    assert pull.state == Pull.DONE
    assert telling.told(pull)["series"] == {"fetched": 4}
    assert telling.told(pull)["images"] == {"expected": 8, "received": 8}
    assert not telling.complete(pull, fetched=True), "one line means two scans, and one none"


def test_it_is_a_person_who_chooses_among_several(pacs, node):
    pull = listed(node, "B")
    work_off()
    line = pull.lines.get()
    assert line.state == PullLine.SEVERAL
    assert line.differs == ["date", "patient"]
    assert "Name" not in str(line.found)
    with pytest.raises(Unfit):
        making.choose(by=BY, line=line, study_uids=["1.2.1"])
    making.choose(by=BY, line=line, study_uids=["1.2.4", "1.2.5"])
    work_off()
    pull.refresh_from_db()
    assert pull.state == Pull.READY
    assert sorted(pull.lines.values_list("study_uid", "state")) == [("1.2.4", "one"), ("1.2.5", "one")]
    assert pull.series.count() == 4


def test_none_of_several_leaves_the_line_out(pacs, node):
    pull = listed(node, "B")
    work_off()
    making.choose(by=BY, line=pull.lines.get(), study_uids=[])
    making.choose(by=BY, line=pull.lines.get(), study_uids=["1.2.4"])  # too late
    assert pull.lines.get().state == PullLine.LEFT
    assert telling.complete(pull, fetched=True)


def test_what_a_pacs_answers_beside_the_question_is_never_taken(pacs, node):
    pacs.answers_all = True
    pull = listed(node, "A1", "NONE")
    work_off()
    assert dict(pull.lines.values_list("accession", "state")) == {"A1": "one", "NONE": "not_asked_for"}


def test_what_is_here_is_not_pulled_again_and_what_is_missing_is_asked_for_by_name(pacs, node):
    came("1.2.1", "1.2.1.1", "1.2.1.1.1")
    came("1.2.1", "1.2.1.2", "1.2.1.2.1")
    pull = listed(node, "A1")
    making.start(by=BY, pull=pull)
    work_off()
    assert pacs.moves == [("1.2.1.1", 2)]
    assert dict(pull.series.values_list("series_uid", "state")) == {"1.2.1.1": "whole", "1.2.1.2": "here"}
    assert Arrival.objects.filter(study_uid="1.2.1").count() == 4


def test_a_pacs_that_does_not_answer_by_image_is_asked_for_the_series_again_and_not_for_ever(pacs, node):
    pacs.by_image, pacs.keeps_back = False, frozenset({"1.2.1.1.2"})
    pull = listed(node, "A1")
    making.start(by=BY, pull=pull)
    for _ in range(5):
        work_off()
        later()
    assert [one for one in pacs.moves if one[0] == "1.2.1.1"] == [("1.2.1.1", 3)] * 3
    assert pull.series.get(series_uid="1.2.1.1").state == PullSeries.SHORT


def test_what_is_chosen_after_the_rest_was_fetched_is_fetched_too(pacs, node):
    pull = listed(node, "A1", "B")
    making.start(by=BY, pull=pull)
    work_off()
    pull.refresh_from_db()
    assert pull.state == Pull.DONE
    making.choose(by=BY, line=pull.lines.get(state=PullLine.SEVERAL), study_uids=["1.2.5"])
    work_off()
    pull.refresh_from_db()
    assert pull.state == Pull.DONE
    assert telling.complete(pull, fetched=True)
    assert telling.told(pull)["images"] == {"expected": 8, "received": 8}


def test_a_connection_that_breaks_half_way_goes_on_where_it_was(pacs, node):
    pacs.drops = 1
    pull = listed(node, "A1")
    making.start(by=BY, pull=pull)
    work_off()
    assert "broke off" in telling.why_waiting(Pull.objects.get(pk=pull.pk))
    later()
    work_off()
    assert pacs.moves[0] == ("1.2.1.1", 3)
    assert ("1.2.1.1", 2) in pacs.moves
    assert set(pull.series.values_list("state", flat=True)) == {"whole"}


def test_a_series_that_stays_short_is_told_after_three_times_and_asked_for_again_by_a_person(pacs, node):
    pacs.keeps_back = frozenset({"1.2.1.1.2"})
    pull = listed(node, "A1")
    making.start(by=BY, pull=pull)
    for _ in range(4):
        work_off()
        later()
    short = pull.series.get(state=PullSeries.SHORT)
    assert (short.received, short.expected, short.asked_times) == (2, 3, 3)
    assert "2 of 3 images came" in short.words
    pull.refresh_from_db()
    assert pull.state == Pull.DONE
    pacs.keeps_back = frozenset()
    assert making.ask_again(by=BY, pull=pull) == 1
    work_off()
    assert telling.complete(pull, fetched=True)


def test_what_is_sent_beside_a_series_is_not_counted_to_it(pacs, node):
    pacs.also = "9.9.9"
    pull = listed(node, "A1")
    making.start(by=BY, pull=pull)
    work_off()
    assert telling.told(pull)["images"] == {"expected": 4, "received": 4}


def test_a_pacs_that_is_away_is_asked_again_and_told_of(pacs, node):
    pacs.away = True
    pull = listed(node, "A1")
    work_off()
    assert telling.why_waiting(pull).startswith("Nobody answers")
    pacs.away = False
    later(PullLine)
    work_off()
    assert telling.why_waiting(pull) == ""
    assert pull.lines.get().state == PullLine.ONE


def test_whether_a_pacs_answers_is_told_by_name(pacs, node):
    assert work.answering() == [("PACS", "C-MOVE", "")]
    pacs.away = True
    ((name, way, words),) = work.answering()
    assert (name, way, words.startswith("Nobody answers")) == ("PACS", "C-MOVE", True)


def test_paused_it_is_asked_nothing_and_resumed_it_goes_on(pacs, node):
    with pytest.raises(Unfit):
        making.pause(by=BY, node=node.pk, why="")
    making.pause(by=BY, node=node.pk, why="Upgrade tonight")
    pull = listed(node, "A1")
    work_off()
    assert not pacs.questions
    assert "Upgrade tonight" in telling.why_waiting(Pull.objects.get(pk=pull.pk))
    making.resume(by=BY, node=node.pk)
    work_off()
    assert len(pacs.questions) == 1


def test_images_come_in_its_hours_only_and_questions_at_any(pacs, node, monkeypatch):
    noon = datetime(2026, 1, 5, 12, tzinfo=UTC)
    PacsNode.objects.update(from_hour=19, to_hour=7)
    monkeypatch.setattr(timezone, "now", lambda: noon)
    pull = listed(node, "A1")
    making.start(by=BY, pull=pull)
    work_off()
    assert pacs.questions
    assert not pacs.moves
    assert "19:00" in telling.why_waiting(Pull.objects.get(pk=pull.pk))
    monkeypatch.setattr(timezone, "now", lambda: noon + timedelta(hours=8))
    work_off()
    assert len(pacs.moves) == 2


def test_the_rate_is_kept_between_requests(pacs, node):
    PacsNode.objects.update(images_a_minute=1)
    pull = listed(node, "A1")
    making.start(by=BY, pull=pull)
    before = timezone.now()
    work_off()
    assert pacs.moves == [("1.2.1.1", 3)], "the next waits three minutes"
    waits = PacsNode.objects.get().next_request - before
    assert timedelta(minutes=3) <= waits < timedelta(minutes=3, seconds=30)


def test_no_more_requests_are_open_than_allowed_whoever_asks(pacs, node):
    pull = listed(node, "A1", "A2", "A3")
    first = slots.take(pull.lines.all(), node.pk, worker="first-1")
    assert first is not None
    assert slots.take(pull.lines.all(), node.pk, worker="second-1") is None, "one at once"
    PacsNode.objects.update(at_once=2)
    assert slots.take(pull.lines.all(), node.pk, worker="second-1") is not None
    assert slots.take(pull.lines.all(), node.pk, worker="third-1") is None
    claims.extend(PullLine, [first.pk], worker="first-1", lease=timedelta(seconds=-1))
    assert slots.take(pull.lines.all(), node.pk, worker="third-1") is not None, "the place of one that died is free"


def test_who_died_while_asking_is_taken_over_and_what_it_did_late_is_not_counted(pacs, node):
    pull = listed(node, "A1")
    making.start(by=BY, pull=pull)
    work.by_itself("w-1")
    dead = fetching.take("w-1")
    assert dead is not None
    claims.extend(PullSeries, [dead.pk], worker="w-1", lease=timedelta(seconds=-1))
    work_off()
    assert not slots.let_go(dead, "w-1", state=PullSeries.SHORT), "another one has it by now"
    assert set(pull.series.values_list("state", flat=True)) == {"whole"}


def test_what_is_fetched_belongs_to_the_research_study_of_the_list_and_only_from_that_pacs(pacs, node):
    pull = listed(node, "A1")
    work_off()
    assert fetching.studies_of("1.2.1.1", "PACS") == (), "not asked for yet"
    making.start(by=BY, pull=pull)
    assert fetching.studies_of("1.2.1.1", "PACS") == ("own",)
    assert fetching.studies_of("1.2.1.1", "OTHER") == ()


def test_a_list_that_was_ended_fetches_nothing_more(pacs, node):
    pull = listed(node, "A1")
    work_off()
    making.start(by=BY, pull=pull)
    with pytest.raises(Unfit):
        making.end(by=BY, pull=pull, reason="")
    making.end(by=BY, pull=pull, reason="Wrong list")
    work_off()
    assert not pacs.moves
    assert Pull.objects.get().state == Pull.CANCELLED


def test_the_same_scan_on_two_lines_is_fetched_once(pacs, node):
    asked = [(2, Asked(accession="A1")), (3, Asked(study_uid="1.2.1"))]
    pull = making.make(by=BY, research_study="own", pacs=node.pk, name="Twice", asked=asked)
    making.start(by=BY, pull=pull)
    work_off()
    assert sorted(pacs.moves) == [("1.2.1.1", 3), ("1.2.1.2", 1)]


def test_a_rule_leaves_series_out_with_its_reason(pacs, node):
    pull = listed(node, "A1", rule=pulling.rule({"least_images": "2", "modalities": "ct"}))
    work_off()
    assert dict(pull.series.values_list("series_uid", "state")) == {"1.2.1.1": "listed", "1.2.1.2": "left"}
    assert "1 of at least 2" in pull.series.get(state="left").words


def test_every_act_is_in_the_audit_trail_and_needs_its_permission(pacs, node):
    pull = listed(node, "A1")
    work_off()
    making.start(by=BY, pull=pull)
    making.start(by=BY, pull=pull)  # safe to repeat
    acts = list(
        AuditRow.objects.filter(object_type__in=("pacs", "pull")).order_by("pk").values_list("action", flat=True)
    )
    assert acts == ["pacs_added", "pull_made", "pull_started"]
    for act in (
        lambda: listed_by(SOMEBODY, node), lambda: making.start(by=SOMEBODY, pull=pull),
        lambda: making.pause(by=SOMEBODY, node=node.pk, why="x"),
        lambda: making.end(by=SOMEBODY, pull=pull, reason="x"),
    ):  # fmt: skip
        with pytest.raises(Exception, match="role does not do this"):
            act()


def listed_by(by: Actor, node: PacsNode) -> Pull:
    return making.make(by=by, research_study="own", pacs=node.pk, name="A list", asked=[(2, Asked(accession="A1"))])


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"research_study": "nothing"}, "research_study"), ({"pacs": 99}, "pacs"), ({"name": ""}, "name"),
     ({"name": "Of 943 476 5919"}, "name"), ({"asked": []}, "list")],
)  # fmt: skip
def test_a_list_that_cannot_be_is_refused_in_words(pacs, node, changes, field):
    given: dict[str, Any] = {"research_study": "own", "pacs": node.pk, "name": "A", "asked": [(2, Asked("A1"))]}
    with pytest.raises(Unfit) as refused:
        making.make(by=BY, **{**given, **changes})
    assert field in refused.value.errors


def test_of_who_opted_out_nothing_is_asked_and_nothing_is_kept(pacs, node, monkeypatch):
    def stop(slug: str, patient: str) -> tuple[str, str] | None:
        return {"P1": ("opted_out", "The person opted out."), "P2": ("opt_out_list", "No answer yet.")}.get(patient)

    monkeypatch.setattr(ports, "_ports", [ports.Ports(lambda node: pacs, stop)])
    asked = [(n, Asked(patient_id=f"P{n}", first_day=DAY, last_day=DAY + timedelta(days=9))) for n in (1, 2, 3)]
    pull = making.make(by=BY, research_study="own", pacs=node.pk, name="Support", asked=asked)
    work_off()
    assert [one.patient_id for one in pacs.questions] == ["P3"]
    kept = {row.state: (row.patient_id, row.first_day) for row in pull.lines.all()}
    assert kept["opted_out"] == ("", None)
    assert kept["opt_out_list"][0] == "P2"
    assert telling.told(pull)["lines"] == {"found": 1, "opted out": 1, "wait for the opt-out list": 1}


def test_under_section_251_the_answer_about_opt_outs_comes_first(pacs, node, monkeypatch):
    from support.optouts import MemoryOptOuts

    from isocentre.rooms.deid import door as deid
    from isocentre.rooms.deid import opt_out

    basis = config("own", intake_mode="dedicated", legal_basis="s251")
    ResearchStudy.objects.filter(slug="own").update(accepted=basis)
    monkeypatch.setattr(deid, "ports", deid.Ports(opt_outs=MemoryOptOuts()))
    person = enrolled("own", nhs_number="9990000018", consented_on=None)
    assert opt_out.not_to_ask("lungs", "X") is None, "another legal basis"
    assert opt_out.not_to_ask("own", "X")[0] == "opt_out_no_number"
    assert opt_out.not_to_ask("own", person.person.hospital_number)[0] == "opt_out_list"
    person.consented_on = timezone.localdate()
    person.save()
    assert opt_out.not_to_ask("own", person.person.hospital_number) is None, "who consented is not asked about"


def test_what_a_list_asked_for_is_forgotten_a_month_after_its_end(pacs, node):
    pull = listed(node, "A1", "B")
    work_off()
    making.end(by=BY, pull=pull, reason="Wrong list")
    now = timezone.now()
    assert forgetting.forget(now + timedelta(days=29)) == 0
    assert forgetting.forget(now + timedelta(days=31)) == 2
    assert forgetting.forget(now + timedelta(days=31)) == 0
    assert set(pull.lines.values_list("accession", "study_uid", "patient_id")) == {("", "", "")}
    assert {tuple(found) for found in pull.lines.values_list("found", flat=True)} == {()}
    assert pull.series.count() == 2, "what came of it stays told"
