"""Pages of the review: what is shown and hidden, decisions in words, hostile boxes and texts, looks in the audit."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

import pytest
from support.burned import Pulled, Told, burned, text
from support.dicom_bytes import el
from support.hospital import arrive, enrolled, newcomer, signed_in
from support.hospital import text as whole

from isocentre.adapters.ocr import painter
from isocentre.audit.models import AuditRow
from isocentre.core.actor import Actor, Scope
from isocentre.core.deid.engine import PixelCleaner
from isocentre.core.routing import Route
from isocentre.rooms.deid import deciding, door, findings, ruling, showing, work
from isocentre.rooms.deid.deciding import Asked
from isocentre.rooms.deid.models import Finding, Rule
from isocentre.rooms.intake.models import LedgerRow

pytestmark = pytest.mark.usefixtures("hospital")
GREY = bytes(range(1, 241))
EVIL = "<script>alert(1)</script>\"'"
MAY = frozenset({"held_view", "held_act", "rules_make", "rules_confirm", "study_config_accept"})
LEAD = Actor("person", "lead", "imaging_lead", Scope.everything(), MAY)


@pytest.fixture
def one(tmp_path: Path, ports: Any) -> Finding:
    """A held ultrasound picture of two frames whose maker is called badly."""
    door.accept(by=LEAD, slug="lungs")
    ports.pixels, ports.painter = PixelCleaner(Told(text(2, 3, 8, 6)), Pulled()), painter()
    folder = tmp_path / "quarantine" / "originals"
    folder.mkdir(parents=True)
    (folder / "a.dcm").write_bytes(burned(GREY * 2, frames=2, t00081090=el(0x00081090, "LO", EVIL)))
    route = Route("lungs", enrolment_id=enrolled().pk, time_point="Baseline", study_day=0)
    arrive(newcomer("1.2.3.4", routes=(route,), path="originals/a.dcm", facts={"study_uid": "1.2.3.1"}))
    work.move("w")
    findings.gather("w")
    findings.look("w")
    return Finding.objects.get()


def pixels(answer: Any) -> bytes:
    """The samples of the first line of a PNG that is 20 pixels wide."""
    body = answer.content
    at = body.index(b"IDAT") + 4
    return zlib.decompress(body[at : body.index(b"IEND") - 8])


def test_the_list_says_what_waits_by_cause_and_its_file_carries_no_more(one: Finding) -> None:
    client = signed_in("radiographer")
    shown = whole(client.get("/deid/review/"))
    assert "1 finding to review" in shown
    assert f'href="/deid/review/{one.pk}/"' in shown
    assert "<script>alert" not in shown.lower()
    assert "Nothing matches these filters" in whole(client.get("/deid/review/?what=header"))
    assert whole(client.get("/deid/review/?format=csv")).count("\n") == 2
    assert "Nothing matches these filters" in whole(client.get("/deid/review/?state=decided"))
    assert "finding of what may name a patient to review" in whole(client.get("/"))


def test_a_finding_shows_both_sides_and_the_look_is_kept(one: Finding) -> None:
    client = signed_in("dpo")
    shown = whole(client.get(f"/deid/review/{one.pk}/?frame=2"))
    assert "Frame 2 of 2" in shown
    assert 'x="2" y="3" width="6" height="3"' in shown
    assert f"/deid/review/{one.pk}/2/original" in shown
    assert "<script>alert" not in shown.lower()
    original = client.get(f"/deid/review/{one.pk}/1/original")
    assert original["Content-Type"] == "image/png"
    assert "no-store" in original["Cache-Control"]
    result = client.get(f"/deid/review/{one.pk}/1/result?box=2,3,8,6")
    assert pixels(original)[3 * 61 + 1 + 6 : 3 * 61 + 1 + 9] == bytes([GREY[62]] * 3)
    assert pixels(result)[3 * 61 + 1 + 6 : 3 * 61 + 1 + 24] == bytes(18)
    assert AuditRow.objects.filter(action="finding_viewed", object_id=str(one.row)).exists()


@pytest.mark.parametrize("address", ["3/original", "0/original", "1/other", "999999/result"])
def test_there_is_no_picture_of_what_is_not_there(one: Finding, address: str) -> None:
    assert signed_in("dpo").get(f"/deid/review/{one.pk}/{address}").status_code == 404


def test_boxes_are_shown_before_they_are_decided(one: Finding) -> None:
    client, address = signed_in("dpo"), f"/deid/review/{one.pk}/decide"
    typed = {"preview": "yes", "more": "1, 1, 4, 2", "reason": "Not said yet", "frame": "2"}
    shown = whole(client.post(address, typed))
    assert f'{one.pk}/2/result?box=1%2C1%2C4%2C2"' in shown
    assert 'value="2,3,8,6" checked' not in shown
    assert "Not said yet" in shown
    assert client.post(address, typed | {"more": "1"}).status_code == 400
    assert not Rule.objects.exists()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("1, 2, 3", "four whole numbers"), ("-1, 2, 3, 4", "four whole numbers"),
        ("1,2,3,999999", "four whole numbers"),
        (EVIL, "four whole numbers"), ("٣,1,2,3", "four whole numbers"), ("0, 0, 999, 999", "20 × 12 pixels"),
        ("5,5,5,5", "20 × 12 pixels"), ("\n".join(["1,1,2,2"] * 101), "four whole numbers"),
    ],
)  # fmt: skip
def test_hostile_boxes_are_refused_in_words(one: Finding, more: str, words: str) -> None:
    client = signed_in("radiographer")
    typed = {"decision": "redact", "reason": "Names", "more": more, "scope": "like"}
    answer = client.post(f"/deid/review/{one.pk}/decide", typed)
    assert answer.status_code == 400
    assert words in whole(answer)
    assert "<script>alert" not in whole(answer)
    assert not Rule.objects.exists()


def test_a_decision_makes_a_rule_that_another_person_confirms(one: Finding) -> None:
    lead, dpo = signed_in("imaging_lead"), signed_in("dpo")
    typed = {"decision": "redact", "reason": "Names in the first line", "place": "2,3,8,6", "more": "", "scope": "like"}
    answer = lead.post(f"/deid/review/{one.pk}/decide", typed, follow=True)
    assert "waits for a second person" in whole(answer)
    [rule] = Rule.objects.all()
    assert rule.boxes == [[2, 3, 8, 6]]
    mine = whole(lead.get(f"/deid/review/rules/{rule.pk}/"))
    assert "You asked for it yourself" in mine
    assert "Confirm this rule" not in mine
    assert lead.post(f"/deid/review/rules/{rule.pk}/confirm").status_code == 400
    assert "rule waits for you to confirm" in whole(dpo.get("/"))
    assert "rule waits for you to confirm" not in whole(lead.get("/"))
    theirs = whole(dpo.get(f"/deid/review/rules/{rule.pk}/"))
    assert "Confirm this rule" in theirs
    assert "the same kind of object" in theirs
    assert "<script>alert" not in theirs.lower()
    assert "is in force" in whole(dpo.post(f"/deid/review/rules/{rule.pk}/confirm", follow=True))
    while findings.run_again("w") or work.move("w"):
        pass
    assert LedgerRow.objects.get().disposition == "sent_on"
    for address in (f"/deid/review/{one.pk}/", "/deid/review/rules/", f"/deid/review/rules/{rule.pk}/"):
        assert ruling.plain(rule).name in whole(lead.get(address))
    again = lead.post(f"/deid/review/{one.pk}/decide", typed)
    assert again.status_code == 400
    assert "Nothing of it is held any more" in whole(again)
    assert lead.get(f"/deid/review/{one.pk}/1/original").status_code == 404
    wrong = lead.post(f"/deid/review/rules/{rule.pk}/retire", {"reason": ""})
    assert wrong.status_code == 400
    assert "is retired" in whole(lead.post(f"/deid/review/rules/{rule.pk}/retire", {"reason": "Done"}, follow=True))
    assert lead.post(f"/deid/review/rules/{rule.pk}/refuse", {"reason": "Done"}).status_code == 400
    assert lead.post("/deid/review/rules/999/retire", {"reason": "Done"}).status_code == 404


def test_who_may_not_decide_is_not_offered_it(one: Finding) -> None:
    manager = signed_in("pacs_manager")
    assert "What to do" not in whole(manager.get(f"/deid/review/{one.pk}/"))
    assert manager.post(f"/deid/review/{one.pk}/decide", {"decision": "reject"}).status_code == 403
    dpo = whole(signed_in("dpo").get(f"/deid/review/{one.pk}/"))
    assert "Redact here" in dpo
    assert "Leave out" not in dpo
    elsewhere = signed_in("radiographer", "own")
    assert elsewhere.get(f"/deid/review/{one.pk}/").status_code == 404
    assert elsewhere.get(f"/deid/review/{one.pk}/1/original").status_code == 404


def test_a_picture_that_cannot_be_shown_is_told(one: Finding, ports: Any, tmp_path: Path) -> None:
    client = signed_in("radiographer")
    ports.painter = None
    assert client.get(f"/deid/review/{one.pk}/1/original").status_code == 404
    (tmp_path / "quarantine" / "originals" / "a.dcm").write_bytes(b"nothing")
    assert "cannot be shown" in whole(client.get(f"/deid/review/{one.pk}/"))
    Finding.objects.update(look="failed")
    row = findings.rows_of(one).get()
    assert (showing.frames_of(row), showing.png(row, 0, ())) == (0, None)
    answer = client.post(f"/deid/review/{one.pk}/decide", {"decision": "reject", "reason": "Not readable"}, follow=True)
    assert "1 image rejected" in whole(answer)


def test_a_worker_that_reads_no_pictures_leaves_boxes_to_people(one: Finding, ports: Any) -> None:
    Finding.objects.update(look="wanted", boxes=[])
    ports.pixels = None
    assert findings.look("w") == 0
    assert "cannot be shown" not in whole(signed_in("dpo").get(f"/deid/review/{one.pk}/"))
    decided = deciding.decide(by=LEAD, pk=one.pk, asked=Asked("redact", "Names", ((1, 1, 2, 2),)))
    assert decided.rules[0].state == "waiting"
