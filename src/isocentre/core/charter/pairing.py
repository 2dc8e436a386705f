"""Pairs what is expected with what is there, each at most once, at the least cost in all (the assignment problem)."""

from __future__ import annotations

from collections.abc import Sequence

_NONE = 10**12
"""Cost of pairing something with nothing: above any sum of costs that pair it."""
_NEVER = 10**16


def pair(costs: Sequence[Sequence[int | None]]) -> list[int | None]:
    """For each row the column it is paired with, or None; a cost of None means that the two may not be paired.

    As many rows as can be are paired, and then the costs add up to the least (Kuhn and Munkres, with potentials).
    Costs are 0 or more and add up to less than `_NONE`.
    """
    rows, real = len(costs), max((len(row) for row in costs), default=0)
    # As many columns more as there are rows, which stand for nothing: so every row finds one.
    table = [[_NEVER if c is None else c for c in row] + [_NONE] * rows for row in costs]
    up, down = [0] * (rows + 1), [0] * (real + rows + 1)
    taken = [0] * (real + rows + 1)  # row of each column, both counted from 1; column 0 begins a search
    for row in range(1, rows + 1):
        _grow(row, table, up, down, taken)
    found: list[int | None] = [None] * rows
    for column in range(1, real + 1):
        if taken[column]:
            found[taken[column] - 1] = column - 1
    return found


def _grow(row: int, table: list[list[int]], up: list[int], down: list[int], taken: list[int]) -> None:
    """Pair one more row, moving others along the cheapest way."""
    width = len(down)
    taken[0] = row
    least, came, seen = [_NEVER * 2] * width, [0] * width, [False] * width
    column = 0
    while taken[column]:
        seen[column] = True
        here, step, following = taken[column], _NEVER * 2, 0
        for other in range(1, width):
            if seen[other]:
                continue
            cost = table[here - 1][other - 1] - up[here] - down[other]
            if cost < least[other]:
                least[other], came[other] = cost, column
            if least[other] < step:
                step, following = least[other], other
        for other in range(width):
            if seen[other]:
                up[taken[other]] += step
                down[other] -= step
            else:
                least[other] -= step
        column = following
    while column:
        taken[column] = taken[came[column]]
        column = came[column]
