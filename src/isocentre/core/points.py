"""Named points in the way of a scan between two durable steps: where the kill test may end a process.

`reach(name)` does nothing unless an entry point installed a hook (see `config/kill_points.py`).
"""

from __future__ import annotations

from collections.abc import Callable

Hook = Callable[[str], None]

POINTS = (
    "listener.handed",  # a connection was given to a receiver
    "intake.written",  # the object lies whole in its temporary file
    "intake.renamed",  # it has its final name, and is not synced
    "intake.synced",  # it is synced, no row knows it
    "intake.committed",  # its row is committed, the sender has no answer
    "dimse.answered",  # the sender has its answer
    "move.claimed",  # rows are leased to a worker
    "wall.sent",  # a request went out, its answer was not read
    "wall.answered",  # the national side answered, nothing is recorded
    "move.recorded",  # the outcome is recorded
    "blob.renamed",  # a blob has its final name, and is not synced
    "blob.synced",  # it is synced, no row knows it
    "index.committed",  # the index has it, no answer is made
    "stow.answering",  # the answer is made, not sent
    "event.handled",  # a listener heard an event that is still in the outbox
    "seal.foretold",  # the head file foretells a seal
    "seal.committed",  # the seal is in the database, not in the head file
)

_hooks: list[Hook] = []


def install(hook: Hook | None) -> None:
    """Call `hook` with the name of every point this process reaches from now on; None: no more."""
    _hooks[:] = [] if hook is None else [hook]


def reach(name: str) -> None:
    """Say that the point `name` of POINTS is reached."""
    for hook in _hooks:
        hook(name)
