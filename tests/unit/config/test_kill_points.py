"""Orders of the kill test: obeyed by one process, at the point named, after the passes named."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from isocentre.config import kill_points
from isocentre.core import points


@pytest.fixture
def kills(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[int, int]]]:
    """Signals that would have been sent."""
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "kill", lambda pid, number: sent.append((pid, number)))
    yield sent
    points.install(None)


def test_without_the_variable_nothing_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kills: list[tuple[int, int]]
) -> None:
    monkeypatch.delenv("ISOCENTRE_KILL_POINTS", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "intake.synced").write_text("word 0")
    kill_points.install()
    points.reach("intake.synced")
    assert not kills


def test_an_order_is_obeyed_once_after_its_passes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kills: list[tuple[int, int]]
) -> None:
    monkeypatch.setenv("ISOCENTRE_KILL_POINTS", str(tmp_path))
    kill_points.install()
    (tmp_path / "intake.synced").write_text("word 2")
    points.reach("intake.renamed")
    points.reach("intake.synced")
    points.reach("intake.synced")
    assert not kills
    points.reach("intake.synced")
    points.reach("intake.synced")
    assert kills == [(os.getpid(), signal.SIGKILL)]
    assert [p.name for p in tmp_path.iterdir()] == [f"done.intake.synced.word.{os.getpid()}"]


def test_an_order_another_process_took_is_not_obeyed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kills: list[tuple[int, int]]
) -> None:
    (tmp_path / "intake.synced").write_text("word 0")

    def taken(self: Path, target: Path) -> Path:
        raise FileNotFoundError(target)

    monkeypatch.setattr(Path, "rename", taken)
    kill_points.Orders(tmp_path)("intake.synced")
    assert not kills
