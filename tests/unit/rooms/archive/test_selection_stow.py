"""What is made of a Selection with a map comes back through it to what is held, or is refused without a word of it."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.utils import timezone
from mapped_world import (
    BOLD,
    FRAME,
    LEFT,
    OTHER,
    World,
    derived,
    leaks,
    made,
    scans,
    send,
    shown,
    uid,
    value,
)
from pydicom import dcmread
from pydicom.uid import ExplicitVRLittleEndian
from support.archive_book import MemoryBlobs

from isocentre.rooms.archive.models import ImagingStudy, Instance


@pytest.mark.parametrize("label", ["R001", "R002"])
def test_what_is_made_of_the_selection_comes_back_to_what_is_held(
    world: World, archive: MemoryBlobs, label: str
) -> None:
    source = shown(world, label)
    new = derived(source)
    answer = send(world, new)
    assert answer.status_code == 200, answer.content
    [stored] = answer.json()["00081199"]["Value"]
    assert value(stored, "00081155") == new.SOPInstanceUID
    named = f"studies/{new.StudyInstanceUID}/series/{new.SeriesInstanceUID}/instances/{new.SOPInstanceUID}"
    assert value(stored, "00081190") == f"/dicomweb/{named}"
    assert leaks(world, answer) == []
    held = Instance.objects.select_related("series__study").latest("pk")
    study, pseudonym = {"R001": (uid(1), BOLD), "R002": (uid(2), LEFT)}[label]
    assert (held.series.study.study_uid, held.series.study.pseudonym) == (study, pseudonym)
    file = dcmread(io.BytesIO(archive.held[held.blob_key]))
    assert (file.PatientID, str(file.PatientName), file.ClinicalTrialSubjectID) == (
        pseudonym, pseudonym, f"S-{pseudonym[-4:]}",
    )  # fmt: skip
    assert (file.StudyDate, file.AcquisitionDateTime) == ("20200107", "20200107104233.5")
    assert file.FrameOfReferenceUID == FRAME
    assert Instance.objects.filter(object_uid=file.ReferencedImageSequence[0].ReferencedSOPInstanceUID).exists()
    assert file.PixelData == new.PixelData
    assert send(world, new).status_code == 200, "the same again"
    assert Instance.objects.filter(series__study__study_uid=study).count() == 7
    assert ImagingStudy.objects.count() == 3
    same = value(next(s for s in scans(world) if value(s, "00100020") == label), "00201208")
    assert same == 5, "a frozen Selection takes nothing in"


def test_what_may_not_be_stored_through_it_is_refused_without_a_word_of_what_is_held(world: World) -> None:
    source = shown(world)
    other = made(3, 31, 1, OTHER)
    changed = source.__deepcopy__({})
    changed.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    changed.SeriesDescription = "Changed"
    wrong = derived(source)
    wrong.PatientID = wrong.PatientName = "R002"
    for bad, more in ((other, {}), (changed, {}), (wrong, {}), (derived(source), {"revision": "5"}),
                      (derived(source), {"path": f"studies/{uid(1)}"}), (derived(source), {"may": False})):  # fmt: skip
        before = Instance.objects.count()
        answer = send(world, bad, **more)  # type: ignore[arg-type]  # keywords of mixed kinds
        assert answer.status_code in (403, 409)
        kept = world.held - {str(v) for v in (other.SOPInstanceUID, other.StudyInstanceUID)}
        assert [v for v in sorted(kept) if v in answer.content.decode()] == []
        assert Instance.objects.count() == before
    good = send(world, derived(source), path=f"studies/{source.StudyInstanceUID}")
    assert good.status_code == 200


def test_an_expired_selection_serves_and_takes_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    source = shown(world)
    tomorrow = timezone.localdate() + timedelta(days=1)
    monkeypatch.setattr("isocentre.rooms.archive.scoping._today", lambda: tomorrow)
    assert world.get("studies").json() == []
    assert world.get(f"studies/{source.StudyInstanceUID}").status_code == 404
    assert send(world, derived(source)).status_code == 409
