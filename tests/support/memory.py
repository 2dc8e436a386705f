"""Watches the anonymous memory of every process of a data folder: RssAnon, what a mapped file does not count in."""

from __future__ import annotations

import os
import re
import threading
import time
from pathlib import Path

EVERY = 0.05
NEW = 0.4  # seconds between looks for new processes: that look reads all of /proc


class Monitor:
    """Samples, until closed, the processes of every data folder below `home`.

    Peaks by process, in MB (10⁶ bytes), since the last `taken`.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._names: dict[int, str] = {}
        self._peaks: dict[str, int] = {}
        self._lock, self._done = threading.Lock(), threading.Event()
        self._thread = threading.Thread(target=self._watch, name="memory", daemon=True)

    def __enter__(self) -> Monitor:
        self._look()
        self._sample()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def taken(self) -> dict[str, float]:
        """Peaks since the last call, of processes that lived in that time; counting begins anew."""
        self._look()
        self._sample()
        with self._lock:
            peaks, self._peaks = self._peaks, {}
        self._sample()
        return {name: kilobytes * 1024 / 1e6 for name, kilobytes in sorted(peaks.items())}

    def _watch(self) -> None:
        looked = time.monotonic()
        while not self._done.wait(EVERY):
            if time.monotonic() - looked > NEW:
                self._look()
                looked = time.monotonic()
            self._sample()

    def _look(self) -> None:
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                environment = (folder / "environ").read_bytes().split(b"\0")
                if any(one.startswith(b"ISOCENTRE_HOME=" + os.fsencode(self._home)) for one in environment):
                    found[int(folder.name)] = _name(int(folder.name), environment)
            except OSError:
                continue  # gone meanwhile, or another user's
        with self._lock:
            self._names = found

    def _sample(self) -> None:
        with self._lock:
            for pid, name in self._names.items():
                try:
                    status = Path(f"/proc/{pid}/status").read_text()
                except OSError:
                    continue
                found = re.search(r"^RssAnon:\s+(\d+) kB", status, re.MULTILINE)
                if found:
                    self._peaks[name] = max(self._peaks.get(name, 0), int(found[1]))


def _name(pid: int, environment: list[bytes]) -> str:
    """What a person calls the process: its command, and its number where several have the same."""
    words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    zone = next((e.partition(b"=")[2].decode() for e in environment if e.startswith(b"ISOCENTRE_ZONE=")), "")
    if "isocentre" in words:
        after = [w for w in words[words.index("isocentre") + 1 :] if not w.startswith("/")]
        return " ".join(w for w in after[:4] if w and w not in ("worker", "--number"))
    return f"{zone} web {pid}"
