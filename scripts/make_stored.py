"""Writes the stored database of this version, for the tests of later migrations: tests/stored/VERSION.

    python scripts/make_stored.py [--again]     `--again` replaces it: only before the version is released

A system of its own is started, made-up objects go in by C-STORE and import, and both sides are written down as they
are once everything was sent on, told of and sealed.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from support import kill_traffic  # noqa: E402 - found through the line above
from support.kill_traffic import CALLED, SENDERS, STUDY, Slices  # noqa: E402 - as above
from support.running import Running, running, until  # noqa: E402 - as above

from isocentre.adapters.dimse import client  # noqa: E402 - as above

KEPT_OUT = (".sqlite3", "-wal", "-shm", ".key", ".log", ".sock", ".lock", ".tmp")
"""Ends of names that are not kept: the databases are rows, keys belong to one system, the rest is of its running."""


def main(arguments: list[str]) -> int:
    """Make it; 2 when it is there already."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    target = ROOT / "tests" / "stored" / version
    if target.exists() and arguments != ["--again"]:
        print(f"{target} is there: once released it never changes (--again before that)", file=sys.stderr)
        return 2
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    with tempfile.TemporaryDirectory(prefix="isocentre-stored-") as folder:
        home = Path(folder) / "home"
        with running(home) as it:
            kill_traffic.seed(it.environment)
            _send(it, Path(folder))
            until(lambda: _settled(it), it, "all sent on, told of and sealed")
            environment = it.environment
            status = it.status()
        (target / "status.json").write_text(json.dumps(status, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        for zone in ("gateway", "platform"):
            told = environment | {"ISOCENTRE_ZONE": zone, "PYTHONPATH": str(ROOT / "tests")}
            command = [sys.executable, "-m", "support.stored", "dump", zone, str(target / f"{zone}.json.gz")]
            subprocess.run(command, env=told, check=True)
        _keep_files(home, target / "files.tar.gz")
    size = sum(path.stat().st_size for path in target.iterdir())
    print(f"{target}: {size:,} bytes, {status['research_studies'][STUDY]}")
    return 0


def _send(it: Running, folder: Path) -> None:
    """Of each disposition that arrival alone can give: sent on, duplicate, held, unassigned; and an import."""
    slices, paths = Slices("STORED1", 1), []
    for number in range(8):
        ds = slices.next()
        if number == 7:
            ds.BurnedInAnnotation = "YES"
        paths.append(folder / f"{number}.dcm")
        ds.save_as(paths[-1], enforce_file_format=True)
    for called, some in ((CALLED, paths), (CALLED, paths[:2])):
        assert {status for _, status in client.send("127.0.0.1", it.dicom_port, called, SENDERS[0], some)} == {0}
    stranger = folder / "stranger.dcm"
    Slices("STORED2", 2).next().save_as(stranger, enforce_file_format=True)
    assert client.send("127.0.0.1", it.dicom_port, "NOBODYS", SENDERS[0], [stranger])[0][1] == 0
    brought, other = folder / "brought", Slices("STORED3", 3)
    brought.mkdir()
    for number in range(3):
        other.next().save_as(brought / f"{number}.dcm", enforce_file_format=True)
    done = it.command("import", str(brought), "--study", STUDY, "--site", "LOCAL")
    assert done.returncode == 0, done.stderr


def _settled(it: Running) -> bool:
    row = it.status()["research_studies"].get(STUDY, {})
    proof = json.loads(it.command("verify", "--json").stdout)
    sealed = all(not proof["zones"][zone]["audit"]["unsealed"] for zone in ("gateway", "platform"))
    return bool(row.get("sent_on") == 10 and not row["pending"] and sealed and proof["clean"])


def _keep_files(home: Path, target: Path) -> None:
    with tempfile.TemporaryDirectory() as folder, tarfile.open(Path(folder) / "t", "w:gz", compresslevel=9) as made:
        for path in sorted(home.glob("*/**/*")):
            inside = path.relative_to(home)
            if path.is_file() and inside.parts[1] not in ("logs", "wake") and not path.name.endswith(KEPT_OUT):
                made.add(path, inside, filter=_anybodys)
        made.close()
        shutil.move(Path(folder) / "t", target)
    os.chmod(target, 0o644)


def _anybodys(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
