"""Faults of the machine: no room, a read-only disk, a locked database, a platform away, a clock set back."""

from __future__ import annotations

import errno
import json
import os
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from support import kill_traffic, peers
from support.kill_proof import lost_and_doubled
from support.kill_traffic import CALLED, SENDERS, Slices, pixel_hash
from support.running import Running, running, until

from isocentre.adapters.dimse import client

OUT_OF_RESOURCES = 0xA700
MIB = 1024 * 1024
ROOM = 540 * MIB  # a little more than the 512 MiB that intake keeps free
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small file system")


class Sent:
    """What a sender of this test was told is safe."""

    def __init__(self, it: Running, folder: Path, person: str) -> None:
        self._it, self._folder, self._slices = it, folder, Slices(person, len(person))
        self.pixels: dict[str, str] = {}
        folder.mkdir()

    def send(self, count: int, timeout: float = 60.0) -> list[int]:
        """C-STORE that many new objects; their statuses."""
        made = {self._folder / f"{uuid.uuid4().hex}.dcm": self._slices.next() for _ in range(count)}
        for path, ds in made.items():
            ds.save_as(path, enforce_file_format=True)
        port = self._it.dicom_port
        results = client.send("127.0.0.1", port, CALLED, SENDERS[0], list(made), timeout=timeout)
        for path, status in results:
            if status == 0:
                self.pixels[str(made[path].SOPInstanceUID)] = pixel_hash(made[path])
        return [status for _, status in results]


def settled(it: Running, patience: float = 150.0) -> None:
    """Nothing waits any more."""
    until(lambda: not it.waiting(), it, "all sent on", patience)
    assert not any(one["pending"] for one in it.status()["research_studies"].values())


def whole(it: Running, sent: dict[str, str]) -> None:
    """What was acknowledged is there once, with its pixels, and both sides prove it."""
    settled(it)
    assert not {kind: some[:3] for kind, some in lost_and_doubled(sent, it.environment).items() if some}
    done = it.command("verify", "--json", "--deep")
    assert (done.returncode, json.loads(done.stdout)["clean"]) == (0, True), done.stdout


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Both sides running, with one dedicated research study."""
    with running(tmp_path_factory.mktemp("faults") / "home") as it:
        kill_traffic.seed(it.environment)
        yield it


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of `ROOM` bytes at `folder`, in memory that is used only as far as it is filled."""
    folder.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={ROOM},mode=700", "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@needs_root
@pytest.mark.peers("dcmtk")
def test_a_full_or_read_only_disk_refuses_and_loses_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with small_disk(home / "gateway" / "quarantine") as disk, running(home) as it:
        kill_traffic.seed(it.environment)
        sent = Sent(it, tmp_path / "sent", "FULL")
        assert sent.send(5) == [0] * 5
        filler = disk / "filler"
        with filler.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, 64 * MIB)
        assert set(sent.send(3)) == {OUT_OF_RESOURCES}, "less free than intake keeps free"
        with filler.open("r+b") as file:
            free = os.statvfs(disk)
            os.posix_fallocate(file.fileno(), 0, 64 * MIB + free.f_bavail * free.f_frsize)
        assert set(sent.send(3)) == {OUT_OF_RESOURCES}, "not one byte free"
        filler.unlink()
        settled(it)
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        assert set(sent.send(3)) == {OUT_OF_RESOURCES}, "read-only"
        subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
        assert sent.send(5) == [0] * 5
        whole(it, sent.pixels)
        assert len(sent.pixels) == 10


