"""Secret sharing: any shares that are enough give the secret, fewer say nothing; arithmetic held to FIPS 197."""

from __future__ import annotations

from collections import Counter
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isocentre.core import shamir

NUMBERS = [(shares, needed) for shares in range(2, 7) for needed in range(2, shares + 1)]


@pytest.mark.parametrize(("a", "b", "c"), [(0x57, 0x83, 0xC1), (0x57, 0x13, 0xFE), (0, 7, 0), (1, 0xAB, 0xAB)])
def test_the_field_is_that_of_fips_197(a: int, b: int, c: int) -> None:
    assert shamir._times(a, b) == shamir._times(b, a) == c


def test_every_element_but_zero_has_its_inverse() -> None:
    assert all(shamir._times(a, shamir._inverse(a)) == 1 for a in range(1, 256))


@pytest.mark.no_cover
@settings(max_examples=40)
@given(st.binary(min_size=1, max_size=4), st.sampled_from(NUMBERS))
def test_any_shares_that_are_enough_give_the_secret(secret: bytes, numbers: tuple[int, int]) -> None:
    shares, needed = numbers
    made = shamir.split(secret, shares=shares, needed=needed)
    assert list(made) == list(range(1, shares + 1))
    for some in combinations(made, needed):
        assert shamir.join({point: made[point] for point in some}) == secret


def test_one_share_too_few_fits_every_secret_equally_often() -> None:
    """Two shares of three needed: over all coefficients each secret leads to each pair exactly once."""
    seen: dict[int, Counter[tuple[int, int]]] = {}
    for secret in (0, 1, 255):
        pairs: Counter[tuple[int, int]] = Counter()
        for first, second in product(range(0, 256, 51), range(256)):
            terms = iter((bytes([first]), bytes([second])))
            made = shamir.split(bytes([secret]), shares=3, needed=3, random=lambda _n, terms=terms: next(terms))
            pairs[made[1][0], made[2][0]] += 1
        seen[secret] = pairs
    assert all(set(pairs.values()) == {1} for pairs in seen.values())


def test_a_single_share_of_two_needed_takes_every_value_once_whatever_the_secret() -> None:
    for secret in (0, 7, 255):
        values = {
            shamir.split(bytes([secret]), shares=2, needed=2, random=lambda _n, c=c: bytes([c]))[1] for c in range(256)
        }
        assert len(values) == 256


@pytest.mark.parametrize(("shares", "needed"), [(1, 1), (3, 1), (2, 3), (17, 2)])
def test_numbers_that_make_no_sense(shares: int, needed: int) -> None:
    with pytest.raises(ValueError, match="shares"):
        shamir.split(b"secret", shares=shares, needed=needed)


@pytest.mark.parametrize("shares", [{0: b"a", 1: b"b"}, {1: b"a", 256: b"b"}, {1: b"a", 2: b"bb"}, {}])
def test_shares_that_cannot_be_of_one_secret(shares: dict[int, bytes]) -> None:
    with pytest.raises(ValueError, match="shares"):
        shamir.join(shares)
