"""The C-STORE rows: DCMTK's storescu to us and to the peers."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

from bench import ours, processes
from bench.peers import Served
from bench.servers import NODELAY, SHIPPED, Row, Servers, ahead

STORESCU = "/usr/bin/storescu"
STEADY = 3
"""Times the count that four associations send together: the first images' start and the last one's way weigh less."""


class Stored:
    """Ours are received, de-identified and sent on; theirs stored as they come."""

    def __init__(self, servers: Servers) -> None:
        self._servers = servers
        self._sent = 0

    def cstore_one(self) -> list[Row]:
        """One association: received, stored, indexed."""
        folders = [self._servers.folder("one", self._servers.count)]
        before = processes.cpu(self._servers.ours.pid)
        mine = _send(self._servers.ours, folders)
        used = processes.spent(before, processes.cpu(self._servers.ours.pid), self._servers.count)
        self._settle(self._servers.count)
        words = (
            f"{self._servers.count} CT of 525 KB, one DCMTK association; ours durable and in the ledger. "
            f"CPU ms an image until the last answer: {used}"
        )
        return self._beside("cstore_one", mine, folders, words)

    def cstore_four(self) -> list[Row]:
        """Four associations; ours until the last image is stored on the national side, theirs store only."""
        each = STEADY * self._servers.count // 4
        folders = [self._servers.folder(f"four{n}", each) for n in range(4)]
        total = each * 4
        before = processes.cpu(self._servers.ours.pid)
        started = time.monotonic()
        _send(self._servers.ours, folders)
        self._settle(total)
        mine = total / (time.monotonic() - started)
        used = processes.spent(before, processes.cpu(self._servers.ours.pid), total)
        words = (
            f"{total} CT of 525 KB, 4 associations; ours received, de-identified, sent on, stored, indexed. "
            f"CPU ms an image: {used}"
        )
        return self._beside("cstore_four", mine, folders, words)

    def _beside(self, name: str, mine: float, folders: list[Path], words: str) -> list[Row]:
        peers = ((self._servers.orthanc, SHIPPED), (self._servers.quick, NODELAY))
        return [ahead(name, mine, _send(to, folders), peer, "images/s", words) for to, peer in peers]

    def _settle(self, count: int) -> None:
        self._sent += count
        ours.settled(self._servers.home, self._sent)


def _send(to: Served, folders: list[Path]) -> float:
    """Images a second of one storescu a folder, all at once."""
    started = time.monotonic()
    senders = [
        subprocess.Popen([STORESCU, "-aec", to.called, "+sd", "127.0.0.1", str(to.dicom), str(folder)],
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for folder in folders
    ]  # fmt: skip
    codes = [sender.wait() for sender in senders]
    took = time.monotonic() - started
    if any(codes):
        raise RuntimeError(f"storescu ended with {codes}")
    return sum(len(list(f.iterdir())) for f in folders) / took
