"""What journeys share, started once: both sides filled for proofs, and the demonstration that people walk through.

Each module sends scans of its own: to a research study of its own, or of people of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.data import data_path
from support.running import Filled, Running, running, until
from support.system import System
from support.system import system as started

SLICES = 60


@pytest.fixture(scope="session", autouse=True)
def _beside_a_loop() -> Iterator[None]:
    """Playwright's own event loop runs in this thread while Django's ORM is used beside it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


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


@pytest.fixture(scope="session")
def _demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, Filled]]:
    with running(tmp_path_factory.mktemp("demo") / "home", "--demo") as it:
        until(it.ready, it, "both sides are ready and the demonstration is stored")
        query = "SELECT DISTINCT research_study, cause FROM intake_ledgerrow WHERE disposition = 'held'"
        held = {(slug, cause) for slug, cause in it.sql("gateway", query)}
        yield it, Filled(it.status()["research_studies"], held)


@pytest.fixture(scope="module")
def own_demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A demonstration for one module, whose tests change what others count on."""
    with running(tmp_path_factory.mktemp("demo") / "home", "--demo") as it:
        until(it.ready, it, "both sides are ready and the demonstration is stored")
        yield it


@pytest.fixture(scope="session")
def demo(_demonstration: tuple[Running, Filled]) -> Running:
    """Both sides of the demonstration, stopped at the end of the run."""
    return _demonstration[0]


@pytest.fixture(scope="session")
def filled(_demonstration: tuple[Running, Filled]) -> Filled:
    """What it held before any test did anything with it."""
    return _demonstration[1]
