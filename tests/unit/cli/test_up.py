"""`isocentre up` before anything is started: which sides it runs, what was joined, one migration at a time."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from typer.testing import CliRunner

from isocentre.cli import main, prepare, side
from isocentre.people import joining


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("ISOCENTRE_ZONE", "ISOCENTRE_DATABASE_URL", "ISOCENTRE_DEMO"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ISOCENTRE_HOME", str(tmp_path))


def test_the_demonstration_needs_both_sides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISOCENTRE_ZONE", "gateway")
    monkeypatch.setenv("ISOCENTRE_DEMO", "1")
    done = CliRunner().invoke(main.build(), ["up"])
    assert (done.exit_code, "both sides" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("zone", "names"),
    [
        ("platform", {"web", "worker"}),
        ("gateway", {"web", "listener", *(f"receiver-{n}" for n in range(side.RECEIVERS)),
                     *(f"worker-{n}" for n in range(side.GATEWAY_WORKERS))}),
    ],
)  # fmt: skip
def test_one_side_runs_its_own_processes(zone: str, names: set[str]) -> None:
    assert set(side._works(zone)) == names


def test_the_demonstration_is_filled_by_a_process_of_the_hospital_side(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISOCENTRE_DEMO", "1")
    assert "demo" in side._works("gateway")
    assert "demo" not in side._works("platform")


@pytest.mark.parametrize(
    ("url", "name", "elsewhere"),
    [
        ("http://127.0.0.1:8000", "local", False),
        ("https://national.example", "local", True),
        ("http://127.0.0.1:9000", "northmoor", True),
    ],
)
def test_what_a_gateway_joined_elsewhere_is_told_from_what_up_joined(
    tmp_path: Path, url: str, name: str, elsewhere: bool
) -> None:
    assert not prepare.joined_elsewhere(tmp_path)
    joining.note(tmp_path, url, name)
    assert prepare.joined_elsewhere(tmp_path) == elsewhere


@pytest.mark.django_db
def test_only_one_migrates_at_a_time(tmp_path: Path) -> None:
    with prepare.migrating(tmp_path), (tmp_path / "migrate.lock").open("w") as second, pytest.raises(BlockingIOError):
        fcntl.flock(second, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with (tmp_path / "migrate.lock").open("w") as second:  # and afterwards the next may
        fcntl.flock(second, fcntl.LOCK_EX | fcntl.LOCK_NB)


@pytest.mark.django_db
def test_on_postgresql_another_machine_waits_as_well(tmp_path: Path) -> None:
    settings = connection.get_connection_params() if connection.vendor == "postgresql" else None
    with prepare.migrating(tmp_path):
        if settings is not None:  # SQLite lies in the data folder, which one machine has
            assert not _lock_is_free(settings)
    assert settings is None or _lock_is_free(settings)


def _lock_is_free(settings: dict[str, Any]) -> bool:
    import psycopg

    told = {name: settings[name] for name in ("dbname", "user", "password", "host", "port") if settings.get(name)}
    with psycopg.connect(**told) as other:
        row = other.execute("SELECT pg_try_advisory_lock(%s)", [prepare.LOCK]).fetchone()
    return bool(row and row[0])
