"""Planted identifiers sent through the whole system leave no trace on the national side, on the way, or in a log."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import sqlite3
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydicom import Dataset, Sequence, dcmread
from support.data import data_path
from support.needles import Search
from support.system import Answer, System
from support.wire import Wire, listening_in

SLUG, CALLED, FILES = "needles", "NEEDLES", 12
AUDIT = "/audit/?routine=with&format=csv"
ROOT_UID = "1.2.826.0.1.3680043.9.7133"
NEEDLES = {
    "name": "Zyxwqovna^Qunildeth^Brixtaby",
    "hospital number": "NDLHOSP7730194",
    "NHS number": "9991230459",
    "birth date": "19370219",
    "accession": "NDLACC4417",
    "institution": "Needleworth Infirmary",
    "referrer": "Thornqvist^Ebbarina",
    "order": "NDLORDER88213",
    "address": "Quernmill Terrace",
    "UIDs": ROOT_UID,
}
SEARCH = Search(NEEDLES.values())


def planted(folder: Path) -> list[Path]:
    """Copies of real slices in which every place that can hold one holds a needle, file names included.

    The last holds a name in the form of a code where codes stay, so that only the second check can find it.
    """
    paths = []
    for number, source in enumerate(sorted(data_path("head-mr").glob("*.dcm"))[: FILES + 1]):
        scan = dcmread(source)
        _plant(scan, number)
        if number == FILES:
            scan.ReferencedImageSequence[0].VariableFlipAngleFlag = NEEDLES["name"].partition("^")[0].upper()
        path = folder / f"{NEEDLES['name']}_{number}.dcm"
        scan.preamble = NEEDLES["hospital number"].encode().ljust(128, b"\0")
        scan.save_as(path)
        paths.append(path)
    return paths


def _plant(scan: Dataset, number: int) -> None:
    everything = " ".join(NEEDLES.values())
    scan.PatientName, scan.PatientID = NEEDLES["name"], NEEDLES["hospital number"]
    scan.PatientBirthDate, scan.AccessionNumber = NEEDLES["birth date"], NEEDLES["accession"]
    scan.InstitutionName, scan.ReferringPhysicianName = NEEDLES["institution"], NEEDLES["referrer"]
    scan.PatientAddress, scan.OtherPatientIDs = NEEDLES["address"], NEEDLES["NHS number"]
    scan.StudyID, scan.PlacerOrderNumberImagingServiceRequest = NEEDLES["accession"], NEEDLES["order"]
    scan.StudyInstanceUID, scan.SeriesInstanceUID = f"{ROOT_UID}.1", f"{ROOT_UID}.1.1"
    scan.SOPInstanceUID = scan.file_meta.MediaStorageSOPInstanceUID = f"{ROOT_UID}.1.1.{number + 1}"
    scan.FrameOfReferenceUID = f"{ROOT_UID}.7"
    scan.StudyDescription = scan.SeriesDescription = scan.ProtocolName = everything[:64]
    scan.ImageComments = scan.PatientComments = scan.AdditionalPatientHistory = everything
    inner, outer, number_item = Dataset(), Dataset(), Dataset()
    inner.ReferencedSOPClassUID, inner.ReferencedSOPInstanceUID = scan.SOPClassUID, f"{ROOT_UID}.2"
    inner.PersonName = NEEDLES["name"]
    outer.ScheduledProcedureStepDescription = everything[:64]
    outer.ReferencedStudySequence = Sequence([inner])
    number_item.PatientID, number_item.TypeOfPatientID = NEEDLES["NHS number"], "TEXT"
    scan.RequestAttributesSequence = Sequence([outer])
    scan.ReferencedImageSequence = Sequence([inner])
    scan.OtherPatientIDsSequence = Sequence([number_item])
    block = scan.private_block(0x0029, NEEDLES["hospital number"], create=True)
    block.add_new(0x10, "LO", NEEDLES["name"])
    block.add_new(0x11, "UN", gzip.compress(everything.encode()))
    block.add_new(0x12, "SQ", Sequence([inner]))


@dataclass(frozen=True)
class Told:
    """What was sent, what passed on the way, and what the national side answered to requests that hold needles."""

    files: list[Path]
    wire: Wire
    answers: dict[str, Answer]
    enrolled: dict[str, str]


SUBJECT = "07/113"
ENROL = """
from isocentre.core.actor import SYSTEM
from isocentre.core.checks import Unfit
from isocentre.rooms.intake import doubting, enrolling

who = {
    "hospital_number": needles["hospital number"], "nhs_number": needles["NHS number"], "surname": needles["name"],
    "birth_date": "1937-02-19", "consented_on": "2020-01-02", "consent_version": "2.0", "subject_id": subject,
    "consent_scope": "future",
}
answer = {}
for what in ("name", "hospital number", "NHS number", "birth date"):
    for field in ("subject_id", "consent_version"):
        try:
            facts = enrolling.checked(slug, {**who, field: needles[what].replace("^", " ") + " 1"})
            answer[f"{what}, {field}"] = doubting.about(facts).get(field, "")
        except Unfit as unfit:
            answer[f"{what}, {field}"] = unfit.errors.get(field, "")
