"""Pairing at the least cost, held against trying every way."""

from __future__ import annotations

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from isocentre.core.charter.pairing import pair

Costs = list[list[int | None]]


def test_nothing_is_paired_with_nothing() -> None:
    assert pair([]) == []
    assert pair([[], []]) == [None, None]


def test_a_row_gives_way_to_one_that_has_no_other() -> None:
    assert pair([[0, 1], [0, None]]) == [1, 0]


def worth(costs: Costs, chosen: tuple[int | None, ...]) -> tuple[int, int] | None:
    """How many are paired (as a loss) and what it costs; None where two may not be paired."""
    found = [None if column is None else costs[row][column] for row, column in enumerate(chosen)]
    if any(cost is None and column is not None for cost, column in zip(found, chosen, strict=True)):
        return None
    return chosen.count(None), sum(cost or 0 for cost in found)


@given(
    st.integers(0, 4).flatmap(
        lambda n: st.lists(
            st.lists(st.one_of(st.none(), st.integers(0, 9)), min_size=n, max_size=n), min_size=1, max_size=4
        )
    )
)
def test_no_other_way_is_better(costs: Costs) -> None:
    places: list[int | None] = [*range(len(costs[0])), *[None] * len(costs)]
    best = min(w for way in permutations(places, len(costs)) if (w := worth(costs, way)) is not None)
    assert worth(costs, tuple(pair(costs))) == best
