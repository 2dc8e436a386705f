"""Blocks of images are used again: what a process reads over and over does not cost fresh pages each time."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from pathlib import Path

import pytest

from isocentre.cli import heap

READ = """
import os, resource, sys
from isocentre.cli.heap import keep_blocks
if "keep" in sys.argv[2:]:
    assert keep_blocks()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
with open(sys.argv[1], "rb") as file:
    for _ in range(200):
        os.pread(file.fileno(), 1 << 20, 0)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def test_a_kept_block_is_not_asked_of_the_system_again(tmp_path: Path) -> None:
    (picture := tmp_path / "picture").write_bytes(bytes(525_000))
    pages = [
        int(subprocess.run([sys.executable, "-c", READ, picture, *words], capture_output=True, check=True).stdout)
        for words in (["keep"], [])
    ]
    assert pages[0] < 2000
    assert pages[0] < pages[1] / 5


def test_another_c_library_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())
    assert not heap.keep_blocks()
