"""A share of the master key as people print and type it: six short lines, each with its own check.

Letters and digits of Crockford's base 32, which has no I, L, O or U; a mistyped line is named by its number.
A share holds a version, a mark of its split, how many are needed, its point, a check of the key, its bytes.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from isocentre.core import shamir

KEY_BYTES = 32
LINES, SYMBOLS, CHECKS = 6, 12, 2
_VERSION = 1
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LIKE = str.maketrans("ILO", "110")
_NUMBERED = re.compile(r"\s*[1-6]\)\s*(.+)")


class BadShare(ValueError):
    """A share that cannot be used, or shares that do not belong together; the words say what to do."""


@dataclass(frozen=True, slots=True)
class Share:
    """One share: the mark of its split, how many are needed, its point, the check of the key, its bytes."""

    mark: bytes
    needed: int
    point: int
    check: bytes
    data: bytes

    def __repr__(self) -> str:
        return f"<Share {self.point} …>"


def split(
    key: bytes, *, shares: int, needed: int, random: Callable[[int], bytes] = secrets.token_bytes
) -> list[Share]:  # fmt: skip
    """Shares of a 32-byte key; ValueError for numbers that make no sense."""
    if len(key) != KEY_BYTES:
        raise ValueError(f"the key has {KEY_BYTES} bytes")
    mark = random(2)
    made = shamir.split(key, shares=shares, needed=needed, random=random)
    return [Share(mark, needed, point, _check(key), data) for point, data in made.items()]


def join(shares: Iterable[Share]) -> bytes:
    """The key of these shares; BadShare when they are too few, of several splits, or do not give the key."""
    given = list(shares)
    if not given:
        raise BadShare("Give the shares, one person each.")
    if len({(share.mark, share.needed, share.check) for share in given}) != 1:
        raise BadShare("These shares are of different splits: bring shares that were printed together.")
    found = list({share.point: share for share in given}.values())
    needed = found[0].needed
    if len(found) < needed:
        raise BadShare(f"{needed} different shares are needed, {len(found)} given: bring another person's share.")
    key = shamir.join({share.point: share.data for share in found[:needed]})
    if _check(key) != found[0].check:
        raise BadShare("These shares do not give the key they were made of: one of them was changed.")
    return key


def printed(share: Share) -> list[str]:
    """The six lines of a share: `ABCD EFGH JKMN 7Q`."""
    head = bytes((_VERSION, *share.mark, share.needed, share.point)) + share.check
    body = head + share.data
    text = _symbols(body + hashlib.sha256(body).digest()[:4])
    lines = [text[at : at + SYMBOLS] for at in range(0, len(text), SYMBOLS)]
    return [_spaced(line + _line_check(number, line)) for number, line in enumerate(lines, start=1)]


def typed(lines: Sequence[str]) -> Share:
    """The share of six typed lines; BadShare names the line that is mistyped."""
    if len(lines) != LINES:
        raise BadShare(f"A share has {LINES} lines.")
    text = "".join(line_typed(number, line) for number, line in enumerate(lines, start=1))
    whole = _bytes(text)
    body, check = whole[:-4], whole[-4:]
    if hashlib.sha256(body).digest()[:4] != check or body[0] != _VERSION:
        raise BadShare("These lines are not of one share: take all six from the same sheet.")
    return Share(body[1:3], body[3], body[4], body[5:9], body[9:])


def line_typed(number: int, line: str) -> str:
    """The symbols of one typed line, without its check; BadShare when it is mistyped."""
    symbols = re.sub(r"[\s-]", "", line).upper().translate(_LIKE)
    text, check = symbols[:SYMBOLS], symbols[SYMBOLS:]
    if len(symbols) != SYMBOLS + CHECKS or set(symbols) - set(_ALPHABET) or _line_check(number, text) != check:
        raise BadShare(f"Line {number} is mistyped: type it again, with the last two characters.")
    return text


def lines_of(text: str) -> list[str]:
    """The six lines in a sheet's text: those numbered `1)` to `6)`, else every line that is not empty."""
    lines = [line for line in text.splitlines() if line.strip()]
    numbered = [found[1] for line in lines if (found := _NUMBERED.fullmatch(line))]
    return numbered or lines


def _check(key: bytes) -> bytes:
    return hashlib.sha256(b"isocentre master key|" + key).digest()[:4]


def _line_check(number: int, text: str) -> str:
    digest = hashlib.sha256(f"{number}|{text}".encode()).digest()
    return _ALPHABET[digest[0] & 31] + _ALPHABET[digest[1] & 31]


def _spaced(text: str) -> str:
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def _symbols(data: bytes) -> str:
    number = int.from_bytes(data)
    return "".join(_ALPHABET[number >> 5 * at & 31] for at in reversed(range(len(data) * 8 // 5)))


def _bytes(text: str) -> bytes:
    number = 0
    for symbol in text:
        number = number << 5 | _ALPHABET.index(symbol)
    return number.to_bytes(len(text) * 5 // 8)
