"""A Selection with a map: every answer shows the same other UIDs, dates and label; none shows what is held."""

from __future__ import annotations

import io

import pytest
from django.test import Client
from django.utils import timezone
from mapped_world import (
    BOLD,
    LEFT,
    OTHER,
    World,
    described_of,
    leaks,
    objects,
    parsed,
    paths,
    scans,
    token,
    uid,
    value,
)
from pydicom import dcmread
from pydicom.uid import DeflatedExplicitVRLittleEndian
from support.archive_book import MR

from isocentre.audit.models import AuditRow
from isocentre.core.actor import SYSTEM, Actor, Scope
from isocentre.people.models import User
from isocentre.rooms.archive import door, looks


def test_a_search_shows_labels_dates_and_uids_of_the_selection(world: World) -> None:
    rows = {value(r, "00100020"): r for r in scans(world)}
    assert set(rows) == {"R001", "R002"}
    assert value(rows["R001"], "00080020") == "20191217"
    assert value(rows["R002"], "00080020") == "20211207"
    assert value(rows["R001"], "00100010") == value(rows["R001"], "00120040") == "R001"
    assert value(rows["R001"], "00201208") == 5, "what the Selection holds, not what the archive does"
    study = value(rows["R001"], "0020000D")
    assert value(rows["R001"], "00081190") == f"/dicomweb/studies/{study}"
    assert study.startswith("2.25.")
    assert study not in world.held


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"PatientID": "R001"}, 1), ({"PatientID": "R00*"}, 2), ({"PatientName": "r001"}, 0), ({"PatientID": BOLD}, 0),
        ({"PatientID": "P-*"}, 0), ({"StudyDate": "20191217"}, 1), ({"StudyDate": "20191201-20191231"}, 1),
        ({"StudyDate": "20200107"}, 0), ({"StudyDate": "20200101-20200131"}, 0), ({"StudyInstanceUID": uid(1)}, 0),
        ({"ClinicalTrialSubjectID": "R002"}, 1), ({"ClinicalTrialSubjectID": "S-*"}, 0),
        ({"ModalitiesInStudy": "MR"}, 2), ({"StudyDescription": "Head"}, 2),
    ],
)  # fmt: skip
def test_a_search_compares_with_what_is_shown(world: World, query: dict[str, str], found: int) -> None:
    answer = world.get("studies", **query)
    rows = answer.json() if answer.status_code == 200 else []
    assert len(rows) == found


def test_pages_of_a_search_are_whole(world: World) -> None:
    every = [value(r, "00080018") for r in world.get("instances").json()]
    paged = [value(world.get("instances", limit="1", offset=str(n)).json()[0], "00080018") for n in range(len(every))]
    assert paged == every
    assert len(set(every)) == 10
    assert "additional results" in world.get("instances", limit="3").headers["Warning"]


def test_every_answer_agrees_and_nothing_held_is_shown(world: World) -> None:
    seen = 0
    for scan in scans(world):
        study = value(scan, "0020000D")
        label, day = value(scan, "00100020"), value(scan, "00080020")
        listed = world.get(f"studies/{study}/instances", includefield="all").json()
        described = {value(m, "00080018"): m for m in parsed(world.get(f"studies/{study}/metadata"))}
        whole = world.get(f"studies/{study}")
        body = b"".join(whole.streaming_content)
        assert len(body) == int(whole.headers["Content-Length"])
        files = {str(f.SOPInstanceUID): f for f in objects(body, whole.headers["Content-Type"])}
        assert set(files) == set(described) == {value(r, "00080018") for r in listed}
        for row in listed:
            seen += 1
            one, series = value(row, "00080018"), value(row, "0020000E")
            file, meta = files[one], described[one]
            assert file.file_meta.MediaStorageSOPInstanceUID == one
            assert (file.StudyInstanceUID, file.SeriesInstanceUID) == (study, series)
            assert (value(meta, "0020000D"), value(meta, "0020000E")) == (study, series)
            assert file.PatientID == value(meta, "00100020") == str(file.PatientName) == label
            assert file.ClinicalTrialSubjectID == label
            assert file.StudyDate == file.SeriesDate == file.ContentDate == value(meta, "00080020") == day
            assert file.AcquisitionDateTime == value(meta, "0008002A") == f"{day}104233.5"
            assert file.ReferencedStudySequence[0].ReferencedSOPInstanceUID == study
            assert file.ReferencedImageSequence[0].ReferencedSOPClassUID == MR
            base = f"studies/{study}/series/{series}/instances/{one}"
            pixels = file.PixelData
            for path in ("frames/1", "bulkdata/7FE00010"):
                if file.file_meta.TransferSyntaxUID == DeflatedExplicitVRLittleEndian and path == "frames/1":
                    continue  # a deflated object has no frames to fetch, mapped or not
                assert pixels in b"".join(world.get(f"{base}/{path}").streaming_content)
            [alone] = parsed(world.get(f"{base}/metadata"))
            assert alone == meta
            assert meta["7FE00010"]["BulkDataURI"] == f"/dicomweb/{base}/bulkdata/7FE00010"
            single = world.get(base, accept="application/dicom")
            assert dcmread(io.BytesIO(b"".join(single.streaming_content))) == file
    assert seen == 10
    frames_of_reference = {value(m, "00200052") for s in scans(world) for m in described_of(world, s)}
    assert len(frames_of_reference) == 1, "one to one over the whole Selection"


