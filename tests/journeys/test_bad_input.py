"""Bad input to the running system: a clear outcome, nothing lost, and a good scan sent after it still passes."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from support import rough
from support.dicom_bytes import DEFLATED, EXPLICIT
from support.system import System

from isocentre.adapters.dimse import client

pytestmark = pytest.mark.peers("dcmtk")
SLUG, CALLED = "rough", "ROUGH"
OUT_OF_SCOPE = 0xA912


def send(system: System, data: bytes, uid: str, folder: Path, syntax: str = EXPLICIT) -> int:
    """C-STORE the data set as it is; the status."""
    path = rough.write(folder / f"{uid}.dcm", rough.part10(data, uid, syntax))
    [(_, status)] = client.send("127.0.0.1", system.it.dicom_port, CALLED, "STORESCU", [path])
    return status


def row(system: System, uid: str) -> list[tuple[str, ...]]:
    """Research study, disposition and cause of the rows of an image, once none of them waits."""
    query = "SELECT research_study, disposition, cause FROM intake_ledgerrow WHERE sop_instance_uid = ?"
    limit = time.monotonic() + 30
    while "pending" in str(rows := system.sql("gateway", query, uid)):
        assert time.monotonic() < limit, rows
        time.sleep(0.05)
    return rows


def still_works(system: System, folder: Path) -> None:
    """A good scan passes, and nothing half received is left lying."""
    uid = rough.new_uid()
    assert send(system, rough.dataset(uid), uid, folder) == 0
    assert row(system, uid) == [(SLUG, "sent_on", "")]
    incoming = system.hospital / "quarantine/incoming"
    limit = time.monotonic() + 5
    while left := list(incoming.glob("*")):
        assert time.monotonic() < limit, left
        time.sleep(0.05)


def arrivals(system: System) -> int:
    return int(system.sql("gateway", "SELECT COUNT(*) FROM intake_arrival WHERE source <> 'canary'")[0][0])


@pytest.mark.parametrize("what", rough.REFUSED)
def test_what_cannot_be_read_is_refused_and_nothing_of_it_kept(system: System, tmp_path: Path, what: str) -> None:
    uid = rough.new_uid()
    assert send(system, rough.REFUSED[what](uid), uid, tmp_path) == 0xC000
    assert row(system, uid) == []
    still_works(system, tmp_path)


@pytest.mark.parametrize("what", rough.TAKEN)
def test_what_can_be_read_is_taken_and_comes_to_a_clear_end(system: System, tmp_path: Path, what: str) -> None:
    made, disposition, cause = rough.TAKEN[what]
    uid = rough.new_uid()
    data = made(uid)
    assert send(system, data, uid, tmp_path) == 0
    assert row(system, uid) == [(SLUG, disposition, cause)]
    [(path,)] = system.sql("gateway", "SELECT path FROM intake_arrival WHERE sop_instance_uid = ?", uid)
    assert (system.hospital / "quarantine" / path).read_bytes().endswith(data)
    still_works(system, tmp_path)


def test_a_deflate_bomb_is_refused(system: System, tmp_path: Path) -> None:
    uid = rough.new_uid()
    assert send(system, rough.bomb(uid), uid, tmp_path, DEFLATED) == 0xC000
    assert row(system, uid) == []
    still_works(system, tmp_path)


def test_a_peer_that_hangs_up_in_the_middle_leaves_nothing(system: System, tmp_path: Path) -> None:
    uid = rough.new_uid()
    rough.hang_up(system.it.dicom_port, CALLED, uid)
    still_works(system, tmp_path)
    assert row(system, uid) == []


def test_the_same_image_with_other_pixels_is_held_and_both_are_kept(system: System, tmp_path: Path) -> None:
    uid = rough.new_uid()
    first, second = rough.dataset(uid), rough.dataset(uid, pixels=b"OTHERPIX")
    assert send(system, first, uid, tmp_path) == 0
    assert row(system, uid) == [(SLUG, "sent_on", "")]
    assert send(system, first, uid, tmp_path) == 0
    assert row(system, uid) == [(SLUG, "sent_on", "")]
    assert send(system, second, uid, tmp_path) == 0
    assert row(system, uid) == [(SLUG, "held", "other_pixels")]
    query = "SELECT a.path, r.conflicting FROM intake_ledgerrow r JOIN intake_arrival a ON r.arrival_id = a.id"
    [paths] = system.sql("gateway", f"{query} WHERE r.sop_instance_uid = ?", uid)
    kept = [(system.hospital / "quarantine" / path).read_bytes() for path in paths]
    assert kept[0].endswith(first)
    assert kept[1].endswith(second)
    still_works(system, tmp_path)


def test_an_import_takes_what_is_good_and_counts_the_rest(system: System, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    (folder / "deep").mkdir(parents=True)
    good = [rough.new_uid() for _ in range(2)]
    whole = rough.part10(rough.dataset(good[0]), good[0])
    rough.write(folder / "good.dcm", whole)
    lying = bytearray(rough.part10(rough.dataset(good[1]), good[1]))
    lying[140:144] = b"\xff\xff\xff\x7f"  # the length of the file meta group, which is not believed
    rough.write(folder / "deep/lying.dcm", bytes(lying))
    bad = {"empty": b"", "text": b"not DICOM " * 99, "cut": whole[:-5], "no meta": whole[:132], "preamble": bytes(140)}
    for name, content in bad.items():
        rough.write(folder / name, content)
    rough.write(folder / "DICOMDIR", b"a list of files, not an image")
    (folder / "outside").symlink_to("/etc/hostname")
    done = system.it.command("import", str(folder), "--study", SLUG, "--site", "LOCAL")
    assert done.returncode == 1, done.stderr
    assert f"{len(good)} taken, {len(bad)} not taken." in done.stdout
    assert [row(system, uid) for uid in good] == [[(SLUG, "sent_on", "")]] * 2
    still_works(system, tmp_path)


def test_the_ledger_balances_and_no_log_quotes_the_input(system: System, tmp_path: Path) -> None:
    still_works(system, tmp_path)
    assert system.it.status()["research_studies"][SLUG]["pending"] == 0
    logs = "".join(path.read_text() for path in system.it.home.glob("*/logs/*.log"))
    assert "object_refused" in logs
    assert not re.search(r"SMITHSON|ROUGH0|passwd|Yamada|9\.7135|Traceback", logs)


def part(content: bytes, kind: str = "application/dicom") -> bytes:
    return f"--b\r\nContent-Type: {kind}\r\n\r\n".encode() + content + b"\r\n"


RELATED = 'multipart/related; type="application/dicom"; boundary=b'
STOWS = {
    "another boundary": (RELATED.replace("=b", "=c"), part(b"x") + b"--b--\r\n", 400),
    "no boundary": ('multipart/related; type="application/dicom"', part(b"x") + b"--b--\r\n", 400),
    "a boundary of 200 characters": (RELATED + "b" * 200, part(b"x") + b"--b--\r\n", 400),
    "no end": (RELATED, part(b"x"), 400),
    "no part": (RELATED, b"--b--\r\n", 400),
    "an empty body": (RELATED, b"", 400),
    "a header without end": (RELATED, b"--b\r\n" + b"X-Long: " + b"x" * 40_000, 400),
    "JSON": ("application/json", b"{}", 415),
    "parts of pictures": ('multipart/related; type="image/jpeg"; boundary=b', part(b"x") + b"--b--\r\n", 415),
    "a form": ("multipart/form-data; boundary=b", part(b"x") + b"--b--\r\n", 415),
    "no type at all": ("", part(b"x") + b"--b--\r\n", 400),
    "10,001 parts": (RELATED, part(b"x") * 10_001 + b"--b--\r\n", 413),
    "a part that is no DICOM": (RELATED, part(b"hello") + b"--b--\r\n", 409),
    "a part of another type": (RELATED, part(b"x", "image/png") + b"--b--\r\n", 409),
}


@pytest.mark.parametrize("what", STOWS)
def test_a_request_to_store_that_is_wrong_is_told_so(system: System, what: str) -> None:
    kind, body, status = STOWS[what]
    token = system.token()
    answer = system.ask("/dicomweb/studies", token=token, method="POST", body=body, headers={"Content-Type": kind})
    assert answer.status == status, answer.text
    told = answer.json()
    assert told["00081198"]["Value"] if status == 409 else (told["status"] == status and told["detail"])
    assert not list((system.national / "incoming").glob("*"))


def stored(system: System, slug: str) -> tuple[str, bytes]:
    """One stored object of a research study: UID and file."""
    study, series, objects = system.scan(slug)
    path = f"/dicomweb/studies/{study}/series/{series}/instances/{objects[0]}"
    answer = system.ask(path, token=system.token(), headers={"Accept": "application/dicom"})
    assert answer.status == 200
    return objects[0], answer.body


@pytest.mark.data("head-mr")
def test_objects_of_mixed_research_studies_are_stored_as_far_as_the_scope_goes(
    system: System, spare: list[Path], tmp_path: Path
) -> None:
    still_works(system, tmp_path)
    (mine, one), (theirs, other) = stored(system, "spare"), stored(system, SLUG)
    everything = system.stow([one, other], token=system.token())
    assert everything.status == 200
    assert len(everything.json()["00081199"]["Value"]) == 2
    narrow = system.stow([one, other], token=system.token("study:spare"))
    assert narrow.status == 202
    [done], [failed] = narrow.json()["00081199"]["Value"], narrow.json()["00081198"]["Value"]
    assert done["00081155"]["Value"] == [mine]
    assert (failed["00081155"]["Value"], failed["00081197"]["Value"]) == ([theirs], [OUT_OF_SCOPE])
    assert system.stow([other], token=system.token("study:spare")).status == 409
    assert system.stow([one], token=system.token("*", user="team")).status == 403
    assert system.stow([one], token="iso_nothing").status == 401
    assert system.ask("/dicomweb/studies", person="core", method="POST", body=b"").status == 401


HOSTILE = (
    "StudyDate=20260101-x", "StudyDate=20260101-20250101", "StudyDate='%20OR%201=1--", "StudyTime=256199-x",
    "StudyInstanceUID=../../etc", "StudyInstanceUID=1.2.3'%20OR%20'1'='1", "SeriesInstanceUID=1..2",
    "StudyInstanceUID=" + ",".join(f"1.2.{i}" for i in range(3000)), "PatientID=" + "x" * 9000,
    "PatientID=*a*b*c*d*e*f*g*h*i*j*k*l*m*n*o*p", "PatientID=%00", "PatientID=a%0d%0aSet-Cookie:x", "limit=-1",
    "limit=x", "limit=5&limit=6", "offset=1e9", "offset=%D9%A3", "limit=0x10", "NoSuchAttribute=1", "00100099=1",
    "__class__=1", "study__research_study=rough", "pk=1", "includefield=NoSuch", "includefield=../../x",
    "PatientWeight=70", "NumberOfStudyRelatedInstances=9999999999999", "ModalitiesInStudy=" + "C*T?" * 40,
    "&".join(f"PatientID=a{i}" for i in range(500)),
)  # fmt: skip


@pytest.mark.parametrize("query", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_search_is_refused_in_words(system: System, query: str) -> None:
    answer = system.ask(f"/dicomweb/studies?{query}", token=system.token())
    assert answer.status == 400, answer.text[:300]
    assert answer.json()["detail"]
    assert "problem+json" in dict(answer.headers)["content-type"]
    value = query.partition("=")[2]
    assert len(value) < 4 or value not in answer.text
