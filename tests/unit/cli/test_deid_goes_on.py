"""`isocentre deid` broken off and run again: killed half-way, stopped by hand, another profile or key, two at once."""

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time

import pytest
import typer
from support.dicom_bytes import el, slice_of
from typer.testing import CliRunner

from isocentre.cli import deid, deid_files, deid_pool, deid_report, deid_run, deid_sources, deid_state, keygen
from isocentre.cli.deid_state import FOLDER, Foreign, Origin, State

RUNNER = CliRunner()
MANY = 400


@pytest.fixture
def source(tmp_path):
    return made(tmp_path / "in", MANY)


def made(folder, count):
    for number in range(count):
        # All in one folder of the copies, so that names depend on who came first.
        path = folder / f"RXH123456{number % 10}" / f"a {number:04} 1.2.3.5.{number}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(
            slice_of(
                t00080018=el(0x00080018, "UI", f"1.2.3.5.{number}"),
                t00100020=el(0x00100020, "LO", f"RXH123456{number % 10}"),
            )
        )
    return folder


def words(source, out, key, *more):
    return ["deid", str(source), str(out), "--profile", "trial-ct-mr@1", "--key-file", str(key), *more]


def run(*args):
    app = typer.Typer()
    deid.register(app)
    app.command("other")(lambda: None)
    return RUNNER.invoke(app, words(*args))


def tree(out):
    found = (p for p in out.rglob("*") if p.is_file() and p.relative_to(out).parts[0] != FOLDER)
    return {str(p.relative_to(out)): p.read_bytes() for p in found}


def test_killed_half_way_and_run_again_it_is_as_never_broken_off(source, key, tmp_path):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    reports = tmp_path / "whole.json", tmp_path / "broken.json"
    maps = tmp_path / "whole-maps", tmp_path / "broken-maps"
    assert run(source, whole, key, "--report", str(reports[0]), "--maps", str(maps[0])).exit_code == 0
    args = words(source, broken, key, "--jobs", "2", "--report", str(reports[1]), "--maps", str(maps[1]))
    for at_least in (40, 200):
        # A kill falls anywhere: into a copy being written, or between copy and state.
        process = subprocess.Popen([sys.executable, "-m", "isocentre", *args], stdout=subprocess.DEVNULL)
        limit = time.monotonic() + 60
        while process.poll() is None and len(tree_names(broken)) < at_least and time.monotonic() < limit:
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert not reports[1].exists()
        for name, data in tree(broken).items():
            assert data == (whole / name).read_bytes()
    assert run(source, broken, key, "--report", str(reports[1]), "--maps", str(maps[1])).exit_code == 0
    assert tree(broken) == tree(whole)
    assert len(tree(whole)) == MANY
    assert list((broken / FOLDER / "parts").iterdir()) == []
    assert reports[0].read_text() == reports[1].read_text()
    for name in ("uid_map.csv", "patient_id_map.csv"):
        assert (maps[0] / name).read_text() == (maps[1] / name).read_text()
        assert os.listdir(maps[0]) == os.listdir(maps[1])


def tree_names(out):
    return [p for p in out.rglob("*") if p.is_file() and p.relative_to(out).parts[0] != FOLDER] if out.exists() else []


def test_what_is_done_is_not_done_again(source, key, tmp_path, monkeypatch):
    report = tmp_path / "report.json"
    assert run(source, tmp_path / "out", key, "--jobs", "1", "--report", str(report)).exit_code == 0
    outputs = {one["source"]: one["output"] for one in json.loads(report.read_text())["files"]}
    before = {name: (tmp_path / "out" / name).stat().st_mtime_ns for name in tree(tmp_path / "out")}
    # By their originals: which copy has which name hangs on the key, so the last by name may be of any of them.
    changed, *_, lost = sorted(source.rglob("a *"))
    changed.write_bytes(changed.read_bytes() + el(0x7FE10010, "LO", "LATER"))
    (tmp_path / "out" / outputs[str(lost.relative_to(source))]).unlink()
    (source / "later").write_bytes(slice_of(t00080018=el(0x00080018, "UI", "1.2.3.99")))
    asked = []
    real = deid_run.one
    monkeypatch.setattr(
        deid_run, "one", lambda settings, entry, cut: asked.append(entry.name) or real(settings, entry, cut)
    )
    result = run(source, tmp_path / "out", key, "--jobs", "1")
    assert f"{MANY + 1} done" in result.output
    assert sorted(asked) == sorted([*(str(one.relative_to(source)) for one in (changed, lost)), "later"])
    after = tree(tmp_path / "out")
    assert sum((tmp_path / "out" / name).stat().st_mtime_ns == before.get(name) for name in after) == MANY - 2


