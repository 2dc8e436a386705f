"""Makes the PostgreSQL database of a zone where it is not there yet, or says in one line what to run instead.

The driver is imported where it is used: 6 MB of every process that works with SQLite.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from isocentre.cli import zone as zones

if TYPE_CHECKING:
    import psycopg

SCHEMES = ("postgres://", "postgresql://")
SECONDS = 10
DOOR = "postgres"  # the database every cluster has, from which others are made


class NoDatabase(RuntimeError):
    """There is no usable database; the text says why and what to do, and holds no password."""


def of(zone: str) -> str:
    """The PostgreSQL URL of a zone; empty when it uses SQLite."""
    url = zones.own_environment(zone).get("ISOCENTRE_DATABASE_URL", "")
    return url if url.startswith(SCHEMES) else ""


def ensure(url: str) -> bool:
    """Make the database of `url` unless it can be reached already; True when it was made. NoDatabase in words."""
    import psycopg
    from psycopg.conninfo import conninfo_to_dict

    try:
        told: dict[str, Any] = {"connect_timeout": SECONDS, **conninfo_to_dict(url)}
    except psycopg.Error:
        form = "postgresql://<user>:<password>@<host>/<name>"
        raise NoDatabase(f"ISOCENTRE_DATABASE_URL cannot be read: write {form}") from None
    name = unquote(urlsplit(url).path.lstrip("/"))
    who = f"{told.get('user') or 'this user'} at {told.get('host') or 'this machine'}:{told.get('port') or 5432}"
    return False if _reached(told) else _make(told, name, who)


def _reached(told: dict[str, Any]) -> bool:
    import psycopg

    try:
        psycopg.connect(**told).close()
    except psycopg.OperationalError:
        return False
    return True


def _make(told: dict[str, Any], name: str, who: str) -> bool:
    """It cannot be reached: because it is not there, or for another reason."""
    import psycopg
    from psycopg import sql

    try:
        with psycopg.connect(**{**told, "dbname": DOOR}, autocommit=True) as server:
            if server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                if _reached(told):
                    return False  # another process made it in this moment
                raise NoDatabase(f"the database {name} is there, but does not let in {who}: grant it CONNECT")
            order = sql.SQL("CREATE DATABASE {} ENCODING 'UTF8' TEMPLATE template0").format(sql.Identifier(name))
            try:
                server.execute(order)
            except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                return False  # another process made it in this moment
            except psycopg.Error as error:
                row = server.execute("SELECT current_user").fetchone()
                raise NoDatabase(_words(name, row[0] if row else "", error)) from None
    except psycopg.OperationalError:
        raise NoDatabase(
            f"PostgreSQL does not let in {who}: is it running, is what ISOCENTRE_DATABASE_URL says right?"
        ) from None
    return True


def _words(name: str, role: str, error: psycopg.Error) -> str:
    import psycopg
    from psycopg import sql

    quoted = sql.Identifier(name).as_string(None), sql.Identifier(role).as_string(None)
    may_not = isinstance(error, psycopg.errors.InsufficientPrivilege)
    why = "may not make it" if may_not else f"could not make it ({type(error).__name__})"
    return (
        f"there is no database {name}, and {role} {why}. As a PostgreSQL administrator, run:  "
        f"CREATE DATABASE {quoted[0]} OWNER {quoted[1]} ENCODING 'UTF8' TEMPLATE template0;"
    )
