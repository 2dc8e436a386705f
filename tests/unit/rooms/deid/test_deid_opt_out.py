"""The national data opt-out: a list asked and answered, scans that wait for it, and what an opt-out leaves."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from support.hospital import NUMBER, OTHER, arrive, config, enrolled, newcomer, signed_in, text
from support.optouts import MemoryOptOuts

from isocentre.audit.models import AuditRow, Counted
from isocentre.core.actor import Actor, Scope
from isocentre.core.checks import Unfit
from isocentre.core.dicom.header import read_header
from isocentre.core.routing import Route
from isocentre.jobs import door as jobs
from isocentre.rooms.deid import door, hooks, messages, opt_out, work
from isocentre.rooms.intake import canary
from isocentre.rooms.intake import door as intake
from isocentre.rooms.intake.models import Arrival, Enrolment, LedgerRow, ResearchStudy
from isocentre.web import formats

pytestmark = pytest.mark.usefixtures("hospital")
NHS, OTHERS_NHS = "9990000018", "9990000050"
LEAD = Actor("person", "lead", "imaging_lead", Scope.everything(), frozenset({"optout_upload", "study_config_accept"}))
EVERYTHING = Actor("person", "a", scope=Scope.everything(), permissions=frozenset({"*"}))
NEEDLES = (NUMBER, "Needlova", "ACCNEEDLE1", "19600101", "CT thorax", NHS)


@pytest.fixture(autouse=True)
def service(ports: Any) -> MemoryOptOuts:
    return ports.opt_outs


@pytest.fixture
def row(tmp_path: Path, service: MemoryOptOuts) -> LedgerRow:
    """A real object, waiting its turn, of a person enrolled in a research study under section 251 support."""
    for field in ("proposal", "accepted"):
        ResearchStudy.objects.filter(slug="lungs").update(**{field: config("lungs", legal_basis="s251")})
    door.accept(by=LEAD, slug="lungs")
    person = enrolled(nhs_number=NHS, consented_on=None)
    return _arrived(tmp_path, Route("lungs", enrolment_id=person.pk, time_point="Baseline", study_day=0))


def _arrived(home: Path, *routes: Route) -> LedgerRow:
    data = canary.made()
    header = read_header(data)
    file = home / "quarantine" / "originals" / "a.dcm"
    file.parent.mkdir(parents=True)
    file.write_bytes(data)
    facts = {"study_uid": header.text(0x0020000D)}
    arrive(newcomer(header.text(0x00080018), routes=routes, path="originals/a.dcm", facts=facts))
    return LedgerRow.objects.get(research_study="lungs")


def answer(*allowed: str, days_ago: int = 0, **more: Any) -> opt_out.Taken:
    day = timezone.localdate() - timedelta(days=days_ago)
    return opt_out.take(by=LEAD, allowed="".join(f"{n},\n" for n in allowed), answered_on=day, **more)


def test_a_scan_waits_for_an_answer_and_then_goes_on_by_itself(row: LedgerRow, ports: Any) -> None:
    assert work.move("w") == 1
    row.refresh_from_db()
    assert (row.disposition, row.cause, ports.wall.sent) == ("held", "opt_out_list", [])
    assert opt_out.ask(by=LEAD) == b"9990000018,\n"
    assert answer(NHS).images == {"pending": 1}
    assert work.move("w") == 1
    row.refresh_from_db()
    assert (row.disposition, len(ports.wall.sent)) == ("sent_on", 1)


def test_an_answer_that_grew_old_holds_scans_again(row: LedgerRow, ports: Any) -> None:
    opt_out.ask(by=LEAD)
    answer(NHS, days_ago=7)
    jobs.remember("opt_out_days", 6)
    work.move("w")
    row.refresh_from_db()
    assert (row.disposition, row.cause) == ("held", "opt_out_list")
    assert "7 days old" in row.words
    assert opt_out.state().old


def test_who_was_not_asked_about_waits_and_is_never_taken_for_opted_out(row: LedgerRow, service: Any) -> None:
    answer(OTHERS_NHS, asked=f"{OTHERS_NHS},\n")
    work.move("w")
    row.refresh_from_db()
    assert (row.disposition, row.cause) == ("held", "opt_out_not_asked")
    assert (opt_out.state().new, opt_out.state().needed) == (1, 1)


def test_without_an_nhs_number_a_scan_waits_until_the_enrolment_has_one(row: LedgerRow) -> None:
    row.enrolment.person.nhs_number = ""
    row.enrolment.person.save()
    answer(NHS, asked=f"{NHS},\n")
    work.move("w")
    row.refresh_from_db()
    assert (row.cause, opt_out.state().without_number) == ("opt_out_no_number", 1)
    again = enrolled(nhs_number=NHS, consented_on=None)
    from isocentre.rooms.intake import rerouting

    assert rerouting.reroute_enrolled(by=LEAD, enrolments=[again]) == {"pending": 1}
    work.move("w")
    row.refresh_from_db()
    assert row.disposition == "sent_on"


@pytest.mark.django_db(transaction=True)
def test_an_opt_out_leaves_a_row_that_counts_and_nothing_of_the_person(
    transactional_db: None, tmp_path: Path, row: LedgerRow, ports: Any
) -> None:
    opt_out.ask(by=LEAD)
    answer(everybody=True)
    assert work.move("w") == 1
    row.refresh_from_db()
    assert (row.disposition, row.enrolment, row.time_point, row.study_day) == ("opted_out", None, "", None)
    assert ports.wall.sent == []
    assert list(tmp_path.glob("quarantine/originals/**/*.dcm")) == []
    kept = repr(list(Arrival.objects.values())) + repr(list(LedgerRow.objects.values()))
    assert [needle for needle in NEEDLES if needle in kept] == []
    totals = intake.totals()["lungs"]
    assert (totals["received"], totals["opted_out"]) == (1, 1)
    assert intake.proof.prove(pause=0).findings == []
    assert Counted.objects.filter(action="scan_opted_out").exists()


@pytest.mark.django_db(transaction=True)
def test_an_image_sent_again_is_looked_up_again(transactional_db: None, tmp_path: Path, row: LedgerRow) -> None:
    """An opt-out may be taken back, and is never kept as a fact of the person."""
    opt_out.ask(by=LEAD)
    answer(everybody=True)
    work.move("w")
    answer(NHS)
    file = tmp_path / "quarantine" / "originals" / "b.dcm"
    file.write_bytes(canary.made())
    route = Route("lungs", enrolment_id=Enrolment.objects.get().pk, time_point="Baseline", study_day=0)
    [kept] = arrive(newcomer(row.sop_instance_uid, route=route, path="originals/b.dcm"))
    assert kept.outcome == "correction"
    work.move("w")
    row.refresh_from_db()
    assert (row.disposition, row.enrolment_id) == ("sent_on", route.enrolment_id)
    assert intake.totals()["lungs"]["received"] == 1


@pytest.mark.django_db(transaction=True)
def test_another_research_study_of_the_same_image_keeps_its_original(
    transactional_db: None, tmp_path: Path, row: LedgerRow
) -> None:
    """The person agreed to that one; the opt-out is of the other."""
    LedgerRow.objects.create(
        sop_instance_uid=row.sop_instance_uid, research_study="own", arrival=row.arrival, first_day=row.first_day,
        study_uid=row.study_uid,
        disposition="held", cause="face", enrolment=row.enrolment,
    )  # fmt: skip
    opt_out.ask(by=LEAD)
    answer(everybody=True)
    work.move("w")
    row.refresh_from_db()
    assert (row.disposition, row.enrolment, row.arrival.patient_id) == ("opted_out", None, NUMBER)
    assert (tmp_path / "quarantine" / row.arrival.path).is_file()


@pytest.fixture
def consented(row: LedgerRow) -> LedgerRow:
    """The same, of a person whose own consent to this research study is recorded."""
    Enrolment.objects.update(consented_on=timezone.localdate() - timedelta(days=30))
    row.refresh_from_db()
    return row


def test_consent_to_the_research_study_wins_even_over_an_opt_out(
    consented: LedgerRow, ports: Any, service: MemoryOptOuts, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(asked=f"{NHS},\n", everybody=True)
    assert service.look_up(NHS) == "opted_out"
    asked_about: list[str] = []
    monkeypatch.setattr(service, "look_up", asked_about.append)
    assert work.move("w") == 1
    consented.refresh_from_db()
    assert (consented.disposition, consented.enrolment_id is None, len(ports.wall.sent)) == ("sent_on", False, 1)
    assert asked_about == [], "nobody learns whether a person who consented also opted out"
    told = hooks.life(EVERYTHING, str(consented.pk))[0].detail
    day = formats.date(timezone.localdate() - timedelta(days=30))
    assert f"consent to this research study is recorded ({day}): the national opt-out does not apply" in told
    assert opt_out.set_aside(consented)
    assert "opted" not in repr(list(LedgerRow.objects.values())) + repr(list(Enrolment.objects.values()))


def test_nobody_asks_about_a_person_who_consented(consented: LedgerRow) -> None:
    Enrolment.objects.update(consented_on=timezone.localdate())
    assert (opt_out.state().needed, opt_out.state().without_number, hooks.worklist(LEAD)) == (0, 0, [])
    with pytest.raises(Unfit):
        opt_out.ask(by=LEAD)
    Enrolment.objects.update(consented_on=timezone.localdate() + timedelta(days=1))
    assert opt_out.state().needed == 1, "not given yet"


def test_consent_that_was_withdrawn_does_not_count(consented: LedgerRow) -> None:
    assert intake.opting_out.consented(consented.enrolment)
    Enrolment.objects.update(status="withdrawn")
    work.move("w")
    consented = LedgerRow.objects.select_related("enrolment").get(pk=consented.pk)
    assert not intake.opting_out.consented(consented.enrolment)
    assert (consented.disposition, consented.cause) == ("held", "withdrawn")
    assert opt_out.set_aside(consented) == ""


def test_consent_to_another_research_study_does_not_count(row: LedgerRow) -> None:
    enrolled("own", nhs_number=NHS)
    work.move("w")
    row.refresh_from_db()
    assert (row.disposition, row.cause, opt_out.set_aside(row)) == ("held", "opt_out_list", "")


@pytest.mark.parametrize("cause", opt_out.WAITING)
def test_a_scan_that_waits_goes_on_when_consent_is_recorded(row: LedgerRow, cause: str) -> None:
    from isocentre.rooms.intake import rerouting

    LedgerRow.objects.update(disposition="held", cause=cause)
    assert rerouting.reroute_enrolled(by=LEAD, enrolments=[enrolled()]) == {"pending": 1}
    work.move("w")
    row.refresh_from_db()
    assert row.disposition == "sent_on"


def test_consent_needs_no_look_up(tmp_path: Path, ports: Any) -> None:
    door.accept(by=LEAD, slug="lungs")
    row = _arrived(tmp_path, Route("lungs", enrolment_id=enrolled().pk))
    work.move("w")
    row.refresh_from_db()
    assert row.disposition == "sent_on"


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"allowed": "9434765918,\n"}, "allowed", "Line 1"),
        ({"allowed": f"{OTHERS_NHS},\n"}, "allowed", "not asked about"),
        ({"allowed": ""}, "allowed", "empty"),
        ({"allowed": f"{NHS},\n", "answered_on": None}, "answered_on", "day of the answer"),
        ({"allowed": f"{NHS},\n", "answered_on": timezone.localdate() + timedelta(1)}, "answered_on", "future"),
        ({"allowed": f"{NHS},\n", "answered_on": timezone.localdate() - timedelta(8)}, "answered_on", "days old"),
        ({"allowed": "1" * 20_000_001}, "allowed", "too large"),
        ({"allowed": f"{NHS},\n", "asked": "no number\n"}, "asked", "Line 1"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused_in_words(
    row: LedgerRow, given: dict[str, Any], field: str, words: str
) -> None:
    opt_out.ask(by=LEAD)
    with pytest.raises(Unfit) as unfit:
        opt_out.take(**{"by": LEAD, "answered_on": timezone.localdate(), **given})
    assert words in unfit.value.errors[field]
    assert not any(number in str(unfit.value.errors) for number in (NHS, OTHERS_NHS, "9434765918"))
    assert door.opt_outs().sweep() is None


def test_an_answer_to_no_question_is_refused(row: LedgerRow) -> None:
    with pytest.raises(Unfit) as unfit:
        answer(NHS)
    assert "list that was checked" in unfit.value.errors["asked"]


def test_nobody_to_ask_about_is_said() -> None:
    with pytest.raises(Unfit):
        opt_out.ask(by=LEAD)


def test_both_need_the_permission_and_are_audited_without_a_number(row: LedgerRow) -> None:
    for call in (lambda: opt_out.ask(by=OTHER), lambda: opt_out.take(by=OTHER, allowed="", answered_on=None)):
        with pytest.raises(PermissionDenied):
            call()
    opt_out.ask(by=LEAD)
    answer(NHS)
    rows = list(AuditRow.objects.filter(object_type="opt_out").values_list("action", "detail"))
    today = timezone.localdate().isoformat()
    assert rows == [
        ("opt_out_asked", {"people": 1}), ("opt_out_taken", {"answered_on": today, "asked": 1, "allowed": 1}),
    ]  # fmt: skip


def test_receipts_say_when_the_last_answer_was_given(row: LedgerRow) -> None:
    assert messages.message([]).opt_out_sweep is None
    opt_out.ask(by=LEAD)
    answer(NHS, days_ago=2)
    swept = messages.message([]).opt_out_sweep
    assert swept is not None
    assert timezone.localdate(swept) == timezone.localdate() - timedelta(days=2)


def test_the_page_takes_the_list_out_and_the_answer_in(row: LedgerRow, ports: Any) -> None:
    work.move("w")
    lead = signed_in("imaging_lead")
    page = text(lead.get("/deid/opt-out/"))
    assert "Check needed" in page
    assert "NHS numbers of 1 person" in page
    home = hooks.worklist(LEAD)
    assert [(w.count, w.text) for w in home] == [(1, "person to check against the national data opt-out")]
    assert [f.value for f in hooks.figures(LEAD)] == ["Never"]
    answer_file = lead.post("/deid/opt-out/ask")
    assert answer_file.content == b"9990000018,\n"
    assert answer_file["Content-Disposition"].endswith('.dat"')
    today = timezone.localdate().isoformat()
    returned = SimpleUploadedFile("answer.dat", answer_file.content)
    told = text(lead.post("/deid/opt-out/take", {"allowed": returned, "answered_on": today}, follow=True))
    assert "of 1 person, 1 may be used" in told
    assert "1 image on its way" in told
    assert "Checked" in told
    assert "took in an answer" in told
    assert NHS not in told
    assert (hooks.worklist(LEAD), [f.value for f in hooks.figures(LEAD)]) == ([], ["Today"])


def test_the_page_says_how_to_mend_what_does_not_fit(row: LedgerRow) -> None:
    lead = signed_in("imaging_lead")
    lead.post("/deid/opt-out/ask")
    none = lead.post("/deid/opt-out/take", {"answered_on": "tomorrow"})
    assert none.status_code == 400
    assert 'href="#allowed"' in text(none)
    other = SimpleUploadedFile("answer.dat", f"{OTHERS_NHS},\n".encode())
    refused = lead.post("/deid/opt-out/take", {"allowed": other, "answered_on": timezone.localdate().isoformat()})
    assert "not asked about" in text(refused)
    assert OTHERS_NHS not in text(refused)
    broken = SimpleUploadedFile("answer.dat", b"\xff\xfe9")
    assert "Line 1" in text(lead.post("/deid/opt-out/take", {"allowed": broken, "answered_on": "2026-03-31"}))


def test_the_page_says_when_nobody_needs_it_and_who_may_not_change_it() -> None:
    lead, officer = signed_in("imaging_lead"), signed_in("dpo")
    assert "Not needed" in text(lead.get("/deid/opt-out/"))
    assert "nothing to check" in text(lead.post("/deid/opt-out/ask", follow=True))
    assert "Download the list" not in text(officer.get("/deid/opt-out/"))
    assert [officer.post(f"/deid/opt-out/{act}").status_code for act in ("ask", "take")] == [403, 403]
    assert signed_in("radiographer").get("/deid/opt-out/").status_code == 403


@pytest.mark.parametrize("scope", [("lungs", "*"), ("*", "RNM01")])
def test_who_acts_for_a_part_of_the_hospital_takes_no_list_out_and_none_in(
    row: LedgerRow, service: MemoryOptOuts, scope: tuple[str, str]
) -> None:
    """The list has the NHS numbers of people of every research study and site."""
    lead = signed_in("imaging_lead", *scope)
    page = text(lead.get("/deid/opt-out/"))
    assert "research imaging lead who acts for every research study" in page
    assert "Download the list" not in page
    assert "to check against" not in text(lead.get("/"))
    answered = {"allowed": SimpleUploadedFile("a.dat", f"{NHS},\n".encode()), "answered_on": "2026-01-01"}
    for answer in (lead.post("/deid/opt-out/ask"), lead.post("/deid/opt-out/take", answered)):
        assert answer.status_code == 403
        assert NHS not in text(answer)
    assert service.asked() == frozenset()


def test_a_new_answer_is_told_to_the_national_side_once(row: LedgerRow, ports: Any, monkeypatch: Any) -> None:
    told: list[Any] = []
    monkeypatch.setattr(ports.wall, "post_receipts", told.append)
    messages.post_receipts("w")
    assert told == []
    opt_out.ask(by=LEAD)
    answer(NHS)
    messages.post_receipts("w")
    messages.post_receipts("w")
    assert [one["opt_out_sweep"] is not None for one in told] == [True]
