"""What earlier scans said of a person is known when the next one is sent on: former names, numbers of elsewhere."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pydicom
import pytest
from django.db import transaction
from support.burned import burned
from support.dicom_bytes import EXPLICIT, el, item, seq
from support.hospital import LEAD as RECEIVER
from support.hospital import NUMBER, arrive, enrolled, newcomer

from isocentre.core.actor import SYSTEM, Actor, Scope
from isocentre.core.dicom.header import read_meta
from isocentre.core.ports import Received
from isocentre.core.routing import Route
from isocentre.rooms.deid import door, findings, work
from isocentre.rooms.intake import door as intake
from isocentre.rooms.intake import persons
from isocentre.rooms.intake.models import LedgerRow, Person

pytestmark = pytest.mark.usefixtures("hospital")
CT = "1.2.840.10008.5.1.4.1.1.2"
LEAD = Actor("person", "lead", "imaging_lead", Scope.everything(), frozenset({"study_config_accept", "held_act"}))
FORMER = seq(0x00101002, [item(el(0x00100020, "LO", "OLDHOSP7744"))])


@pytest.fixture
def sent(tmp_path: Path, ports: Any) -> Any:
    """Sends CT images of one enrolled person on, under a profile that cleans text; the row, and what left of it."""
    door.accept(by=LEAD, slug="lungs")
    folder = tmp_path / "quarantine" / "originals"
    folder.mkdir(parents=True)
    person = enrolled().pk

    def put(uid: str, said: str = "CT chest", route: Route | None = None, **changes: Any) -> tuple[LedgerRow, Any]:
        elements = {"t0008103E": el(0x0008103E, "LO", said), "t00180015": el(0x00180015, "CS", "CHEST"), **changes}
        (folder / f"{uid}.dcm").write_bytes(burned(bytes(240), sop_class=CT, **elements))
        route = route or Route("lungs", enrolment_id=person, time_point="Baseline", study_day=0)
        arrive(newcomer(uid, routes=(route,), path=f"originals/{uid}.dcm", facts={"study_uid": uid + ".1"}))
        before = len(ports.wall.sent)
        work.move("w")
        left = ports.wall.sent[before:]
        row = LedgerRow.objects.get(sop_instance_uid=uid)
        return row, pydicom.dcmread(io.BytesIO(left[0])) if left else None

    return put


def test_a_former_name_that_is_a_word_of_the_trade_goes_from_the_next_scan(sent: Any) -> None:
    _, before = sent("1.2.3.4", "CT chest long")
    assert before.SeriesDescription == "CT chest long"
    sent("1.2.3.5", t00101005=el(0x00101005, "PN", "LONG^ANNA"))
    _, after = sent("1.2.3.6", "CT chest long")
    assert after.SeriesDescription == "CT chest"


def test_a_number_of_another_hospital_goes_from_a_later_scan_or_holds_it_where_nobody_cleans(sent: Any) -> None:
    sent("1.2.3.4", t00101002=FORMER)
    _, left = sent("1.2.3.5", t00181020=el(0x00181020, "LO", "release oldhosp-7744"))
    assert "7744" not in str(left)
    row, left = sent("1.2.3.6", t00181140=el(0x00181140, "CS", "OLDHOSP7744"))
    assert left is None
    assert (row.cause, "(0018,1140)" in row.words) == ("second_check", True)
    assert "7744" not in row.words


def test_what_one_scan_said_is_remembered_once_and_not_for_nobody(sent: Any) -> None:
    for uid in ("1.2.3.4", "1.2.3.5"):
        sent(uid, t00101002=FORMER)
    person = Person.objects.get()
    assert set(person.told) == {"SMITHSON^ADA", "RXH1234567", "OLDHOSP7744"}
    assert len(person.told) == 3
    phantom = Route("lungs", enrolment_id=None)
    row, _ = sent("1.2.3.6", route=phantom, t00101002=FORMER)
    assert intake.known_of(row.enrolment) == ()


def test_names_and_numbers_of_a_person_have_an_end_and_the_newest_stay(sent: Any) -> None:
    enrolment = enrolled().pk
    with transaction.atomic():
        persons.remember([(enrolment, [f"ID{n:06}" for n in range(150)]), (enrolment, ["FIRST^A"])])
        persons.remember([(enrolment, ["FIRST^A", *(f"NEW{n:06}" for n in range(120))])])
    told = Person.objects.get().told
    assert len(told) == persons.MOST_TOLD
    assert told[-1] == "NEW000119"
    assert "FIRST^A" in told
    assert "ID000000" not in told


def test_what_is_known_of_a_person_is_from_lists_and_from_headers() -> None:
    from datetime import date

    enrolment = enrolled(nhs_number="9990000018", birth_date=date(1960, 1, 2))
    with transaction.atomic():
        persons.remember([(enrolment.pk, ["FORMER^A"])])
    enrolment.person.refresh_from_db()
    assert intake.known_of(enrolment) == (NUMBER, "9990000018", "Needlova^Zuzana", "19600102", "FORMER^A")


def test_an_arrival_brings_what_its_header_says_whatever_becomes_of_it() -> None:
    enrolment = enrolled()
    left_out = Route("lungs", "left_out", "not_wanted", "", enrolment_id=enrolment.pk)
    arrive(newcomer(route=left_out, told=("FORMER^A",), by=RECEIVER))
    assert Person.objects.get().told == ["FORMER^A"]
    arrive(newcomer("1.2.3.9", route=Route("lungs"), told=("STRAY^A",)))
    assert Person.objects.get().told == ["FORMER^A"]


def test_an_opt_out_takes_it_away_unless_another_scan_of_theirs_needs_it() -> None:
    enrolment = enrolled()
    route = Route("lungs", enrolment_id=enrolment.pk)
    arrive(newcomer("1.1", route=route, told=("FORMER^A",)), newcomer("1.2", route=route))
    for left, told in ((1, ["FORMER^A"]), (0, None)):
        [row] = intake.claim_pending(worker="w", limit=1)
        intake.record_outcomes(by=SYSTEM, worker="w", outcomes=[intake.Outcome(row.pk, "opted_out")])
        assert LedgerRow.objects.exclude(enrolment=None).count() == left
        assert Person.objects.get().told == told


def test_what_is_known_of_a_row_is_known_to_who_writes_reasons(sent: Any) -> None:
    row, _ = sent("1.2.3.4", t00101002=FORMER)
    assert "OLDHOSP7744" in findings.known_of(row)


@pytest.mark.django_db(transaction=True)
def test_the_receiver_reads_it_from_the_header_of_who_is_enrolled(
    transactional_db: None, tmp_path: Path, settings: Any
) -> None:
    settings.ZONE_HOME = tmp_path
    receiver = intake.Intake(source="import", research_study="own", site="RNM01")
    for uid, other in (("1.2.3.4", "OLDHOSP7744"), ("1.2.3.5", "OLDHOSP7744"), ("1.2.3.6", "OLDHOSP8855")):
        sequence = seq(0x00101002, [item(el(0x00100020, "LO", other))])
        data = burned(bytes(240), sop_class=CT, t00101002=sequence, t00080018=el(0x00080018, "UI", uid))
        path = receiver.temporary()
        path.write_bytes(data)
        received = Received(
            path=path, dataset_offset=read_meta(data)[1], size=len(data), sop_class_uid=CT, sop_instance_uid=uid,
            transfer_syntax=EXPLICIT, calling_ae="CT", called_ae="OWN_MR", address="127.0.0.1", peer="import",
            association="a", buffer=data,
        )  # fmt: skip
        assert receiver.keep(received) == 0
    [person] = Person.objects.all()
    assert set(person.told) == {"SMITHSON^ADA", "RXH1234567", "OLDHOSP7744", "OLDHOSP8855"}
