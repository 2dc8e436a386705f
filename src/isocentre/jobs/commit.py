"""Group commit: many threads' rows in one transaction (design §6.13).

SQLite has one writer and a durable commit costs a disk sync. The threads of a process therefore take turns: one of
them writes for all that wait, commits once, and the others find their results when their turn comes. Who has said
that an item of theirs is coming is waited for, a few milliseconds at most: four associations that each committed
alone spent 40 % of their Python time on it. A lone thread commits at once, on its own; nothing is in its way.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import close_old_connections, connection, transaction

Item = TypeVar("Item")
MAX_ROWS = 100
PATIENCE = 0.005  # seconds (design §6.13)


@dataclass
class _Waiting(Generic[Item]):
    item: Item
    done: bool = False
    result: Any = None
    error: Exception | None = None


class GroupCommitter(Generic[Item]):
    """Calls `write(items) -> results` inside one transaction for each batch of submitted items.

    `write` returns one result an item, in order, and touches the database only; `before(items)` is called ahead of
    the transaction, for what a batch may share outside the database. When a batch fails its items are tried one by
    one, so that one bad row does not fail its neighbours.
    """

    def __init__(
        self, write: Callable[[list[Item]], list[Any]], before: Callable[[Sequence[Item]], None] | None = None
    ) -> None:
        self._write = write
        self._before = before
        self._waiting: deque[_Waiting[Item]] = deque()
        self._turn = threading.Lock()
        self._news = threading.Condition()  # over the next
        self._coming = 0

    @contextmanager
    def coming(self) -> Iterator[Callable[[Item], Any]]:
        """Say that an item is on its way, and give the `submit` for it; the end of the block takes the word back."""
        due = True

        def come() -> None:
            nonlocal due
            with self._news:
                self._coming -= due
                due = False
                self._news.notify_all()

        def submit(item: Item) -> Any:
            return self._submit(item, come, 60.0)

        with self._news:
            self._coming += 1
        try:
            yield submit
        finally:
            come()

    def submit(self, item: Item, timeout: float = 60.0) -> Any:
        """Return `item`'s result once it is durable, or raise its error; TimeoutError when no turn came in time.

        After a TimeoutError the item may still be written by another thread: submitting again must be safe.
        """
        return self._submit(item, lambda: None, timeout)

    def _submit(self, item: Item, come: Callable[[], None], timeout: float) -> Any:
        waiting = _Waiting(item)
        self._waiting.append(waiting)
        come()
        if not self._turn.acquire(timeout=timeout):
            raise TimeoutError("the database is busy")
        try:
            while not waiting.done:
                with self._news:
                    self._news.wait_for(lambda: not self._coming, PATIENCE)
                self._commit([self._waiting.popleft() for _ in range(min(len(self._waiting), MAX_ROWS))])
        finally:
            self._turn.release()
        if waiting.error is not None:
            raise waiting.error
        return waiting.result

    def _commit(self, batch: list[_Waiting[Item]]) -> None:
        items = [each.item for each in batch]
        try:
            if not connection.in_atomic_block:
                close_old_connections()  # a thread of an association has no request to do it
            if self._before is not None:
                self._before(items)
            with transaction.atomic():
                results = self._write(items)
        except Exception as error:  # noqa: BLE001 - each waiter gets the error of its own row
            if len(batch) > 1:
                for one in batch:
                    self._commit([one])
                return
            batch[0].error, batch[0].done = error, True
            return
        for each, result in zip(batch, results, strict=True):
            each.result, each.done = result, True
