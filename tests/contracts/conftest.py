"""What the contract tests of the DICOM receiver share: a keeper, limits, and a receiver with both."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from dimse_service import Keeper, Service, serving

from isocentre.adapters.dimse.limits import Limits


@pytest.fixture
def keeper(tmp_path: Path) -> Keeper:
    """Keeps what arrives in a folder of its own."""
    folder = tmp_path / "quarantine"
    folder.mkdir()
    return Keeper(folder)


@pytest.fixture
def limits() -> Limits:
    """The limits as shipped; a module with others has a fixture of its own."""
    return Limits()


@pytest.fixture
def service(tmp_path: Path, keeper: Keeper, limits: Limits) -> Iterator[Service]:
    """A receiver that serves."""
    with serving(tmp_path, keeper, limits) as running:
        yield running
