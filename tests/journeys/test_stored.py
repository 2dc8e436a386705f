"""A hospital upgrades months later: the database of every earlier version, with its data, becomes today's (rule 14)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from support import peers

STORED = Path(__file__).resolve().parents[1] / "stored"
VERSIONS = sorted(path.name for path in STORED.iterdir())
ZONES = ("gateway", "platform")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.peers("postgresql"))])
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """What ISOCENTRE_DATABASE_URL says: nothing for SQLite; PostgreSQL with a database a zone of this test alone."""
    if request.param == "sqlite":
        yield ""
        return
    import psycopg

    name = f"isocentre_stored_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(peers.POSTGRES, autocommit=True) as server:
        for zone in ZONES:
            server.execute(f"CREATE DATABASE {name}_{zone}".encode())
        try:
            yield urlsplit(peers.POSTGRES)._replace(path=f"/{name}").geturl()
        finally:
            for zone in ZONES:
                server.execute(f"DROP DATABASE {name}_{zone} WITH (FORCE)".encode())


def command(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", *words], env=environment, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_database_of_an_earlier_version_becomes_todays(version: str, database: str, tmp_path: Path) -> None:
    kept = STORED / version
    told = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | {
        "ISOCENTRE_HOME": str(tmp_path), "PYTHONPATH": str(STORED.parent),
    } | ({"ISOCENTRE_DATABASE_URL": database} if database else {})  # fmt: skip
    with tarfile.open(kept / "files.tar.gz") as files:
        files.extractall(tmp_path, filter="data")
    for zone in ZONES:
        (tmp_path / zone / "secret.key").write_text(uuid.uuid4().hex * 2, encoding="ascii")
        done = command(told, "support.stored", "load", zone, str(kept / f"{zone}.json.gz"))
        assert done.returncode == 0, done.stderr[-3000:]
        assert (tmp_path / zone / "isocentre.sqlite3").exists() == (not database)
    done = command(told, "isocentre", "verify", "--json", "--deep")
    proof = json.loads(done.stdout)
    assert (done.returncode, proof["clean"]) == (0, True), done.stdout
    zones = proof["zones"]
    status = json.loads((kept / "status.json").read_text(encoding="utf-8"))
    assert zones["across"]["checked"] == {"sent_on": status["platform"]["stored"], "held": status["platform"]["stored"]}
    assert zones["gateway"]["checked"]["originals"] >= status["platform"]["stored"]
    assert zones["platform"]["checked"]["objects"] >= status["platform"]["stored"] > 0
    assert min(zones[zone]["audit"]["sealed"] for zone in ZONES) > 0
    done = command(told, "isocentre", "status", "--json")
    assert done.returncode == 0, done.stderr
    assert _counts(json.loads(done.stdout)) == _counts(status)


def _counts(status: dict[str, dict[str, dict[str, int]]]) -> dict[str, dict[str, int]]:
    """Every number that is not zero: a later version may count more kinds of things, of which there were none."""
    rows = status["research_studies"] | {name: status[name] for name in ("platform", "unassigned") if name in status}
    counted = {slug: {name: count for name, count in row.items() if count} for slug, row in rows.items()}
    return {slug: row for slug, row in counted.items() if row}


def test_there_is_a_stored_database_of_this_version() -> None:
    import tomllib

    project = tomllib.loads((STORED.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] in VERSIONS, "make it: python scripts/make_stored.py"
    assert sum(path.stat().st_size for path in STORED.rglob("*")) < 300_000 * len(VERSIONS)
