"""Objects far larger than what any process may hold go the whole way: 10,000 native frames, and 6,500 JPEG."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.large import Journey
from support.large_objects import Large
from support.memory import Monitor
from support.system import System
from support.system import system as started

GROWTH = 130.0
"""MB of anonymous memory that a process may take beyond its idle state; the objects have three times as much."""
TOGETHER = 560.0
"""MB of anonymous memory that both sides and a command may take at once; 500 to 540 are measured, the most where both
cores are busy with something else. The objects would take 800."""
WEB = 3, 40.0
"""Web processes of the national side on up to five cores, and MB that each further one may take."""
NATIVE = Large(1, 10_000, rows=160, columns=125, groups=True)
JPEG = Large(2, 6_500, rows=64, columns=64, encapsulated=1)


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[System]:
    """A system of its own: what it stores would be searched by every later test of the shared one."""
    with started(tmp_path / "home") as running:
        yield running


@pytest.mark.peers("dcmtk")
def test_large_objects_go_the_whole_way_in_flat_memory(alone: System, tmp_path: Path) -> None:
    assert NATIVE.size == 400_000_000
    assert JPEG.size > 425_000_000
    with Monitor(alone.it.home) as monitor:
        idle = monitor.taken()
        journey = Journey(alone, monitor, tmp_path)
        with journey.file(NATIVE) as path:
            journey.deid(NATIVE, path)
            journey.send(NATIVE, path)
        journey.read(NATIVE)
        journey.erase(NATIVE)
        with journey.file(JPEG) as path:
            journey.import_(JPEG, path)
        journey.read(JPEG)
        journey.erase(JPEG)
    peaks = {(step.name, name): mb for step in journey.steps for name, mb in step.peaks.items()}
    # A command has no idle state of its own: it is held to that of the largest process.
    grown = {key: mb - idle.get(key[1], max(idle.values())) for key, mb in peaks.items()}
    assert len(idle) >= 8
    assert any("isocentre import" in step for step, _ in grown)
    assert max(grown.values()) < GROWTH, {key: mb for key, mb in grown.items() if mb >= GROWTH}
    further = sum(name.startswith("platform web") for name in idle) - WEB[0]
    assert 200 < monitor.together < TOGETHER + further * WEB[1], monitor.together
