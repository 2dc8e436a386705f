"""Scans held against the charter when their images have come: what is planted is found, and the radiographer told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from support import hospital as made_up
from support.dicom_bytes import el, item, part10, seq, slice_of

from isocentre.core.actor import Actor, Scope
from isocentre.core.routing import Route
from isocentre.rooms.intake import charter_checks, charter_notes, charter_words, hooks, ledger, scans
from isocentre.rooms.intake.models import Arrival, CharterCheck, LedgerRow, ResearchStudy

RADIOGRAPHER = Actor(
    "person", "rae", "radiographer", Scope.everything(), frozenset({"arrivals_view", "enrolment_edit", "held_view"})
)
ELSEWHERE = replace(RADIOGRAPHER, name="eve", scope=Scope(frozenset({("lungs", "RYY01")})))
RULES = [
    {"attribute": "SliceThickness", "range": {"most": "5"}},
    {"attribute": "KVP", "one_of": ["100", "120"]},
]
CHARTER = {
    "title": "Lung charter", "version": 3,
    "scans": [{"name": "CT of the chest", "modalities": ["CT"], "time_points": ["Baseline"], "series": [
        {"name": "Axial", "modality": "CT", "description": ["axial"], "minimum_images": 2, "rules": RULES},
    ]}],
}  # fmt: skip
LATER = timedelta(seconds=60)


@pytest.fixture(autouse=True)
def folder(hospital: None, settings: Any, tmp_path: Path) -> Iterator[Path]:
    settings.ZONE_HOME = tmp_path
    originals = tmp_path / "quarantine" / "originals"
    originals.mkdir(parents=True)
    in_force(CHARTER)
    yield originals
    charter_notes.known.forget()


def in_force(charter: Any) -> None:
    config = made_up.config("lungs", **({"charter": charter} if charter else {}))
    ResearchStudy.objects.filter(slug="lungs").update(accepted=config)
    charter_notes.known.forget()


def came(folder: Path, uid: str, *, thick: str = "5.0", kvp: str = "120", ago: timedelta = LATER, **more: Any) -> None:
    """One image of the scan 1.2.3, its original in quarantine."""
    elements = {"t00180050": el(0x00180050, "DS", thick), "t00180060": el(0x00180060, "DS", kvp)}
    (folder / f"{uid}.dcm").write_bytes(more.pop("data", None) or slice_of(**elements))
    facts = {"series_description": "Chest axial", "series_number": "2", **more.pop("facts", {})}
    route = more.pop("route", Route("lungs", time_point="Baseline", study_day=0))
    made_up.arrive(made_up.newcomer(uid, route=route, facts=facts, arrived_at=timezone.now() - ago, **more))


def judged() -> charter_checks.Checked:
    CharterCheck.objects.update(not_before=timezone.now())
    assert charter_checks.judge_due("w-1") == 1
    found = charter_checks.of_scan("lungs", "1.2.3")
    assert found is not None
    return found


def words() -> list[str]:
    found = judged().verdict
    assert found is not None
    return [one.words for one in found.deviations]


def test_a_scan_that_meets_the_charter_passes_and_the_radiographer_is_told(folder: Path) -> None:
    for uid in ("1.2.3.1", "1.2.3.2"):
        came(folder, uid)
    found = judged()
    assert found.verdict is not None
    assert (found.verdict.state, found.verdict.version, found.verdict.deviations) == ("pass", 3, ())
    [figure, passed] = charter_words.figures(RADIOGRAPHER)
    assert (figure.value, passed.value) == ("Pass", "1 of 1")
    assert charter_words.worklist(RADIOGRAPHER) == []
    step = hooks.life(RADIOGRAPHER, found.key)[-1]
    assert (step.title, step.state, step.who, step.detail) == (charter_words.TITLE, "done", "charter version 3", "Pass")
    card = hooks.scan(RADIOGRAPHER, found.key)
    assert card is not None
    assert ("Imaging charter", "Pass") in card.rows


@pytest.mark.parametrize(
    ("planted", "said"),
    [
        ({"thick": "8"}, ["Slice thickness: wanted at most 5 mm, got 8 mm in 1 of 2 images"]),
        ({"thick": ""}, ["Slice thickness: wanted at most 5 mm, got no value in 1 of 2 images"]),
        ({"kvp": "80"}, ["KVP: wanted 100 or 120 kV, got 80 kV in 1 of 2 images"]),
        (
            {"kvp": "80", "thick": "8"},
            [
                "Slice thickness: wanted at most 5 mm, got 8 mm in 1 of 2 images",
                "KVP: wanted 100 or 120 kV, got 80 kV in 1 of 2 images",
            ],
        ),
    ],
)
def test_what_is_planted_is_found_and_nothing_else(folder: Path, planted: dict[str, str], said: list[str]) -> None:
    came(folder, "1.2.3.1")
    came(folder, "1.2.3.2", **planted)
    assert words() == [f"Axial (series 2, Chest axial): {one}" for one in said]
    [item_] = charter_words.worklist(RADIOGRAPHER)
    assert item_.text.startswith("scan to repeat: CT scan of")
    assert said[0] in item_.text
    assert charter_words.worklist(ELSEWHERE) == charter_words.figures(ELSEWHERE) == []
    step = hooks.life(RADIOGRAPHER, str(LedgerRow.objects.earliest("pk").pk))[-1]
    assert step.state == "now"
    assert all(one in step.detail for one in said)
    assert "Repeat it while the patient is still there" in step.next


def test_a_missing_series_and_too_few_images_are_told(folder: Path) -> None:
    came(folder, "1.2.3.1")
    assert words() == ["Axial (series 2, Chest axial): wanted at least 2 images, got 1"]
    Arrival.objects.update(facts={**Arrival.objects.get().facts, "series_description": "Topogram"})
    charter_notes.note([("lungs", "1.2.3")])
    assert words() == ["Axial: wanted a series of modality CT, whose description has axial, got another series"]


def test_a_repeated_series_mends_the_first_and_what_comes_later_is_judged_again(folder: Path) -> None:
    for uid in ("1.2.3.1", "1.2.3.2"):
        came(folder, uid, thick="8")
    first = judged().verdict
    assert first is not None
    assert first.state == "repeat"
    for uid in ("1.2.3.3", "1.2.3.4"):
        came(folder, uid, facts={"series_uid": "1.2.3.9", "series_number": "3"})
    found = charter_checks.of_scan("lungs", "1.2.3")
    assert found is not None
    assert charter_words.words(found) == charter_words.ARRIVING
    second = judged().verdict
    assert second is not None
    assert second.state == "pass"


def test_nothing_is_judged_while_images_arrive(folder: Path) -> None:
    came(folder, "1.2.3.1", ago=timedelta(0))
    assert charter_checks.judge_due("w-1") == 0
    CharterCheck.objects.update(not_before=timezone.now())
    assert charter_checks.judge_due("w-1") == 0
    check = CharterCheck.objects.get()
    assert (check.state, check.claimed_by) == ("waiting", "")
    assert check.not_before is not None
    assert timedelta(0) < check.not_before - timezone.now() <= charter_notes.QUIET < timedelta(seconds=30)
    assert hooks.life(RADIOGRAPHER, str(LedgerRow.objects.get().pk))[-1].detail == charter_words.ARRIVING


def test_an_image_that_comes_while_a_scan_is_judged_has_it_judged_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    came(folder, "1.2.3.1")
    real = charter_checks.judge

    def slowly(*given: Any) -> Any:
        found = real(*given)
        charter_notes.note([("lungs", "1.2.3")])
        return found

    monkeypatch.setattr(charter_checks, "judge", slowly)
    CharterCheck.objects.update(not_before=timezone.now())
    assert charter_checks.judge_due("w-1") == 0
    assert CharterCheck.objects.get().state == "waiting"


def test_frames_of_an_enhanced_object_count_as_images(folder: Path) -> None:
    measures = seq(0x52009229, [item(seq(0x00289110, [item(el(0x00180050, "DS", "5"))]))])
    data = slice_of(
        t00180060=el(0x00180060, "DS", "100"), t00280008=el(0x00280008, "IS", "2"), t52009229=measures
    )  # fmt: skip
    came(folder, "1.2.3.1", data=data)
    assert words() == []


def test_without_a_charter_that_can_be_read_nothing_is_noted(folder: Path) -> None:
    for charter in (None, "This version of Isocentre cannot read it"):
        in_force(charter)
        came(folder, f"1.2.3.{1 if charter else 2}")
        assert CharterCheck.objects.count() == 0
    assert charter_checks.of_scan("lungs", "1.2.3") is None
    assert [step.title for step in hooks.life(RADIOGRAPHER, str(LedgerRow.objects.earliest("pk").pk))][2:] == []


def test_a_scan_the_charter_does_not_speak_of_is_said_to_be_so(folder: Path) -> None:
    came(folder, "1.2.3.1", route=Route("lungs", time_point="Week 8", study_day=56))
    found = judged()
    assert charter_words.words(found) == "Not judged: the charter says nothing of such a scan"
    assert len(charter_words.figures(RADIOGRAPHER)) == 1


def test_what_cannot_be_read_is_told_and_not_tried_for_ever(folder: Path) -> None:
    broken = el(0x00180060, "DS", "120") + seq(0x52009229, [item(b"\1\2\3")])
    came(folder, "1.2.3.1", data=part10(el(0x00080016, "UI", "1.2") + broken))
    found = judged()
    assert (found.verdict, charter_words.words(found)) == (None, charter_words.UNKNOWN)
    CharterCheck.objects.update(state="waiting", not_before=timezone.now(), attempts=99)
    assert charter_checks.judge_due("w-1") == 1
    assert CharterCheck.objects.get().state == "failed"


def test_a_verdict_stays_when_the_originals_are_gone_and_none_is_made_up(folder: Path) -> None:
    for uid in ("1.2.3.1", "1.2.3.2"):
        came(folder, uid)
    first = judged().verdict
    (folder / "1.2.3.1.dcm").unlink()
    charter_notes.note([("lungs", "1.2.3")])
    assert judged().verdict == first
    Arrival.objects.update(erased_at=timezone.now())
    CharterCheck.objects.update(outcome="", state="waiting", not_before=timezone.now())
    assert charter_checks.judge_due("w-1") == 0
    assert CharterCheck.objects.count() == 0


def test_a_scan_none_of_which_counts_any_more_has_no_verdict(folder: Path) -> None:
    came(folder, "1.2.3.1")
    LedgerRow.objects.update(disposition="rejected")
    CharterCheck.objects.update(not_before=timezone.now())
    assert charter_checks.judge_due("w-1") == 0
    assert CharterCheck.objects.count() == 0


def test_an_opt_out_keeps_no_verdict(folder: Path) -> None:
    came(folder, "1.2.3.1")
    judged()
    rows = LedgerRow.objects.all()
    rows.update(disposition="opted_out")
    with transaction.atomic():
        ledger.forget_people([row.pk for row in rows])
    assert CharterCheck.objects.count() == 0


def test_a_scan_people_put_into_a_research_study_is_judged_there(folder: Path) -> None:
    came(folder, "1.2.3.1", route=made_up.UNASSIGNED)
    assert CharterCheck.objects.count() == 0
    rows = LedgerRow.objects.all()
    charter_notes.note_decided(rows)
    rows.update(research_study="lungs", disposition="pending", decided_at=timezone.now())
    charter_notes.note_decided(rows)
    assert CharterCheck.objects.get().study_uid == "1.2.3"


def test_many_scans_to_repeat_are_told_without_burying_the_rest(folder: Path) -> None:
    for number in range(7):
        facts = {"study_uid": f"1.2.{number}", "series_uid": f"1.2.{number}.0"}
        came(folder, f"1.2.{number}.1", thick="8", facts=facts)
    CharterCheck.objects.update(not_before=timezone.now())
    while charter_checks.judge_due("w-1"):
        pass
    items = hooks.worklist(RADIOGRAPHER)
    assert [one.count for one in items if "to repeat" in one.text] == [1, 1, 1, 1, 1, 2]
    assert items[-1].url.endswith("?charter=repeat")
    listed = scans.arrived(RADIOGRAPHER, {"charter": "repeat"})
    assert (len(listed), scans.arrived(RADIOGRAPHER, {"charter": "pass"}).count()) == (7, 0)
    names = [(row.research_study, row.study_uid) for row in listed]
    found = charter_checks.of_scans([*names, ("lungs", "1.2.99")])
    assert {charter_words.tag(found.get(name)) for name in names} == {("Repeat", "red")}
    CharterCheck.objects.filter(study_uid="1.2.0").update(state="waiting")
    CharterCheck.objects.filter(study_uid="1.2.1").update(state="failed")
    told = charter_checks.of_scans(names)
    assert charter_words.tag(told["lungs", "1.2.0"])[0] == "Not complete yet"
    assert charter_words.tag(told["lungs", "1.2.1"])[0] == "Not judged"
    assert charter_words.tag(None) == ("", "")
    CharterCheck.objects.update(judged_at=timezone.now() - timedelta(days=2))
    assert charter_words.worklist(RADIOGRAPHER) == []
