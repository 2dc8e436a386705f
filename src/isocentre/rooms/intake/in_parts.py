"""A decision about more held scans than one transaction should move: made part by part, each undone by itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from isocentre.core.actor import Actor
from isocentre.rooms.intake.decisions import Decided, check_reason

PART = 200
AT_ONCE = 2_000
"""Scans of one decision of the database, and the most that a person decides about at once."""


def in_parts(command: Callable[..., Decided], *, by: Actor, keys: Sequence[int], reason: str, **more: Any) -> Decided:
    """What all parts did together. The reason is checked against every scan first: none is decided for a wrong one."""
    if len(keys) <= PART:
        return command(by=by, keys=keys, reason=reason, **more)
    parts = [keys[at : at + PART] for at in range(0, len(keys), PART)]
    for part in parts:
        check_reason(by=by, keys=part, cause=more.get("cause", "other_pixels"), reason=reason)
    done = [command(by=by, keys=part, reason=reason, **more) for part in parts]
    images: Counter[str] = Counter()
    for one in done:
        images.update(one.images)
    made = [one.decision for one in done if one.decision is not None]
    return Decided(
        made[-1] if made else None, sum(one.scans for one in done), sum(one.already for one in done), dict(images),
        sum(one.unchanged for one in done), len(made),
    )  # fmt: skip
