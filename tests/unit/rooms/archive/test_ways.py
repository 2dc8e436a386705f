"""What a token stored directly is counted apart from what hospitals sent on, and cannot go unnoticed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from django.db.models import F
from support.archive_book import MemoryBlobs, put, scan

from isocentre.cli import status
from isocentre.core.actor import SYSTEM, Actor, Scope
from isocentre.core.dicom.header import read_header
from isocentre.core.dicomweb.facts import CONFLICT, facts_of
from isocentre.rooms.archive import door, hooks, proof, storing
from isocentre.rooms.archive.models import DirectTotal, ImagingStudy, Instance
from isocentre.rooms.archive.storing import Outcome, Request, StoredObject

STORES = frozenset({"images_store"})
GATEWAY = Actor("gateway", "RZN01", "gateway", Scope.everything(), STORES)
TOKEN = Actor("token", "sam#1", "imaging_core", Scope.everything(), STORES)


@pytest.fixture
def one(archive: MemoryBlobs) -> StoredObject:
    """An object as it is stored; the index is empty."""
    row = Instance.objects.get(object_uid=put("1.1.1"))
    facts = facts_of(read_header(archive.held[row.blob_key]))
    ImagingStudy.objects.all().delete()
    DirectTotal.objects.all().delete()
    return StoredObject(facts, 0, row.sha256, row.blob_key, row.size)


def another(one: StoredObject, uid: str, **said: str) -> StoredObject:
    return replace(one, facts=replace(one.facts, object_uid=uid, **said))


def keep(by: Actor, *objects: StoredObject) -> list[Outcome]:
    return storing.store(by=by, objects=objects, stones={})


def proved(tmp_path: Path) -> tuple[int, list[str]]:
    """How many count as here directly, and what the proof finds about it."""
    it = proof.prove(home=tmp_path, pause=0)
    return it.checked.get("direct", 0), [f"{f.about} {f.count}" for f in it.findings]


def test_what_a_hospital_sent_on_and_what_a_token_stored_are_counted_apart(one: StoredObject, tmp_path: Path) -> None:
    derived = another(one, "2.25.50")
    assert all(answer.stored for answer in keep(GATEWAY, one) + keep(TOKEN, derived) + keep(TOKEN, derived))
    assert list(proof.held()) == [one.facts.object_uid]
    assert proved(tmp_path) == (1, [])
    assert (door.counts(by=SYSTEM).stored, door.counts(by=SYSTEM, direct=True).stored) == (1, 1)
    door.erase(by=SYSTEM, stones={"2.25.50": 0}, reason="asked for", recalled=True)
    assert (door.counts(by=SYSTEM, direct=True).stored, door.counts(by=SYSTEM, direct=True).recalled) == (0, 1)
    assert (door.counts(by=SYSTEM).stored, door.counts(by=SYSTEM).recalled) == (1, 0)
    assert proved(tmp_path) == (1, []), "recalled, and still accounted for"


def test_one_that_is_gone_from_the_index_is_found_even_with_its_scan(one: StoredObject, tmp_path: Path) -> None:
    keep(TOKEN, one, another(one, "2.25.50"))
    ImagingStudy.objects.all().delete()
    assert proved(tmp_path) == (0, ["direct 2"])


def test_one_that_was_never_counted_is_found(one: StoredObject, tmp_path: Path) -> None:
    keep(GATEWAY, one)
    Instance.objects.update(direct=True)
    assert proved(tmp_path) == (1, ["direct 1"])


def test_revisions_of_one_object_are_one(one: StoredObject, tmp_path: Path) -> None:
    keep(TOKEN, one)
    assert keep(TOKEN, replace(one, revision=1, sha256="0" * 64))[0].stored
    assert DirectTotal.objects.get().objects_stored == 1


def test_what_came_one_way_is_not_corrected_the_other_way(one: StoredObject) -> None:
    keep(GATEWAY, one)
    mine = another(one, "2.25.50")
    keep(TOKEN, mine)
    later = [replace(each, revision=1, sha256="0" * 64) for each in (one, mine)]
    answers = keep(TOKEN, later[0]) + keep(GATEWAY, later[1])
    assert [(a.failure, "another way" in a.reason) for a in answers] == [(CONFLICT, True)] * 2
    assert keep(TOKEN, one)[0].repeated
    assert not Instance.objects.get(object_uid=one.facts.object_uid).direct, "it stays what the hospital sent on"


@pytest.mark.parametrize("at_once", [False, True])
def test_what_a_hospital_sends_too_is_the_hospitals(one: StoredObject, tmp_path: Path, at_once: bool) -> None:
    two = another(one, "2.25.50")
    requests = [Request(TOKEN, [one, two], {}), Request(GATEWAY, [one], {})]
    answers = storing.store_all(requests) if at_once else [storing.store_all([each])[0] for each in requests]
    assert answers[1][0].repeated
    assert list(proof.held()) == [one.facts.object_uid]
    assert proved(tmp_path) == (1, [])


def test_a_canary_is_never_counted(one: StoredObject, tmp_path: Path) -> None:
    keep(TOKEN, another(one, "2.25.50", research_study=door.CANARY))
    assert proved(tmp_path) == (0, [])
    door.forget_canaries(by=SYSTEM)
    assert proved(tmp_path) == (0, [])


def test_status_and_the_pages_name_them_apart(
    archive: MemoryBlobs, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    scan("1", images=3)
    Instance.objects.filter(number__lt=3).update(direct=False)
    DirectTotal.objects.update(objects_stored=F("objects_stored") - 2)
    monkeypatch.setattr(status.zones, "use", lambda zone: None)
    answer = status._of("platform")
    assert answer["platform"] == {"stored": 2, "recalled": 0, "erased": 0}
    assert answer["stored_directly"] == {"stored": 1, "recalled": 0, "erased": 0}
    status._print(answer, balanced=True)
    assert "sent on by no hospital: 1 stored" in " ".join(capsys.readouterr().out.split())
    [*_, stored] = hooks.life(SYSTEM, "2.25.1")
    assert "1 of them stored here directly, sent on by no hospital" in stored.detail
