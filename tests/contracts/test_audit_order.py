"""On PostgreSQL ids commit out of order: the sealer still gives every row its own number, without gaps."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from support import peers

SCRIPT = Path(__file__).with_name("audit_out_of_order.py")


@pytest.fixture
def database() -> Iterator[str]:
    """The URL of a database of this test alone."""
    name = f"isocentre_order_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(peers.POSTGRES, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}".encode())
        try:
            yield urlsplit(peers.POSTGRES)._replace(path=f"/{name}").geturl()
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.mark.peers("postgresql")
def test_a_row_that_commits_late_is_sealed_late(database: str, tmp_path: Path) -> None:
    told = {
        **os.environ,
        "ISOCENTRE_TEST_DATABASE_URL": database,
        "DJANGO_SETTINGS_MODULE": "isocentre.config.settings.test",
    }
    done = subprocess.run([sys.executable, SCRIPT, tmp_path], env=told, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    before, after, order, out_of_order, whole, sealed, unsealed = json.loads(done.stdout)
    assert out_of_order, "the ids did not commit out of order, so this test proves nothing"
    assert (before, after) == (1, 1)
    assert order == [["second", 1], ["first", 2]]
    assert (whole, sealed, unsealed) == (True, 2, 0)
