"""Destinations: two people, said by the database too; ended by one; checked in words; certificates of deletion."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone
from support.hospital import enrolled, images
from support.onward_book import ANN, BEN, Memory, confirmed, entered, states

from isocentre.audit.models import AuditRow
from isocentre.core.actor import Scope
from isocentre.core.checks import NotFound, Unfit
from isocentre.rooms.deid import door, work
from isocentre.rooms.deid.onward import again, asking_back, naming, sending
from isocentre.rooms.deid.onward.rows import DeletionCertificate, OnwardCopy, SendNode
from isocentre.rooms.intake import recalling
from isocentre.rooms.intake.models import LedgerRow

pytestmark = pytest.mark.usefixtures("hospital")
ELSEWHERE = replace(BEN, name="cat", scope=Scope(frozenset({("lungs", "*")})))


def unfit(act: Any, *given: Any, **more: Any) -> dict[str, str]:
    """The words by field with which something is refused."""
    with pytest.raises(Unfit) as told:
        act(*given, **more)
    return told.value.errors


def test_nobody_confirms_what_they_entered_not_by_a_token_and_not_past_the_program() -> None:
    node = entered()
    assert unfit(naming.confirm, by=ANN, pk=node.pk) == {"node": naming.OWN}
    assert unfit(naming.confirm, by=replace(ANN, kind="token", name="ann#3"), pk=node.pk) == {"node": naming.OWN}
    mine = SendNode.objects.filter(pk=node.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        mine.update(state="confirmed", confirmed_by="ann", confirmed_at=timezone.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        mine.update(state="confirmed")
    with pytest.raises(IntegrityError), transaction.atomic():
        mine.update(state="ended")
    assert naming.confirm(by=BEN, pk=node.pk).state == "confirmed"
    assert naming.confirm(by=BEN, pk=node.pk).state == "confirmed", "again by the same person: success"
    third = replace(BEN, name="dan")
    assert unfit(naming.confirm, by=third, pk=node.pk) == {"node": naming.GONE}
    said = list(AuditRow.objects.filter(object_type="send_node").order_by("pk").values_list("action", "actor"))
    assert said == [("node_entered", "ann"), ("node_confirmed", "ben")]


def test_who_may_not_or_is_of_another_research_study_does_nothing() -> None:
    node, nobody = entered(), replace(BEN, permissions=frozenset())
    with pytest.raises(PermissionDenied):
        entered(by=nobody, name="Other", host="10.0.0.8")
    for act in (naming.confirm, again.try_again):
        with pytest.raises(PermissionDenied):
            act(by=nobody, pk=node.pk)
        with pytest.raises(NotFound):
            act(by=ELSEWHERE, pk=node.pk)
    with pytest.raises(NotFound):
        naming.end(by=ELSEWHERE, pk=node.pk, reason="Over")
    assert list(naming.visible(ELSEWHERE)) == []
    assert (naming.waiting_for(ELSEWHERE), naming.waiting_for(ANN), naming.waiting_for(nobody)) == ([], [], [])
    assert naming.waiting_for(BEN) == [node]


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"name": ""}, "name", "Give it a name"), ({"name": "Lab 999 000 0018"}, "name", "NHS number"),
        ({"way": "ftp"}, "way", "Choose how"), ({"host": ""}, "host", "IP address"),
        ({"host": "a b"}, "host", "IP address"), ({"host": "http://x/"}, "host", "IP address"),
        ({"port": 0}, "port", "number"), ({"port": 70000}, "port", "number"),
        ({"called_ae": ""}, "called_ae", "AE title"), ({"calling_ae": "A\\B"}, "calling_ae", "AE title"),
        ({"way": "stow", "web": "Nowhere"}, "web", "DICOMweb server"), ({"approval": " "}, "approval", "reference"),
        ({"days": -1}, "until", "over already"), ({"until": None}, "until", "last day"),
        ({"reason": ""}, "reason", "Say why"), ({"slug": "new"}, "name", "not in force"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_by_field(changes: dict[str, Any], field: str, words: str) -> None:
    found = unfit(entered, **changes)
    assert words in found[field]
    assert not SendNode.objects.exists()


def test_by_dicomweb_no_address_is_typed() -> None:
    node = confirmed(way="stow", web="Eastvale", host="10.9.9.9", called_ae="", calling_ae="")
    assert (node.host, node.port, node.called_ae, node.place) == ("", 0, "", "web|Eastvale")
    assert unfit(entered, name="Other", way="stow", web="Eastvale")["web"].startswith("That is where Core lab is")


def test_a_name_and_a_place_are_there_once_until_it_is_over() -> None:
    node = confirmed()
    assert "of this name" in unfit(entered, host="10.0.0.8")["name"]
    assert "That is where Core lab is" in unfit(entered, name="Other")["host"]
    assert unfit(naming.end, by=ANN, pk=node.pk, reason="") == {"reason": "Say why, in a few words"}
    naming.end(by=ANN, pk=node.pk, reason="Renewed")
    assert naming.end(by=BEN, pk=node.pk, reason="Again").ended_by == "ann", "ended once"
    assert entered().state == "entered"


def test_what_waits_is_refused_or_taken_back_once() -> None:
    node = entered()
    assert "not in force" in unfit(naming.end, by=ANN, pk=node.pk, reason="Over")["node"]
    assert naming.refuse(by=BEN, pk=node.pk, reason="Not in the approval").state == "refused"
    assert unfit(naming.refuse, by=ANN, pk=node.pk, reason="No") == {"node": naming.GONE}
    assert unfit(naming.confirm, by=BEN, pk=node.pk) == {"node": naming.GONE}


def test_an_approval_that_ended_meanwhile_is_not_confirmed() -> None:
    node = entered()
    SendNode.objects.update(until=timezone.localdate() - timedelta(days=1))
    assert "over" in unfit(naming.confirm, by=BEN, pk=node.pk)["node"]


@pytest.fixture
def asked(ports: door.Ports, tmp_path: Path) -> SendNode:
    """Two scans went to a destination; both were taken back."""
    ports.recipients = lambda node: Memory()
    door.accept(by=ANN, slug="own")
    images(tmp_path, 2)
    LedgerRow.objects.update(enrolment=enrolled("own"))
    work.move("w-1")
    node = confirmed()
    sending.send("w-1")
    for row in LedgerRow.objects.select_related("arrival"):
        recalling.recall(by=ANN, key=row.pk, series=[row.arrival.series_uid], reason="Scanned under another")
    assert asking_back.look("w-1") == 2
    return node


def certify(node: SendNode, chosen: list[str], **changes: Any) -> DeletionCertificate:
    typed = {"confirmed_by": "Data office", "on": timezone.localdate(), "reference": "DEL-7", "sha256": "A" * 64}
    return asking_back.certify(by=ANN, pk=node.pk, chosen=chosen, **{**typed, **changes})


def test_a_certificate_covers_what_it_names_and_no_more(asked: SendNode) -> None:
    first, second = asking_back.to_delete(ANN, asked)
    made = certify(asked, [first.key])
    assert (made.images, made.sha256, made.recorded_by) == (1, "a" * 64, "ann")
    assert states() == ["deleted", "recall_asked"]
    assert asking_back.copies_of(OnwardCopy.objects.order_by("pk")[0].study_uid) == {}
    assert [one["images"] for one in asking_back.waiting(ANN)] == [1]
    assert "scans" in unfit(certify, asked, [first.key])
    certify(asked, [second.key], sha256="")
    assert (asking_back.waiting(ANN), asking_back.look("w-1")) == ([], 0)
    with pytest.raises(IntegrityError), transaction.atomic():
        OnwardCopy.objects.update(certificate=None)


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"confirmed_by": ""}, "confirmed_by"), ({"on": None}, "on"), ({"reference": ""}, "reference"),
     ({"on": timezone.localdate() + timedelta(days=2)}, "on"), ({"sha256": "xyz"}, "sha256"),
     ({"reference": "999 000 0018"}, "reference"), ({"chosen": []}, "scans"), ({"chosen": ["1-9"]}, "scans")],
)  # fmt: skip
def test_a_certificate_that_says_too_little_is_none(asked: SendNode, changes: dict[str, Any], field: str) -> None:
    keys = [one.key for one in asking_back.to_delete(ANN, asked)]
    given = {"chosen": keys, **changes}
    assert field in unfit(certify, asked, given.pop("chosen"), **given)
    assert states() == ["recall_asked"] * 2


def test_who_may_not_take_scans_back_certifies_nothing(asked: SendNode) -> None:
    nobody = replace(ANN, permissions=frozenset())
    with pytest.raises(PermissionDenied):
        asking_back.certify(by=nobody, pk=asked.pk, chosen=[], confirmed_by="", on=None, reference="")
    with pytest.raises(NotFound):
        asking_back.certify(by=ELSEWHERE, pk=asked.pk, chosen=[], confirmed_by="", on=None, reference="")
    assert asking_back.waiting(nobody) == []
    site = replace(ANN, scope=Scope(frozenset({("own", "RNM02")})))
    assert (asking_back.to_delete(site, asked), asking_back.waiting(site)) == ([], [])


def test_what_was_not_sent_is_tried_again_when_somebody_says_so(ports: door.Ports, tmp_path: Path) -> None:
    there = Memory(dumb=False)
    ports.recipients = lambda node: there
    door.accept(by=ANN, slug="own")
    images(tmp_path, 1)
    work.move("w-1")
    there.refuses = {LedgerRow.objects.get().object_uid: "status A700"}
    node = confirmed()
    sending.send("w-1")
    assert states() == ["failed"]
    there.refuses = {}
    assert sending.send("w-1") == 0, "nobody asked for it"
    assert again.try_again(by=ANN, pk=node.pk) == 1
    assert (sending.send("w-1"), states()) == (1, ["sent"])
    assert again.try_again(by=ANN, pk=node.pk) == 0
    naming.end(by=ANN, pk=node.pk, reason="Over")
    assert "node" in unfit(again.try_again, by=ANN, pk=node.pk)
