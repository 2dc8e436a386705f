"""A backup that was touched is refused; a restore mixes with nothing."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from isocentre.cli import copying, databases, main, restore, verify
from isocentre.rooms.intake.models import Person


def changed(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A small backup: one file copied, one linked, one written."""
    source = tmp_path / "source"
    source.write_text("records")
    made = copying.Copy(tmp_path / "backup/gateway")
    assert made.take(source, "a/copied")
    assert made.take(source, "linked", link=True)
    assert made.write("written", [b"one", memoryview(b"two")])
    assert not made.take(tmp_path / "gone", "gone")
    assert not made.take(tmp_path / "gone", "gone", link=True)
    assert made.linked == 1
    facts = made.finish({"zone": "gateway", "engine": "sqlite", "migrations": []})
    assert (facts["files"], facts["bytes"]) == (3, 20)
    return made.folder


def test_a_backup_that_was_not_touched_is_whole(copy: Path) -> None:
    assert copying.check(copy)["zone"] == "gateway"
    assert copy.stat().st_mode & 0o777 == 0o700
    assert (copy / "written").read_bytes() == b"onetwo"


@pytest.mark.parametrize(
    ("touch", "said"),
    [
        (lambda folder: changed(folder / "written"), "was changed"),
        (lambda folder: (folder / "a/copied").unlink(), "is missing"),
        (lambda folder: (folder / "files.jsonl").unlink(), "list of files"),
        (lambda folder: changed(folder / "files.jsonl"), "list of files"),
        (lambda folder: (folder / "manifest.json").write_text("{}"), "cannot be read"),
        (lambda folder: (folder / "manifest.json").write_text('{"format": 99}'), "format 99"),
    ],
)
def test_a_backup_that_was_touched_is_refused(copy: Path, touch: Callable[[Path], Any], said: str) -> None:
    touch(copy)
    with pytest.raises(copying.Broken, match=said):
        copying.check(copy)


def test_a_list_that_leads_out_of_the_backup_is_refused(tmp_path: Path) -> None:
    for name in ("../secret", "/etc/x"):
        (tmp_path / "files.jsonl").write_text(json.dumps({"path": name, "size": 1, "sha256": ""}) + "\n")
        with pytest.raises(copying.Broken, match="outside"):
            list(copying.entries(tmp_path))


def test_a_file_that_goes_while_it_is_read_leaves_nothing(tmp_path: Path) -> None:
    def going() -> Iterator[bytes]:
        yield b"some"
        raise KeyError("gone")

    made = copying.Copy(tmp_path / "b")
    assert not made.write("blob", going())
    assert made.finish({})["files"] == 0
    assert not (tmp_path / "b/blob").exists()


@pytest.mark.django_db(transaction=True)
def test_the_database_is_copied_as_it_is_and_the_copy_is_one_file(tmp_path: Path) -> None:
    Person.objects.create(key="id:P1")
    name = databases.dump(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    engine, applied = databases.state()
    assert databases.unknown(applied) == []
    assert databases.unknown(["intake.9999_from_the_future"]) == ["intake.9999_from_the_future"]
    if engine == "sqlite":
        with closing(sqlite3.connect(tmp_path / name)) as database:
            assert database.execute("SELECT key FROM intake_person").fetchall() == [("id:P1",)]
        with pytest.raises(databases.CannotCopy, match="is of postgresql"):
            databases.load(tmp_path, "postgresql")


def test_a_database_that_stays_locked_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "LOCKED_SECONDS", 0.0)
    look = databases._patient()
    look(sqlite3.SQLITE_OK, 0, 1)
    with pytest.raises(databases.CannotCopy, match="stays locked"):
        look(sqlite3.SQLITE_BUSY, 0, 1)


def test_a_database_worked_on_gets_its_name_whole(tmp_path: Path) -> None:
    final = tmp_path / "isocentre.sqlite3"
    with closing(sqlite3.connect(databases.beside(final))) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE t (n)")
        database.execute("INSERT INTO t VALUES (7)")
        database.commit()
    databases.settle(databases.beside(final), final)
    assert [path.name for path in tmp_path.iterdir()] == [final.name]
    with closing(sqlite3.connect(final)) as database:
        assert database.execute("SELECT n FROM t").fetchone() == (7,)


def test_the_head_file_that_says_more_stays(tmp_path: Path) -> None:
    mine, theirs = tmp_path / "mine", tmp_path / "theirs"
    restore._head(mine, theirs)
    assert not mine.exists()
    for here, backed_up, kept in (("1\n2\n", "1\n", "1\n2\n"), ("1\n", "1\n2\n", "1\n2\n"), (None, "1\n", "1\n")):
        mine.unlink(missing_ok=True)
        if here is not None:
            mine.write_text(here)
        theirs.write_text(backed_up)
        restore._head(mine, theirs)
        assert mine.read_text() == kept
    theirs.write_text("9\n")
    with pytest.raises(restore.Refused, match="another system"):
        restore._head(mine, theirs)


@pytest.fixture
def _environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("ISOCENTRE_ZONE", "ISOCENTRE_DATABASE_URL", "ISOCENTRE_BLOBS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ISOCENTRE_HOME", str(tmp_path / "home"))


@pytest.mark.usefixtures("_environment")
@pytest.mark.parametrize("command", [["verify"], ["backup", "SOMEWHERE"]])
def test_where_nothing_is_it_says_so(command: list[str]) -> None:
    done = CliRunner().invoke(main.build(), command)
    assert (done.exit_code, "isocentre up" in done.stderr) == (1, True)


