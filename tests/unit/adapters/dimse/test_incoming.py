"""Objects on their way in: in memory while small, on disk when large, gone when the disk refuses. No sockets."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from isocentre.adapters.dimse import incoming as module
from isocentre.adapters.dimse import status
from isocentre.adapters.dimse.incoming import Budget, Incoming, Scratch
from isocentre.adapters.dimse.limits import Limits
from isocentre.adapters.dimse.wire import Wire

LIMITS = Limits(buffer_bytes=300_000, buffers_total=1 << 20, object_bytes=3 << 20)
HEAD = b"HEAD" * 10


class _Wire:
    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def into(self, view: memoryview) -> None:
        view[:] = self.data[self.at : self.at + len(view)]
        self.at += len(view)


def _receive(incoming: Incoming, data: bytes, fragment: int) -> None:
    wire = _Wire(data)
    for start in range(0, len(data), fragment):
        incoming.take(cast(Wire, wire), min(fragment, len(data) - start))
    assert wire.at == len(data)


@pytest.fixture
def temporary(tmp_path: Path) -> Callable[[], Path]:
    names = iter(range(100))
    return lambda: tmp_path / f"{next(names)}.tmp"


@pytest.mark.parametrize("fragment", [1000, 70_000, 3 << 20])
@pytest.mark.parametrize(
    ("size", "in_memory"), [(0, True), (100_000, True), (299_960, True), (299_961, False), (2_500_000, False)]
)
def test_the_file_is_head_and_data_set_untouched(
    temporary: Callable[[], Path], size: int, in_memory: bool, fragment: int
) -> None:
    data = os.urandom(size)
    scratch = Scratch(Budget(1 << 20))
    for _ in range(2):  # the memory is used again
        incoming = Incoming(scratch, temporary, HEAD, LIMITS)
        _receive(incoming, data, fragment)
        whole = incoming.finish()
        assert whole.path.read_bytes() == HEAD + data
        assert whole.size == len(HEAD) + size
        assert (whole.buffer is not None) is in_memory
        if whole.buffer is not None:
            assert whole.buffer == HEAD + data
            assert whole.buffer.readonly
        incoming.close()
        if whole.buffer is not None:
            with pytest.raises(ValueError, match="released"):
                bytes(whole.buffer)


def test_what_a_borrower_keeps_is_not_written_over(temporary: Callable[[], Path]) -> None:
    scratch = Scratch(Budget(1 << 20))
    first = Incoming(scratch, temporary, HEAD, LIMITS)
    _receive(first, b"a" * 5000, 5000)
    whole = first.finish()
    assert whole.buffer is not None
    kept = whole.buffer[len(HEAD) :]
    first.close()
    second = Incoming(scratch, temporary, HEAD, LIMITS)
    _receive(second, b"b" * 5000, 5000)
    assert bytes(kept) == b"a" * 5000
    second.discard()
    second.close()


def test_without_budget_objects_go_to_disk_and_the_budget_comes_back(temporary: Callable[[], Path]) -> None:
    budget = Budget(200_000)
    full, poor = Scratch(budget), Scratch(budget)
    assert full.reserve(200_000, 0, 300_000)
    incoming = Incoming(poor, temporary, HEAD, LIMITS)
    _receive(incoming, b"x" * 250_000, 50_000)
    whole = incoming.finish()
    assert whole.buffer is None
    assert whole.path.read_bytes() == HEAD + b"x" * 250_000
    incoming.close()
    full.close()
    poor.close()
    assert budget.take(200_000)
    assert not budget.take(1)


def test_a_full_disk_is_remembered_and_the_rest_let_by(
    temporary: Callable[[], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_file: int, _data: memoryview) -> int:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(module.os, "write", full)
    incoming = Incoming(Scratch(Budget(1 << 20)), temporary, HEAD, LIMITS)
    _receive(incoming, b"x" * 2_000_000, 100_000)
    assert incoming.failure == status.NO_ROOM
    incoming.close()
    assert list(tmp_path.iterdir()) == []


def test_an_object_without_end_is_refused_in_the_end(temporary: Callable[[], Path], tmp_path: Path) -> None:
    incoming = Incoming(Scratch(Budget(1 << 20)), temporary, HEAD, LIMITS)
    _receive(incoming, b"x" * (4 << 20), 100_000)
    assert incoming.failure == status.TOO_LONG
    incoming.close()
    assert list(tmp_path.iterdir()) == []


def test_an_object_given_up_leaves_nothing(temporary: Callable[[], Path], tmp_path: Path) -> None:
    incoming = Incoming(Scratch(Budget(1 << 20)), temporary, HEAD, LIMITS)
    _receive(incoming, b"x" * 600_000, 100_000)
    assert len(list(tmp_path.iterdir())) == 1
    incoming.discard()
    incoming.close()
    assert list(tmp_path.iterdir()) == []
