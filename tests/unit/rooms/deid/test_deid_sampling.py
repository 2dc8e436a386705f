"""The sample: drawn by ids alone, judged by people, counted with a bound; what was seen becomes a finding."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.burned import Pulled, Told, burned, text
from support.dicom_bytes import el
from support.hospital import NAME as PATIENT
from support.hospital import arrive, enrolled, newcomer, signed_in
from support.hospital import text as whole

from isocentre.adapters.ocr import painter
from isocentre.audit.models import AuditRow
from isocentre.core.actor import Actor, Scope
from isocentre.core.checks import Unfit
from isocentre.core.deid.engine import PixelCleaner
from isocentre.core.routing import Route
from isocentre.rooms.deid import deciding, door, findings, ruling, sampling, work
from isocentre.rooms.deid.deciding import Asked
from isocentre.rooms.deid.models import Finding, Rule, SampledImage, SampledScan
from isocentre.rooms.intake import door as intake
from isocentre.rooms.intake.models import Arrival, LedgerRow

pytestmark = pytest.mark.usefixtures("hospital")
GREY = bytes(range(1, 241))
CT = "1.2.840.10008.5.1.4.1.1.2"
MAY = frozenset({"held_view", "held_act", "rules_make", "rules_confirm", "study_config_accept", "arrivals_view"})
LEAD = Actor("person", "lead", "imaging_lead", Scope.everything(), MAY)
DPO = Actor("person", "dpo", "dpo", Scope.everything(), MAY)


@pytest.fixture
def sent(tmp_path: Path, ports: Any) -> Any:
    """Sends scans on; all of them are drawn."""
    door.accept(by=LEAD, slug="lungs")
    ports.pixels, ports.painter = PixelCleaner(Told(text(2, 3, 8, 6)), Pulled()), painter()
    folder = tmp_path / "quarantine" / "originals"
    folder.mkdir(parents=True)
    person = enrolled().pk
    sampling.set_percent(by=LEAD, wanted=100, reason="All of them at first")

    def put(uid: str = "1.2.3.4", study: str = "1.2.3.1", sop_class: str = CT) -> LedgerRow:
        (folder / f"{uid}.dcm").write_bytes(burned(GREY, sop_class=sop_class, t00180015=el(0x00180015, "CS", "CHEST")))
        route = Route("lungs", enrolment_id=person, time_point="Baseline", study_day=0)
        facts = {"study_uid": study}
        arrive(newcomer(uid, routes=(route,), path=f"originals/{uid}.dcm", facts=facts, sop_class_uid=sop_class))
        work.move("w")
        return LedgerRow.objects.get(sop_instance_uid=uid)

    return put


def test_a_scan_is_drawn_by_its_ids_alone() -> None:
    uids = [f"1.2.{number}" for number in range(2000)]
    first = [sampling.drawn(b"k" * 32, uid, 5) for uid in uids]
    assert first == [sampling.drawn(b"k" * 32, uid, 5) for uid in uids]
    assert 60 < sum(first) < 140
    assert first != [sampling.drawn(b"j" * 32, uid, 5) for uid in uids]
    assert all(sampling.drawn(b"k" * 32, uid, 100) for uid in uids)
    assert not any(sampling.drawn(b"k" * 32, uid, 0) for uid in uids)
    # Who is drawn at 5 % is drawn at 20 % too.
    assert all(sampling.drawn(b"k" * 32, uid, 20) for uid, is_drawn in zip(uids, first, strict=True) if is_drawn)


def test_what_was_sent_on_is_drawn_with_what_was_black_in_it(sent: Any) -> None:
    row = sent()
    assert row.disposition == "sent_on"
    sent("1.2.3.5")
    [scan] = SampledScan.objects.all()
    assert (scan.row, scan.percent, scan.verdict) == (row.pk, 100, "")
    assert SampledImage.objects.count() == 2
    sampling.set_percent(by=LEAD, wanted=0, reason="Enough")
    sent("1.2.3.6", study="1.2.3.9")
    assert SampledScan.objects.count() == 1
    assert sampling.draw([sampling.Passed(row, bytes(32), [], [])]) == 0
    for wanted in (None, -1, 101):
        with pytest.raises(Unfit):
            sampling.set_percent(by=LEAD, wanted=wanted, reason="More")


def test_the_bound_is_said_in_words(sent: Any) -> None:
    row = sent()
    assert sampling.bound(SampledScan.objects.all()) == ""
    for number in range(119):
        SampledScan.objects.create(
            research_study="lungs",
            study_uid=f"9.{number}",
            row=row.pk,
            percent=5,
            drawn_at=row.sent_at,
            verdict="clean",
        )
    sampling.judge(by=LEAD, pk=SampledScan.objects.order_by("pk")[0].pk, verdict="clean", where="", marks={})
    words = "0 of 120 scans looked at showed anything that identifies; with 95 % confidence fewer than 2.5 % do."
    assert sampling.bound(SampledScan.objects.all()) == words
    assert words in whole(signed_in("dpo").get("/deid/review/sample/"))


def test_what_was_seen_becomes_a_finding_and_a_rule_for_what_comes(sent: Any, ports: Any) -> None:
    row = sent()
    one = SampledScan.objects.get()
    for verdict, where in (("", ""), ("seen", ""), ("seen", f"The name {PATIENT.split('^')[0]}"), ("other", "x")):
        with pytest.raises(Unfit):
            sampling.judge(by=LEAD, pk=one.pk, verdict=verdict, where=where, marks={})
    sampling.judge(by=LEAD, pk=one.pk, verdict="seen", where="Initials at the upper edge", marks={}, image=row.pk)
    with pytest.raises(Unfit, match="verdict") as late:
        sampling.judge(by=DPO, pk=one.pk, verdict="clean", where="", marks={})
    assert "lead has judged it already" in late.value.errors["verdict"]
    [finding] = Finding.objects.all()
    assert (finding.cause, finding.words, finding.row) == ("seen", "Initials at the upper edge", row.pk)
    findings.look("w")
    finding.refresh_from_db()
    assert finding.boxes == [[1, 2, 3, 8, 6, "text"]]
    findings.gather("w")
    finding.refresh_from_db()
    assert finding.state == "open"
    [rule] = deciding.decide(by=LEAD, pk=finding.pk, asked=Asked("redact", "Initials", ((2, 3, 8, 6),))).rules
    assert (rule.kind, rule.state) == ("black", "in_force")
    sent("1.2.3.7", study="1.2.3.8")
    image = SampledImage.objects.order_by("pk").last()
    assert image is not None
    assert image.boxes == [[0, 2, 3, 8, 6, ruling.plain(rule).name]]
    assert image.rules == [ruling.plain(rule).name]
    assert len(ports.wall.sent) == 2


def test_how_often_a_rule_was_wrong_is_what_people_judged(sent: Any) -> None:
    sent()
    rule = Rule.objects.create(
        code="R-AAAAAAAA", version=1, kind="black", like="x", reason="y", state="in_force", made_by="lead",
        made_at="2026-01-01T00:00Z", changed_at="2026-01-01T00:00Z",
    )  # fmt: skip
    name = ruling.plain(rule).name.replace(ruling.plain(rule).code, "R-AAAAAAAA")
    assert sampling.wrong_rate(name) == "Not judged yet"
    SampledImage.objects.update(rules=[name])
    scan = SampledScan.objects.get()
    assert "Not judged yet" in whole(signed_in("dpo").get(f"/deid/review/rules/{rule.pk}/"))
    done = sampling.judge(by=LEAD, pk=scan.pk, verdict="clean", where="", marks={name: "wrong", "R-OTHER v1": "right"})
    assert done.marks == {name: "wrong"}
    assert sampling.wrong_rate(name) == "1 of 1 judged: 2.5 % to 100.0 % with 95 % confidence"


def test_the_page_shows_both_sides_and_keeps_what_was_seen(sent: Any) -> None:
    row = sent()
    one = SampledScan.objects.get()
    SampledImage.objects.update(boxes=[[0, 2, 3, 8, 6, "text"]], rules=["R-AAAAAAAA v1"])
    client = signed_in("dpo")
    assert f'href="/deid/review/sample/{one.pk}/"' in whole(client.get("/deid/review/sample/"))
    shown = whole(client.get(f"/deid/review/sample/{one.pk}/?image=9&frame=x"))
    assert "1 place black" in shown
    assert "Rule R-AAAAAAAA v1 had a part in it" in shown
    for side in ("original", "result"):
        assert client.get(f"/deid/review/sample/{one.pk}/1/1/{side}")["Content-Type"] == "image/png"
    for address in ("2/1/original", "1/2/original", "1/1/other", "0/1/result"):
        assert client.get(f"/deid/review/sample/{one.pk}/{address}").status_code == 404
    assert AuditRow.objects.filter(action="sample_viewed", object_id=str(row.pk)).exists()
    wrong = client.post(f"/deid/review/sample/{one.pk}/judge", {"verdict": "", "where": "", "image": "1"})
    assert wrong.status_code == 400
    assert "Say what you saw" in whole(wrong)
    typed = {"verdict": "seen", "where": "Initials", "image": "1", "rule-0": "right"}
    answer = whole(client.post(f"/deid/review/sample/{one.pk}/judge", typed, follow=True))
    assert "It is a finding now" in answer
    assert "Seen in a scan that was sent on" in answer
    finding = Finding.objects.get()
    page = whole(client.get(f"/deid/review/{finding.pk}/"))
    assert "Redact here" in page
    assert "Leave out" not in page
    one.refresh_from_db()
    assert one.marks == {"R-AAAAAAAA v1": "right"}
    assert "Something identifying seen" in whole(client.get(f"/deid/review/sample/{one.pk}/"))
    assert signed_in("radiographer", "own").get(f"/deid/review/sample/{one.pk}/").status_code == 404


def test_a_drawn_scan_whose_originals_are_erased_is_told(sent: Any) -> None:
    sent()
    one = SampledScan.objects.get()
    Arrival.objects.update(erased_at="2026-01-01T00:00Z")
    client = signed_in("dpo")
    assert "erased after their time" in whole(client.get(f"/deid/review/sample/{one.pk}/"))
    assert client.post(f"/deid/review/sample/{one.pk}/judge", {"verdict": "clean"}).status_code == 400
    with pytest.raises(LookupError):
        sampling.judge(by=LEAD, pk=999, verdict="clean", where="", marks={})


def test_how_many_are_drawn_is_set_on_a_page(sent: Any) -> None:
    client = signed_in("dpo")
    assert client.post("/deid/review/sample/settings", {"percent": "x", "reason": "More"}).status_code == 400
    assert client.post("/deid/review/sample/settings", {"percent": "7.5", "reason": "More"}).status_code == 302
    assert sampling.percent() == 7.5
    assert "7.5 of a hundred scans" in whole(client.get("/deid/review/sample/"))
    assert AuditRow.objects.filter(action="sample_changed").count() == 2
    assert intake.times.times().erase_days == 7
