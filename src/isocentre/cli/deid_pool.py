"""Work in several processes, in order, a few chunks at a time: millions of files go through flat memory."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import chain, islice
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")
CHUNK = 16
FEW = 64
"""Fewer things are done here: other processes take longer to start."""
_AHEAD = 4


class Pool:
    """The processes of one run: started once there is enough to do, and kept for all that it goes through.

    A new process takes half a second to learn what it needs. Leaving the context ends them.
    """

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs
        self._pool: ProcessPoolExecutor | None = None
        self._others: set[BaseProcess] = set()

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        self._end(whole=True)

    def ordered(
        self, work: Callable[[T], R], things: Iterable[T], *, chunk: int = CHUNK, few: int = FEW
    ) -> Generator[R, None, None]:
        """Results in the order of the things; raises what `work` raises, BrokenProcessPool when a process was killed.

        `chunk` things go to a process at once; fewer than `few` are done here. Closed before its end, or stopped by an
        error or a signal, it ends the processes in the midst of their work: what they had not handed over is done by
        the next run.
        """
        waiting = iter(things)
        first = list(islice(waiting, few)) if self._jobs > 1 else []
        if len(first) < few:
            yield from map(work, chain(first, waiting))
            return
        whole = False
        try:
            yield from _through(self._started(), work, chain(first, waiting), self._jobs * _AHEAD, chunk)
            whole = True
        finally:
            if not whole:
                self._end(whole=False)

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            # Not forked: the progress display has a thread.
            context, self._others = multiprocessing.get_context("spawn"), set(multiprocessing.active_children())
            self._pool = ProcessPoolExecutor(self._jobs, mp_context=context, initializer=_begin)
        return self._pool

    def _end(self, *, whole: bool) -> None:
        pool, self._pool = self._pool, None
        if pool is None:
            return
        if not whole:
            # A chunk may take a minute, and one more waits in each process: who asks to stop waits for neither.
            for process in set(multiprocessing.active_children()) - self._others:
                process.terminate()
        pool.shutdown(cancel_futures=True)


def _through(
    pool: ProcessPoolExecutor, work: Callable[[T], R], things: Iterator[T], ahead: int, size: int
) -> Iterator[R]:
    running: deque[Future[list[R]]] = deque()
    while True:
        while len(running) < ahead and (chunk := list(islice(things, size))):
            running.append(pool.submit(_each, work, chunk))
        if not running:
            return
        yield from running.popleft().result()


def _each(work: Callable[[T], R], chunk: list[T]) -> list[R]:
    return [work(one) for one in chunk]


def _begin() -> None:
    """In a process of the pool: Ctrl-C is for the parent alone, and nobody outlives a parent that was killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow, daemon=True).start()


def _follow() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
