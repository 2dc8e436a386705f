"""The drill: work, back up, recall a scan, lose the machine, restore, and find everything but what was recalled."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from support import peers
from support.running import Running, running, until

ERASE = """
from isocentre.cli import zone as zones
zones.use("platform"); zones.config("wiring").wire()
from isocentre.core.actor import SYSTEM
from isocentre.rooms.archive import door
scan = door.search(by=SYSTEM, limit=1)[0]
uids = [i.object_uid for s in door.series_of(by=SYSTEM, study_uid=scan.study_uid)
        for i in door.instances_of(by=SYSTEM, series_uid=s.series_uid)]
assert door.erase(by=SYSTEM, stones={uid: 0 for uid in uids}, reason="drill", recalled=True) == len(uids)
print(scan.study_uid, len(uids))
"""
FIND = """
from isocentre.cli import zone as zones
zones.use("platform"); zones.config("wiring").wire()
from isocentre.core.actor import SYSTEM
from isocentre.rooms.archive import door
print(len(door.studies(by=SYSTEM, study_uids=["{uid}"])))
"""
PSEUDONYMS = """
import json
from isocentre.cli import zone as zones
zones.use("gateway"); zones.config("wiring").wire()
from isocentre.core.deid import identity
from isocentre.rooms.deid import door
from isocentre.rooms.intake.models import ResearchStudy
person = identity.canonical_key(patient_id="RXH1", nhs_number="9990000018")
slugs = sorted(ResearchStudy.objects.values_list("slug", flat=True))
print(json.dumps({slug: str(identity.pseudonym(door.vault().study_key(slug), person)) for slug in slugs}))
"""
SECRETS = ("master.key", "secret.key", "gateway.key")
ZONES = ("gateway", "platform")
Databases = Callable[[str], dict[str, str]]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.peers("postgresql"))])
def databases(request: pytest.FixtureRequest) -> Iterator[Databases]:
    """What the environment says of the databases of a machine, by its name; those of PostgreSQL are dropped after."""
    run, made = uuid.uuid4().hex[:8], list[str]()

    def of(machine: str) -> dict[str, str]:
        if request.param == "sqlite":
            return {}
        made.append(f"drill_{run}_{machine}")
        return {"ISOCENTRE_DATABASE_URL": urlsplit(peers.POSTGRES)._replace(path=f"/{made[-1]}").geturl()}

    yield of
    for name in made:
        dropped(name)


def dropped(name: str) -> None:
    """Both databases of a machine are gone."""
    with psycopg.connect(peers.POSTGRES, autocommit=True) as server:
        for zone in ZONES:
            server.execute(f'DROP DATABASE IF EXISTS "{name}_{zone}" WITH (FORCE)'.encode())


def inside(it: Running, script: str) -> str:
    """Run a few lines, which say in which zone; what they print."""
    done = subprocess.run([sys.executable, "-c", script], env=it.environment, capture_output=True, text=True,
                          timeout=60, check=True)  # fmt: skip
    return done.stdout.strip()


def verified(it: Running) -> dict[str, Any]:
    """`isocentre verify --json --deep`, clean."""
    done = it.command("verify", "--json", "--deep")
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["clean"]) == (0, True), done.stdout
    return dict(answer["zones"])


def sheets_of_two(printed: str, folder: Path) -> list[Path]:
    """The sheets of two of the three people who were each given one."""
    sheets = [f"Isocentre{part}" for part in printed.split("Isocentre")[1:]]
    assert len(sheets) == 3
    people = [folder / "first", folder / "third"]
    for person, sheet in zip(people, sheets[::2], strict=True):
        person.write_text(sheet)
    return people


def lost(home: Path, kept: Path, printed: str) -> tuple[list[Path], Path]:
    """The machine is lost. Kept elsewhere: two keys, and the log of what was recalled; two of three people are found,
    each with the sheet that was printed for them.
    """
    kept.mkdir()
    people = sheets_of_two(printed, kept)
    for zone in ZONES:
        (kept / zone).mkdir()
        shutil.copy2(home / zone / "secret.key", kept / zone / "secret.key")
    log = shutil.copy2(home / "platform/tombstones.jsonl", kept / "tombstones.jsonl")
    shutil.rmtree(home)
    for zone in ZONES:
        shutil.copytree(kept / zone, home / zone)
    return people, log


def brought_back(it: Running, people: list[Path]) -> None:
    """The master key, by two people and not by one."""
    alone = it.command("master-key", "join", str(people[0]))
    assert (alone.returncode, "2 different shares are needed, 1 given" in alone.stderr) == (1, True)
    joined = it.command("master-key", "join", *map(str, people))
    assert joined.returncode == 0, joined.stderr


def backed_up(it: Running, copy: Path) -> None:
    done = it.command("backup", str(copy), "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)["zones"]
    assert {zone: told["folder"] for zone, told in said.items()} == {zone: str(copy / zone) for zone in ZONES}
    assert said["platform"]["files"] > 300


def restored_elsewhere(it: Running, copy: Path, home: Path, **database: str) -> None:
    """For programs: what a person has to do, and the proof, as one object."""
    done = it.command("restore", str(copy), "--json", home=home, **database)
    told = json.loads(done.stdout)
    assert (done.returncode, set(told["zones"])) == (0, {"gateway", "platform"}), done.stderr
    assert any("not known here" in note for note in told["zones"]["platform"]["notes"])
    assert told["verify"]["zones"].keys() >= {"gateway", "platform"}


@pytest.mark.peers("dcmtk")
@pytest.mark.timeout(600)
def test_drill(tmp_path: Path, databases: Databases) -> None:
    home, copy, kept = tmp_path / "home", tmp_path / "backup", tmp_path / "kept"
    used = databases("here")
    with running(home, "--demo", **used) as it:
        until(it.ready, it, "both sides are ready and the demonstration is stored")
        until(lambda: not it.waiting(), it, "nothing waits")
        zones = verified(it)
        assert zones["across"]["checked"]["sent_on"] == zones["across"]["checked"]["held"] > 300
        before, pseudonyms = it.status(), inside(it, PSEUDONYMS)
        split = it.command("master-key", "split")
        assert split.returncode == 0, split.stderr
        backed_up(it, copy)
        assert copy.stat().st_mode & 0o077 == 0
        uid, _, number = inside(it, ERASE).partition(" ")
        assert inside(it, FIND.format(uid=uid)) == "0"
        in_use = it.command("restore", str(copy))
        assert (in_use.returncode, "is running" in in_use.stderr) == (1, True)
    names = {path.name for path in copy.rglob("*")}
    assert not names & set(SECRETS)
    assert {"manifest.json", "files.jsonl", "audit-head.jsonl", "platform.json"} <= names

    people, log = lost(home, kept, split.stdout)
    if used:
        dropped(urlsplit(used["ISOCENTRE_DATABASE_URL"]).path[1:])
    done = it.command("restore", str(copy), "--tombstones", str(log))
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{number} objects were recalled or erased after" in done.stdout
    assert "two people bring the master key back" in done.stdout
    assert "Everything is as it should be." in done.stdout
    assert it.command("restore", str(copy)).returncode == 1
    restored_elsewhere(it, copy, tmp_path / "elsewhere", **databases("elsewhere"))

    brought_back(it, people)
    assert inside(it, PSEUDONYMS) == pseudonyms
    assert len(json.loads(pseudonyms)) > 0

    with running(home, **used) as it:
        until(it.ready, it, "both sides are ready again, a canary having gone the whole way")
        after = it.status()
        assert after["platform"]["recalled"] == int(number)
        assert sum(after["platform"].values()) == sum(before["platform"].values())
        assert {s: r["sent_on"] for s, r in after["research_studies"].items()} == {
            s: r["sent_on"] for s, r in before["research_studies"].items()
        }
        assert inside(it, FIND.format(uid=uid)) == "0"
        assert not list((home / "platform/blobs").rglob("*.restoring"))
        zones = verified(it)
        assert [note["about"] for note in zones["gateway"]["notes"]] == ["audit_restored"]
