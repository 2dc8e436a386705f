"""What the nightly reconciliation needs from outside, filled by `config/wiring.py`: who is told, and a typesetter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from isocentre.core.ports import Typesetter


@dataclass(frozen=True, slots=True)
class Ports:
    """`recipients`: e-mail addresses of the configuration that are told each morning; none: nobody is."""

    typesetter: Typesetter
    recipients: Callable[[], Sequence[str]] = tuple


_ports: list[Ports] = []


def configure(ports: Ports) -> None:
    """Called once a process, by wiring."""
    _ports[:] = [ports]


def ports() -> Ports:
    """The ports in force; RuntimeError where this process was not wired."""
    if not _ports:
        raise RuntimeError("the nightly reconciliation is not wired in this process")
    return _ports[0]