@pytest.mark.usefixtures("_environment")
def test_a_backup_may_not_lie_in_what_it_is_of_nor_overwrite_another(tmp_path: Path) -> None:
    zone = tmp_path / "home/gateway"
    zone.mkdir(parents=True)
    (zone / "secret.key").write_text("x")
    (tmp_path / "taken/gateway").mkdir(parents=True)
    for folder, said in (("home/gateway/b", "inside"), ("taken", "another folder")):
        done = CliRunner().invoke(main.build(), ["backup", str(tmp_path / folder)])
        assert done.exit_code == 2
        assert said in done.stderr


@pytest.mark.usefixtures("_environment")
def test_a_restore_mixes_with_nothing_and_a_touched_backup_changes_nothing(copy: Path, tmp_path: Path) -> None:
    zone = tmp_path / "home/gateway"
    zone.mkdir(parents=True)
    (zone / "master.key").write_text("brought by two people")
    restore._may_restore("gateway", copying.manifest(copy))
    (zone / "isocentre.sqlite3").write_text("somebody's")
    done = CliRunner().invoke(main.build(), ["restore", str(copy.parent)])
    assert (done.exit_code, "not empty" in done.stderr) == (1, True)
    (zone / "isocentre.sqlite3").unlink()
    changed(copy / "written")
    done = CliRunner().invoke(main.build(), ["restore", str(copy.parent)])
    assert (done.exit_code, "was changed" in done.stderr) == (1, True)
    assert [path.name for path in zone.iterdir()] == ["master.key"]
    assert CliRunner().invoke(main.build(), ["restore", str(tmp_path)]).exit_code == 2
    with pytest.raises(restore.Refused, match="is of the gateway"):
        restore._may_restore("platform", copying.manifest(copy))


@pytest.mark.usefixtures("_environment")
def test_a_running_system_is_not_restored_into(copy: Path, tmp_path: Path) -> None:
    import fcntl

    (tmp_path / "home").mkdir()
    with (tmp_path / "home/up.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = CliRunner().invoke(main.build(), ["restore", str(copy.parent)])
    assert (done.exit_code, "is running" in done.stderr) == (1, True)


def test_only_one_zone_lists_its_uids(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("ISOCENTRE_ZONE", raising=False)
    with pytest.raises(typer.BadParameter, match="one zone"):
        verify.verify(uids=tmp_path / "uids")
    monkeypatch.setenv("ISOCENTRE_ZONE", "platform")
    with pytest.raises(typer.BadParameter, match="leave --json and --deep out"):
        verify.verify(uids=tmp_path / "uids", as_json=True)
    (tmp_path / "uids").touch()
    for there in (tmp_path / "uids", tmp_path / "none" / "uids"):
        with pytest.raises(typer.BadParameter, match="not there yet"):
            verify.verify(uids=there)


class Runs:
    """Stands for the processes of the sides: what each prints, and how it ends."""

    def __init__(self, codes: dict[str, int] | None = None) -> None:
        self.asked: list[tuple[str, list[str]]] = []
        self.codes = codes or {}

    def __call__(self, command: list[str], *, env: dict[str, str], **more: Any) -> subprocess.CompletedProcess[str]:
        zone, words = env.get("ISOCENTRE_ZONE", ""), command[3:]
        self.asked.append((zone, words))
        said = {
            "backup": json.dumps({"zones": {zone: {"files": 3, "bytes": 20}}, "keys_left_out": []}),
            "restore": f"{zone}: restored\n  No secret.key was brought.\n", "verify": json.dumps({"zones": {}}),
        }  # fmt: skip
        out = said[words[0]] if more.get("stdout") is not None else None
        return subprocess.CompletedProcess(command, self.codes.get(words[0], 0), out)


@pytest.mark.usefixtures("_environment")
def test_a_backup_for_programs_is_one_object(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for zone in ("gateway", "platform"):
        (tmp_path / "home" / zone).mkdir(parents=True)
        (tmp_path / "home" / zone / "secret.key").write_text("x")
    runs = Runs()
    monkeypatch.setattr(subprocess, "run", runs)
    done = CliRunner().invoke(main.build(), ["backup", str(tmp_path / "b"), "--json", "--originals"])
    assert done.exit_code == 0, done.output
    made = {"files": 3, "bytes": 20}
    assert json.loads(done.stdout) == {
        "zones": {"gateway": made, "platform": made}, "keys_left_out": ["master.key", "secret.key", "gateway.key"],
    }  # fmt: skip
    assert [words[2:] for _, words in runs.asked] == [["--originals", "--json"]] * 2
    monkeypatch.setattr(subprocess, "run", Runs({"backup": 1}))
    failed = CliRunner().invoke(main.build(), ["backup", str(tmp_path / "c"), "--json"])
    assert (failed.exit_code, failed.stdout) == (1, "")


@pytest.mark.usefixtures("_environment")
@pytest.mark.parametrize("code", [0, 1])
def test_a_restore_for_programs_is_one_object(
    copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:  # fmt: skip
    monkeypatch.setattr(subprocess, "run", Runs({"verify": code}))
    done = CliRunner().invoke(main.build(), ["restore", str(copy.parent), "--json"])
    assert done.exit_code == code, done.output
    assert json.loads(done.stdout) == {
        "zones": {"gateway": {"restored": True, "notes": ["gateway: restored", "No secret.key was brought."]}},
        "verify": {"zones": {}},
    }  # fmt: skip
    plain = CliRunner().invoke(main.build(), ["restore", str(copy.parent)])
    assert (plain.exit_code, plain.stdout) == (code, "Now verifying what was restored:\n")
    monkeypatch.setattr(subprocess, "run", Runs({"restore": 1}))
    failed = CliRunner().invoke(main.build(), ["restore", str(copy.parent), "--json"])
    assert (failed.exit_code, failed.stdout, "could not be put back" in failed.stderr) == (1, "", True)
