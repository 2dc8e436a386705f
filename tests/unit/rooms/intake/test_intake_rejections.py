"""Rejection notes of the picture archive: taken back, held and asked about, or only logged; twice, early, of nobody."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from support.dicom_bytes import CT, el, item, part10, seq
from support.hospital import LEAD, arrive, newcomer, signed_in, text

from isocentre.audit.models import AuditRow
from isocentre.core.actor import Actor, Scope
from isocentre.core.checks import NotFound, Unfit
from isocentre.core.dicom.rejection import EXPIRED, KEY_OBJECTS, QUALITY, SAFETY, WORKLIST, RejectionNote
from isocentre.core.ports import Received
from isocentre.core.routing import Route
from isocentre.jobs import claims
from isocentre.rooms.intake import decisions, door, rejections, scans
from isocentre.rooms.intake import models as rows
from isocentre.rooms.intake.models import Disposition, LedgerRow, Recall, RecalledImage
from isocentre.rooms.intake.receive import Intake

pytestmark = pytest.mark.usefixtures("hospital")
BY = Actor("person", "manager", "pacs_manager", Scope.everything(),
           frozenset({"scans_recall", "arrivals_view", "held_act", "held_view"}))  # fmt: skip
ONE, OTHER = "1.2.3.1", "1.2.3.2"
IMAGES = ((("1.2.3"), ONE), ("1.2.3", OTHER))


def image(uid: str, sent: bool = False, **changes: Any) -> None:
    arrive(newcomer(uid, route=Route("lungs"), **changes))
    if sent:
        LedgerRow.objects.filter(sop_instance_uid=uid).update(
            disposition="sent_on", sent_at=timezone.now(), object_uid=f"2.25.{uid[-1]}"
        )


def noted(code: str, *images: tuple[str, str], uid: str = "1.2.3.99", carry_out: bool = True) -> None:
    given = rejections.routes((Route("lungs"),))
    arrive(newcomer(uid, routes=given, sop_class_uid=KEY_OBJECTS, note=RejectionNote(code, images or IMAGES)))
    if carry_out:
        rejections.carry_out("w-1")


def state(uid: str) -> tuple[str, str, bool]:
    row = LedgerRow.objects.get(sop_instance_uid=uid)
    return row.disposition, row.cause, row.recalled


def note() -> rows.RejectionNote:
    return rows.RejectionNote.objects.get()


@pytest.mark.parametrize("code", [SAFETY, WORKLIST])
def test_what_it_names_is_taken_back(code: str) -> None:
    image(ONE, sent=True)
    image(OTHER)
    image("1.2.3.3")
    noted(code)
    assert [state(uid) for uid in (ONE, OTHER, "1.2.3.3")] == [
        ("sent_on", "", True),
        ("rejected", "rejected_there", False),
        ("pending", "", False),
    ]
    assert state("1.2.3.99") == ("left_out", "rejection_note", False)
    one = Recall.objects.get()
    assert (one.note, one.by, one.images, one.sent, one.whole) == (code, "isocentre", 2, 1, False)
    assert code in one.reason
    assert (note().state, note().found) == ("done", 2)
    assert (rejections.carry_out("w-1"), arrive(newcomer(ONE))[0].outcome) == (0, "recalled")
    assert all(each["received"] == sum(each[d] for d in Disposition.values) for each in door.totals().values())
    image("1.2.3.7", facts={"series_uid": "1.2.3.70"})
    assert state("1.2.3.7")[0] == "pending", "what replaces it is welcome"


def test_the_whole_scan_of_it_is_gone_though_its_note_stays_in_the_ledger() -> None:
    image(ONE, sent=True)
    image(OTHER, sent=True)
    noted(WORKLIST)
    assert Recall.objects.get().whole
    key = str(LedgerRow.objects.get(sop_instance_uid=ONE).pk)
    found = scans.scan(by=BY, key=key)
    assert found is not None
    assert found.gone
    page = text(signed_in("pacs_manager").get(f"/scan/{key}/"))
    assert "Taken back: rejected in the picture archive" in page
    assert "a rejection note" in page
    assert "a rejection note" in text(signed_in("dpo").get("/intake/recalls/"))


def test_twice_of_nobody_and_of_another_scan_it_does_nothing_more() -> None:
    image(ONE)
    noted(SAFETY, ("1.2.3", ONE))
    noted(SAFETY, ("1.2.3", ONE), uid="1.2.3.98")
    noted(SAFETY, ("1.2.3", ONE), uid="1.2.3.98")
    assert (Recall.objects.count(), rows.RejectionNote.objects.filter(state="done", found=1).count()) == (1, 2)
    noted(SAFETY, ("9.9", "9.9.1"), uid="1.2.3.97")
    noted(SAFETY, ("9.9", OTHER), uid="1.2.3.96")
    image(OTHER)
    assert set(rows.RejectionNote.objects.filter(found=0).values_list("state", flat=True)) == {"waiting"}
    assert state(OTHER)[0] == "pending"


def test_images_that_come_after_their_note_are_looked_for_for_a_day() -> None:
    noted(SAFETY, ("1.2.3", ONE))
    image(ONE)
    assert rejections.carry_out("w-1") == 0, "looked for again in a minute"
    rows.RejectionNote.objects.update(not_before=None)
    assert (rejections.carry_out("w-1"), state(ONE)[:2], note().state) == (1, ("rejected", "rejected_there"), "done")
    noted(SAFETY, ("1.2.3", OTHER), uid="1.2.3.98")
    rows.RejectionNote.objects.filter(state="waiting").update(
        not_before=None, at=timezone.now() - timedelta(days=1, minutes=1)
    )
    assert rejections.carry_out("w-1") == 1
    assert rows.RejectionNote.objects.get(sop_instance_uid="1.2.3.98").state == "done"


def test_for_quality_what_waits_is_held_and_nothing_else_is_asked() -> None:
    image(ONE)
    image(OTHER)
    LedgerRow.objects.filter(sop_instance_uid=OTHER).update(claimed_by="w-2", lease_until=timezone.now() + claims.LEASE)
    noted(QUALITY)
    assert (state(ONE)[:2], state(OTHER)[:2]) == (("held", "rejected_quality"), ("pending", ""))
    assert note().state == "waiting", "one is in a worker's hands"
    LedgerRow.objects.filter(sop_instance_uid=OTHER).update(claimed_by="")
    rows.RejectionNote.objects.update(not_before=None)
    rejections.carry_out("w-1")
    assert (state(OTHER)[:2], note().state) == (("held", "rejected_quality"), "done")
    key = LedgerRow.objects.get(sop_instance_uid=ONE).pk
    decisions.try_again(by=LEAD, keys=[key], cause="rejected_quality", reason="Of use to the trial all the same")
    assert state(ONE)[1] != "rejected_quality"
    assert not Recall.objects.exists()


@pytest.mark.parametrize(("decision", "recalled", "end"), [("back", True, "done"), ("keep", False, "kept")])
def test_for_quality_a_person_decides_about_what_was_sent_on(
    settings: Any, decision: str, recalled: bool, end: str
) -> None:
    settings.DEMO = True
    image(ONE, sent=True)
    noted(QUALITY, ("1.2.3", ONE))
    assert (note().state, state(ONE)) == ("asked", ("sent_on", "", False))
    client = signed_in("radiographer")
    assert "rejection note for quality" in text(client.get("/"))
    listed = text(client.get("/intake/recalls/notes/"))
    address = f"/intake/recalls/notes/{note().pk}"
    assert address in listed
    assert "Rejected for quality reasons (113001)" in listed
    assert "1 image for quality" in text(client.get(address))
    assert client.post(address, {"decision": "", "reason": ""}).status_code == 400
    assert client.post(address, {"decision": decision, "reason": "Motion, not readable"}).status_code == 302
    assert (state(ONE), note().state) == (("sent_on", "", recalled), end)
    assert RecalledImage.objects.count() == recalled
    assert client.get(address).status_code == 404
    assert "Sam Lee" in text(client.get("/intake/recalls/notes/"))
    with pytest.raises(NotFound):
        rejections.decide(by=BY, pk=note().pk, decision=decision, why="Again")


def test_it_is_decided_in_scope_and_with_a_reason_that_names_nobody() -> None:
    image(ONE, sent=True)
    noted(QUALITY, ("1.2.3", ONE))
    other = Actor("person", "m", "pacs_manager", Scope(frozenset({("own", "*")})), BY.permissions)
    with pytest.raises(NotFound):
        rejections.decide(by=other, pk=note().pk, decision="back", why="Motion")
    with pytest.raises(Unfit) as error:
        rejections.decide(by=BY, pk=note().pk, decision="back", why="NHS number 999 000 0018")
    assert set(error.value.errors) == {"reason"}


def test_what_expired_in_the_archive_is_only_logged() -> None:
    image(ONE, sent=True)
    noted(EXPIRED)
    assert (state(ONE), note().state, Recall.objects.count()) == (("sent_on", "", False), "done", 0)
    assert AuditRow.objects.get(action="rejection_note_taken").detail == {"code": EXPIRED, "images": 2, "found": 0}


def test_a_note_is_known_as_it_comes_and_one_that_cannot_be_read_is_no_note(tmp_path: Path, settings: Any) -> None:
    settings.ZONE_HOME = tmp_path
    title = item(el(0x00080100, "SH", "113037") + el(0x00080102, "SH", "DCM"))
    objects = seq(0x00081199, [item(el(0x00081150, "UI", CT) + el(0x00081155, "UI", ONE))])
    scan = item(seq(0x00081115, [item(objects)]) + el(0x0020000D, "UI", "1.2.3"))
    intake = Intake(research_study="own", site="RNM01")
    for uid, first in (("1.2.3.99", title), ("1.2.3.98", el(0x00080100, "SH", "113037"))):
        whole = el(0x00080016, "UI", KEY_OBJECTS) + el(0x00080018, "UI", uid) + el(0x00100020, "LO", "NM1")
        whole += el(0x0020000D, "UI", "1.2.3") + el(0x0020000E, "UI", "1.2.3.90")
        data = part10(whole + seq(0x0040A043, [first]) + seq(0x0040A375, [scan]), sop_class=KEY_OBJECTS)
        path = intake.temporary()
        path.write_bytes(data)
        header = data.index(el(0x00080016, "UI", KEY_OBJECTS))
        intake.keep(Received(
            path=path, dataset_offset=header, size=len(data), sop_class_uid=KEY_OBJECTS, sop_instance_uid=uid,
            transfer_syntax="1.2.840.10008.1.2.1", calling_ae="PACS", called_ae="ISO", address="127.0.0.1", peer="ct",
            association="a",
        ))  # fmt: skip
    assert note().images == [["1.2.3", ONE]]
    assert state("1.2.3.99")[:2] == ("left_out", "rejection_note")
    assert state("1.2.3.98")[1] != "rejection_note"
