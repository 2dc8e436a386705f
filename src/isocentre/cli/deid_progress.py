"""What a terminal shows while `isocentre deid` works: how many files, how fast, and when it ends once that is known."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

T = TypeVar("T")


class Shown:
    """Shows progress on a terminal, and nothing elsewhere."""

    def __init__(self, source: Path) -> None:
        console = Console(stderr=True)
        self._source, self._on, self._total = source, console.is_terminal, 0
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
                   TextColumn("left:"), TimeRemainingColumn())  # fmt: skip
        self._progress = Progress(*columns, console=console, disable=not self._on, transient=True)

    def __enter__(self) -> Shown:
        self._progress.start()
        if self._on and self._source.is_dir():
            # Beside the work: a folder of millions takes minutes to count.
            threading.Thread(target=self._count, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._progress.stop()

    def _count(self) -> None:
        self._total = sum(len(names) for _, _, names in os.walk(self._source))
        for task in self._progress.tasks:
            self._progress.update(task.id, total=self._total)

    def each(self, words: str, things: Iterable[T]) -> Iterator[T]:
        """The things, counted on the screen."""
        task = self._progress.add_task(words, total=self._total or None)
        for thing in things:
            yield thing
            self._progress.advance(task)