enrolling.enrol_lines(by=SYSTEM, research_study=slug, facts=[enrolling.checked(slug, who)])
"""
"""What identifies the person is typed where subject id and consent version go; then what belongs there."""


@pytest.fixture(scope="module")
def told(system: System, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """The planted scan sent by DCMTK and settled; then sent round the hospital side, and asked for by its own names."""
    files = planted(tmp_path_factory.mktemp("planted"))
    enrolled = system.run("gateway", ENROL, slug=SLUG, needles=NEEDLES, subject=SUBJECT)
    with listening_in(system.it) as wire:
        done = system.storescu(files, CALLED)
        assert done.returncode == 0, done.stderr
        assert system.settled(SLUG, FILES + 1) == {"sent_on": FILES, "held": 1, "received": FILES + 1}
        system.receipted()
        yield Told(files, wire, _asked(system, files), enrolled)


def _asked(system: System, files: list[Path]) -> dict[str, Answer]:
    token, original = system.token(), files[0].read_bytes()
    uid = f"{ROOT_UID}.1"
    found = {
        "a refused object": system.stow([original], token=token),
        "a refused object cut short": system.stow([original[:3000]], token=token),
        "a refused object to its own address": system.stow([original], token=token, path=f"/dicomweb/studies/{uid}"),
        "something else": system.stow([NEEDLES["name"].encode() * 9], token=token),
        "a part with headers of its own": system.ask(
            "/dicomweb/studies", token=token, method="POST",
            body=f"--b\r\nContent-Type: application/{NEEDLES['order']}\r\n\r\nx\r\n--b--".encode(),
            headers={"Content-Type": "multipart/related; boundary=b"},
        ),
    }  # fmt: skip
    assert {one.status for one in found.values()} <= {400, 409}
    for path in (
        f"/dicomweb/studies?PatientID={NEEDLES['hospital number']}",
        f"/dicomweb/studies?{NEEDLES['hospital number']}=1",
        f"/dicomweb/studies?StudyDate={NEEDLES['accession']}",
        f"/dicomweb/studies?includefield={NEEDLES['order']}",
        f"/dicomweb/studies/{uid}",
        f"/dicomweb/studies/{uid}/metadata",
        f"/dicomweb/studies/{uid}/series/{uid}.1/instances/{uid}.1.1/frames/{NEEDLES['hospital number']}",
        f"/dicomweb/studies/{uid}/series/{uid}.1/instances/{uid}.1.1/rendered",
        "/metrics",
    ):
        found[path] = system.ask(path, token=token)
    for person, path in (
        ("core", f"/archive/{uid}"), ("core", f"/scan/{uid}/"), ("admin", "/status/"),
        ("admin", "/status/?format=json"), ("audit", AUDIT), ("core", "/archive/?format=csv"),
        ("team", f"/register/{SLUG}/subjects/"),
    ):  # fmt: skip
        found[path] = system.ask(path, person=person)
    return found


PLACES: dict[str, Callable[[str], bytes]] = {
    "as it is": str.encode,
    "upper case": lambda v: v.upper().encode(),
    "lower case": lambda v: v.lower().encode(),
    "reversed": lambda v: v[::-1].encode(),
    "utf-16 little": lambda v: v.encode("utf-16-le"),
    "utf-16 big": lambda v: v.encode("utf-16-be"),
    "base64": lambda v: base64.b64encode(v.encode()),
    "base64, second alignment": lambda v: base64.b64encode(b"x" + v.encode() + b"y"),
    "base64, third alignment": lambda v: base64.b64encode(b"xy" + v.encode() + b"zz"),
    "base64 for addresses": lambda v: base64.urlsafe_b64encode(b"\xff\xfe" + v.encode()),
    "hex": lambda v: v.encode().hex().upper().encode(),
    "sha-256": lambda v: hashlib.sha256(v.encode()).hexdigest().encode(),
    "sha-256 of upper case": lambda v: hashlib.sha256(v.upper().encode()).hexdigest().upper().encode(),
    "gzip": lambda v: b"before" + gzip.compress(b"a" * 99 + v.encode()) + b"after",
    "zlib": lambda v: b"\0\1" + zlib.compress(v.encode(), 9),
    "gzip in gzip": lambda v: gzip.compress(gzip.compress(v.encode())),
    "zip": lambda v: _zipped(v),
}


def _zipped(value: str) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a.txt", f"{value} {value}")
    return held.getvalue()


@pytest.mark.parametrize("place", PLACES)
def test_the_search_finds_a_needle(place: str, tmp_path: Path) -> None:
    for value in NEEDLES.values():
        (tmp_path / "hay").write_bytes(b"\x93\x00 " * 50 + PLACES[place](value) + b" \xff" * 50)
        assert value in SEARCH.below(tmp_path).get("hay", set())


def test_the_search_finds_parts_dates_file_names_and_cells_in_pieces(tmp_path: Path) -> None:
    for hay in ("of ZYXWQOVNA", "Brixtaby", "Qunildeth", "Brixtaby, Qunildeth, Zyxwqovna", "THORNQVIST", "Needleworth"):
        assert SEARCH.within(hay.encode()), hay
    for hay in ("1937-02-19", "19/02/1937", "19.02.1937", "91207391", f"a{ROOT_UID}.1.1.7"):
        assert SEARCH.within(hay.encode()), hay
    assert SEARCH.within(b"nothing of 19370218 here, nor Brixta") == set()
    (tmp_path / "Quernmill").write_bytes(b"")
    assert SEARCH.below(tmp_path) == {"Quernmill": {NEEDLES["address"]}}
    packed = gzip.compress(bytes(i * i * i % 251 for i in range(20_000)) + NEEDLES["order"].encode())
    with closing(sqlite3.connect(tmp_path / "one.sqlite3")) as database:
        database.execute("CREATE TABLE t (a INTEGER, b BLOB)")
        database.execute("INSERT INTO t VALUES (1, ?)", (packed,))
        database.commit()
    assert SEARCH.below(tmp_path)["one.sqlite3"] == {NEEDLES["order"]}


@pytest.mark.data("head-mr")
@pytest.mark.peers("dcmtk")
def test_the_hospital_side_holds_every_needle(system: System, told: Told) -> None:
    """The search works on what a side really keeps: left of the wall all of it is found."""
    found = SEARCH.below(system.hospital / "quarantine")
    assert len(found) >= FILES
    assert all(hits == set(NEEDLES.values()) for hits in found.values() if len(hits) > 1)
    held = system.sql("gateway", "SELECT cause FROM intake_ledgerrow WHERE research_study = ? AND cause <> ''", SLUG)
    assert held == [("second_check",)]
    known = SEARCH.below(system.hospital)["isocentre.sqlite3"]
    assert {NEEDLES[what] for what in ("name", "hospital number", "accession", "UIDs")} <= known


@pytest.mark.data("head-mr")
@pytest.mark.peers("dcmtk")
def test_no_needle_may_be_the_subject_id_or_the_consent_version(system: System, told: Told) -> None:
    assert len(told.enrolled) == 8
    assert [what for what, words in told.enrolled.items() if not words] == []
    assert SEARCH.within(json.dumps(told.enrolled).encode()) == set()
    subjects = system.sql("platform", "SELECT subject_id, consent FROM register_subject WHERE research_study = ?", SLUG)
    assert subjects == [(SUBJECT, '["2.0", "covers future research"]')]


@pytest.mark.data("head-mr")
@pytest.mark.peers("dcmtk")
def test_nothing_of_it_is_on_the_national_side(system: System, told: Told) -> None:
    assert len(list((system.national / "blobs").rglob("?" * 64))) >= FILES
    assert system.sql("platform", "SELECT COUNT(*) FROM archive_imagingstudy WHERE research_study = ?", SLUG) == [(1,)]
    assert SEARCH.below(system.national) == {}


@pytest.mark.data("head-mr")
@pytest.mark.peers("dcmtk")
def test_nothing_of_it_was_on_the_way(told: Told) -> None:
    assert told.wire.sent.count(b"POST /dicomweb/studies") >= 1
    assert b"POST /api/v1/receipts" in told.wire.sent
    assert len(told.wire.sent) > sum(path.stat().st_size for path in told.files) // 2
    assert SEARCH.within(told.wire.sent) == set()
    assert SEARCH.within(told.wire.answered) == set()


@pytest.mark.data("head-mr")
@pytest.mark.peers("dcmtk")
def test_nothing_of_it_is_in_an_answer(told: Told) -> None:
    assert {what: SEARCH.within(one.body) for what, one in told.answers.items() if SEARCH.within(one.body)} == {}
    lines = "\n".join(f"{name}: {value}" for one in told.answers.values() for name, value in one.headers)
    assert SEARCH.within(lines.encode()) == set()
    assert told.answers["/metrics"].status == 200
    assert "ready" in json.loads(told.answers["/status/?format=json"].body)
    assert told.answers[AUDIT].body.count(b"\n") > 3


@pytest.mark.data("head-mr")
@pytest.mark.peers("dcmtk")
def test_no_log_of_either_side_holds_any_of_it(system: System, told: Told) -> None:
    logs = sorted((system.it.home).glob("*/logs/*.log"))
    assert {"receiver-0.log", "worker-0.log", "web.log"} <= {path.name for path in logs}
    assert SEARCH.below(system.hospital / "logs", system.national / "logs") == {}
    assert SEARCH.within((system.it.home / "up.out").read_bytes()) == set()
