"""A busy patient's whole history, as real objects through intake: what belongs passes, and each other says why not."""

from __future__ import annotations

import random
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from support import history
from support.hospital import LEAD, arrive, newcomer

from isocentre.core.routing import Route
from isocentre.rooms.intake import door, leading
from isocentre.rooms.intake.models import Arrival, Decision, Disposition, Enrolment, LedgerRow, Peer, ResearchStudy
from isocentre.rooms.intake.reroute import Router

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def intake(settings: Any, tmp_path: Path) -> door.Intake:
    from support.hospital import config

    settings.ZONE_HOME, settings.ZONE = tmp_path, "gateway"
    proposal = config("lungs", planned_events=history.PLANNED)
    ResearchStudy.objects.create(
        slug="lungs", title="Lungs", proposal=proposal, accepted=proposal, accepted_at=timezone.now()
    )
    Peer.objects.create(name="ct", calling_ae="CT", address="127.0.0.1", site="RNM01")
    return door.Intake()


def enrolled(**changes: Any) -> Enrolment:
    facts = {"consented_on": history.CONSENT, "day_zero": history.ZERO, "subject_id": "01/040", **changes}
    return door.enrol(by=LEAD, research_study="lungs", hospital_number=history.PATIENT, issuer=history.ISSUER, **facts)


def settled() -> None:
    """Let what waits for its scan be looked at until nothing moves."""
    for _ in range(3):
        LedgerRow.objects.update(not_before=None)
        leading.settle("test-1")


def found() -> dict[str, tuple[str, str, str]]:
    rows = LedgerRow.objects.values_list("sop_instance_uid", "disposition", "cause", "time_point")
    return {uid: (disposition, cause, point) for uid, disposition, cause, point in rows}


def check(told: list[history.Told]) -> None:
    came = found()
    for scan in told:
        for uid, cause in scan.causes.items():
            disposition, said, point = came.pop(uid)
            assert (said in cause.split("|"), point) == (True, scan.point), scan.name
            held = said in ("no_date", "awaits_scan")
            assert disposition == ("held" if held else "left_out" if said else "pending"), scan.name
    assert not came


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_exactly_what_belongs_passes_in_whatever_order_it_comes(intake: door.Intake, seed: int) -> None:
    enrolled()
    told = history.whole()
    assert len(told) == 40
    objects = [one for scan in told for one in scan.objects]
    random.Random(seed).shuffle(objects)
    for number, one in enumerate(objects):
        history.send(intake, [one], association=f"a{number % 4}")
    settled()
    check(told)
    passed = {row.study_uid.removesuffix(".77") for row in LedgerRow.objects.filter(disposition="pending")}
    assert passed == {scan.uid for scan in told[:3]}
    words = LedgerRow.objects.exclude(disposition="pending").exclude(words="").values_list("words", flat=True)
    assert len(words) == LedgerRow.objects.exclude(disposition="pending").count(), "each says why"
    assert not [one for one in words if history.PATIENT in one or "Busy" in one]


def test_enrolled_only_afterwards_everything_finds_its_place_as_well(intake: door.Intake) -> None:
    told = history.whole()
    for scan in told:
        history.send(intake, scan.objects)
    assert set(found().values()) == {("held", "not_part", "")}
    door.enrol_lines(by=LEAD, research_study="lungs", facts=[
        {"hospital_number": history.PATIENT, "issuer": history.ISSUER, "consented_on": history.CONSENT,
         "day_zero": history.ZERO, "subject_id": "01/040"}])  # fmt: skip
    settled()
    check(told)


def test_a_report_of_somebody_elses_scan_does_not_follow_it(intake: door.Intake) -> None:
    enrolled()
    told = history.whole()
    history.send(intake, told[1].objects[:3])
    assert LedgerRow.objects.filter(disposition="pending").count() == 3
    other = history.Told("of another person", "1.2.41.1")
    other.add("", modality="SR", day=56, accession="A2", ContentSequence=history.report_of(told[1].uid))
    other.objects[0].PatientID = "HH999"
    door.enrol(by=LEAD, research_study="lungs", hospital_number="HH999", issuer=history.ISSUER,
               consented_on=history.CONSENT, day_zero=history.ZERO, subject_id="01/041")  # fmt: skip
    history.send(intake, other.objects)
    settled()
    assert found()["1.2.41.1.1"] == ("held", "awaits_scan", "")


def test_what_waits_goes_on_as_soon_as_its_scan_is_taken_and_is_left_out_with_it(intake: door.Intake) -> None:
    one = enrolled(day_zero=None)
    base = history.whole()[0]
    history.send(intake, base.objects)
    assert {cause for _, cause, _ in found().values()} == {"awaits_scan", "no_day_zero"}
    leading.settle("test-1")
    assert {cause for _, cause, _ in found().values()} == {"awaits_scan", "no_day_zero"}
    assert LedgerRow.objects.filter(cause="awaits_scan", not_before__gt=timezone.now()).count() == 2
    assert not Decision.objects.exists()
    one.day_zero = history.ZERO
    one.save()
    door.enrol_lines(by=LEAD, research_study="lungs", facts=[
        {"hospital_number": history.PATIENT, "issuer": history.ISSUER, "day_zero": history.ZERO}])  # fmt: skip
    assert leading.settle("test-1") == 2, "it is looked at again at once"
    assert set(found().values()) == {("pending", "", "Baseline")}
    LedgerRow.objects.filter(follower=True).update(disposition=Disposition.LEFT_OUT, cause="follows_left_out")
    Arrival.objects.update(erased_at=timezone.now())
    assert leading.settle("test-1") == 0, "without its original it cannot go on"


