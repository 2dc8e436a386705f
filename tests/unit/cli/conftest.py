"""What the tests of the command line share."""

from pathlib import Path

import pytest

from isocentre.cli import keygen


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """A study key in a file."""
    keygen.make(tmp_path / "study.key")
    return tmp_path / "study.key"
