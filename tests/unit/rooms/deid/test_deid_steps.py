"""A scan's later steps in words, as they are reached; and the mover that makes them happen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from support.hospital import LEAD, enrolled, newcomer

from isocentre.core.actor import Actor, Scope
from isocentre.core.dicom.header import read_header
from isocentre.core.routing import Route
from isocentre.rooms.deid import door, hooks, work
from isocentre.rooms.intake import canary
from isocentre.rooms.intake.models import Arrival, Enrolment, LedgerRow

pytestmark = pytest.mark.usefixtures("hospital")
ALL = Actor("person", "a", scope=Scope.everything(), permissions=frozenset({"*"}))


@pytest.fixture
def row(tmp_path: Path) -> LedgerRow:
    """A real object of the dedicated research study, waiting its turn."""
    door.accept(by=LEAD, slug="own")
    data = canary.made()
    header = read_header(data)
    file = tmp_path / "quarantine" / "originals" / "a.dcm"
    file.parent.mkdir(parents=True)
    file.write_bytes(data)
    facts = {"study_uid": header.text(0x0020000D), "patient_id": "CANARY1"}
    from support.hospital import arrive

    arrive(newcomer(header.text(0x00080018), route=Route("own"), path="originals/a.dcm", facts=facts))
    return LedgerRow.objects.get()


def steps(row: LedgerRow) -> list[tuple[str, str]]:
    return [(s.stage, s.state) for s in hooks.life(ALL, str(row.pk))]


def test_a_scan_is_moved_and_each_step_is_told(row: LedgerRow, ports: Any) -> None:
    assert steps(row) == [("deidentified", "now")]
    assert work.move("w") == 1
    assert len(ports.wall.sent) == 1
    found = hooks.life(ALL, str(row.pk))
    assert [(s.stage, s.state) for s in found] == [
        ("deidentified", "done"), ("sent_on", "done"), ("acknowledged", "done"),
    ]  # fmt: skip
    assert "profile trial-ct-mr v2" in found[0].who
    assert "removed" in found[0].detail
    Arrival.objects.update(erased_at=timezone.now())
    assert steps(row)[-1] == ("erased", "done")
    assert work.move("w") == 0


def test_a_scan_on_its_way_of_somebody_who_withdrew_meanwhile_is_held(row: LedgerRow, ports: Any) -> None:
    LedgerRow.objects.update(enrolment=enrolled("own"))
    Enrolment.objects.update(status="withdrawn")
    assert work.move("w") == 1
    row.refresh_from_db()
    assert (row.disposition, row.cause, ports.wall.sent) == ("held", "withdrawn", [])


def test_a_refusal_of_the_national_side_is_told_with_what_to_do(row: LedgerRow, ports: Any) -> None:
    ports.wall.refuse = "Out of space"
    work.move("w")
    [step] = [s for s in hooks.life(ALL, str(row.pk)) if s.state == "failed"]
    assert "Out of space" in step.detail
    assert step.url == "/deid/held/platform_refused/"
    assert "Try again" in step.next


def test_while_the_national_side_is_away_the_row_waits(row: LedgerRow, ports: Any) -> None:
    ports.wall.away = True
    assert work.move("w") == 0
    row.refresh_from_db()
    assert (row.disposition, row.claimed_by, row.last_error) == ("pending", "", "The national side did not answer.")


@pytest.mark.parametrize("harm", ["key", "shut", "profile", "version"])
def test_without_the_key_or_the_accepted_profile_nothing_is_sent(row: LedgerRow, ports: Any, harm: str) -> None:
    if harm == "key":
        ports.vault.keys.clear()
    elif harm == "shut":
        ports.vault.trouble = "the master key does not open this study key"
    else:
        from isocentre.rooms.deid.models import ProfileInForce

        ProfileInForce.objects.update(**({"sha256": "0" * 64} if harm == "profile" else {"version": 77}))
    work.move("w")
    row.refresh_from_db()
    assert (row.disposition, row.cause) == ("held", "no_key" if harm in ("key", "shut") else "profile_differs")
    assert ports.wall.sent == []


def test_what_was_left_out_goes_no_further(row: LedgerRow) -> None:
    LedgerRow.objects.update(disposition="left_out", cause="left_out_by_profile", words="Raw data.")
    [step] = hooks.life(ALL, str(row.pk))
    assert (step.title, step.next, step.url) == ("Goes no further", "", "")
