"""Upkeep: what a crash left of an object on its way in goes after an hour, and nothing that is still coming."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest
from support.archive_book import MemoryBlobs

from isocentre.rooms.archive import upkeep


def test_strays_are_swept_after_an_hour(
    archive: MemoryBlobs, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ZONE_HOME = tmp_path
    assert upkeep.sweep_strays("w") == 0
    (tmp_path / "incoming").mkdir()
    old, new = (tmp_path / "incoming" / name for name in ("old", "new"))
    for path in (old, new):
        path.write_bytes(b"x")
    os.utime(old, (time.time() - 3700, time.time() - 3700))
    told: list[float] = []
    monkeypatch.setattr(archive, "sweep", lambda before: told.append(before) or 2, raising=False)
    assert upkeep.sweep_strays("w") == 3
    assert (old.exists(), new.exists()) == (False, True)
    assert time.time() - told[0] == pytest.approx(3600, abs=60)
