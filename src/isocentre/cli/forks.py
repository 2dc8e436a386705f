"""Processes forked from this one, which has loaded all they need: what nobody changes is in memory once.

Only a process without threads and without open connections may fork: neither goes along.
"""

from __future__ import annotations

import ctypes
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path

from isocentre.cli import unexpected
from isocentre.cli.supervisor import follow

PR_SET_NAME = 15  # linux/prctl.h
SIGNALS = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}


class Fork:
    """A forked process at `work`, its output appended to `log`, `name` in /proc and `ps`; a `supervisor.Process`."""

    def __init__(self, name: str, work: Callable[[], None], log: Path) -> None:
        if threading.active_count() > 1:
            raise RuntimeError("a process with threads must not fork")
        self._process = multiprocessing.get_context("fork").Process(target=_begin, args=(name, work, log, os.getpid()))
        # A signal meant for the child must not meet the handlers of this process, which it begins with.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        try:
            self._process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    @property
    def pid(self) -> int | None:
        """Its process number."""
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """Its exit code, or minus the signal that ended it; None while it runs."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """The same, as `subprocess.Popen.poll`."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """As `subprocess.Popen.wait`."""
        self._process.join(timeout)
        code = self.returncode
        if code is None:
            raise subprocess.TimeoutExpired(self._process.name, timeout or 0.0)
        return code

    def send_signal(self, sig: int) -> None:
        """As `subprocess.Popen.send_signal`."""
        if self.returncode is None and self.pid is not None:
            os.kill(self.pid, sig)

    def kill(self) -> None:
        """As `subprocess.Popen.kill`."""
        self.send_signal(signal.SIGKILL)


def _begin(name: str, work: Callable[[], None], log: Path, parent: int) -> None:
    """In the child: nothing of its parent's but memory; then its work, and no traceback, which may hold a name."""
    follow(parent)()
    for number in SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    ctypes.CDLL(None).prctl(PR_SET_NAME, name.encode()[:15])
    handle = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(handle, 1)
    os.dup2(handle, 2)
    os.close(handle)
    try:
        work()
    except Exception as error:  # noqa: BLE001 - the last line of defence; told of in words, and by a non-zero exit
        if os.environ.get("ISOCENTRE_TRACEBACK") == "1":
            traceback.print_exc()
        print(json.dumps({"level": "error", "event": "ended", "words": unexpected.words(error)}), flush=True)
        sys.exit(1)
