"""One running system for the proofs over it: started once, each module sends to a research study of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.system import System
from support.system import system as started


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Both sides, filled by `support.seeding`, stopped at the end of the run."""
    with started(tmp_path_factory.mktemp("system") / "home") as running:
        yield running
