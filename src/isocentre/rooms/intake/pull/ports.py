"""What fetching needs from outside, filled by `config/wiring.py`: a way to a PACS, and the answer about opt-outs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from isocentre.core.ports import Pacs
from isocentre.rooms.intake.pull.rows import PacsNode


@dataclass(frozen=True, slots=True)
class Ports:
    """`open_pacs` gives the way to one PACS, PacsAway where there is none. `stop`: why the PACS is not asked about a
    patient (research study, NHS or hospital number) as (cause, words); None: it may be. `web_servers`: names of the
    DICOMweb servers in the configuration; PacsAway where that cannot be read."""

    open_pacs: Callable[[PacsNode], Pacs]
    stop: Callable[[str, str], tuple[str, str] | None]
    web_servers: Callable[[], Sequence[str]] = tuple


_ports: list[Ports] = []


def configure(ports: Ports) -> None:
    """Called once a process, by wiring."""
    _ports[:] = [ports]


def ports() -> Ports:
    """The ports in force; RuntimeError where this process was not wired."""
    if not _ports:
        raise RuntimeError("fetching from a PACS is not wired in this process")
    return _ports[0]
