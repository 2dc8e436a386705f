"""How sure a count is: bounds of a share by Clopper and Pearson (Biometrika 26, 1934), which never promise too much."""

from __future__ import annotations

import math
from collections.abc import Callable

CONFIDENCE = 0.95
_STEPS = 60


def upper(hits: int, looked: int, confidence: float = CONFIDENCE) -> float:
    """The share that the true one is below with this confidence, where `hits` of `looked` were hits; 1 when none was.

    One-sided: of the shares under which so few hits are still to be expected once in 1 / (1 - confidence) times, the
    largest.
    """
    if hits >= looked:
        return 1.0
    return _solved(lambda share: _at_most(hits, looked, share) > 1 - confidence)


def interval(hits: int, looked: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Lower and upper bound of the true share, two-sided."""
    both = (1 + confidence) / 2
    return 1 - upper(looked - hits, looked, both) if looked else 0.0, upper(hits, looked, both)


def _solved(holds: Callable[[float], bool]) -> float:
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return high


def _at_most(hits: int, looked: int, share: float) -> float:
    """Probability of at most so many hits; 0 < share < 1. The shorter tail is added up: of 100,000, two or so terms."""
    if 2 * hits >= looked:
        return 1 - _sum(range(hits + 1, looked + 1), looked, share)
    return _sum(range(hits + 1), looked, share)


def _sum(hits: range, looked: int, share: float) -> float:
    whole = math.lgamma(looked + 1)
    inside, outside = math.log(share), math.log1p(-share)
    return math.fsum(
        math.exp(whole - math.lgamma(n + 1) - math.lgamma(looked - n + 1) + n * inside + (looked - n) * outside)
        for n in hits
    )
