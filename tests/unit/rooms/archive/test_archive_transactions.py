"""The watch on collaborators (tests/unit/rooms/conftest.py) notices one that is asked inside a transaction."""

from __future__ import annotations

import pytest
from django.db import transaction

from isocentre.rooms.archive import ports


@pytest.mark.usefixtures("archive")
def test_a_store_that_is_asked_inside_a_transaction_is_noticed() -> None:
    assert list(ports.ports().blobs.keys()) == []
    with transaction.atomic(), pytest.raises(AssertionError, match="keys was called inside a transaction"):
        ports.ports().blobs.keys()
    with transaction.atomic(), pytest.raises(AssertionError, match="inside a transaction"):
        ports.ports().second_check(b"")
    assert list(ports.ports().second_check(b"")) == []