def test_held_files_are_tried_again_and_a_waiver_stays(key, tmp_path):
    source, out = tmp_path / "in", tmp_path / "out"
    source.mkdir()
    (source / "chest").write_bytes(slice_of())
    (source / "head").write_bytes(
        slice_of(t00180015=el(0x00180015, "CS", "HEAD"), t00080018=el(0x00080018, "UI", "1.2"))
    )
    assert "1 done, 1 held" in run(source, out, key).output
    assert "2 done, 0 held" in run(source, out, key, "--face-waiver", "agreed").output
    result = run(source, out, key)
    assert (result.exit_code, "face waiver" in result.output) == (2, True)


@pytest.mark.parametrize("what", ["profile", "key", "source", "engine", "foreign", "broken"])
def test_another_origin_is_refused_and_nothing_is_touched(what, key, tmp_path, monkeypatch):
    source, out = made(tmp_path / "in", 3), tmp_path / "out"
    assert run(source, out, key).exit_code == 0
    before, more = tree(out), []
    if what == "profile":
        more = ["--profile", "basic"]
    if what == "key":
        key = tmp_path / "other.key"
        keygen.make(key)
    if what == "source":
        source = made(tmp_path / "in2", 3)
    if what == "engine":
        monkeypatch.setattr(deid_state, "version", lambda name: "9.9.9")
    if what == "foreign":
        out = tmp_path / "foreign"
        out.mkdir()
        (out / "mine").write_text("kept")
    if what == "broken":
        (out / FOLDER / "state.sqlite3").write_bytes(b"not a database" * 100)
    result = run(source, out, key, *more)
    assert (result.exit_code, "new" in result.output) == (2, True), result.output
    assert tree(tmp_path / "out") == before


def test_two_runs_at_once_do_not_meet_in_one_folder(key, tmp_path):
    source, out = made(tmp_path / "in", 3), tmp_path / "out"
    state = State.open(out, Origin(source, "x", b"k" * 32))
    with pytest.raises(Foreign, match="Another run"):
        State.open(out, Origin(source, "x", b"k" * 32))
    state.close()
    State.open(out, Origin(source, "x", b"k" * 32)).close()


def test_the_state_names_no_original(source, key, tmp_path):
    assert run(source, tmp_path / "out", key).exit_code == 0
    data = b"".join(p.read_bytes() for p in (tmp_path / "out" / FOLDER).rglob("*") if p.is_file())
    assert b"P-" in data
    for secret in (b"SMITHSON", b"RXH123456", b"1.2.3.5.", str(source).encode(), key.read_bytes().strip(),
                   bytes.fromhex(key.read_text())):  # fmt: skip
        assert secret not in data
    with sqlite3.connect(tmp_path / "out" / FOLDER / "state.sqlite3") as database:
        salts = database.execute("SELECT value FROM made_by WHERE name = 'salt'").fetchall()
    assert len(bytes.fromhex(salts[0][0])) == 16
    database.close()


