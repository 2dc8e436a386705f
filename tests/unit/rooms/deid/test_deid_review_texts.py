"""Findings of texts in headers: words of no list, what the second check found, and the rules made of them."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pydicom
import pytest
from support.burned import burned
from support.dicom_bytes import el
from support.hospital import NAME as PATIENT
from support.hospital import arrive, enrolled, newcomer, signed_in
from support.hospital import text as whole

from isocentre.core.actor import Actor, Scope
from isocentre.core.checks import Unfit
from isocentre.core.routing import Route
from isocentre.rooms.deid import carrying, deciding, door, findings, ruling, trying, work
from isocentre.rooms.deid.deciding import Asked
from isocentre.rooms.deid.models import Finding, Rule
from isocentre.rooms.intake.models import LedgerRow

pytestmark = pytest.mark.usefixtures("hospital")
CT = "1.2.840.10008.5.1.4.1.1.2"
MAY = frozenset({"held_view", "held_act", "rules_make", "rules_confirm", "study_config_accept"})
LEAD = Actor("person", "lead", "imaging_lead", Scope.everything(), MAY)
DPO = Actor("person", "dpo", "dpo", Scope.everything(), MAY)
EVIL = "fast <script>alert(1)</script>"
SURNAME = PATIENT.partition("^")[0]


@pytest.fixture
def sent(tmp_path: Path, ports: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sends CT images on with this series description, under a profile that cleans text."""
    door.accept(by=LEAD, slug="lungs")
    folder = tmp_path / "quarantine" / "originals"
    folder.mkdir(parents=True)
    person = enrolled().pk

    def put(described: str, uid: str = "1.2.3.4", **changes: Any) -> LedgerRow:
        chest, said = el(0x00180015, "CS", "CHEST"), el(0x0008103E, "LO", described)
        data = burned(bytes(240), sop_class=CT, t0008103E=said, t00180015=chest, **changes)
        (folder / f"{uid}.dcm").write_bytes(data)
        route = Route("lungs", enrolment_id=person, time_point="Baseline", study_day=0)
        arrive(newcomer(uid, routes=(route,), path=f"originals/{uid}.dcm", facts={"study_uid": uid + ".1"}))
        work.move("w")
        findings.gather("w")
        return LedgerRow.objects.get(sop_instance_uid=uid)

    return put


def description(data: bytes) -> str:
    return str(pydicom.dcmread(io.BytesIO(data)).get("SeriesDescription", ""))


def test_a_text_that_lost_words_of_no_list_is_kept_once_two_people_agree(sent: Any, ports: Any) -> None:
    sent("fast xqz axial")
    sent("fast xqz axial", "1.2.3.5")
    sent("fast axial", "1.2.3.6")
    [one] = Finding.objects.all()
    assert (one.cause, one.phrase, one.left, one.images) == ("text_cleaned", "fast xqz axial", "fast axial", 2)
    [rule] = deciding.decide(by=LEAD, pk=one.pk, asked=Asked("allow", "Name of our protocol")).rules
    assert (rule.kind, rule.state) == ("keep", "waiting")
    ruling.confirm(by=DPO, pk=rule.pk)
    while findings.run_again("w"):
        pass
    row = sent("fast xqz axial", "1.2.3.7")
    assert description(ports.wall.sent[-1]) == "fast xqz axial"
    assert ruling.plain(rule).name in row.actions
    assert Finding.objects.get().state == "decided"
    with pytest.raises(Unfit):
        deciding.decide(by=LEAD, pk=one.pk, asked=Asked("leave_out", "Not wanted"))


def test_words_that_a_person_takes_out_go_at_once(sent: Any, ports: Any) -> None:
    sent("fast xqz axial")
    [rule] = deciding.decide(by=LEAD, pk=Finding.objects.get().pk, asked=Asked("redact", "It names a ward")).rules
    assert (rule.kind, rule.state) == ("drop", "in_force")
    sent("fast xqz axial", "1.2.3.7")
    assert description(ports.wall.sent[-1]) == ""


def test_a_text_with_a_name_in_it_is_no_finding(sent: Any) -> None:
    sent(f"xqz {SURNAME}")
    assert not Finding.objects.exists()