def test_ct_of_a_pet_scan_that_comes_before_it_is_taken_once_it_does(intake: door.Intake) -> None:
    enrolled()
    pet = history.whole()[2]
    history.send(intake, pet.objects[:1])
    assert found()[f"{pet.uid}.1"] == ("left_out", "pair_missing", "")
    history.send(intake, pet.objects[1:])
    settled()
    check([pet])
    days = set(LedgerRow.objects.values_list("study_day", flat=True))
    assert days == {84}


def test_a_report_is_found_by_the_irradiation_event_of_its_scan(intake: door.Intake) -> None:
    enrolled()
    scan = history.Told("week 8", "1.2.42.1", point="Week 8")
    scan.add("", day=56, IrradiationEventUID="1.2.42.9")
    for event, cause in (("1.2.42.9", ""), ("1.2.42.8", "awaits_scan")):
        scan.add(cause, modality="SR", day=57, accession="", StudyInstanceUID="1.2.42.7",
                 ContentSequence=history.report_of_events(event))  # fmt: skip
    history.send(intake, scan.objects)
    assert [found()[uid] for uid in scan.causes] == [
        ("pending", "", "Week 8"), ("pending", "", "Week 8"), ("held", "awaits_scan", ""),
    ]  # fmt: skip


def test_a_hostile_report_is_kept_and_waits(intake: door.Intake) -> None:
    enrolled()
    week8 = history.whole()[1]
    history.send(intake, week8.objects[:1])
    odd = history.Told("hostile", "1.2.41.2")
    deep = history.report_of("1.2.3")[0]
    for _ in range(60):
        outer = history.report_of("1.2.3")[0]
        outer.ContentSequence = [deep]
        deep = outer
    contents = ([deep], [one for n in range(400) for one in history.report_of(f"1.2.3.{n}")], history.report_of("1.2"))
    for content in contents:
        odd.add("awaits_scan", modality="SR", day=56, accession="", ContentSequence=content)
    odd.add("awaits_scan", modality="SR", day=56, accession="\\".join(["X"] * 9))
    history.send(intake, odd.objects)
    settled()
    assert {found()[uid] for uid in odd.causes} == {("held", "awaits_scan", "")}
    for row in Arrival.objects.filter(study_uid=odd.uid):
        assert len(row.facts.get("refers_studies", "").split("\\")) <= 32


def test_what_belongs_to_an_opted_out_scan_is_looked_up_as_it_was(hospital: None) -> None:
    one = door.enrol(by=LEAD, research_study="lungs", hospital_number="NM777001", consented_on=date(2020, 1, 1))
    arrive(newcomer("1.2", route=Route("lungs", enrolment_id=one.pk)))
    LedgerRow.objects.update(disposition=Disposition.OPTED_OUT, enrolment=None)
    waits = Route("lungs", "held", "awaits_scan", "Waits.", enrolment_id=one.pk, follower=True)
    arrive(newcomer("1.3", route=waits, facts={"modality": "SR"}))
    assert leading.settle("test-1") == 1
    assert LedgerRow.objects.get(sop_instance_uid="1.3").disposition == "pending", "on to where opt-outs are looked up"


@pytest.mark.parametrize(
    ("moment", "day"),
    [("2026-10-24T23:30:00+00:00", "2026-10-25"), ("2026-10-25T23:30:00+00:00", "2026-10-25"),
     ("2026-03-29T00:30:00+00:00", "2026-03-29"), ("2026-03-29T23:30:00+00:00", "2026-03-30")],
)  # fmt: skip
def test_the_clocks_move_no_day(hospital: None, moment: str, day: str) -> None:
    """A scan around midnight when the clocks change counts on the day of the wall clock, and is of its header's day."""
    at = datetime.fromisoformat(moment)
    route = Route("lungs", enrolment_id=None)
    arrive(newcomer("1.2", route=route, arrived_at=at, facts={"acquired": "2026-03-29"}))
    assert LedgerRow.objects.get().first_day.isoformat() == day
    one = door.enrol(by=LEAD, research_study="lungs", hospital_number="NM777001", consented_on=date(2026, 3, 29),
                     day_zero=date(2026, 3, 29))  # fmt: skip
    [placed] = Router().placed(LedgerRow.objects.select_related("arrival").get())
    assert (placed.route.disposition, placed.route.study_day, placed.route.enrolment_id) == ("pending", 0, one.pk)