def listening():
    """Take Ctrl-C again: what a shell starts in the background is told not to."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def test_ctrl_c_leaves_cleanly_and_says_how_to_go_on(key, tmp_path):
    source, out, report = made(tmp_path / "in", 3000), tmp_path / "out", tmp_path / "report.json"
    args = words(source, out, key, "--jobs", "2", "--report", str(report))
    for sent in (signal.SIGINT, signal.SIGTERM):
        process = subprocess.Popen(
            [sys.executable, "-m", "isocentre", *args], stderr=subprocess.PIPE, start_new_session=True, text=True,
            preexec_fn=listening,
        )  # fmt: skip
        begin = len(tree_names(out))
        while process.poll() is None and len(tree_names(out)) < begin + 50:
            time.sleep(0.002)
        # As a terminal does: to all of them.
        os.killpg(process.pid, sent) if sent == signal.SIGINT else process.send_signal(sent)
        said = process.communicate(timeout=60)[1]
        assert process.returncode == (deid_run.STOPPED if sent == signal.SIGINT else deid_run.ENDED), said
        assert said.count("\n") == 1
        assert ("asked to end" in said) == (sent == signal.SIGTERM)
        assert "the same command goes on" in said
        assert not report.exists()
        assert list((out / FOLDER / "parts").iterdir()) == []
    with sqlite3.connect(out / FOLDER / "state.sqlite3") as database:
        (kept,) = database.execute("SELECT count(*) FROM done").fetchone()
    database.close()
    # A signal may come just when a copy has got its name and is not noted yet: the next run makes that one again.
    assert len(tree_names(out)) - 2 <= kept <= len(tree_names(out))


def test_a_full_disk_ends_it_in_words(source, key, tmp_path, monkeypatch):
    def full(path, plan, buffer):
        return 28

    monkeypatch.setattr(deid_files, "_stream", full)
    result = run(source, tmp_path / "out", key, "--jobs", "1")
    assert (result.exit_code, "The disk is full. What is done is kept" in result.output) == (1, True)


def test_a_disk_that_cannot_be_written_is_a_failure_and_no_wrong_use(source, key, tmp_path, monkeypatch):
    def broken(*args, **more):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(deid_report, "private", broken)
    result = run(source, tmp_path / "out", key, "--jobs", "1", "--report", str(tmp_path / "r.json"))
    assert (result.exit_code, "Input/output error. What is done is kept" in result.output) == (1, True)
    assert "Usage" not in result.output


@pytest.mark.parametrize(("pages", "words"), [(1, "The disk is full."), (None, "cannot be noted (disk I/O error)")])
def test_a_state_that_cannot_be_written_ends_it_in_words(pages, words, key, tmp_path, monkeypatch):
    source, out = made(tmp_path / "in", 30), tmp_path / "out"
    real = State.keep

    def keep(state, *args, **more):
        if pages is None:
            broken = sqlite3.OperationalError("disk I/O error")
            broken.sqlite_errorcode = sqlite3.SQLITE_IOERR
            raise broken
        state._db.execute(f"PRAGMA max_page_count = {pages}")
        real(state, *args, **more)
        state._db.execute("CREATE TABLE filling AS SELECT zeroblob(100000)")

    with monkeypatch.context() as patched:
        patched.setattr(State, "keep", keep)
        result = run(source, out, key, "--jobs", "1")
    assert (result.exit_code, words in result.output) == (1, True), result.output
    assert "the same command goes on" in result.output
    assert "30 done" in run(source, out, key, "--jobs", "1").output


def test_a_folder_that_cannot_be_made_is_a_failure(source, key, tmp_path, monkeypatch):
    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(State, "open", full)
    result = run(source, tmp_path / "out", key)
    assert (result.exit_code, "DST cannot be written. The disk is full." in result.output) == (1, True)


class Full:
    """A plan whose first chunk is a view, and whose second cannot be had."""

    def chunks(self, buffer):
        with memoryview(buffer) as view:
            yield view[:8]
            raise OSError(5, "Input/output error")


def test_a_copy_that_cannot_be_written_lets_go_of_the_original(tmp_path):
    original = tmp_path / "original"
    original.write_bytes(slice_of())
    with pytest.raises(OSError, match="Input/output"), deid_sources.mapped(original) as buffer:
        deid_files._write(tmp_path, Full(), buffer)
    assert os.listdir(tmp_path) == ["original"]


def die(number):
    if number == 70:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def slow(folder):
    """Work of a minute, as a chunk of pictures that are read for text may be."""
    (folder / f"begun-{os.getpid()}").touch()
    time.sleep(60)


def wait_for(folder):
    """Until a process is done, which is not soon."""
    next(deid_pool.Pool(2).ordered(slow, [folder] * 40, chunk=4, few=2))


def be_busy(folder):
    """With the first result, while processes are at work on the next."""
    with contextlib.closing(deid_pool.Pool(2).ordered(at_once, [folder] * 40, chunk=1, few=2)) as running:
        next(running)
        time.sleep(60)


@pytest.mark.parametrize("meanwhile", [wait_for, be_busy])
def test_who_asks_to_stop_does_not_wait_for_work_in_hand(tmp_path, meanwhile):
    asked = []

    def ask():
        while len(list(tmp_path.iterdir())) < 2:
            time.sleep(0.02)
        asked.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGTERM)

    asking, before = threading.Thread(target=ask), signal.getsignal(signal.SIGTERM)
    asking.start()
    with pytest.raises(KeyboardInterrupt), deid_run._stoppable():
        meanwhile(tmp_path)
    assert time.monotonic() - asked[0] < 2
    asking.join()
    assert signal.getsignal(signal.SIGTERM) == before
    for path in tmp_path.iterdir():
        with pytest.raises(ProcessLookupError):
            os.kill(int(path.name.partition("-")[2]), 0)


def at_once(folder):
    """Work of which the first is done at once; the next takes a minute."""
    if not any(folder.iterdir()):
        (folder / f"begun-{os.getpid()}").touch()
        return
    slow(folder)


def test_a_process_that_is_killed_is_said_in_words(key, source, tmp_path, monkeypatch):
    with pytest.raises(deid_run.BrokenProcessPool):
        list(deid_pool.Pool(2).ordered(die, range(100)))

    def broken(*args, **more):
        raise deid_run.BrokenProcessPool
        yield

    monkeypatch.setattr(deid_pool.Pool, "ordered", broken)
    result = run(source, tmp_path / "out", key)
    assert (result.exit_code, "--jobs with a smaller number" in result.output) == (1, True)


def test_what_leads_back_to_patients_may_not_lie_among_the_copies(source, key, tmp_path):
    out = tmp_path / "out"
    for more in (["--report", str(tmp_path / "out" / "r.json")], ["--maps", str(out)], ["--maps", str(out / "maps")]):
        out.mkdir(exist_ok=True)
        result = run(source, out, key, *more)
        assert (result.exit_code, "leads back to patients" in result.output) == (2, True)


def test_totals_for_programs(source, key, tmp_path):
    report = tmp_path / "report.json"
    said = json.loads(run(source, tmp_path / "out", key, "--json", "--report", str(report)).output)
    assert said["totals"]["done"] == MANY
    assert said["attributes"]["(0008,0018) SOPInstanceUID"] == {"U": MANY}
    assert json.loads(report.read_text())["attributes"] == said["attributes"]
