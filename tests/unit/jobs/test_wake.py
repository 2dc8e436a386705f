"""Workers are woken, however deep their data folder lies."""

from __future__ import annotations

import os
import select
import time
from pathlib import Path
from typing import Any

import pytest

from isocentre.jobs import wake


@pytest.mark.parametrize("depth", [0, 40, 120])
def test_a_sleeping_worker_is_woken(tmp_path: Path, settings: Any, depth: int) -> None:
    home = tmp_path / ("d" * depth)
    home.mkdir(exist_ok=True)
    settings.ZONE_HOME = home
    sleeper = wake.Sleeper("gateway worker 0-12345")
    try:
        wake.wake()
        begun = time.monotonic()
        sleeper.wait(20)
        assert time.monotonic() - begun < 10
    finally:
        sleeper.close()
    assert not list((home / "wake").iterdir())


def test_a_worker_that_was_killed_is_no_error_and_is_not_called_again(tmp_path: Path, settings: Any) -> None:
    settings.ZONE_HOME = tmp_path
    wake.wake()
    gone = wake.Sleeper("gone")
    gone._socket.close()
    wake.wake()
    assert not list((tmp_path / "wake").iterdir())


def test_one_that_came_later_is_called_too(tmp_path: Path, settings: Any) -> None:
    settings.ZONE_HOME = tmp_path
    first = wake.Sleeper("a")
    wake.wake()
    second = wake.Sleeper("b")
    try:
        for at in (time.time(), time.time() - 60):  # a folder that changed just now, and one that is settled
            os.utime(tmp_path / "wake", (at, at))
            wake.wake()
            for one in (first, second):
                assert select.select([one._socket], [], [], 5)[0]
                one.wait(5)
    finally:
        first.close()
        second.close()
