"""One running system for the proofs over it: started once, each module sends to a research study of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.data import data_path
from support.system import System
from support.system import system as started

SLICES = 60


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Both sides, filled by `support.seeding`, stopped at the end of the run."""
    with started(tmp_path_factory.mktemp("system") / "home") as running:
        yield running


@pytest.fixture(scope="session")
def spare(system: System) -> list[Path]:
    """Real slices, stored as the one scan of the research study `spare`: about 12 MB."""
    files = sorted(data_path("head-mr").glob("*.dcm"))[:SLICES]
    done = system.storescu(files, "SPARE")
    assert done.returncode == 0, done.stderr
    assert system.settled("spare", SLICES) == {"sent_on": SLICES, "received": SLICES}
    system.receipted()
    return files
