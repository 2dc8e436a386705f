"""Which tests run in one process where several share the work: those of one running system, or of one PostgreSQL."""

from __future__ import annotations

import pytest

FIRST = ("test_kill", "test_faults", "test_pull_accidents", "test_backup", "test_hospital_pages", "test_national_pages",
         "test_large", "test_trials", "test_pull", "test_archive")  # fmt: skip
"""Modules of a minute and more: begun last, one of them would leave the other processes idle."""
APART = ("test_backup", "test_hospital_pages", "test_national_pages")
"""Modules whose tests share nothing that takes long to make: each test is a group."""
SHARED = {"_demonstration": "the demonstration", "system": "the filled system"}
"""Fixtures that start whole systems for a session, and what their group is called."""


def of(item: pytest.Item) -> str:
    """The group of a test: what it shares with others that must not be had twice, else its module."""
    names = getattr(item, "fixturenames", ())
    shared = [group for fixture, group in SHARED.items() if fixture in names]
    if len(shared) > 1:
        raise pytest.UsageError(f"{item.nodeid} uses two systems: {shared}")
    if shared:
        return shared[0]
    if any("postgresql" in mark.args for mark in item.iter_markers("peers")):
        return "PostgreSQL"
    module, _, _ = item.nodeid.partition("::")
    return item.nodeid if item.path.stem in APART else module


def turn(item: pytest.Item) -> int:
    """Its place in the order: what takes longest comes first, all else as it was found."""
    group = of(item)
    if item.path.stem in FIRST:
        return FIRST.index(item.path.stem)
    return len(FIRST) + (group not in SHARED.values())
