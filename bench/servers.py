"""The servers under measurement, started when a row first asks for one, and what a row is."""

from __future__ import annotations

import secrets
import tempfile
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

from bench import ours, peers, workload
from bench.peers import Served

SHIPPED = "Orthanc as shipped"
NODELAY = "Orthanc with TCP_NODELAY"


@dataclass(frozen=True)
class Row:
    """One line of `bench/results.json`; ratio is how many times better than the peer (over 1 is ahead)."""

    name: str
    ours: float
    peer: float | None
    peer_name: str
    ratio: float | None
    unit: str
    workload: str

    def plain(self) -> dict[str, object]:
        """As written to the file."""
        return asdict(self)


def ahead(name: str, mine: float, theirs: float, peer: str, unit: str, words: str) -> Row:
    """A row where more is better."""
    return Row(name, round(mine, 1), round(theirs, 1), peer, round(mine / theirs, 2), unit, words)


def slower(name: str, mine: float, theirs: float, peer: str, words: str) -> Row:
    """A row in milliseconds, where less is better."""
    return Row(name, round(mine, 2), round(theirs, 2), peer, round(theirs / mine, 2), "ms", words)


class Servers:
    """Started once, shared by the rows."""

    def __init__(self, stack: ExitStack, *, count: int) -> None:
        self._stack = stack
        self.at = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="isocentre-bench-")))
        self.home = self.at / "ours"
        self.count = count
        self.run = secrets.token_hex(3)

    @cached_property
    def ours(self) -> Served:
        """Isocentre, both sides."""
        return self._stack.enter_context(ours.isocentre(self.home))

    @cached_property
    def orthanc(self) -> Served:
        """Orthanc as its package ships it."""
        return self._stack.enter_context(peers.orthanc(self.at / "orthanc"))

    @cached_property
    def quick(self) -> Served:
        """Orthanc without its delayed-ACK stall."""
        return self._stack.enter_context(peers.orthanc(self.at / "orthanc-nodelay", nodelay=True))

    def folder(self, name: str, count: int) -> Path:
        """A new series of slices as a scanner sends them."""
        return workload.folder(self.at / "slices", f"{self.run}{name}", count)

    def slices(self, name: str, count: int) -> list[bytes]:
        """A new series of slices as a gateway sends them on."""
        return workload.deidentified(f"{self.run}{name}", count)
