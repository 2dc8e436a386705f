"""What a side loads before it forks: everything, but no thread and no connection, which would not cross a fork."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from isocentre.cli import side, up
from isocentre.cli import zone as zones

LOAD = """
import sys
from pathlib import Path
from isocentre.cli import side, zone as zones
zones.use(sys.argv[1])
side._load(sys.argv[1])
from django.db import connections
had = set(sys.modules)
print(len(list(Path("/proc/self/task").iterdir())), [one.alias for one in connections.all() if one.connection])
zones.config("wiring").wire()
from django.core.wsgi import get_wsgi_application
get_wsgi_application()
print(sorted(set(sys.modules) - had))
"""


@pytest.mark.parametrize("zone", zones.ZONES)
def test_a_side_loads_all_its_processes_need_and_starts_nothing(
    zone: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ISOCENTRE_HOME", str(tmp_path))
    for name in ("ISOCENTRE_ZONE", "ISOCENTRE_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / zone).mkdir()
    (tmp_path / zone / "secret.key").write_text("secret")
    environment = up._child(zone).launch.args[1]
    done = subprocess.run([sys.executable, "-c", LOAD, zone], env=environment, capture_output=True, text=True,
                          timeout=60, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    threads, later = done.stdout.splitlines()
    assert threads == "1 []"
    assert later == "[]"


def test_every_process_says_where_its_log_is(tmp_path: Path) -> None:
    child = side._child("gateway", "worker-0", lambda: None, tmp_path / "worker-0.log")
    assert (child.name, child.once, child.log) == ("gateway worker-0", False, str(tmp_path / "worker-0.log"))
    assert side._child("gateway", "demo", lambda: None, tmp_path / "demo.log").once
    assert "ISOCENTRE_LOG" not in os.environ
