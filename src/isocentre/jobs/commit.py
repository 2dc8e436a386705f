"""Group commit: many threads' rows in one transaction (design §6.13).

SQLite has one writer and a durable commit costs a disk sync; a process therefore sends its writes through one
committer thread that waits at most 5 ms or 100 rows, commits once, and wakes every waiter with its own result.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

from django.db import close_old_connections, connections, transaction

Item = TypeVar("Item")
MAX_WAIT = 0.005
MAX_ROWS = 100


@dataclass
class _Waiting(Generic[Item]):
    item: Item
    future: Future[Any]


class GroupCommitter(Generic[Item]):
    """Calls `write(items) -> results` inside one transaction for each batch of submitted items.

    `write` returns one result an item, in order, and touches the database only. When a batch fails its items are
    tried one by one, so that one bad row does not fail its neighbours.
    """

    def __init__(self, write: Callable[[list[Item]], list[Any]], name: str = "committer") -> None:
        self._write = write
        self._queue: SimpleQueue[_Waiting[Item] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._started = False
        self._lock = threading.Lock()

    def submit(self, item: Item, timeout: float = 60.0) -> Any:
        """Queue one item and wait until it is durable; returns its result or raises its error."""
        with self._lock:
            if not self._started:
                self._thread.start()
                self._started = True
        waiting = _Waiting(item, Future())
        self._queue.put(waiting)
        return waiting.future.result(timeout)

    def close(self) -> None:
        """Finish what is queued and stop the thread."""
        if self._started:
            self._queue.put(None)
            self._thread.join(30)

    def _run(self) -> None:
        try:
            self._serve()
        finally:
            connections.close_all()  # those of this thread: nobody else would

    def _serve(self) -> None:
        while True:
            first = self._queue.get()
            if first is None:
                return
            batch, last = self._gather(first)
            close_old_connections()
            self._commit(batch)
            if last:
                return

    def _gather(self, first: _Waiting[Item]) -> tuple[list[_Waiting[Item]], bool]:
        batch = [first]
        deadline = time.monotonic() + MAX_WAIT
        while len(batch) < MAX_ROWS:
            try:
                # An idle neighbour is not waited for: only what is already on its way joins.
                more = self._queue.get_nowait() if len(batch) == 1 else self._queue.get(
                    timeout=max(0.0, min(0.001, deadline - time.monotonic()))
                )
            except Empty:
                return batch, False
            if more is None:
                return batch, True
            batch.append(more)
        return batch, False

    def _commit(self, batch: list[_Waiting[Item]]) -> None:
        try:
            with transaction.atomic():
                results = self._write([w.item for w in batch])
        except Exception as error:  # noqa: BLE001 - each waiter gets the error of its own row
            if len(batch) == 1:
                batch[0].future.set_exception(error)
                return
            for one in batch:
                self._commit([one])
            return
        for waiting, result in zip(batch, results, strict=True):
            waiting.future.set_result(result)
