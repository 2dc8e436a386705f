"""Every fault that is planted is found."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from isocentre.adapters.blobs.disk import DiskBlobs
from isocentre.audit import door as audit
from isocentre.cli import verify
from isocentre.core.actor import SYSTEM
from isocentre.core.dicom.header import hashes, read_header
from isocentre.core.routing import Route
from isocentre.rooms.archive import door as archive
from isocentre.rooms.archive import ports, tombstones
from isocentre.rooms.archive.models import ImagingStudy, Instance, Series
from isocentre.rooms.deid import door as deid
from isocentre.rooms.deid import work
from isocentre.rooms.intake import door as intake
from isocentre.rooms.intake.ledger import Newcomer, record_arrivals
from isocentre.rooms.intake.models import Arrival, Disposition, Enrolment, LedgerRow, Person

UID, OBJECT = "1.2.3.1", "2.25.11"
FACTS = {"study_uid": "1.2.3", "series_uid": "1.2.3.0", "accession": "", "patient_id": "P1"}


@pytest.fixture
def home(settings: Any, tmp_path: Path) -> Path:
    """The data folder of the zone at work."""
    settings.ZONE_HOME = tmp_path / "zone"
    settings.ZONE_HOME.mkdir()
    return Path(settings.ZONE_HOME)


@pytest.fixture
def hospital(db: None, home: Path) -> LedgerRow:
    """One image sent on, its original in quarantine."""
    content = intake.canary.made()
    header, pixel = hashes(content, read_header(content))
    path = home / "quarantine/originals/aa/a.dcm"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    arrival = Arrival.objects.create(
        sop_instance_uid=UID, header_sha256=header, pixel_sha256=pixel, path="originals/aa/a.dcm", size=len(content),
        sop_class_uid="1.2", transfer_syntax="1.2", source="dimse", arrived_at=timezone.now(), study_uid="1.2.3",
        series_uid="1.2.3.0", facts=FACTS,
    )  # fmt: skip
    return LedgerRow.objects.create(
        sop_instance_uid=UID, research_study="lungs", arrival=arrival, disposition=Disposition.SENT_ON,
        first_day=timezone.localdate(), object_uid=OBJECT, sent_sha256="a", sent_at=timezone.now(), pseudonym="p",
        profile="basic v1", decided_at=timezone.now(),
    )  # fmt: skip


def original(row: LedgerRow) -> Path:
    return intake.quarantine() / row.arrival.path


def changed(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def other(row: LedgerRow, **changes: Any) -> LedgerRow:
    values = {"sop_instance_uid": UID, "research_study": "own", "arrival": row.arrival, "first_day": row.first_day}
    return LedgerRow.objects.create(**{**values, **changes})


def opted_out(row: LedgerRow) -> None:
    enrolment = Enrolment.objects.create(
        research_study="own", person=Person.objects.create(key="id:P1"), key_used="id:P1"
    )
    other(row, disposition="opted_out", enrolment=enrolment)


def stray(row: LedgerRow) -> None:
    LedgerRow.objects.update(conflicting=row.arrival.path, decided_at=timezone.now() - timedelta(days=1))


Fault = Callable[[LedgerRow], Any]
HOSPITAL_FAULTS: dict[str, tuple[Fault, str, str]] = {
    "file gone": (lambda row: original(row).unlink(), "original", "missing"),
    "file short": (lambda row: original(row).write_bytes(b"x"), "original", "size"),
    "pixels changed": (lambda row: changed(original(row)), "original", "not what arrived"),
    "not DICOM": (lambda row: original(row).write_bytes(b"x" * row.arrival.size), "original", "cannot be read"),
    "state unknown": (lambda row: LedgerRow.objects.update(disposition="lost"), "disposition", "state"),
    "other image": (lambda row: LedgerRow.objects.update(sop_instance_uid="1.2.4"), "arrival", "another image"),
    "row gone": (lambda row: LedgerRow.objects.all().delete(), "row", "no row"),
    "held for nothing": (lambda row: other(row, disposition="held"), "cause", "without a cause"),
    "opted out, named": (opted_out, "opted_out", "name a person"),
    "opted out, kept": (lambda row: LedgerRow.objects.update(disposition="opted_out"), "opted_out", "an original"),
    "sent what": (lambda row: LedgerRow.objects.update(object_uid=""), "sent_on", "not what was sent"),
    "sent twice": (lambda row: other(row, disposition="sent_on", object_uid=OBJECT), "sent_on", "more than one"),
    "later one gone": (lambda row: LedgerRow.objects.update(conflicting="originals/bb/b.dcm"), "conflicting", "file"),
    "later one unnamed": (
        lambda row: other(row, disposition="held", cause="other_pixels"), "conflicting", "not named",
    ),
    "later one kept": (stray, "conflicting", "hold on"),
}  # fmt: skip


@pytest.mark.parametrize("deep", [False, True])
def test_a_whole_ledger_is_clean(hospital: LedgerRow, deep: bool) -> None:
    proof = intake.proof.prove(deep=deep, pause=0)
    assert (proof.findings, proof.notes) == ([], [])
    assert proof.checked == {"rows": 1, "sent_on": 1, "received": 1, "originals": 1}


@pytest.mark.parametrize("fault", HOSPITAL_FAULTS)
def test_a_fault_of_the_ledger_is_found(hospital: LedgerRow, fault: str) -> None:
    plant, about, words = HOSPITAL_FAULTS[fault]
    plant(hospital)
    found = intake.proof.prove(deep=True, pause=0).findings
    assert any(f.about == about and words in f.words for f in found), found
    assert not any(UID in f.words for f in found)


def test_without_deep_only_sizes_are_looked_at(hospital: LedgerRow) -> None:
    changed(original(hospital))
    assert intake.proof.prove(pause=0).findings == []


def test_an_erased_original_is_not_missed_and_a_stray_file_is_a_note(hospital: LedgerRow) -> None:
    import os

    os.utime(original(hospital), (0, 0))
    Arrival.objects.update(erased_at=timezone.now())
    proof = intake.proof.prove(pause=0)
    assert proof.findings == []
    assert [note.about for note in proof.notes] == ["stray"]


def test_uids_of_what_was_sent_on_and_of_what_was_sent_before(hospital: LedgerRow) -> None:
    other(hospital, disposition="pending", object_uid="2.25.12", sent_at=timezone.now())
    other(hospital, research_study="canary", disposition="sent_on", object_uid="2.25.13")
    other(hospital, research_study="third", disposition="held", cause="platform_refused", object_uid="2.25.14")
    assert list(intake.proof.sent_on()) == [OBJECT]
    assert list(intake.proof.sent_before()) == ["2.25.12"]


def test_an_original_lost_in_a_restore_is_held_and_taken_again_when_sent_again(hospital: LedgerRow) -> None:
    LedgerRow.objects.update(disposition="pending", sent_at=None, object_uid="")
    other(hospital, research_study="canary", disposition="sent_on")
    header, pixel = hospital.arrival.header_sha256, hospital.arrival.pixel_sha256
    original(hospital).unlink()
    assert intake.proof.waiting() == 1
    assert intake.proof.settle_restored(by=SYSTEM) == 1
    row = LedgerRow.objects.get()
    assert (row.disposition, row.cause, row.arrival.erased_at is None) == ("held", "original_lost", False)
    assert intake.proof.prove(deep=True, pause=0).findings == []
    again = Newcomer(
        path="originals/bb/b.dcm", size=1, sop_class_uid="1.2", sop_instance_uid=UID, transfer_syntax="1.2",
        header_sha256=header, pixel_sha256=pixel, source="dimse", peer="ct", association="a", facts=FACTS,
        site="RNM01", scanner="", routes=(Route("lungs"),), arrived_at=timezone.now(), by=SYSTEM,
    )  # fmt: skip
    with transaction.atomic():
        (kept,) = record_arrivals([again])
    row.refresh_from_db()
    assert (kept.outcome, row.disposition, row.arrival.path) == ("correction", "pending", "originals/bb/b.dcm")


def test_a_lost_original_is_held_and_does_not_stop_its_batch(
    hospital: LedgerRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Vault:
        def study_key(self, research_study: str) -> bytes:
            return b"k" * 32

    monkeypatch.setattr(deid.ports, "vault", Vault())
    LedgerRow.objects.update(disposition="pending", research_study="canary")
    original(hospital).unlink()
    assert work.move("w1") == 1
    row = LedgerRow.objects.get()
    assert (row.disposition, row.cause) == ("held", "original_lost")
    assert "send it again" in intake.causes.cause(row.cause).advice


def test_an_original_that_nobody_needs_any_more_is_simply_gone(hospital: LedgerRow) -> None:
    original(hospital).unlink()
    assert intake.proof.settle_restored(by=SYSTEM) == 0
    row = LedgerRow.objects.get()
    assert (row.disposition, row.arrival.erased_at is None) == ("sent_on", False)


@pytest.fixture
def national(db: None, home: Path) -> Iterator[Instance]:
    """One stored object, its blob on disk."""
    before = list(ports._filled)
    blobs = DiskBlobs(home / "blobs")
    ports.fill(ports.Ports(blobs, None, None))  # type: ignore[arg-type]  # neither renders nor admits here
    scan = ImagingStudy.objects.create(
        study_uid="2.25.1", research_study="lungs", site="RNM01", pseudonym="p", series_count=1, instance_count=1
    )
    series = Series.objects.create(series_uid="2.25.2", study=scan, instance_count=1)
    content = b"an object of some length"
    sha256 = hashlib.sha256(content).hexdigest()
    yield Instance.objects.create(
        object_uid=OBJECT, series=series, sha256=sha256, blob_key=sha256, size=blobs.put(sha256, [content]),
        transfer_syntax="1.2", sop_class="1.2", dataset_offset=0,
    )  # fmt: skip
    ports._filled[:] = before


def blob(row: Instance, home: Path) -> Path:
    return home / "blobs" / row.blob_key[:2] / row.blob_key[2:4] / row.blob_key


NATIONAL_FAULTS: dict[str, tuple[Callable[[Instance, Path], Any], str, str]] = {
    "blob gone": (lambda row, home: blob(row, home).unlink(), "blob", "lost"),
    "blob short": (lambda row, home: blob(row, home).write_bytes(b"x"), "blob", "size"),
    "blob changed": (lambda row, home: changed(blob(row, home)), "blob", "changed"),
    "series count": (lambda row, home: Series.objects.update(instance_count=2), "counts", "series say"),
    "scan count": (lambda row, home: ImagingStudy.objects.update(series_count=2), "counts", "scans say"),
    "risen": (lambda row, home: tombstones.append(home, {OBJECT: 0}), "tombstone", "may not be here"),
    "left behind": (lambda row, home: Instance.objects.update(state="recalled"), "left_behind", "still have"),
}


@pytest.mark.parametrize("deep", [False, True])
def test_a_whole_archive_is_clean(national: Instance, home: Path, deep: bool) -> None:
    proof = archive.proof.prove(home=home, deep=deep, pause=0)
    assert (proof.findings, proof.notes, proof.checked["objects"]) == ([], [], 1)
    assert list(archive.proof.held()) == [OBJECT]


@pytest.mark.parametrize("fault", NATIONAL_FAULTS)
def test_a_fault_of_the_archive_is_found(national: Instance, home: Path, fault: str) -> None:
    plant, about, words = NATIONAL_FAULTS[fault]
    plant(national, home)
    found = archive.proof.prove(home=home, deep=True, pause=0).findings
    assert any(f.about == about and words in f.words for f in found), found


def test_a_tombstone_of_an_earlier_revision_lets_the_correction_stand(national: Instance, home: Path) -> None:
    Instance.objects.update(revision=1)
    tombstones.append(home, {OBJECT: 0})
    assert archive.proof.prove(home=home, pause=0).findings == []
    assert archive.proof.settle_restored(by=SYSTEM, home=home) == 0
    assert Instance.objects.get().state == "stored"


def test_after_a_restore_what_was_recalled_goes_again_with_its_file(national: Instance, home: Path) -> None:
    log = home / "of-the-lost-machine.jsonl"
    log.write_text(json.dumps({"uid": OBJECT, "revision": 0}) + '\n{"uid": "2.25.9')  # its last line torn
    DiskBlobs(home / "blobs").put("0" * 64, [b"no row names this"])
    assert [n.about for n in archive.proof.prove(home=home, deep=True, pause=0).notes] == ["blob"]
    archive.proof.take_stones(home=home, logs=[log, home / "absent.jsonl"])
    assert archive.proof.settle_restored(by=SYSTEM, home=home) == 1
    assert Instance.objects.get().state == "recalled"
    assert list(DiskBlobs(home / "blobs").keys()) == []
    assert tombstones.read(home) == {OBJECT: 0}
    assert archive.proof.prove(home=home, deep=True, pause=0).findings == []
    assert list(archive.proof.held()) == [OBJECT]


def test_the_audit_trail_is_part_of_the_proof(db: None, home: Path) -> None:
    audit.record(by=SYSTEM, entries=[audit.Entry("site_changed", "site", f"R{n}") for n in range(3)])
    audit.seal(home)
    audit.record(by=SYSTEM, entries=[audit.Entry("site_changed", "site", "R4")])
    proof = verify.Proof()
    trail = verify._trail(home, proof)
    assert (trail["sealed"], trail["unsealed"], proof.findings) == (3, 1, [])
    from isocentre.audit.models import AuditRow

    AuditRow.objects.filter(chain_no=2).update(object_id="R9")
    verify._trail(home, proof)
    assert {f.about for f in proof.findings} == {"audit_changed"}


def test_findings_are_read_as_sentences() -> None:
    answer = {
        "gateway": {
            "checked": {"rows": 1200}, "notes": [],
            "findings": [{"about": "original", "count": 3, "words": "originals that should be here are missing"}],
            "audit": {"sealed": 5, "unsealed": 1, "unsealed_since": "2026-05-04T10:11:12+00:00"},
        }
    }  # fmt: skip
    assert list(verify.words(answer)) == [
        "Hospital side: 1,200 rows of the ledger",
        "  audit trail: 5 rows sealed, 1 waiting to be sealed since 2026-05-04 10:11 UTC",
        "  WRONG 3: originals that should be here are missing",
        "1 finding: read what is marked WRONG.",
    ]
