"""The index's write path: counts, answers and metadata, whatever arrives with what."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import connection, transaction
from support.archive_book import MemoryBlobs, put, scan

from isocentre.core.actor import SYSTEM
from isocentre.core.dicom.header import read_header
from isocentre.core.dicomweb.facts import CONFLICT, TOMBSTONED, facts_of
from isocentre.jobs.models import OutboxRow
from isocentre.rooms.archive import proof, storing, upkeep
from isocentre.rooms.archive.models import ImagingStudy, Instance, Series, SeriesMetadata
from isocentre.rooms.archive.storing import Outcome, Request, StoredObject


def stored(blobs: MemoryBlobs, uid: str) -> StoredObject:
    """The object held under `uid`, to be stored again or changed."""
    row = Instance.objects.get(object_uid=uid, current=True)
    facts = facts_of(read_header(blobs.held[row.blob_key]))
    return StoredObject(facts, row.revision, row.sha256, row.blob_key, row.size)


def named(one: StoredObject, uid: str, **said: str) -> StoredObject:
    return replace(one, facts=replace(one.facts, object_uid=uid, **said))


def together(*requests: list[StoredObject]) -> list[list[Outcome]]:
    with transaction.atomic():
        return storing.store_all([Request(SYSTEM, each, {}) for each in requests])


def counts(tmp_path: Path) -> list[tuple[str, int, int]]:
    """Series and images each scan says it has; the proof must agree."""
    assert proof.prove(home=tmp_path, pause=0).findings == []
    return list(ImagingStudy.objects.order_by("study_uid").values_list("study_uid", "series_count", "instance_count"))


def test_images_that_come_one_by_one_are_counted_and_make_the_metadata_stale(
    archive: MemoryBlobs, tmp_path: Path
) -> None:
    scan("1", series=2, images=3)
    assert counts(tmp_path) == [("2.25.1", 2, 6)]
    assert set(SeriesMetadata.objects.values_list("stale", "generation")) == {(True, 3)}
    assert ImagingStudy.objects.get().modalities == "MR"


def test_a_series_of_another_modality_joins_the_scan(archive: MemoryBlobs, tmp_path: Path) -> None:
    scan("1", images=2)
    put("1.2.1", Modality="PT")
    assert counts(tmp_path) == [("2.25.1", 2, 3)]
    assert ImagingStudy.objects.get().modalities == "MR\\PT"


def test_requests_stored_together_are_each_answered(archive: MemoryBlobs, tmp_path: Path) -> None:
    one = stored(archive, put("1.1.1"))
    two, three = named(one, "2.25.1.1.2"), named(one, "2.25.1.1.3")
    other = replace(two, sha256="0" * 64)
    answers = together([two, one], [two, three], [other], [named(one, "2.25.9", research_study="another")])
    assert [[(a.failure, a.repeated) for a in each] for each in answers] == [
        [(0, False), (0, True)],
        [(0, True), (0, False)],
        [(CONFLICT, False)],
        [(CONFLICT, False)],
    ]
    assert counts(tmp_path) == [("2.25.1", 1, 3)]
    assert Series.objects.get().instance_count == 3


def test_a_correction_takes_the_place_of_the_image_it_corrects(archive: MemoryBlobs, tmp_path: Path) -> None:
    one = stored(archive, put("1.1.1"))
    put("1.1.2")
    said = {**one.facts.series, "description": "Said better"}
    [[answer]] = together([replace(one, revision=1, facts=replace(one.facts, series=said))])
    assert answer.stored
    assert counts(tmp_path) == [("2.25.1", 1, 2)]
    assert Series.objects.get().description == "Said better"
    [[late]] = together([replace(named(one, one.facts.object_uid), revision=0, sha256="0" * 64)])
    assert late.failure == CONFLICT


def test_what_was_recalled_does_not_return(archive: MemoryBlobs) -> None:
    one = stored(archive, put("1.1.1"))
    new = named(one, "2.25.1.1.2")
    [answer] = storing.store(by=SYSTEM, objects=[new], stones={"2.25.1.1.2": 0})
    assert answer.failure == TOMBSTONED


def test_a_series_is_told_of_once_a_batch(archive: MemoryBlobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("isocentre.jobs.door._listeners", {"scan_stored": {"test": lambda event: None}})
    one = stored(archive, put("1.1.1"))
    OutboxRow.objects.all().delete()
    together([named(one, "2.25.1.1.2"), named(one, "2.25.1.1.3")], [named(one, "2.25.1.1.4")])
    [told] = OutboxRow.objects.all()
    assert told.payload["series_uid"] == "2.25.1.1"


@pytest.mark.django_db(transaction=True)
def test_threads_that_store_at_once_lose_nothing(archive: MemoryBlobs, tmp_path: Path) -> None:
    one = stored(archive, put("1.1.1"))
    answers: list[Outcome] = []

    def send(number: int) -> None:
        answers.extend(storing.store_together(Request(SYSTEM, [named(one, f"2.25.1.1.{number}")], {})))
        connection.close()

    threads = [threading.Thread(target=send, args=(number,)) for number in range(2, 22)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.stored for answer in answers] == [True] * 20
    assert counts(tmp_path) == [("2.25.1", 1, 21)]


def test_metadata_is_rebuilt_when_nothing_came_since_the_last_look(archive: MemoryBlobs) -> None:
    upkeep._last_look.clear()
    put("1.1.1")
    assert upkeep.rebuild_metadata("w") == 0
    put("1.1.2")
    assert upkeep.rebuild_metadata("w") == 0
    assert upkeep.rebuild_metadata("w") == 1
    assert not SeriesMetadata.objects.get().stale
    assert upkeep.rebuild_metadata("w") == 0
