"""The hospital side for tests of deid: research studies, scanner, and a vault that makes keys in memory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support import hospital as made_up
from support.optouts import MemoryOptOuts

from isocentre.rooms.deid import door


class MemoryVault:
    """Study keys in memory."""

    def __init__(self) -> None:
        self.keys: dict[str, bytes] = {}
        self.trouble = ""

    def create(self, research_study: str) -> None:
        if self.trouble:
            raise ValueError(self.trouble)
        self.keys.setdefault(research_study, bytes(32))

    def study_key(self, research_study: str) -> bytes:
        if self.trouble:
            raise ValueError(self.trouble)
        return self.keys[research_study]


class MemoryWall:
    """A national side that stores everything, or is away."""

    def __init__(self) -> None:
        self.away = False
        self.refuse = ""
        self.sent: list[bytes] = []

    def send(self, research_study: str, site: str, objects: list[Any]) -> list[Any]:
        from isocentre.core.ports import SendResult

        if self.away:
            raise OSError("away")
        self.sent += [b"".join(bytes(c) for c in one.chunks) for one in objects]
        return [SendResult(one.object_uid, not self.refuse, 0, self.refuse) for one in objects]

    def post_receipts(self, message: dict[str, object]) -> None:
        raise AssertionError("not used")

    def fetch_study_config(self) -> dict[str, object]:
        raise AssertionError("not used")


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
