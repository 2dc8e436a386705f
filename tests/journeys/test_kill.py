"""Killed again and again at every named point, Isocentre loses nothing it acknowledged and doubles nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.harness import LEAST, SUPERVISOR

from isocentre.core.points import POINTS

# As many of these kills as go into the time: two busy cores manage fewer (`support.harness --kills 1000` has no limit).
KILLS, SECONDS = 200, 200


@pytest.mark.peers("dcmtk")
@pytest.mark.timeout(700)
def test_nothing_acknowledged_is_lost_or_doubled(tmp_path: Path) -> None:
    # In a process of its own: the senders (pynetdicom) leave sockets of broken associations to the collector.
    result = tmp_path / "result.json"
    asked = ["--kills", str(KILLS), "--seconds", str(SECONDS), "--json", str(result)]
    done = subprocess.run(
        [sys.executable, "-m", "support.harness", *asked], capture_output=True, text=True, timeout=650, check=False,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
    )  # fmt: skip
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    outcome = json.loads(result.read_text())
    assert outcome["acknowledged"].get("C-STORE", 0) > 100, done.stdout
    assert outcome["acknowledged"].get("import", 0) > 0, done.stdout
    assert min(outcome["kills"].get(name, 0) for name in (*POINTS, SUPERVISOR)) >= LEAST, done.stdout
