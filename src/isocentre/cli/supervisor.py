"""Supervises processes: starts them, starts the dead again after growing pauses, stops them all; they die with it."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import typer

STOP_SECONDS = 20.0
LONGEST_PAUSE = 30.0
LIVED = 60.0
"""A process that lived this long (seconds) is started again at once."""
TURN = 0.2
PR_SET_PDEATHSIG = 1  # linux/prctl.h


class Process(Protocol):
    """What is asked of a process, however it was started; `subprocess.Popen` has it."""

    @property
    def returncode(self) -> int | None:
        """Its exit code as last seen; None while it ran."""

    def poll(self) -> int | None:
        """Its exit code; None while it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, waited for; `subprocess.TimeoutExpired` when it lives on."""

    def send_signal(self, sig: int) -> None:
        """Send it a signal; nothing when it has ended."""

    def kill(self) -> None:
        """SIGKILL."""


@dataclass
class Child:
    """One supervised process and how it is started; `once`: its end is not a failure when the exit code is 0.

    `log`: where a person reads why it ended, as words.
    """

    name: str
    launch: Callable[[], Process]
    log: str = ""
    once: bool = False
    process: Process | None = None
    started: float = 0.0
    deaths: int = 0
    again_at: float = 0.0
    finished: bool = False

    def start(self) -> None:
        """Start it."""
        self.process = self.launch()
        self.started = time.monotonic()

    def ended(self, now: float) -> str:
        """Note its death; words about it, empty when it had simply done its work."""
        assert self.process is not None  # only a running child ends
        code, self.process = self.process.returncode, None
        if self.once and code == 0:
            self.finished = True
            return ""
        self.deaths = 0 if now - self.started > LIVED else self.deaths + 1
        pause = min(LONGEST_PAUSE, TURN * 2**self.deaths)
        self.again_at = now + pause
        where = f"; its log: {self.log}" if self.log else ""
        return f"{self.name} ended ({code}), starts again in {pause:.1f} s{where}"


def program(command: list[str], environment: dict[str, str]) -> Process:
    """Start a program that dies with this process. What it says is said beside us."""
    return subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, preexec_fn=follow(os.getpid()),
        process_group=0,  # Ctrl-C reaches the supervisor alone, which stops the others in order
    )  # fmt: skip


def follow(parent: int) -> Callable[[], None]:
    """What a child runs before all else: it gets SIGKILL when `parent`, which started it, dies, however that is."""
    libc = ctypes.CDLL(None, use_errno=True)

    def now() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died in between
            os._exit(1)

    return now


def die_with_parent() -> None:
    """For processes that a supervised process starts itself (web workers): end when that one does, or has already."""
    if os.environ.get("ISOCENTRE_SUPERVISED") != "1":
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    parent = multiprocessing.parent_process()
    if parent is not None and os.getppid() != parent.pid:
        # It died before we asked, so no signal comes: left alone we would hold the port against the next start.
        os._exit(1)


class Supervisor:
    """Runs children until SIGTERM or SIGINT; each of `each_turn` is called five times a second meanwhile."""

    def __init__(
        self, children: list[Child], each_turn: Iterable[Callable[[], None]], patience: float = STOP_SECONDS
    ) -> None:
        """`patience`: seconds that children have to end by themselves when told to stop."""
        self.children = children
        self._patience = patience
        self._each_turn = tuple(each_turn)
        self._stopping = False

    def run(self) -> None:
        """Start everything, supervise, and end everything; returns when all children are gone."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._stop)
        try:
            for child in self.children:
                child.start()
            while not self._stopping:
                time.sleep(TURN)
                self._look()
                for look in self._each_turn:
                    look()
        finally:
            self._end()

    def _stop(self, *_: Any) -> None:
        self._stopping = True

    def _look(self) -> None:
        now = time.monotonic()
        for child in self.children:
            if child.process is None:
                if not child.finished and now >= child.again_at:
                    child.start()
            elif child.process.poll() is not None:
                words = child.ended(now)
                if words:
                    typer.echo(words, err=True)

    def _end(self) -> None:
        running = [child.process for child in self.children if child.process is not None]
        for process in running:
            process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + self._patience
        for process in running:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
