"""A consistent copy of a zone's database while it is at work, and the way back: SQLite and PostgreSQL."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from isocentre.audit.files import sync_folder

SQLITE, POSTGRESQL = "database.sqlite3", "database.pgdump"
RESTORING = ".restoring"
LOCKED_SECONDS = 30.0


class CannotCopy(RuntimeError):
    """The database could not be copied or put back; the text says why and what to do."""


def dump(folder: Path) -> str:
    """Copy the database of this process's zone into `folder` as of one moment; returns the file's name."""
    from django.db import connection

    if connection.vendor == "postgresql":
        path = folder / POSTGRESQL
        _tool("pg_dump", "--format=custom", f"--file={path}")
        return POSTGRESQL
    connection.ensure_connection()
    with closing(sqlite3.connect(folder / SQLITE)) as copy:
        # All pages in one step: writers go on, and the copy is of one moment.
        connection.connection.backup(copy, progress=_patient(), sleep=0.25)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, not three
        if copy.execute("PRAGMA integrity_check").fetchone() != ("ok",):
            raise CannotCopy("the database is damaged: SQLite's integrity check finds errors in the copy")
    return SQLITE


def _patient() -> Callable[[int, int, int], None]:
    """Gives up on a database that stays locked: SQLite's own loop would wait for ever."""
    limit = time.monotonic() + LOCKED_SECONDS

    def look(status: int, remaining: int, total: int) -> None:
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) and time.monotonic() > limit:
            raise CannotCopy("the database stays locked: see with `isocentre doctor` what holds it, then try again")

    return look


def state() -> tuple[str, list[str]]:
    """The engine, and the migrations that were applied, as `app.name`."""
    from django.db import connection
    from django.db.migrations.recorder import MigrationRecorder

    applied = MigrationRecorder(connection).applied_migrations()
    return connection.vendor, sorted(f"{app}.{name}" for app, name in applied)


def unknown(migrations: list[str]) -> list[str]:
    """Those this version of Isocentre does not have: the backup was made by a newer one."""
    from django.db.migrations.loader import MigrationLoader

    loader = MigrationLoader(None, ignore_no_migrations=True)
    known = {f"{app}.{name}" for app, name in loader.disk_migrations or {}}
    known |= {f"{app}.{name}" for each in (loader.disk_migrations or {}).values() for app, name in each.replaces}
    return [name for name in migrations if name not in known]


def beside(path: Path) -> Path:
    """Where an SQLite database lies until all of a restore is done, so that nothing starts on half of one."""
    return path.with_name(path.name + RESTORING)


def load(folder: Path, engine: str) -> None:
    """Put the backup's database where this process's settings say; CannotCopy when it is of another engine."""
    from django.conf import settings
    from django.db import connection

    from isocentre.cli import copying

    if engine != connection.vendor:
        raise CannotCopy(f"the backup is of {engine}, but this zone is to use {connection.vendor}: "
                         "set ISOCENTRE_DATABASE_URL as it was")  # fmt: skip
    if engine == "postgresql":
        if connection.introspection.table_names():
            raise CannotCopy("the PostgreSQL database is not empty: name an empty one in ISOCENTRE_DATABASE_URL")
        connection.close()
        name = settings.DATABASES["default"]["NAME"]
        _tool("pg_restore", "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction",
              f"--dbname={name}", str(folder / POSTGRESQL))  # fmt: skip
        return
    copying.place(folder / SQLITE, Path(settings.DATABASES["default"]["NAME"]))


def settle(temporary: Path, final: Path) -> None:
    """Close an SQLite database that was worked on at `temporary` and give it its name."""
    with closing(sqlite3.connect(temporary)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        database.execute("PRAGMA journal_mode=DELETE")
    with temporary.open("rb") as file:
        os.fsync(file.fileno())
    temporary.rename(final)
    sync_folder(final.parent)


def _tool(name: str, *arguments: str) -> None:
    """Run one of PostgreSQL's own tools on the zone's database; the password goes by the environment."""
    from django.conf import settings

    path = shutil.which(name)
    if path is None:
        raise CannotCopy(f"{name} is not on this machine: install PostgreSQL's client tools (postgresql-client)")
    told: dict[str, Any] = settings.DATABASES["default"]
    given = {"PGHOST": told["HOST"], "PGPORT": told["PORT"], "PGUSER": told["USER"], "PGPASSWORD": told["PASSWORD"],
             "PGDATABASE": told["NAME"]}  # fmt: skip
    given |= {f"PG{option.upper()}": value for option, value in told.get("OPTIONS", {}).items()}  # PGSSLMODE …
    environment = os.environ | {key: str(value) for key, value in given.items() if value}
    done = subprocess.run([path, *arguments], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise CannotCopy(f"{name} failed: {said[-1][:200] if said else f'exit {done.returncode}'}")
