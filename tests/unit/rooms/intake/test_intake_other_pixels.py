"""The same image again with other pixels, as real objects through intake: kept, replaced, undone, let go."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from pydicom import dcmread
from support.hospital import LEAD

from isocentre.core.actor import SYSTEM
from isocentre.core.dicom.header import read_header, read_meta
from isocentre.core.ports import Received
from isocentre.rooms.intake import canary, door, upkeep
from isocentre.rooms.intake.models import Arrival, LedgerRow

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def quarantine(settings: Any, tmp_path: Path) -> Path:
    settings.ZONE_HOME = tmp_path
    return tmp_path / "quarantine"


def send(intake: door.Intake, data: bytes) -> None:
    path = intake.temporary()
    path.write_bytes(data)
    header = read_header(data)
    assert intake.keep(Received(
        path=path, dataset_offset=read_meta(data)[1], size=len(data), sop_class_uid=header.text(0x00080016),
        sop_instance_uid=header.text(0x00080018), transfer_syntax=header.transfer_syntax, calling_ae="CT",
        called_ae="OWN_MR", address="127.0.0.1", peer="import", association="a", buffer=data,
    )) == 0  # fmt: skip


@pytest.fixture
def conflict(transactional_db: None, quarantine: Path) -> LedgerRow:
    """A scan of the dedicated research study whose one image came twice, the second time with other pixels."""
    from support.hospital import hospital

    hospital()
    first = dcmread(io.BytesIO(canary.made()))
    intake = door.Intake(source="import", research_study="own", site="RNM01")
    for pixels in (b"\1" * 128, b"\2" * 128):
        first.PixelData = pixels
        out = io.BytesIO()
        first.save_as(out)
        send(intake, out.getvalue())
    return LedgerRow.objects.select_related("arrival").get()


def files(quarantine: Path) -> int:
    return len(list(quarantine.glob("originals/??/*.dcm")))


def test_keeping_the_first_lets_it_go_on_and_erases_the_other_later(conflict: LedgerRow, quarantine: Path) -> None:
    assert (conflict.cause, files(quarantine), conflict.arrival.called_ae) == ("other_pixels", 2, "OWN_MR")
    done = door.keep(by=LEAD, keys=[conflict.pk], reason="The second was a test")
    assert done.images == {"pending": 1}
    assert upkeep.settle_conflicts() == 0
    assert upkeep.settle_conflicts(timezone.now() + timedelta(minutes=11)) == 1
    assert upkeep.sweep_strays(timezone.now().timestamp() + 7200) == 1
    assert files(quarantine) == 1


def test_keeping_what_was_sent_on_before_says_sent_on_again(conflict: LedgerRow) -> None:
    LedgerRow.objects.update(sent_at=timezone.now())
    assert door.keep(by=LEAD, keys=[conflict.pk], reason="Right the first time").images == {"sent_on": 1}


def test_replacing_makes_the_next_revision_and_can_be_undone(conflict: LedgerRow, quarantine: Path) -> None:
    done = door.replace(by=LEAD, keys=[conflict.pk], reason="The first was truncated")
    row = LedgerRow.objects.select_related("arrival").get()
    assert (row.disposition, row.arrival.revision, row.arrival.path) == ("pending", 1, conflict.conflicting)
    assert row.arrival.pixel_sha256 != conflict.arrival.pixel_sha256
    assert row.arrival.facts == conflict.arrival.facts
    door.undo(by=LEAD, decision=done.decision or 0)
    row = LedgerRow.objects.select_related("arrival").get()
    assert (row.cause, row.arrival.revision, row.conflicting) == ("other_pixels", 0, conflict.conflicting)
    assert (Arrival.objects.count(), files(quarantine)) == (1, 2)


def test_a_replacement_that_moved_on_stays(conflict: LedgerRow) -> None:
    door.replace(by=LEAD, keys=[conflict.pk], reason="The first was truncated")
    [row] = door.claim_pending(worker="w", limit=1)
    door.record_outcomes(by=SYSTEM, worker="w", outcomes=[door.Outcome(row.pk, "sent_on")])
    assert door.undoable(by=LEAD) == []
    assert Arrival.objects.count() == 2


def test_a_later_object_that_is_gone_leaves_the_row_held(conflict: LedgerRow, quarantine: Path) -> None:
    (quarantine / conflict.conflicting).unlink()
    done = door.replace(by=LEAD, keys=[conflict.pk], reason="The first was truncated")
    assert (done.decision, done.unchanged) == (None, 1)
    assert LedgerRow.objects.get().cause == "other_pixels"
