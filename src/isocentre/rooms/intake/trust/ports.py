"""What these documents need from outside, filled by `config/wiring.py`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from isocentre.core.ports import Typesetter
from isocentre.core.trust.facts import Destination, Spoken, Surroundings


@dataclass(frozen=True, slots=True)
class Ports:
    """What the DIMSE code speaks, what the environment says, what makes a PDF, and of a research study name and version
    of the profile in force (None: nothing is sent on in its name). `administrators`: their names.
    `destinations`: where copies go as well."""

    spoken: Callable[[], Spoken]
    surroundings: Callable[[], Surroundings]
    typesetter: Typesetter
    in_force: Callable[[str], tuple[str, int] | None]
    administrators: Callable[[], tuple[str, ...]] = tuple
    destinations: Callable[[], tuple[Destination, ...]] = tuple


_ports: list[Ports] = []


def configure(ports: Ports) -> None:
    """Called once a process, by wiring."""
    _ports[:] = [ports]


def ports() -> Ports:
    """The ports in force; RuntimeError where this process was not wired."""
    if not _ports:
        raise RuntimeError("the documents about this gateway are not wired in this process")
    return _ports[0]