def test_what_the_second_check_found_is_allowed_there_alone(sent: Any, ports: Any) -> None:
    row = sent("fast", t00181140=el(0x00181140, "CS", f"FOR {SURNAME.upper()}"))
    assert (row.disposition, row.cause) == ("held", "second_check")
    one = Finding.objects.get(cause="second_check")
    assert (one.what, one.tag, one.phrase) == ("header", 0x00181140, f"FOR {SURNAME.upper()}")
    page = whole(signed_in("imaging_lead").get(f"/deid/review/{one.pk}/"))
    assert "Allow always" in page
    assert "Redact here" not in page
    with pytest.raises(Unfit):
        deciding.decide(by=LEAD, pk=one.pk, asked=Asked("redact", "No name"))
    [rule] = deciding.decide(by=LEAD, pk=one.pk, asked=Asked("allow", "The maker calls its releases so")).rules
    ruling.confirm(by=DPO, pk=rule.pk)
    while findings.run_again("w") or work.move("w"):
        pass
    row.refresh_from_db()
    assert row.disposition == "sent_on"
    other = sent("fast", "1.2.3.9", t00181140=el(0x00181140, "CS", f"BY {SURNAME.upper()}"))
    assert other.cause == "second_check"


def test_hostile_text_is_shown_as_text(sent: Any) -> None:
    sent(EVIL)
    one = Finding.objects.get()
    client = signed_in("dpo")
    for address in ("/deid/review/", f"/deid/review/{one.pk}/"):
        shown = whole(client.get(address))
        assert "&lt;script&gt;" in shown
        assert "<script>alert" not in shown
    assert "alert" not in whole(client.get("/deid/review/?format=csv"))
    typed = {"decision": "allow", "reason": "A protocol", "scope": "like"}
    client.post(f"/deid/review/{one.pk}/decide", typed)
    rule = Rule.objects.get()
    for address in ("/deid/review/rules/", f"/deid/review/rules/{rule.pk}/"):
        assert "<script>alert" not in whole(client.get(address))


def test_texts_that_nobody_decided_about_are_forgotten(sent: Any) -> None:
    sent("fast xqz axial")
    Finding.objects.update(first_at="2020-01-01T00:00Z")
    findings.gather("w")
    assert not Finding.objects.exists()


def test_rules_are_carried_to_another_hospital_and_accepted_there(sent: Any) -> None:
    sent("fast xqz axial")
    [rule] = deciding.decide(by=LEAD, pk=Finding.objects.get().pk, asked=Asked("allow", "Our protocol")).rules
    ruling.confirm(by=DPO, pk=rule.pk)
    client = signed_in("dpo")
    file = client.get("/deid/review/rules/file")
    assert "attachment" in file["Content-Disposition"]
    assert carrying.take(by=DPO, file=file.content) == carrying.Taken(0, 1)
    Rule.objects.all().delete()
    upload = io.BytesIO(file.content)
    upload.name = "rules.json"
    answer = whole(client.post("/deid/review/rules/take", {"file": upload}, follow=True))
    assert "1 rule waits for somebody else to accept" in answer
    taken = Rule.objects.get()
    assert (taken.state, taken.imported, taken.code) == ("waiting", True, rule.code)
    assert ruling.in_force().rules == ()
    assert client.post(f"/deid/review/rules/{taken.pk}/confirm").status_code == 400
    ruling.confirm(by=LEAD, pk=taken.pk)
    assert [one.phrase for one in ruling.in_force().rules] == ["fast xqz axial"]


FILES = [b"", b"\xff", b"{}", b'{"isocentre_rules": 1, "rules": []}', b"[" * 100_000, b" " * (3 << 20)]


@pytest.mark.parametrize("file", FILES)
def test_a_file_that_is_none_is_refused_whole(file: bytes) -> None:
    with pytest.raises(Unfit):
        carrying.take(by=LEAD, file=file)
    client = signed_in("imaging_lead")
    assert "Choose the file" in whole(client.post("/deid/review/rules/take", follow=True))


def test_a_text_whose_original_cannot_be_read_is_a_finding_without_it(
    sent: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(row: Any) -> Any:
        raise OSError(5, "Input/output error", row.arrival.path)

    monkeypatch.setattr(trying, "attempt_pinned", broken)
    row = sent("fast", t00181140=el(0x00181140, "CS", f"FOR {SURNAME.upper()}"))
    [one] = Finding.objects.all()
    assert (row.cause, one.row, one.what, one.tag, one.phrase) == ("second_check", row.pk, "header", 0, "")
    assert one.words.startswith(findings.UNREAD)
