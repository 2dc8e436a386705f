"""What admitted senders and imports are refused: answered with a reason, counted in bounds, shown, cleared."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pydicom
import pytest
from support.hospital import NAME, NUMBER, signed_in, text

from isocentre.audit.models import AuditRow
from isocentre.core.actor import Actor, Scope
from isocentre.core.dicom.header import read_meta
from isocentre.core.dicom.part10 import file_meta
from isocentre.core.ports import TOO_MANY, NotKept, Received
from isocentre.jobs import door as jobs
from isocentre.rooms.intake import canary, connections, door, hooks, receive, refusals
from isocentre.rooms.intake.models import Arrival, LedgerRow, Peer, Refusal, RefusedPeer

pytestmark = pytest.mark.django_db(transaction=True)
WHO = {"calling_ae": "CT1", "called_ae": "TRIAL", "address": "10.0.0.9", "peer": "The CT", "association": "a"}
EVERYTHING = Actor("person", "a", scope=Scope.everything(), permissions=frozenset({"*"}))


@pytest.fixture
def intake(transactional_db: None, settings: Any, tmp_path: Path, hospital: None) -> door.Intake:
    settings.ZONE_HOME = tmp_path
    return door.Intake()


def made(**changes: Any) -> bytes:
    scan = pydicom.dcmread(io.BytesIO(canary.made()))
    scan.PatientName, scan.PatientID = NAME, NUMBER
    for name, value in changes.items():
        if value is None:
            delattr(scan, name)
        elif name.startswith("Patient"):
            setattr(scan, name, value)
        else:
            scan.data_element(name)._value = value  # as senders do it: no check of ours
    out = io.BytesIO()
    with pydicom.config.disable_value_validation():
        scan.save_as(out, enforce_file_format=False)
    return out.getvalue()


def sent(intake: door.Intake, data: bytes, *, cut: int = 0) -> NotKept:
    """Sent as the DIMSE receiver hands it over, with the UIDs a good sender would announce; what came of it."""
    whole = pydicom.dcmread(io.BytesIO(data))
    body = data[read_meta(data)[1] :]
    meta = file_meta(str(whole.file_meta.MediaStorageSOPClassUID), str(whole.file_meta.MediaStorageSOPInstanceUID),
                     str(whole.file_meta.TransferSyntaxUID))  # fmt: skip
    file = meta + (body[:-cut] if cut else body)
    path = intake.temporary()
    path.write_bytes(file)
    with pytest.raises(NotKept) as refused:
        intake.keep(Received(
            path=path, dataset_offset=len(meta), size=len(file), buffer=file,
            sop_class_uid=str(whole.file_meta.MediaStorageSOPClassUID),
            sop_instance_uid=str(whole.file_meta.MediaStorageSOPInstanceUID),
            transfer_syntax=str(whole.file_meta.TransferSyntaxUID), **WHO,
        ))  # fmt: skip
    intake.refused(cause=refused.value.cause, words=refused.value.words, **WHO)
    assert not path.exists()
    return refused.value


@pytest.mark.parametrize(
    ("changes", "cut", "cause"),
    [
        ({"StudyInstanceUID": None}, 0, "no_study_uid"),
        ({"StudyInstanceUID": ""}, 0, "no_study_uid"),
        ({"StudyInstanceUID": "1.2.Needle"}, 0, "bad_study_uid"),
        ({"SeriesInstanceUID": None}, 0, "no_series_uid"),
        ({"SeriesInstanceUID": "1..2"}, 0, "bad_series_uid"),
        ({"SOPInstanceUID": None}, 0, "no_instance_uid"),
        ({"SOPInstanceUID": "1.2.3/../4"}, 0, "bad_instance_uid"),
        ({"SOPInstanceUID": "1.2.3.4"}, 0, "uid_differs"),
        ({"SOPClassUID": None}, 0, "no_class_uid"),
        ({}, 40, "unreadable"),
    ],
)
def test_each_refusal_is_answered_in_words_and_counted(
    intake: door.Intake, changes: dict[str, Any], cut: int, cause: str
) -> None:
    data = made(**changes)
    for _ in range(2):
        why = sent(intake, data, cut=cut)
        assert (why.status, why.cause) == (0xC000, cause)
        assert 0 < len(why.words) <= 64
    row = Refusal.objects.get()
    assert (row.peer, row.calling_ae, row.called_ae, row.address) == ("The CT", "CT1", "TRIAL", "10.0.0.9")
    assert (row.cause, row.objects_refused, row.words) == (cause, 2, why.words)
    assert row.first_at < row.last_at
    assert not Arrival.objects.exists()
    kept = " ".join(str(value) for one in Refusal.objects.values() for value in one.values())
    assert not [needle for needle in ("Needl", NUMBER, "1.2.3/") if needle in kept]


def test_a_full_disk_is_told_and_counted(intake: door.Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receive, "MIN_FREE", 1 << 62)
    assert (sent(intake, made()).status, Refusal.objects.get().cause) == (0xA700, "no_room")


def test_what_is_imported_in_vain_is_counted_and_named(intake: door.Intake, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.dcm").write_bytes(made(StudyInstanceUID=None))
    (folder / "b.txt").write_text("Needlova was here, and much more that is no scan at all " * 9)
    (folder / "c.dcm").write_bytes(b"")
    (folder / "d.dcm").write_bytes(made()[:-40])
    (folder / "e.dcm").write_bytes(made(SOPInstanceUID=None))
    (folder / "f.dcm").write_bytes(made())
    said: dict[str, str] = {}
    done = door.import_files(folder, research_study="own", progress=lambda path, why: said.update({path.name: why}))
    assert done == (1, 5)
    assert said["f.dcm"] == ""
    assert all(said[name] for name in ("a.dcm", "b.txt", "c.dcm", "d.dcm", "e.dcm"))
    causes = Refusal.objects.order_by("cause").values_list("peer", "cause")
    assert list(causes) == [
        ("import", c) for c in ("empty", "no_instance_uid", "no_study_uid", "not_dicom", "unreadable")
    ]
    assert not list((tmp_path / "quarantine" / "incoming").glob("*"))


def test_a_hostile_sender_fills_a_handful_of_rows(intake: door.Intake) -> None:
    for number in range(100):
        who = {**WHO, "called_ae": f"T{number}", "address": f"10.0.1.{number}"}
        intake.refused(cause="no_data", words="The request comes without a data set", **who)
    assert Refusal.objects.count() == refusals.MOST + 1
    assert refusals.told().objects == 100
    others = Refusal.objects.get(address="")
    assert (others.called_ae, others.objects_refused) == ("", 100 - refusals.MOST)
    intake.refused(cause="no_data", words="x", **{**WHO, "peer": "Another"})
    assert Refusal.objects.get(peer="Another").objects_refused == 1


def test_people_see_what_was_refused_and_clear_it(intake: door.Intake) -> None:
    manager, radiographer = signed_in("pacs_manager"), signed_in("radiographer")
    assert "was refused" not in text(radiographer.get("/intake/arrivals/"))
    assert "Nothing that an admitted sender sent" in text(manager.get("/intake/senders/objects/"))
    sent(intake, made(StudyInstanceUID=None))
    page = text(manager.get("/intake/senders/objects/"))
    for words in ("The CT (CT1 at 10.0.0.9)", "TRIAL", "No Study Instance UID (0020,000D)", "Ask for it to be mended"):
        assert words in page
    page = text(radiographer.get("/intake/arrivals/"))
    assert "1 object of admitted senders and imports was refused" in page
    assert "/intake/senders/objects/" not in page
    assert radiographer.get("/intake/senders/objects/").status_code == 403
    assert "/intake/senders/objects/" in text(manager.get("/intake/arrivals/"))
    assert "1 object refused of admitted senders and imports" in [
        f"{i.count} {i.text}" for i in hooks.worklist(EVERYTHING)
    ]
    manager.post("/intake/senders/objects/clear", {"chosen": [Refusal.objects.get().pk, "x"]})
    manager.post("/intake/senders/objects/clear", {"chosen": []})
    assert (Refusal.objects.count(), refusals.told().objects) == (0, 0)
    row = AuditRow.objects.get(action="object_refusal_cleared")
    assert row.detail == {"cause": "no_study_uid", "objects": 1}


def test_a_cause_this_version_does_not_know_is_read_as_written() -> None:
    assert refusals.cause("too_green")[0] == "Too green"


def test_open_connections_their_limit_and_refusals_at_it_are_shown_with_the_sender(intake: door.Intake) -> None:
    door.admit_peer(by=EVERYTHING, calling_ae="CT1", address="10.0.0.0/24", name="The CT", idle_seconds=20)
    manager = signed_in("pacs_manager")
    assert "Not known, of 16" in text(manager.get("/intake/senders/"))
    admitted = intake.admit(calling_ae="CT1", called_ae="TRIAL", address="10.0.0.9")
    assert (admitted.max_associations, admitted.idle_seconds) == (16, 20)
    for _ in range(3):
        intake.refused(cause=TOO_MANY, words="x", **WHO)
    connections.tell({"The CT": 16, "Gone": 0})
    lines = text(manager.get("/intake/senders/?format=json"))
    assert '"open": 16' in lines
    assert '"full": 3' in lines
    assert "16 of 16" in text(manager.get("/intake/senders/"))
    assert refusals.told().objects == 0
    assert "Nothing that an admitted sender sent" in text(manager.get("/intake/senders/objects/"))
    jobs.remember(connections.NAME, {"at": "2026-01-01T00:00:00+00:00", "open": {}})
    assert connections.opened() is None
    url = f"/intake/senders/{Peer.objects.get().pk}"
    typed = {"name": "The CT", "site": "", "max_associations": "16"}
    assert manager.post(url, {**typed, "idle_seconds": "2"}).status_code == 400
    manager.post(url, {**typed, "idle_seconds": "90"})
    assert Peer.objects.get().idle_seconds == 90


def test_a_phantom_goes_where_it_was_sent_without_a_subject_and_a_person_without_a_number_is_held_there(
    intake: door.Intake,
) -> None:
    own = door.Intake(source="import", research_study="own", site="RNM01")
    for name, number in (("ACR WEEKLY", ""), ("Needlova^Zuzana", "")):
        data = made(PatientName=name, PatientID=number)
        path = own.temporary()
        path.write_bytes(data)
        whole = pydicom.dcmread(io.BytesIO(data))
        assert own.keep(Received(
            path=path, dataset_offset=read_meta(data)[1], size=len(data), buffer=data,
            sop_class_uid=str(whole.SOPClassUID), sop_instance_uid=str(whole.SOPInstanceUID),
            transfer_syntax=str(whole.file_meta.TransferSyntaxUID), **WHO,
        )) == 0  # fmt: skip
    rows = LedgerRow.objects.order_by("pk").values_list("research_study", "disposition", "cause", "enrolment")
    assert list(rows) == [("own", "pending", "", None), ("own", "held", "no_patient", None)]
    assert "Phantom" in text(signed_in("radiographer").get("/intake/arrivals/"))
    phantom, person = LedgerRow.objects.order_by("pk")
    assert (door.is_phantom(phantom), door.is_phantom(person)) == (True, False)


def test_an_unknown_sender_with_ever_new_titles_does_not_crowd_out_the_others(intake: door.Intake) -> None:
    assert intake.admit(calling_ae="PACS", called_ae="TRIAL", address="10.0.0.9").peer is None
    for number in range(50):
        intake.admit(calling_ae=f"T{number}", called_ae="TRIAL", address="10.6.6.6")
    intake.admit(calling_ae="T49", called_ae="TRIAL", address="10.6.6.6")
    listed = RefusedPeer.objects.filter(address="10.6.6.6")
    assert {row.calling_ae for row in listed} == {f"T{number}" for number in range(30, 50)}
    assert listed.get(calling_ae="T49").count == 2
    assert RefusedPeer.objects.get(address="10.0.0.9").calling_ae == "PACS"
