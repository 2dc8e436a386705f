"""Finds real data of the field, which the project never commits: it lies beside the checkout, or nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "data"
ABSENT = "real data is not beside this checkout (../shared/data)"


def present(name: str = "") -> bool:
    """True when the named folder or file of the shared data is there."""
    return (SHARED / name).exists()


def data_path(name: str) -> Path:
    """Path of a folder or file of the shared data, or a skip that says so. Read only; never copied in here."""
    if not present(name):
        pytest.skip(f"{ABSENT}: {name}")
    return SHARED / name
