"""Search on the hospital side: where each scan is and who must act, in one line; audited without what was typed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.utils import timezone
from support.hospital import ACCESSION, LEAD, NUMBER, arrive, enrolled, held, newcomer, signed_in, text

from isocentre.audit.models import AuditRow
from isocentre.core.actor import Actor, Scope
from isocentre.core.pull.lines import Asked
from isocentre.core.routing import Route
from isocentre.rooms.intake import door, searching
from isocentre.rooms.intake.models import Disposition, LedgerRow
from isocentre.rooms.intake.pull import making
from isocentre.rooms.intake.pull.rows import Pull, PullLine, PullSeries

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hospital")]
BY = Actor("person", "nurse", "radiographer", Scope.everything(), frozenset({"arrivals_view", "pulls_view"}))
MAKER = replace(LEAD, permissions=LEAD.permissions | {"pulls_make", "pacs_manage", "peers_manage"})


def told(words: str = ACCESSION, by: Actor = BY) -> list[str]:
    return [hit.detail for hit in searching.search(by, words)]


def scan(disposition: str, cause: str = "", **changes: object) -> None:
    arrive(newcomer("5.1", route=Route("lungs", disposition, cause, "W.", enrolment_id=enrolled().pk), **changes))


@pytest.mark.parametrize(
    ("disposition", "cause", "words"),
    [
        ("pending", "", "1 image on the way. Nobody has to act."),
        ("held", "burned_in", "1 image held: text may be burned into the picture. The research radiographer or the "
                              "imaging lead must act."),
        ("held", "unknown_scanner", "1 image held: unknown scanner. The national administrator must act."),
        ("held", "awaits_scan", "1 image held: waits for the scan it belongs to. Nobody has to act."),
        ("left_out", "no_visit", "1 image left out: outside every planned visit (if it belongs all the same, see "
                                 "Unassigned). Nobody has to act."),
        ("left_out", "before_consent", "1 image left out: made before consent. Nobody has to act."),
        ("rejected", "expired", "1 image rejected: held past its time. Nobody has to act."),
    ],
)  # fmt: skip
def test_one_line_says_where_it_is_and_who_must_act(disposition: str, cause: str, words: str) -> None:
    scan(disposition, cause)
    [line] = told()
    assert line == f"Needlova Zuzana, accession {ACCESSION}, Trial lungs. {words}"


def test_parts_of_a_scan_stand_in_one_line_what_is_held_first() -> None:
    scan("pending")
    arrive(newcomer("5.2", route=Route("lungs", "held", "no_key", "W.", enrolment_id=enrolled().pk)))
    arrive(newcomer("5.3", route=Route("lungs", enrolment_id=enrolled().pk)))
    LedgerRow.objects.filter(sop_instance_uid="5.3").update(disposition="sent_on", sent_at=timezone.now())
    [line] = told()
    assert "1 image held: key of the research study missing; 1 image on the way; 1 image sent on, " in line
    assert line.endswith("The administrator must act.")


@pytest.mark.parametrize("words", [ACCESSION.lower(), NUMBER, "Needlova", "01/007", "1.2.3", "9990000018"])
def test_it_is_found_by_each_of_its_numbers(words: str) -> None:
    one = enrolled(nhs_number="9990000018")
    arrive(newcomer("5.1", route=Route("lungs", enrolment_id=one.pk)))
    assert len(told(words)) == 1


def test_a_scan_in_two_research_studies_is_two_lines_and_what_was_taken_back_or_opted_out_none() -> None:
    other = enrolled("own", subject_id="02/001")
    routes = (Route("lungs", enrolment_id=enrolled().pk), Route("own", "held", "no_key", "W.", enrolment_id=other.pk))
    arrive(newcomer("5.1", routes=routes))
    assert sorted(line.partition(", Trial ")[2].partition(".")[0] for line in told()) == ["lungs", "own"]
    LedgerRow.objects.filter(research_study="own").update(disposition=Disposition.OPTED_OUT)
    LedgerRow.objects.filter(research_study="lungs").update(disposition="sent_on", recalled=True)
    assert told() == []


def test_what_a_list_is_fetching_says_how_far_it_is() -> None:
    node = making.set_node(by=MAKER, name="Store", host="10.0.0.7", port=104, ae_title="STORE", calling_ae="ISO",
                           destination="ISO", site="RNM01")  # fmt: skip
    pull = making.make(by=MAKER, research_study="lungs", pacs=node.pk, name="Spring", asked=[(2, Asked("FETCH1"))])
    assert told("fetch1") == ["Not here yet: the PACS has not answered yet. Nobody has to act."]
    assert told("fetch1", replace(BY, permissions=frozenset({"arrivals_view"}))) == []
    line = PullLine.objects.get()
    for state, words in (("several", "the PACS has several: somebody chooses. Who made the list must act."),
                         ("none", "the PACS does not have it. Who made the list must act."),
                         ("opted_out", "opted out. Who made the list must act.")):  # fmt: skip
        PullLine.objects.update(state=state)
        assert told("FETCH1") == [f"Not here yet: {words}"]
    PullLine.objects.update(state=PullLine.ONE)
    series = PullSeries.objects.create(pull=pull, line=line, study_uid="1.2.9", series_uid="1.2.9.1")
    assert told("1.2.9") == ["Not here yet: found in the PACS, not started. Who made the list must act."]
    Pull.objects.update(state=Pull.FETCHING)
    assert told("1.2.9") == ["Not here yet: being fetched. Nobody has to act."]
    PullSeries.objects.update(state=PullSeries.SHORT)
    assert told("1.2.9") == ["Not here yet: its series came short. The PACS manager must act."]
    series.state = PullSeries.WHOLE
    series.save()
    assert told("1.2.9") == []


def test_starting_a_list_names_its_scans_for_the_research_study() -> None:
    node = making.set_node(by=MAKER, name="Store", host="10.0.0.7", port=104, ae_title="STORE", calling_ae="ISO",
                           destination="ISO", site="RNM01")  # fmt: skip
    pull = making.make(by=MAKER, research_study="lungs", pacs=node.pk, name="Spring", asked=[(2, Asked("FETCH1"))])
    assert door.accessions.listed_for("FETCH1", "") == frozenset()
    making.start(by=MAKER, pull=pull)
    assert door.accessions.listed_for("FETCH1", "RNM") == {"lungs"}


def test_a_look_is_audited_without_the_words_and_nothing_found_says_what_to_do() -> None:
    held()
    client = signed_in("radiographer")
    page = text(client.post("/search/", {"q": NUMBER}))
    assert "must act" in page
    [row] = AuditRow.objects.filter(action="people_searched")
    assert row.detail == {"hits": 1}
    nothing = text(client.post("/search/", {"q": "NOSUCH1"}))
    assert "it has not arrived, and no list is fetching it" in nothing
    assert told("a") == told(" ") == []


def test_others_find_nothing_of_it() -> None:
    scan("pending")
    elsewhere = replace(BY, scope=Scope(frozenset({("own", "*")})))
    away = replace(BY, scope=Scope(frozenset({("lungs", "RNM99")})))
    assert told(by=elsewhere) == told(by=away) == []
