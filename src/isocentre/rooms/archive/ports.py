"""What this room was given from outside: blob store, renderer, second check. Filled once by `config/wiring.py`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from isocentre.core.dicomweb.facts import SecondCheck
from isocentre.core.ports import Blobs


class Renderer(Protocol):
    """Makes a picture of one frame."""

    def render(
        self, file: bytes, *, frame: int, media: str, window: tuple[float, float] | None, size: int | None
    ) -> bytes:
        """JPEG or PNG bytes of frame `frame` (from 1); ValueError in words when the object has no picture."""


@dataclass(frozen=True, slots=True)
class Ports:
    """The room's collaborators."""

    blobs: Blobs
    renderer: Renderer
    second_check: SecondCheck


_filled: list[Ports] = []


def fill(ports: Ports) -> None:
    """Set the collaborators of this process."""
    _filled[:] = [ports]


def ports() -> Ports:
    """The collaborators; RuntimeError when the process was never wired."""
    if not _filled:
        raise RuntimeError("the archive is not wired: call archive.door.configure first")
    return _filled[0]
