"""The review loop: a held picture becomes a finding, a decision a rule, a second person's word lets it pass."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pydicom
import pytest
from support.burned import Pulled, Told, burned, text
from support.dicom_bytes import el
from support.hospital import NAME as PATIENT
from support.hospital import arrive, enrolled, newcomer

from isocentre.audit.models import AuditRow
from isocentre.core.actor import Actor, Scope
from isocentre.core.checks import Unfit
from isocentre.core.deid.engine import PixelCleaner
from isocentre.core.deid.profile import parse
from isocentre.core.routing import Route
from isocentre.profiles import load
from isocentre.rooms.deid import deciding, door, findings, ruling, steps, work
from isocentre.rooms.deid.deciding import Asked
from isocentre.rooms.deid.models import Finding, FindingImage, Rule, RuleUse
from isocentre.rooms.intake import door as intake
from isocentre.rooms.intake.models import Arrival, LedgerRow

pytestmark = pytest.mark.usefixtures("hospital")
GREY = bytes(range(1, 241))
NAME, LOGO = text(2, 3, 8, 6), text(10, 3, 14, 6, "ACME PRO")
MAY = frozenset({"held_view", "held_act", "rules_make", "rules_confirm", "study_config_accept", "arrivals_view"})
LEAD = Actor("person", "lead", "imaging_lead", Scope.everything(), MAY)
DPO = Actor("person", "dpo", "dpo", Scope.everything(), MAY - {"held_act"})
WHY = "Device writes the name in the first line"


@pytest.fixture
def picture(tmp_path: Path, ports: Any) -> Any:
    """Puts pictures into the hospital by name of their scan; the profile holds ultrasound."""
    door.accept(by=LEAD, slug="lungs")
    ports.pixels = PixelCleaner(Told(NAME), Pulled())
    (tmp_path / "quarantine" / "originals").mkdir(parents=True)
    person = enrolled().pk

    def put(uid: str = "1.2.3.4", study: str = "1.2.3.1", **changes: Any) -> LedgerRow:
        (tmp_path / "quarantine" / "originals" / f"{uid}.dcm").write_bytes(burned(GREY, **changes))
        route = Route("lungs", enrolment_id=person, time_point="Baseline", study_day=0)
        arrive(newcomer(uid, routes=(route,), path=f"originals/{uid}.dcm", facts={"study_uid": study}))
        return LedgerRow.objects.get(sop_instance_uid=uid)

    return put


def gone_through() -> None:
    """Everything that waits is moved, and what is held becomes findings."""
    while work.move("w") or findings.gather("w") or findings.look("w") or findings.run_again("w"):
        pass


def test_a_held_picture_becomes_a_finding_with_the_places_of_text(picture: Any) -> None:
    picture()
    picture("1.2.3.5")
    picture("1.2.3.6", study="1.2.3.2")
    gone_through()
    first, second = Finding.objects.order_by("pk")
    assert (first.cause, first.what, first.images) == ("ultrasound", "picture", 2)
    assert (first.state, first.look) == ("open", "done")
    assert (first.manufacturer, first.model, first.rows, first.columns) == ("MAKER", "MODEL", 12, 20)
    assert first.boxes == [[1, 2, 3, 8, 6, "text"]]
    assert (second.images, second.look, second.like) == (1, "later", first.like)
    assert findings.alike_open(first) == (2, 3)
    [group] = findings.by_cause(LEAD)
    assert (group.cause, group.findings, group.images) == ("ultrasound", 2, 3)
    findings.want(second)
    assert findings.look("w") == 1
    assert Finding.objects.get(pk=second.pk).boxes == first.boxes


def test_the_whole_loop(picture: Any, ports: Any) -> None:
    row = picture()
    gone_through()
    one = Finding.objects.get()
    done = deciding.decide(by=LEAD, pk=one.pk, asked=Asked("redact", WHY, ((2, 3, 8, 6),)))
    [rule] = done.rules
    assert (rule.kind, rule.state, rule.version) == ("clean", "waiting", 1)
    gone_through()
    row.refresh_from_db()
    assert row.disposition == "held"
    with pytest.raises(Unfit, match="rule"):
        ruling.confirm(by=LEAD, pk=rule.pk)
    ruling.confirm(by=DPO, pk=rule.pk)
    gone_through()
    row.refresh_from_db()
    assert row.disposition == "sent_on"
    name = ruling.plain(rule).name
    assert row.actions[name] == 1
    assert RuleUse.objects.get().row == row.pk
    assert Rule.objects.get().uses == 1
    scan = intake.scan(by=LEAD, key=str(row.pk))
    assert scan is not None
    assert any(name in step.detail for step in steps.steps(scan))
    [sent] = ports.wall.sent
    ds = pydicom.dcmread(io.BytesIO(sent))
    assert [ds.PixelData[3 * 20 + at] for at in (1, 2, 7, 8)] == [GREY[61], 0, 0, GREY[68]]
    assert ds.BurnedInAnnotation == "NO"
    told = set(AuditRow.objects.values_list("action", flat=True))
    assert {"finding_decided", "rule_made", "rule_confirmed"} <= told
    assert Finding.objects.get().state == "decided"


def test_the_next_picture_like_it_passes_by_itself_and_another_does_not(picture: Any) -> None:
    picture()
    gone_through()
    one = Finding.objects.get()
    [rule] = deciding.decide(by=LEAD, pk=one.pk, asked=Asked("redact", WHY)).rules
    ruling.confirm(by=DPO, pk=rule.pk)
    gone_through()
    again = picture("1.2.3.7", study="1.2.3.9")
    other = picture("1.2.3.8", study="1.2.3.9", rows=10, columns=24)
    gone_through()
    for each in (again, other):
        each.refresh_from_db()
    assert (again.disposition, other.disposition) == ("sent_on", "held")
    assert Finding.objects.get(state="open").rows == 10


def test_text_still_found_is_blacked_out_at_once_by_one_person(
    picture: Any, ports: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    cleaning = parse(load("trial-ct-mr").text.replace("do: hold", "do: clean_pixels"))
    monkeypatch.setattr(door, "released", lambda _: cleaning)
    monkeypatch.setattr(work, "load", lambda *_: cleaning)
    door.ProfileInForce.objects.update(sha256=cleaning.sha256)

    class Creeping(Told):
        """Finds the text whenever less than the whole line is black."""

        def find(self, layout: Any, data: bytes) -> Any:
            return [text(2, 3, 8, 6)] if data[19] else []

    ports.pixels = PixelCleaner(Creeping(), Pulled())
    row = picture()
    gone_through()
    one = Finding.objects.get()
    assert one.cause == "pixel_text"
    [rule] = deciding.decide(by=LEAD, pk=one.pk, asked=Asked("redact", WHY, ((0, 0, 20, 6),))).rules
    assert (rule.kind, rule.state) == ("black", "in_force")
    gone_through()
    row.refresh_from_db()
    assert row.disposition == "sent_on"
    retiring = ruling.retire(by=LEAD, pk=rule.pk, reason="Not needed")
    assert retiring.state == "retiring"
    assert ruling.in_force().rules != ()
    with pytest.raises(Unfit):
        ruling.confirm(by=LEAD, pk=rule.pk)
    assert ruling.refuse(by=DPO, pk=rule.pk, reason="It is needed").state == "in_force"
    ruling.retire(by=LEAD, pk=rule.pk, reason="Not needed")
    assert ruling.confirm(by=DPO, pk=rule.pk).state == "retired"
    assert ruling.in_force().rules == ()


def test_allowed_text_stays_once_two_people_agree(picture: Any, ports: Any) -> None:
    ports.pixels = PixelCleaner(Told(LOGO), Pulled())
    row = picture()
    gone_through()
    one = Finding.objects.get()
    made = deciding.decide(by=LEAD, pk=one.pk, asked=Asked("allow", "The maker's mark", ((10, 3, 14, 6),))).rules
    assert [rule.kind for rule in made] == ["allow", "clean"]
    for rule in made:
        ruling.confirm(by=DPO, pk=rule.pk)
    gone_through()
    row.refresh_from_db()
    assert row.disposition == "sent_on"
    assert {name for name in row.actions if name.startswith("R-")} == {ruling.plain(rule).name for rule in made}
    assert pydicom.dcmread(io.BytesIO(ports.wall.sent[0])).PixelData == GREY
    allow = Rule.objects.get(kind="allow")
    assert ruling.retire(by=LEAD, pk=allow.pk, reason="Changed our minds").state == "retired"


def test_two_people_deciding_at_once_make_one_decision(picture: Any) -> None:
    picture()
    gone_through()
    one = Finding.objects.get()
    deciding.decide(by=LEAD, pk=one.pk, asked=Asked("redact", WHY))
    with pytest.raises(Unfit, match="decision") as refused:
        deciding.decide(by=DPO, pk=one.pk, asked=Asked("redact", "The same"))
    assert "lead has decided" in refused.value.errors["decision"]
    assert Rule.objects.count() == 1
    with pytest.raises(LookupError):
        deciding.decide(by=DPO, pk=999, asked=Asked("redact", "The same"))


def test_a_refused_rule_leaves_its_finding_open_and_nothing_passes(picture: Any) -> None:
    row = picture()
    gone_through()
    one = Finding.objects.get()
    [rule] = deciding.decide(by=LEAD, pk=one.pk, asked=Asked("redact", WHY)).rules
    with pytest.raises(Unfit):
        ruling.refuse(by=DPO, pk=rule.pk, reason="")
    ruling.refuse(by=DPO, pk=rule.pk, reason="A name stands elsewhere as well")
    with pytest.raises(Unfit):
        ruling.confirm(by=DPO, pk=rule.pk)
    gone_through()
    row.refresh_from_db()
    assert (row.disposition, Finding.objects.get().state) == ("held", "open")
    [again] = deciding.decide(by=DPO, pk=one.pk, asked=Asked("redact", WHY, ((0, 0, 20, 6),))).rules
    assert (again.version, again.state) == (2, "waiting")


@pytest.mark.parametrize("decision", ["leave_out", "reject"])
def test_a_scan_is_left_out_or_rejected(picture: Any, decision: str) -> None:
    row = picture()
    picture("1.2.3.5")
    gone_through()
    one = Finding.objects.get()
    done = deciding.decide(by=LEAD, pk=one.pk, asked=Asked(decision, "Not wanted"))
    row.refresh_from_db()
    assert (done.images, row.disposition) == (2, {"leave_out": "left_out", "reject": "rejected"}[decision])
    gone_through()
    assert Finding.objects.get().state == "decided"


def test_a_scan_that_vanished_under_review_is_told(picture: Any, tmp_path: Path) -> None:
    row = picture()
    gone_through()
    one = Finding.objects.get()
    (tmp_path / "quarantine" / row.arrival.path).unlink()
    findings.want(one)
    Finding.objects.update(look="wanted")
    findings.look("w")
    assert Finding.objects.get().look == "failed"
    intake.reject(by=LEAD, keys=[row.pk], cause="ultrasound", reason="Not wanted")
    Arrival.objects.update(erased_at=row.first_day.isoformat() + "T00:00:00+00:00")
    with pytest.raises(Unfit) as refused:
        deciding.decide(by=LEAD, pk=one.pk, asked=Asked("redact", WHY))
    assert "Nothing of it is held" in refused.value.errors["decision"]
    gone_through()
    assert (Finding.objects.get().state, FindingImage.objects.count()) == ("gone", 0)


@pytest.mark.parametrize(
    "boxes",
    [
        ((0, 0, 21, 3),),
        ((5, 5, 5, 9),),
        ((9, 9, 2, 2),),
        tuple((x, y, x + 1, y + 1) for x in range(11) for y in range(11)),
    ],
)
def test_boxes_that_are_none_are_refused_in_words(picture: Any, boxes: Any) -> None:
    picture()
    gone_through()
    one = Finding.objects.get()
    with pytest.raises(Unfit) as refused:
        deciding.decide(by=LEAD, pk=one.pk, asked=Asked("redact", WHY, boxes))
    assert "20 × 12" in refused.value.errors["boxes"]
    with pytest.raises(Unfit):
        deciding.decide(by=LEAD, pk=one.pk, asked=Asked("allow", WHY))
    assert Finding.objects.get().state == "open"


def test_a_reason_names_no_patient_and_a_decision_is_one_of_four(picture: Any) -> None:
    picture()
    gone_through()
    one = Finding.objects.get()
    for asked in (Asked("redact", f"It says {PATIENT.split('^')[0]}"), Asked("redact", ""), Asked("run", WHY)):
        with pytest.raises(Unfit):
            deciding.decide(by=LEAD, pk=one.pk, asked=asked)


def test_pictures_of_an_unnamed_device_are_alike_in_nothing(picture: Any) -> None:
    row = picture(without=(0x00080070, 0x00081090))
    gone_through()
    one = Finding.objects.get()
    with pytest.raises(Unfit) as refused:
        deciding.decide(by=LEAD, pk=one.pk, asked=Asked("redact", WHY))
    assert "this scan alone" in refused.value.errors["scope"]
    assert Finding.objects.get().state == "open"
    [rule] = deciding.decide(by=LEAD, pk=one.pk, asked=Asked("redact", WHY, only_scan=True)).rules
    ruling.confirm(by=DPO, pk=rule.pk)
    uid = el(0x0020000D, "UI", "1.2.3.8")
    other = picture("1.2.3.9", study="1.2.3.8", without=(0x00080070, 0x00081090), t0020000D=uid)
    gone_through()
    for each in (row, other):
        each.refresh_from_db()
    assert (row.disposition, other.disposition) == ("sent_on", "held")


def test_a_thousand_held_scans_are_run_again_by_the_worker_in_parts(
    picture: Any, django_assert_max_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(findings, "RERUN", 4)
    for number in range(10):
        picture(f"1.2.4.{number}", study=f"1.2.5.{number}")
    gone_through()
    [rule] = deciding.decide(by=LEAD, pk=Finding.objects.order_by("pk")[0].pk, asked=Asked("redact", WHY)).rules
    with django_assert_max_num_queries(15):
        ruling.confirm(by=DPO, pk=rule.pk)
    assert [findings.run_again("w") for _ in range(5)] == [4, 4, 2, 1, 0]
    assert LedgerRow.objects.filter(disposition="pending").count() == 10
    gone_through()
    assert LedgerRow.objects.filter(disposition="sent_on").count() == 10
    assert Rule.objects.get().uses == 10
    assert set(Finding.objects.values_list("state", flat=True)) == {"decided"}


def test_what_is_held_again_is_a_finding_again(picture: Any, ports: Any) -> None:
    ports.pixels = PixelCleaner(Told(NAME, stubborn=True), Pulled())
    row = picture()
    gone_through()
    one = Finding.objects.get()
    [rule] = deciding.decide(by=LEAD, pk=one.pk, asked=Asked("redact", WHY)).rules
    ruling.confirm(by=DPO, pk=rule.pk)
    gone_through()
    row.refresh_from_db()
    assert (row.disposition, row.cause) == ("held", "pixel_text")
    assert {f.cause: f.state for f in Finding.objects.all()} == {"ultrasound": "decided", "pixel_text": "open"}


def test_a_rule_that_comes_into_force_while_a_batch_is_at_work_is_not_missed(
    picture: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = picture()
    gone_through()
    [rule] = deciding.decide(by=LEAD, pk=Finding.objects.get().pk, asked=Asked("redact", WHY)).rules
    second = picture("1.2.3.5")
    sent = work._send

    def late(*given: Any) -> Any:
        if Rule.objects.get().state == "waiting":
            ruling.confirm(by=DPO, pk=rule.pk)
        return sent(*given)

    monkeypatch.setattr(work, "_send", late)
    work.move("w")
    second.refresh_from_db()
    assert second.disposition == "pending"
    LedgerRow.objects.update(not_before=None)
    gone_through()
    for each in (first, second):
        each.refresh_from_db()
        assert each.disposition == "sent_on"


def test_who_sees_which_findings(picture: Any) -> None:
    picture()
    gone_through()
    for words, count in (("study:lungs", 1), ("study:own", 0), ("site:RNM09", 0), ("study:lungs@RNM01", 1)):
        seen = findings.visible(Actor("person", "p", "radiographer", Scope.parse([words]), MAY))
        assert seen.count() == count


def test_places_read_twice_are_told_once() -> None:
    first, again = [1, 5, 4, 208, 33, "text"], [2, 3, 3, 209, 35, "text"]
    assert findings.joined([first, again, [1, 300, 4, 310, 9, "text"], [0, 5, 4, 208, 33, "device"]]) == [
        [0, 3, 3, 209, 35, "text"],
        [1, 300, 4, 310, 9, "text"],
        [0, 5, 4, 208, 33, "device"],
    ]
