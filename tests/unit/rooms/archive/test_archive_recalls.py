"""A hospital takes a scan back: no address, Selection, search or count shows it; put right it comes once, elsewhere."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from support.archive_book import MemoryBlobs, put, scan, signed_in, text

from isocentre.core.actor import SYSTEM, Actor, Scope
from isocentre.core.dicom.header import read_header
from isocentre.core.dicomweb.facts import CONFLICT, TOMBSTONED, facts_of
from isocentre.core.events import ScanMatched, ScanStored
from isocentre.jobs.models import OutboxRow
from isocentre.rooms.archive import arriving, describing, door, erasing, recalls, storing, tombstones, ways
from isocentre.rooms.archive.models import ImagingStudy, Instance, Selection, Series, SeriesMetadata
from isocentre.rooms.archive.ports import ports
from isocentre.rooms.archive.storing import StoredObject
from isocentre.rooms.register import models as register

GATEWAY = Actor("gateway", "northmoor", scope=Scope.everything(), permissions=frozenset({"images_store"}))
RIGHT = "P-RIGHTRIGHT1"


@pytest.fixture
def here(archive: MemoryBlobs, tmp_path: Path, settings: Any) -> Path:
    settings.ZONE_HOME = tmp_path
    return tmp_path


def held(name: str, **said: Any) -> str:
    """A scan that a hospital sent on."""
    uid = scan(name, **said)
    ways.sent_too(list(Instance.objects.filter(series__study__study_uid=uid).select_related("series__study")))
    return uid


def proved(study_uid: str) -> None:
    """The scan is matched to a planned visit."""
    register.Evidence.objects.create(
        research_study="demo-mr", site="RZN01", pseudonym="P-7QK2M9XB4T", time_point="Week 8", study_uid=study_uid,
        planned_event="w8", event_id="e1",
    )  # fmt: skip


def notice(uid: str, revision: int = 0, study: str = "demo-mr", site: str = "RZN01") -> None:
    register.Recall.objects.create(object_uid=uid, revision=revision, research_study=study, site=site)


def outcomes() -> dict[str, str]:
    return dict(register.Recall.objects.values_list("object_uid", "outcome"))


def uids(name: str, series: str = "1") -> list[str]:
    return sorted(
        Instance.objects.filter(series__series_uid=f"2.25.{name}.{series}").values_list("object_uid", flat=True)
    )


def take_back(name: str, series: str = "1") -> None:
    for uid in uids(name, series):
        notice(uid)
    recalls.carry_out("w")


def again(uid: str, revision: int, **said: str) -> StoredObject:
    """The object as it is held, to be sent again."""
    row = Instance.objects.filter(object_uid=uid).order_by("revision")[0]
    facts = read_facts(row)
    return StoredObject(replace(facts, **said), revision, f"{revision}" * 64, row.blob_key, row.size)  # type: ignore[arg-type]  # texts


KEPT: dict[str, bytes] = {}


def read_facts(row: Instance) -> Any:
    return facts_of(read_header(KEPT[row.blob_key]))


@pytest.fixture(autouse=True)
def _kept(here: Path) -> None:
    KEPT.clear()


def remember() -> None:
    KEPT.update(ports().blobs.held)  # type: ignore[attr-defined]  # those of tests


def send(*objects: StoredObject, home: Path) -> list[tuple[int, bool]]:
    done = storing.store(by=GATEWAY, objects=objects, stones=tombstones.read(home))
    return [(one.failure, one.stored) for one in done]


def clean(home: Path) -> bool:
    return door.proof.prove(home=home, pause=0).findings == []


def bare(answer: Any) -> str:
    """The answer without what is another with each one."""
    return re.sub(r"2\.25\.4[19]|\b\d{4}-\d{4}\b|nonce=\"[^\"]*\"|value=\"[\w-]{40,}\"", "", text(answer))


def test_no_address_selection_search_count_or_file_shows_it(here: Path) -> None:
    gone, stays = held("41"), held("42")
    proved(gone)
    team = signed_in("study_team")
    whole = Actor(
        "person", "t", "study_team", Scope.everything(), frozenset({"images_view", "scans_view", "selections_make"})
    )
    door.freeze(by=SYSTEM, name="both", purpose="To read", expires_on=timezone.localdate() + timedelta(9),
                object_uids=[row.object_uid for row in Instance.objects.all()])  # fmt: skip
    for series in Series.objects.all():
        describing.series_metadata(series, whole, ports().blobs)
    before = [team.get(address) for address in (f"/dicomweb/studies/{gone}/metadata", f"/archive/{gone}")]
    assert [one.status_code for one in before] == [200, 200]
    take_back("41")
    assert set(outcomes().values()) == {"recalled"}
    for address in (
        f"/archive/{gone}", f"/archive/{gone}/{gone}.1", f"/archive/{gone}/{gone}.1/{gone}.1.1",
        f"/dicomweb/studies/{gone}", f"/dicomweb/studies/{gone}/metadata", f"/dicomweb/studies/{gone}/rendered",
        f"/dicomweb/studies/{gone}/thumbnail", f"/dicomweb/studies/{gone}/series/{gone}.1/instances/{gone}.1.1",
    ):  # fmt: skip
        absent = address.replace("2.25.41", "2.25.49")
        there, never = team.get(address), team.get(absent)
        assert (there.status_code, bare(there)) == (404, bare(never)), address
    lists = ("/archive/", "/archive/?format=csv", "/archive/ledger/", "/dicomweb/studies", "/dicomweb/instances")
    for address in lists:
        assert gone not in text(team.get(address)), address
    assert "Nothing was found" in text(team.get(f"/search/?q={gone}"))
    assert stays in text(team.get("/dicomweb/studies"))
    assert [one.study_uid for one in door.search(by=whole)] == [stays]
    under = Scope(selection=Selection.objects.get().name)
    assert [one.study_uid for one in door.search(by=whole, scope=under)] == [stays]
    page = text(team.get("/archive/selections/of/both/"))
    assert "3 images" in page.split("Taken back since by the hospital")[1][:200]
    assert (door.counts(by=SYSTEM).stored, door.counts(by=SYSTEM).recalled) == (3, 3)
    for held_for in SeriesMetadata.objects.filter(series__study__study_uid=gone):
        assert bytes(held_for.content) == b""
    assert register.Evidence.objects.count() == 0
    assert clean(here)


def test_carried_out_again_after_a_crash_it_comes_to_the_same(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    uid = held("41")
    remember()
    for one in uids("41"):
        notice(one)

    def crash(*args: Any, **more: Any) -> None:
        raise RuntimeError

    for place, name in ((erasing, "_remove"), (recalls, "settle"), (recalls.register.recalls, "done")):
        with monkeypatch.context() as patch:
            patch.setattr(place, name, crash)
            with pytest.raises(RuntimeError):
                recalls.carry_out("w")
        assert set(outcomes().values()) == {""}
        assert not door.studies(by=SYSTEM, study_uids=[uid])
    assert recalls.carry_out("w") == 3
    assert (set(outcomes().values()), recalls.carry_out("w")) == ({"recalled"}, 0)
    assert ports().blobs.held == {}  # type: ignore[attr-defined]  # those of tests
    assert clean(here)


def test_what_never_came_is_refused_from_then_on(here: Path) -> None:
    held("41")
    remember()
    notice("2.25.41.1.9", revision=2)
    recalls.carry_out("w")
    assert outcomes() == {"2.25.41.1.9": "not_held"}
    late = again("2.25.41.1.1", 2, object_uid="2.25.41.1.9")
    assert send(late, replace(late, revision=3, sha256="9" * 64), home=here) == [(TOMBSTONED, False), (0, True)]


@pytest.mark.parametrize("where", [{"study": "other"}, {"site": "RYY01"}])
def test_what_is_of_another_place_is_not_touched(here: Path, where: dict[str, str]) -> None:
    held("41", images=1)
    notice("2.25.41.1.1", **where)
    recalls.carry_out("w")
    assert (outcomes(), door.counts(by=SYSTEM).stored) == ({"2.25.41.1.1": "refused"}, 1)
    assert tombstones.read(here) == {}


def test_what_a_token_stored_no_hospital_takes_back(here: Path) -> None:
    scan("41", images=1)
    notice("2.25.41.1.1")
    recalls.carry_out("w")
    assert (outcomes(), door.counts(by=SYSTEM, direct=True).stored) == ({"2.25.41.1.1": "refused"}, 1)


def test_what_was_made_of_the_scan_here_goes_with_the_last_of_it(here: Path) -> None:
    held("41", series=2, images=1)
    put("41.9.1", Modality="SEG")
    take_back("41", "1")
    assert door.counts(by=SYSTEM, direct=True).stored == 1
    take_back("41", "2")
    assert (door.counts(by=SYSTEM, direct=True).stored, door.counts(by=SYSTEM, direct=True).recalled) == (0, 1)
    assert not door.studies(by=SYSTEM, study_uids=["2.25.41"])
    assert clean(here)


def test_of_a_part_the_rest_stays_and_is_matched_anew(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("isocentre.jobs.door._listeners", {"scan_stored": {"test": lambda event: None}})
    uid = held("41", series=2, images=1)
    OutboxRow.objects.all().delete()
    take_back("41", "2")
    [one] = door.studies(by=SYSTEM, study_uids=[uid]).values()
    assert (one.series, one.instances) == (1, 1)
    [told] = OutboxRow.objects.all()
    assert told.payload["series_uid"] == "2.25.41.1"
    assert clean(here)


def test_put_right_it_comes_once_at_the_right_subject_and_the_wrong_is_refused(here: Path) -> None:
    uid = held("41", images=2)
    remember()
    wrong = [again(one, 0) for one in uids("41")]
    right = [again(one, 1, pseudonym=RIGHT, subject_id="01/009") for one in uids("41")]
    assert send(*right, home=here) == [(CONFLICT, False)] * 2, "while the wrong is held, it cannot be both"
    take_back("41")
    assert send(*right, home=here) == [(0, True)] * 2
    assert send(*wrong, *right, home=here) == [(TOMBSTONED, False)] * 2 + [(0, True)] * 2
    [one] = door.studies(by=SYSTEM, study_uids=[uid]).values()
    assert (one.pseudonym, one.subject_id, one.instances) == (RIGHT, "01/009", 2)
    assert [row.pseudonym for row in door.search(by=SYSTEM)] == [RIGHT]
    assert (door.counts(by=SYSTEM).stored, door.counts(by=SYSTEM).recalled) == (2, 0)
    assert recalls.carry_out("w") == 0


def test_an_image_that_is_new_may_come_first_of_a_scan_put_right_and_never_two_subjects(here: Path) -> None:
    uid = held("41", images=2)
    remember()
    take_back("41")
    new = again("2.25.41.1.1", 0, object_uid="2.25.41.1.7", pseudonym=RIGHT)
    other = again("2.25.41.1.2", 1, pseudonym="P-ANOTHERONE1")
    assert send(new, other, home=here) == [(0, True), (CONFLICT, False)]
    assert ImagingStudy.objects.get(study_uid=uid).pseudonym == RIGHT
    elsewhere = again("2.25.41.1.2", 1, site="RYY01")
    assert send(elsewhere, home=here) == [(CONFLICT, False)]


def test_what_is_recalled_while_it_is_stored_does_not_stay(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its tombstone comes after the request looked at the tombstones, and before the index has it."""
    held("41", images=1)
    remember()
    new = again("2.25.41.1.1", 0, object_uid="2.25.41.1.8")
    ports().blobs.put(new.blob_key, [KEPT[new.blob_key]])
    real = storing.store_together

    def late(request: storing.Request) -> list[storing.Outcome]:
        tombstones.append(here, {"2.25.41.1.8": 0})
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(storing, "_commits", lambda: Now())
            return real(request)

    class Now:
        def submit(self, request: storing.Request) -> list[storing.Outcome]:
            return storing.store(by=request.by, objects=request.objects, stones=request.stones)

    monkeypatch.setattr(storing, "store_together", late)
    sending = arriving.Arriving(by=GATEWAY, ports=ports(), home=here)
    sending._waiting = [new, again("2.25.41.1.1", 0, object_uid="2.25.41.1.9")]
    sending._flush()
    assert [(one.object_uid, one.failure) for one in sending._outcomes] == [
        ("2.25.41.1.8", TOMBSTONED),
        ("2.25.41.1.9", 0),
    ]
    assert Instance.objects.get(object_uid="2.25.41.1.8").state == "recalled"
    assert clean(here)


