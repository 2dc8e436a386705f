"""What pages of intake say of copies elsewhere: nothing where nobody told, else what was told."""

from __future__ import annotations

import pytest

from isocentre.core.actor import SYSTEM
from isocentre.rooms.intake import elsewhere


def test_where_nobody_sends_elsewhere_there_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elsewhere, "_told", [])
    assert (elsewhere.copies("1.2.3"), elsewhere.total(SYSTEM)) == ({}, 0)
    elsewhere.configure(elsewhere.Told(lambda uid: {uid: 2}, lambda by: 3))
    elsewhere.configure(elsewhere.Told(lambda uid: {uid: 4}, lambda by: 5))
    assert (elsewhere.copies("1.2.3"), elsewhere.total(SYSTEM)) == ({"1.2.3": 4}, 5)
