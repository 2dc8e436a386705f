"""A DIMSE service in this process for tests: listener and receivers in threads, a `Receiving` that keeps files."""

from __future__ import annotations

import contextlib
import os
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from isocentre.adapters.dimse.limits import Limits
from isocentre.adapters.dimse.listener import run_listener
from isocentre.adapters.dimse.receiver import run_receiver
from isocentre.core.ports import Admission, Received


@dataclass
class Keeper:
    """Keeps every object under its UID, durably; `answer` may be replaced to say or raise something else."""

    folder: Path
    known: frozenset[str] = frozenset({"STORESCU", "ECHOSCU", "PYNETDICOM", "SENDER"})
    limit: int = 400
    idle: float = 3600.0
    answer: Callable[[Received], int] | None = None
    kept: list[Received] = field(default_factory=list)
    refusals: list[tuple[str, str, str, str]] = field(default_factory=list)
    left: int = 0
    buffers: list[bool] = field(default_factory=list)

    def admit(self, *, calling_ae: str, called_ae: str, address: str) -> Admission:
        if calling_ae not in self.known:
            return Admission(None, "not on the list")
        return Admission(calling_ae, max_associations=self.limit, idle_seconds=self.idle)

    def temporary(self) -> Path:
        return self.folder / f"{uuid.uuid4().hex}.tmp"

    def keep(self, received: Received) -> int:
        self.buffers.append(received.buffer is not None and bytes(received.buffer) == received.path.read_bytes())
        if self.answer is not None:
            return self.answer(received)
        with received.path.open("rb") as file:
            os.fsync(file.fileno())
        received.path.rename(self.folder / f"{received.sop_instance_uid}.dcm")
        self.kept.append(received)
        return 0

    def refused(self, **told: str) -> None:
        self.refusals.append((told["peer"], told["calling_ae"], told["called_ae"], told["cause"]))

    def leave(self) -> None:
        self.left += 1

    @property
    def leftovers(self) -> list[str]:
        return [path.name for path in self.folder.glob("*.tmp")]


@dataclass
class Service:
    """Where it listens, and how to end its parts."""

    port: int
    control: Path
    stops: dict[str, threading.Event]
    threads: dict[str, threading.Thread]

    def end(self, name: str) -> None:
        self.stops[name].set()
        self.threads[name].join(30)
        assert not self.threads[name].is_alive()

    def start_receiver(self, name: str, keeper: Keeper, limits: Limits) -> None:
        stop = self.stops[name] = threading.Event()
        work = threading.Thread(target=run_receiver, args=(self.control, keeper, stop), kwargs={"limits": limits})
        self.threads[name] = work
        work.start()

    def start_listener(self, limits: Limits, port: int = 0) -> None:
        stop = self.stops["listener"] = threading.Event()
        found: list[int] = []
        ready = threading.Event()

        def told(number: int) -> None:
            found.append(number)
            ready.set()

        work = threading.Thread(
            target=run_listener, args=("127.0.0.1", port, self.control, stop), kwargs={"limits": limits, "ready": told}
        )
        self.threads["listener"] = work
        work.start()
        assert ready.wait(10)
        self.port = found[0]


@contextlib.contextmanager
def serving(folder: Path, keeper: Keeper, limits: Limits, receivers: int = 2) -> Iterator[Service]:
    """A running service; everything is ended and joined at the end."""
    service = Service(0, folder / "control", {}, {})
    service.start_listener(limits)
    for number in range(receivers):
        service.start_receiver(f"receiver{number}", keeper, limits)
    try:
        yield service
    finally:
        for name in list(service.threads):
            service.end(name)
