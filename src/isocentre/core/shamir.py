"""Shamir's secret sharing over GF(2^8): any `needed` shares give the secret back, fewer say nothing about it.

Each byte of the secret is the constant term of a random polynomial of degree `needed` - 1 over the field of AES
(FIPS 197 section 4); a share holds its value at one point. Source: A. Shamir, "How to share a secret", 1979.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from functools import reduce
from operator import xor

MOST = 16
"""Shares at most: people who each keep a sheet of paper."""
_MODULUS = 0x11B  # x^8 + x^4 + x^3 + x + 1, FIPS 197 section 4.2


def split(
    secret: bytes, *, shares: int, needed: int, random: Callable[[int], bytes] = secrets.token_bytes
) -> dict[int, bytes]:  # fmt: skip
    """Shares by their point, 1 to `shares`, each as long as the secret; ValueError for numbers that make no sense."""
    if not 2 <= needed <= shares <= MOST:
        raise ValueError(f"between 2 and {MOST} shares, of which at least 2 and at most all are needed")
    terms = [secret, *(random(len(secret)) for _ in range(needed - 1))]
    columns = list(zip(*terms, strict=True))
    return {point: bytes(_value(column, point) for column in columns) for point in range(1, shares + 1)}


def join(shares: Mapping[int, bytes]) -> bytes:
    """The secret of these shares, exactly as many as were needed; other shares give other bytes, without an error."""
    points = list(shares)
    if any(not 1 <= point <= 255 for point in points) or len({len(share) for share in shares.values()}) != 1:
        raise ValueError("shares of one secret have points from 1 to 255 and one length")
    weights = [_weight(point, points) for point in points]
    columns = zip(*shares.values(), strict=True)
    return bytes(reduce(xor, map(_times, weights, column)) for column in columns)


def _value(terms: tuple[int, ...], point: int) -> int:
    """A polynomial's value (Horner)."""
    value = 0
    for term in reversed(terms):
        value = _times(value, point) ^ term
    return value


def _weight(point: int, points: list[int]) -> int:
    """Lagrange's weight of one point for the value at 0; subtraction is XOR here."""
    weight = 1
    for other in points:
        if other != point:
            weight = _times(weight, _times(other, _inverse(other ^ point)))
    return weight


def _times(a: int, b: int) -> int:
    product = 0
    for bit in range(8):
        if b >> bit & 1:
            product ^= a
        a <<= 1
        if a & 0x100:
            a ^= _MODULUS
    return product


def _inverse(a: int) -> int:
    """a^254: the field has 255 elements besides zero."""
    result = 1
    for _ in range(254):
        result = _times(result, a)
    return result
