"""The hospital side for tests of deid: research studies, scanner, and its ports in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support import hospital as made_up
from support.gateway_ports import MemoryVault, MemoryWall
from support.optouts import MemoryOptOuts

from isocentre.rooms.deid import door


@pytest.fixture
def ports(monkeypatch: pytest.MonkeyPatch) -> door.Ports:
    """A vault and a national side in memory."""
    made = door.Ports(vault=MemoryVault(), wall=MemoryWall(), opt_outs=MemoryOptOuts())
    monkeypatch.setattr(door, "ports", made)
    return made


@pytest.fixture
def hospital(db: None, settings: Any, tmp_path: Path, ports: door.Ports) -> None:
    """Two accepted research studies and a scanner, on the hospital side."""
    settings.ZONE, settings.ZONE_HOME = "gateway", tmp_path
    made_up.hospital()
