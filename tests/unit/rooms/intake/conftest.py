"""The hospital of support, for every test of intake that asks for it."""

from __future__ import annotations

from typing import Any

import pytest
from support import hospital as made_up


@pytest.fixture
def hospital(db: None, settings: Any) -> None:
    """Two accepted research studies and a scanner, on the hospital side."""
    settings.ZONE = "gateway"
    made_up.hospital()
