"""No collaborator of a room is asked inside a write transaction: SQLite has one writer, and others wait for it.

And what one test looked at is no reason that the same look of another test is not written.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import fields
from typing import Any

import pytest
from django.db import connection

from isocentre.audit import door as audit


@pytest.fixture(autouse=True)
def _looks_afresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every look is written to the audit trail: those of tests before, in the same minute, are forgotten."""
    monkeypatch.setattr(audit, "_looks", set())


def _depth() -> int:
    """How many transactions and savepoints are open."""
    return len(connection.savepoint_ids) + connection.in_atomic_block


class Watched:
    """A collaborator that answers as it does, and fails when asked while a transaction of the tested code is open."""

    def __init__(self, real: Any, outside: int) -> None:
        self.__dict__.update(real=real, outside=outside)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.real, name)
        return _watched(found, name, self.outside) if callable(found) else found

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self.real, name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self.real, name)

    def __call__(self, *args: Any, **named: Any) -> Any:
        return _watched(self.real, type(self.real).__name__, self.outside)(*args, **named)


def _watched(function: Callable[..., Any], name: str, outside: int) -> Callable[..., Any]:
    def asked(*args: Any, **named: Any) -> Any:
        assert _depth() <= outside, f"{name} was called inside a transaction (design §6.13)"
        return function(*args, **named)

    return asked


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Put a watch on whatever the fixtures gave to archive and deid, for the time of the test itself."""
    from isocentre.rooms.archive import ports as archive
    from isocentre.rooms.deid import door as deid

    outside = _depth()

    def watched(ports: Any) -> dict[str, Any]:
        named = {field.name: getattr(ports, field.name) for field in fields(ports)}
        return {name: value if value is None else Watched(value, outside) for name, value in named.items()}

    kept = list(archive._filled), dict(vars(deid.ports))
    archive._filled[:] = [type(ports)(**watched(ports)) for ports in archive._filled]
    vars(deid.ports).update(watched(deid.ports))  # in place: tests change what they were given
    try:
        return (yield)
    finally:
        archive._filled[:] = kept[0]
        vars(deid.ports).update(kept[1])
