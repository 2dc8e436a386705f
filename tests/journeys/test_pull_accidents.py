"""A list fetched from a real PACS while our processes, the PACS and its manager stop it: `support.pulling`, smaller."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import pytest
from support.pulling import Run


@pytest.mark.peers("orthanc", "dcmtk")
@pytest.mark.timeout(400)
def test_every_series_comes_right_once_whatever_stops_it(tmp_path: Path) -> None:
    outcome = Run(tmp_path, "orthanc", 20, rate=240).run()
    print(asdict(outcome))
    assert outcome.wrong == []
    assert outcome.moved["scans"] == 17
