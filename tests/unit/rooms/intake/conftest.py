"""The hospital of intake_book, for every test of intake that asks for it."""

from __future__ import annotations

import intake_book
import pytest


@pytest.fixture
def hospital(db: None) -> None:
    """Two accepted research studies and a scanner."""
    intake_book.hospital()
