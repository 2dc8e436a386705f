"""Watches the anonymous memory of every process of a data folder: RssAnon, what a mapped file does not count in.

Forked processes share pages, which RssAnon counts in each of them; all together they are counted once, by Pss_Anon.
"""

from __future__ import annotations

import contextlib
import os
import re
import threading
import time
from pathlib import Path

EVERY = 0.05
FORKED = "iso-"  # begins the name of each process that a side forked
NEW = 0.4  # seconds between looks for new processes: that look reads all of /proc


class Monitor:
    """Samples, until closed, the processes of every data folder below `home`.

    Peaks by process, in MB (10⁶ bytes), since the last `taken`; in `together` the peak of all at once, since the start,
    and in `shares` what each process had of it.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._names: dict[int, str] = {}
        self._peaks: dict[str, int] = {}
        self.together = 0.0
        self.shares: dict[str, float] = {}
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
                self._add()
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

    def _add(self) -> None:
        shares = {}
        for pid, name in list(self._names.items()):
            with contextlib.suppress(OSError):
                told = Path(f"/proc/{pid}/smaps_rollup").read_text()
                found = sum(map(int, re.findall(r"^Pss_Anon:\s+(\d+) kB", told, re.MULTILINE)))
                shares[f"{name} ({pid})"] = found * 1024 / 1e6
        if sum(shares.values()) > self.together:
            self.together, self.shares = sum(shares.values()), shares

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
    own = Path(f"/proc/{pid}/comm").read_text().strip()
    if own.startswith(FORKED):
        return f"{zone} {own.removeprefix(FORKED)}" + (f" {pid}" if own == f"{FORKED}web" else "")
    if "isocentre" in words:
        after = [w for w in words[words.index("isocentre") + 1 :] if not w.startswith("/")]
        return " ".join(w for w in after[:4] if w and w not in ("worker", "--number"))
    return f"{zone} {pid}"