def test_no_answer_of_any_address_holds_what_is_held(world: World) -> None:
    asked = paths(world)
    assert len(asked) > 100
    good = 0
    for path in asked:
        answer = world.get(path, **({"includefield": "all"} if path in ("studies", "series", "instances") else {}))
        good += answer.status_code == 200
        assert leaks(world, answer) == [], path
    assert good > 80


def test_what_is_held_is_found_by_no_address(world: World) -> None:
    study, series, one = uid(1), uid(10), uid(1001)
    base = f"studies/{study}/series/{series}/instances/{one}"
    for path in (f"studies/{study}", f"studies/{study}/metadata", base, f"{base}/metadata", f"{base}/frames/1",
                 f"{base}/rendered", f"studies/{study}/thumbnail", f"{base}/bulkdata/7FE00010"):  # fmt: skip
        assert world.get(path).status_code == 404, path
    assert world.get(f"studies/{study}/instances").json() == []
    mine = value(scans(world)[0], "0020000D")
    assert world.get(f"studies/{mine}/series/{series}").status_code == 404


def test_only_those_who_map_see_anything_of_it(world: World) -> None:
    may = frozenset({"images_view", "scans_view"})
    by = Actor("token", "core#1", "imaging_core", Scope(selection="release-1"), may)
    assert door.search(by=by) == []
    assert door.study(by=by, study_uid=uid(1)) is None
    assert door.series_of(by=by, study_uid=uid(1)) == []
    assert door.header_of(by=by, object_uid=uid(1001)) == []
    assert door.search(by=SYSTEM, scope=Scope(selection="release-1")) == []


def test_a_look_is_of_the_scan_that_is_held(world: World) -> None:
    scan = next(s for s in scans(world) if value(s, "00100020") == "R001")
    b"".join(world.get(f"studies/{value(scan, '0020000D')}").streaming_content)
    look = AuditRow.objects.filter(action="images_downloaded").latest("id")
    assert look.object_id == looks.name_of(uid(1))
    assert look.detail["selection"] == "release-1"
    assert not {uid(1), value(scan, "0020000D")} & set(map(str, look.detail.values()))


def test_two_selections_of_the_same_share_no_uid(world: World) -> None:
    held = [uid(1001)]
    for name in ("a", "b"):
        door.freeze(by=SYSTEM, name=name, purpose="", expires_on=timezone.localdate(), object_uids=held, shown_as={})
    user = User.objects.get(username="core")
    found = set()
    for name in ("a", "b"):
        [row] = (
            Client()
            .get("/dicomweb/instances?includefield=all", headers={"Authorization": token(user, [f"selection:{name}"])})
            .json()
        )
        assert value(row, "00100020") == BOLD, "no label: the pseudonym, and its dates as they are"
        found |= {value(row, key) for key in ("0020000D", "0020000E", "00080018")}
    assert len(found) == 6


def test_a_map_that_cannot_be_is_refused_and_the_same_again_is_success(world: World) -> None:
    def frozen(name: str, **shown: door.ShownAs) -> str:
        return door.freeze(
            by=SYSTEM, name=name, purpose="", expires_on=timezone.localdate(), object_uids=[uid(1001), uid(2001)],
            shown_as={{"bold": BOLD, "left": LEFT, "other": OTHER}[key]: one for key, one in shown.items()},
        )  # fmt: skip

    for shown in (
        {"other": door.ShownAs("R1")}, {"bold": door.ShownAs("R1"), "left": door.ShownAs("R1")},
        {"bold": door.ShownAs(LEFT)}, {"bold": door.ShownAs("a label")}, {"bold": door.ShownAs("R1", 99999)},
    ):  # fmt: skip
        with pytest.raises(ValueError, match=r"map|label|days"):
            frozen("bad", **shown)
    first = frozen("good", bold=door.ShownAs("R1", 7))
    assert frozen("good", bold=door.ShownAs("R1", 7)) == first
    for other in ({"bold": door.ShownAs("R1", 8)}, {}):
        with pytest.raises(ValueError, match="another Selection"):
            frozen("good", **other)
    with pytest.raises(ValueError, match="another Selection"):
        door.freeze(by=SYSTEM, name="good", purpose="", expires_on=timezone.localdate(),
                    object_uids=[uid(1001), uid(2001)])  # fmt: skip


def test_metadata_under_a_selection_without_a_map_is_of_its_objects_alone(world: World) -> None:
    door.freeze(by=SYSTEM, name="plain", purpose="", expires_on=timezone.localdate(), object_uids=[uid(1101)])
    user = User.objects.get(username="core")
    plain, wide = token(user, ["selection:plain"]), token(user, ["*"])
    for series in ("", f"/series/{uid(11)}"):
        path = f"/dicomweb/studies/{uid(1)}{series}/metadata"
        for _ in range(2):
            [only] = parsed(Client().get(path, headers={"Authorization": plain}))
            assert value(only, "00080018") == uid(1101)
            assert len(parsed(Client().get(path, headers={"Authorization": wide}))) == (2 if series else 6)
