"""One object on its way in: a Part 10 file, in memory while it is small, on disk from then on, in flat memory."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from isocentre.adapters.dimse import status
from isocentre.adapters.dimse.limits import MIB, Limits
from isocentre.adapters.dimse.wire import Wire

_FIRST = 64 << 10
_WINDOW = MIB
_KEEP = 4 * MIB  # room for a slice stays with its association: growing anew for each cost a fifth of the CPU

log = logging.getLogger(__name__)


class Budget:
    """Bytes that the buffers of one process may hold together."""

    def __init__(self, total: int) -> None:
        self._left = total
        self._lock = threading.Lock()

    def take(self, count: int) -> bool:
        """Take `count` bytes if they are there."""
        with self._lock:
            if count > self._left:
                return False
            self._left -= count
            return True

    def give(self, count: int) -> None:
        """Give back what was taken."""
        with self._lock:
            self._left += count


class Scratch:
    """The memory of one association, used again for each object: fresh pages for each would cost more than the copy."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._taken = 0
        self._data = bytearray(_FIRST)
        self.view = memoryview(self._data)

    def reserve(self, need: int, used: int, most: int) -> bool:
        """Make room for `need` bytes, keeping the first `used`; False when the budget or `most` does not allow it."""
        have = len(self._data)
        if need <= have:
            return True
        size = min(max(need, 2 * have), max(most, need))
        if need > most or not self._budget.take(size - have):
            return False
        self._taken += size - have
        grown = bytearray(size)
        grown[:used] = self.view[:used]
        self._replace(grown)
        return True

    def lend(self, size: int) -> memoryview:
        """A read-only view of the first `size` bytes, good until `take_back`."""
        return self.view[:size].toreadonly()

    def take_back(self, lent: memoryview | None) -> None:
        """End a loan. A borrower that kept a part of it keeps its memory, and we go on with other memory."""
        if lent is not None:
            try:
                lent.release()
                self.view.release()
                self._data.append(0)  # refused while anybody holds a view (bytearray's own rule)
                self._data.pop()
                self.view = memoryview(self._data)
            except BufferError:
                self._start_again()
        if len(self._data) > _KEEP:
            self._start_again()

    def close(self) -> None:
        """Give all of it back."""
        self._start_again()

    def _start_again(self) -> None:
        self._budget.give(self._taken)
        self._taken = 0
        self._replace(bytearray(_FIRST))

    def _replace(self, data: bytearray) -> None:
        self._data = data
        self.view = memoryview(data)


@dataclass(frozen=True, slots=True)
class Whole:
    """A finished temp file, closed and not yet durable; `buffer` is the whole of it when it was kept in memory."""

    path: Path
    size: int
    buffer: memoryview | None


class Incoming:
    """Takes the fragments of one data set. An error of the disk is remembered, and the rest of the object let by.

    The peer goes on sending until the object ends whatever we do; only then can a status be answered (PS3.7 9.1.1).
    """

    def __init__(self, scratch: Scratch, temporary: Callable[[], Path], head: bytes, limits: Limits) -> None:
        self._scratch = scratch
        self._temporary = temporary
        self._limits = limits
        self._file: int | None = None
        self._written = 0
        self.head = self._used = len(head)
        self._loan: memoryview | None = None
        self.path: Path | None = None
        self.failure: status.Answer | None = None
        scratch.view[: len(head)] = head

    def take(self, wire: Wire, count: int) -> None:
        """Read `count` bytes of the data set from the wire."""
        if self._written + self._used + count > self._limits.object_bytes:
            self.fail(status.TOO_LONG)
        in_memory = self._file is None and self.failure is None
        if in_memory and self._scratch.reserve(self._used + count, self._used, self._limits.buffer_bytes):
            wire.into(self._scratch.view[self._used : self._used + count])
            self._used += count
            return
        if in_memory:
            self._flush()  # from here on disk, through a small window of the memory
        window = self._scratch.view[:_WINDOW]
        while count:
            step = min(count, len(window) - self._used)
            wire.into(window[self._used : self._used + step])
            self._used += step
            count -= step
            if self._used == len(window):
                self._flush()

    def finish(self) -> Whole:
        """Write what is left and close; OSError when the disk refuses, then the object is to be discarded."""
        spilled = self._file is not None
        size = self._written + self._used
        self._write()
        if self._file is not None:
            file, self._file = self._file, None
            os.close(file)
        if self.path is None:
            raise OSError("no temporary file")
        if not spilled:
            self._loan = self._scratch.lend(size)
        return Whole(self.path, size, self._loan)

    def fail(self, answer: status.Answer) -> None:
        """Keep nothing of this object; `answer` is what the peer will be told. The first failure stands."""
        if self.failure is None:
            self.failure = answer
            self._remove()
        self._used = 0

    def discard(self) -> None:
        """Remove the temp file, if it is still where it was written."""
        self._remove()

    def close(self) -> None:
        """End the loan of the memory. Call once, last."""
        if self._file is not None:
            self._remove()
        loan, self._loan = self._loan, None
        self._scratch.take_back(loan)

    def _flush(self) -> None:
        if self.failure is not None:
            self._used = 0
            return
        try:
            self._write()
        except OSError as error:
            log.error("an object could not be written to quarantine (errno %s)", error.errno)
            self.fail(status.of_error(error))

    def _write(self) -> None:
        if self._file is None:
            self.path = self._temporary()
            self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        start = 0
        while start < self._used:
            start += os.write(self._file, self._scratch.view[start : self._used])
        self._written += self._used
        self._used = 0

    def _remove(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            os.close(file)
        if self.path is not None:
            try:
                self.path.unlink(missing_ok=True)
            except OSError as error:
                log.error("a temporary file could not be removed (errno %s)", error.errno)
