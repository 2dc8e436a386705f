"""Killed again and again at every named point, Isocentre loses nothing it acknowledged and doubles nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.harness import LEAST, SIDE, SUPERVISOR

from isocentre.core.points import POINTS

KILLS, SECONDS = 200, 420  # two quiet cores need about half the time; a busy machine may take all of it
SENT = {"C-STORE": 150, "import": 24, "STOW": 40}
"""At least so many objects must have been acknowledged each way, or the kills met no traffic."""


@pytest.mark.peers("dcmtk")
@pytest.mark.timeout(800)
def test_nothing_acknowledged_is_lost_or_doubled(tmp_path: Path) -> None:
    # In a process of its own: the senders (pynetdicom) leave sockets of broken associations to the collector.
    result = tmp_path / "result.json"
    asked = ["--kills", str(KILLS), "--seconds", str(SECONDS), "--json", str(result)]
    done = subprocess.run(
        [sys.executable, "-m", "support.harness", *asked], capture_output=True, text=True, timeout=780, check=False,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
    )  # fmt: skip
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]
    outcome = json.loads(result.read_text())
    few = {how: least for how, least in SENT.items() if outcome["acknowledged"].get(how, 0) < least}
    assert not few, done.stdout
    assert sum(outcome["kills"].values()) >= KILLS, done.stdout
    assert min(outcome["kills"].get(name, 0) for name in (*POINTS, SUPERVISOR, SIDE)) >= LEAST, done.stdout
