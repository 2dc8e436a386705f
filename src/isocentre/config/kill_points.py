"""Lets the kill test end this process at a named point; does nothing unless ISOCENTRE_KILL_POINTS names a folder.

The test leaves an order there: a file with the name of a point (`core/points.py`), holding a word of its own and how
many times the point is to be passed unharmed. The process that takes the order (renames it) ends by SIGKILL.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

from isocentre.core import points


class Orders:
    """The hook: counts how often each order's point was reached in this process, and obeys."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._passed: dict[str, int] = {}

    def __call__(self, point: str) -> None:
        """The process is at `point`."""
        order = self._folder / point
        try:
            word, _, passes = order.read_text(encoding="ascii").partition(" ")
        except FileNotFoundError:
            return
        self._passed[word] = self._passed.get(word, 0) + 1
        if self._passed[word] <= int(passes):
            return
        try:
            order.rename(self._folder / f"done.{point}.{word}.{os.getpid()}")
        except FileNotFoundError:
            return  # another process took it
        os.kill(os.getpid(), signal.SIGKILL)


def install() -> None:
    """Called by the entry points of every process."""
    folder = os.environ.get("ISOCENTRE_KILL_POINTS", "")
    if folder:
        points.install(Orders(Path(folder)))