def test_after_a_restore_the_visit_is_open_too(here: Path) -> None:
    uid = held("41", images=1)
    proved(uid)
    tombstones.append(here, {"2.25.41.1.1": 0})
    assert door.proof.settle_restored(by=SYSTEM, home=here) == 1
    assert register.Evidence.objects.count() == 0
    assert not door.studies(by=SYSTEM, study_uids=[uid])


def test_who_might_have_seen_it_reads_that_it_was_taken_back_and_nothing_of_whom(here: Path) -> None:
    gone = held("41", subject="01/777")
    take_back("41")
    team, core = signed_in("study_team"), signed_in("imaging_core")
    for client, clock in ((team, True), (core, False)):
        page = text(client.get(f"/scan/{gone}/"))
        assert "Taken back by the hospital" in page
        assert "P-7QK2M9XB4T" not in page
        assert "01/777" not in page
        assert "Open the images" not in page
        assert ("app-life__when" in page) == clock
    for client in (signed_in("study_team", "other"), signed_in("study_team", "demo-mr", "RYY01"),
                   signed_in("national_auditor")):  # fmt: skip
        assert client.get(f"/scan/{gone}/").status_code == 404
    assert team.get("/scan/2.25.49/").status_code == 404


def test_the_life_of_what_is_left_tells_how_much_was_taken_back(here: Path) -> None:
    uid = held("41", series=2, images=1)
    take_back("41", "2")
    page = text(signed_in("imaging_core").get(f"/scan/{uid}/"))
    assert "1 image of it: of another patient than it said, or rejected there. Removed here." in page
    assert "Open the images" in page


def test_what_was_taken_back_before_it_is_matched_proves_nothing(here: Path) -> None:
    uid = held("41", images=1)
    event = ScanStored("demo-mr", "RZN01", "P-7QK2M9XB4T", "Week 8", uid, f"{uid}.1", "MR", "HEAD")
    heard = []

    def match(event: Any) -> None:
        heard.append(event)
        proved(uid)
        if len(heard) == 2:
            take_back("41")

    recalls.unless_gone(match)(event)
    assert register.Evidence.objects.count() == 1
    register.Evidence.objects.all().delete()
    recalls.unless_gone(match)(event)
    assert register.Evidence.objects.count() == 0, "taken back while it was matched"
    recalls.unless_gone(match)(event)
    assert len(heard) == 2, "taken back before"
    with pytest.raises(TypeError):
        recalls.unless_gone(match)(ScanMatched("demo-mr", uid, "w8"))