@needs_root
@pytest.mark.peers("dcmtk")
def test_while_the_national_side_has_no_room_or_cannot_write_scans_wait_and_nothing_is_lost(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with small_disk(home / "platform" / "blobs") as store, running(home) as it:
        kill_traffic.seed(it.environment)
        sent = Sent(it, tmp_path / "sent", "STORE")
        assert sent.send(3) == [0] * 3
        settled(it)
        filler = store / "filler"
        fill(store, filler)
        assert sent.send(3) == [0] * 3
        waits(it, 3)
        filler.unlink()
        settled(it)
        subprocess.run(["mount", "-o", "remount,ro", store], check=True)
        assert sent.send(3) == [0] * 3
        waits(it, 3)
        subprocess.run(["mount", "-o", "remount,rw", store], check=True)
        whole(it, sent.pixels)
        assert len(sent.pixels) == 9


def fill(disk: Path, filler: Path) -> None:
    """Take all the room of a disk, on which others may be writing meanwhile."""
    held = 0
    with filler.open("wb") as file:
        while room := (free := os.statvfs(disk)).f_bavail * free.f_frsize:
            try:
                os.posix_fallocate(file.fileno(), 0, held + room)
                held += room
            except OSError as error:  # somebody was quicker: ask again how much there is
                if error.errno != errno.ENOSPC:
                    raise


def waits(it: Running, count: int) -> None:
    """So many images wait to be sent on, and go on waiting: none is held, none refused, the national side answers."""
    for _ in range(6):
        row = it.ledger(kill_traffic.STUDY)
        assert [row.get(name, 0) for name in ("pending", "held", "rejected")] == [count, 0, 0]
        assert it.answers()
        time.sleep(1)
    assert it.status()["research_studies"][kill_traffic.STUDY]["pending"] == count


@pytest.mark.peers("dcmtk")
def test_a_database_locked_for_ten_seconds_keeps_senders_waiting(hospital: Running, tmp_path: Path) -> None:
    sent = Sent(hospital, tmp_path / "sent", "LOCKED")
    assert sent.send(2) == [0, 0]
    lock = (
        "import sqlite3, sys, time; c = sqlite3.connect(sys.argv[1], timeout=30, isolation_level=None); "
        "c.execute('BEGIN IMMEDIATE'); print('locked', flush=True); time.sleep(10); c.execute('ROLLBACK')"
    )
    database = hospital.home / "gateway" / "isocentre.sqlite3"
    with subprocess.Popen([sys.executable, "-c", lock, str(database)], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "locked\n"
        with pytest.raises(sqlite3.OperationalError, match="locked"), sqlite3.connect(database, timeout=0.1) as probe:
            probe.execute("BEGIN IMMEDIATE")
        begun = time.monotonic()
        assert sent.send(4) == [0] * 4
        waited = time.monotonic() - begun
    probe.close()
    assert waited > 5, "the lock held nobody up, so this proves nothing"
    whole(hospital, sent.pixels)


@pytest.mark.peers("faketime")
def test_a_worker_whose_clock_goes_back_doubles_nothing(hospital: Running, tmp_path: Path) -> None:
    sent = Sent(hospital, tmp_path / "sent", "CLOCK")
    command = ["faketime", "-f", "-1h", sys.executable, "-m", "isocentre", "worker", "gateway", "--number", "7"]
    with (tmp_path / "worker.log").open("wb") as log:
        late = subprocess.Popen(command, env=hospital.environment, stdout=log, stderr=log, process_group=0)
    try:
        until(lambda: list((hospital.home / "gateway" / "wake").glob("gateway worker 7-*.sock")) != [], hospital,
              "the late worker works")  # fmt: skip
        for _ in range(4):
            assert sent.send(20) == [0] * 20
        settled(hospital)
        assert late.poll() is None, (tmp_path / "worker.log").read_text()
    finally:
        os.killpg(late.pid, 15)
        late.wait(30)
    whole(hospital, sent.pixels)
    assert len(sent.pixels) == 80


ARRIVE = """
import sys
from pathlib import Path
from isocentre.cli import zone as zones
zones.use("gateway"); zones.config("wiring").wire()
from isocentre.rooms.intake import door as intake
taken, failed = intake.import_files(Path(sys.argv[1]), research_study="{study}", site="LOCAL")
print(taken, failed)
"""
ARRIVALS = 200


# The hour itself is tests/unit/rooms/deid/test_deid_away.py; the wait of the real one is minutes of the same.
@pytest.mark.whole
@pytest.mark.peers("dcmtk")
@pytest.mark.timeout(600)
def test_what_arrives_while_the_platform_is_away_is_sent_on_when_it_is_back(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with running(home) as it:
        kill_traffic.seed(it.environment)
    slices, pixels = Slices("AWAY", 5), dict[str, str]()
    (tmp_path / "sent").mkdir()
    for number in range(ARRIVALS):
        ds = slices.next()
        ds.save_as(tmp_path / "sent" / f"{number}.dcm", enforce_file_format=True)
        pixels[str(ds.SOPInstanceUID)] = pixel_hash(ds)
    # The hospital side works alone: its worker tries, and finds nobody.
    worker = [sys.executable, "-m", "isocentre", "worker", "gateway", "--number", "1"]
    log = tmp_path / "worker.log"
    with log.open("wb") as out:
        alone = subprocess.Popen(worker, env=it.environment, stdout=out, stderr=out)
    try:
        arrive = [sys.executable, "-c", ARRIVE.format(study=kill_traffic.STUDY), str(tmp_path / "sent")]
        done = subprocess.run(arrive, env=it.environment, capture_output=True, text=True, timeout=300, check=False)
        assert done.stdout.split() == [str(ARRIVALS), "0"], done.stderr
    finally:
        alone.terminate()
        alone.wait(90)
    assert "platform_away" in log.read_text(), "the platform answered, so this proves nothing"
    row = it.status()["research_studies"][kill_traffic.STUDY]
    assert (row["received"], row["pending"], row["sent_on"]) == (ARRIVALS, ARRIVALS, 0)
    with running(home) as again:
        settled(again, patience=330)
        whole(again, pixels)
        assert again.status()["research_studies"][kill_traffic.STUDY]["sent_on"] == ARRIVALS


@pytest.fixture
def database() -> Iterator[str]:
    """The URL of a PostgreSQL database of this test alone."""
    import psycopg

    name = f"isocentre_order_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(peers.POSTGRES, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}".encode())
        try:
            yield urlsplit(peers.POSTGRES)._replace(path=f"/{name}").geturl()
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.mark.peers("postgresql")
def test_a_row_that_commits_late_is_claimed_late_and_not_missed(database: str) -> None:
    told = {
        **os.environ,
        "ISOCENTRE_TEST_DATABASE_URL": database,
        "DJANGO_SETTINGS_MODULE": "isocentre.config.settings.test",
    }
    script = Path(__file__).with_name("queue_out_of_order.py")
    done = subprocess.run([sys.executable, script], env=told, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    out_of_order, before, after, rest = json.loads(done.stdout)
    assert out_of_order, "the ids did not commit out of order, so this test proves nothing"
    assert (before, after, rest) == (["second"], ["first"], [])
