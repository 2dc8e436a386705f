"""Bounds of a share, held against scipy's beta quantiles and against what is known in closed form."""

from __future__ import annotations

import pytest
from scipy.stats import beta

from isocentre.core.intervals import interval, upper

CASES = [(0, 1), (0, 120), (1, 120), (3, 10), (10, 10), (0, 0), (57, 1000), (999, 1000), (2, 100_000)]


@pytest.mark.parametrize(("hits", "looked"), CASES)
def test_the_bounds_are_those_of_the_beta_distribution(hits: int, looked: int) -> None:
    wanted = 1.0 if hits >= looked else float(beta.ppf(0.95, hits + 1, looked - hits))
    assert upper(hits, looked) == pytest.approx(wanted, abs=1e-9)
    low = float(beta.ppf(0.025, hits, looked - hits + 1)) if hits else 0.0
    high = 1.0 if hits >= looked else float(beta.ppf(0.975, hits + 1, looked - hits))
    assert interval(hits, looked) == pytest.approx((low, high), abs=1e-9)


def test_of_120_clean_ones_fewer_than_a_fortieth_is_not() -> None:
    assert 0.024 < upper(0, 120) < 0.025
    assert upper(0, 120) == pytest.approx(1 - 0.05 ** (1 / 120))
