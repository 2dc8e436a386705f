"""Look for what is known of the patient among the samples of a native picture, written there as ASCII or UTF-16.

Part of the second check. Samples are many and letters among them rare, so not all of every picture is searched:

- Of samples of two bytes, all high bytes. Of six letters in a row three lie there, where those of CT and MR, which are
  of 12 bits, have none at all; UTF-16 at an odd offset, or in the other byte order, lies there whole. In pictures of
  14 bits, whose high bytes are digits by chance, numbers are not looked for there.
- Of any picture both ends, where leftovers lie.
- Of one picture in twenty, chosen by its UID, every byte.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from isocentre.core.deid.disguises import Forms

SAMPLE = 20
"""One picture in so many is searched whole."""
_LETTERS, _DIGITS = 6, 8
"""Least of a word, and of a number, that is looked for: less would come by chance."""
_ENDS, _OVERLAP, _RARE = 4096, 256, 64
_THIRD = _LETTERS // 2
_DIGIT, _LETTER = b"0123456789", b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_NO_LETTERS = bytes(set(range(256)) - set(_LETTER))
_NEITHER = bytes(set(range(256)) - set(_LETTER) - set(_DIGIT))


@lru_cache(maxsize=64)
def sought(forms: Forms) -> tuple[bytes, ...]:
    """What of all that is known is looked for in pictures: names, ids and numbers, in lower case."""
    words = {one for one in forms.parts | forms.within | forms.numbers if one.isascii()}
    long = sorted(one for one in words if len(one) >= (_DIGITS if one.isdigit() else _LETTERS))
    return tuple(one.encode() for one in long if not any(other in one and other != one for other in long))


def says(
    chunks: Iterable[bytes | memoryview], words: tuple[bytes, ...], *, bits: int, little: bool, whole: bool
) -> bool:
    """Whether one of the words is among the samples. `bits`: allocated to a sample; `whole`: search every byte."""
    wide = _Wide(words, high=int(little), whole=whole) if bits == 16 else None
    first, last = b"", b""
    for chunk in chunks:
        data = bytes(chunk)
        if len(first) < _ENDS:
            first += data[: _ENDS - len(first)]
        if (wide.may(data) if wide else whole) and _in(last[-_OVERLAP:] + data, words):
            return True
        last = (last + data)[-_ENDS:] if len(data) < _ENDS else data[-_ENDS:]
    return _in(first, words) or _in(last, words)


def _in(data: bytes, words: tuple[bytes, ...]) -> bool:
    plain = data.lower()
    thin = plain.translate(None, b"\0")
    return any(word in plain or word in thin for word in words)


class _Wide:
    """Samples of two bytes: whether a word may be among them, by the letters in their high bytes.

    ASCII has every other letter of a word there, UTF-16 all or none: three in a row at least, so that one high byte in
    three tells whether there can be any. Low bytes, full of letters by chance, are looked at only where all of a
    picture is.
    """

    def __init__(self, words: tuple[bytes, ...], *, high: int, whole: bool) -> None:
        self._words, self._at, self._whole = words, high, whole
        self._parts = tuple({part for word in words for part in (word[::2], word[1::2], word)})
        self._last, self._low = b"", b""

    def may(self, data: bytes) -> bool:
        """Whether a word may be in this part of the picture, or across the end of the one before it."""
        at, before = self._at, self._last
        bare = not self._whole and not data[at :: 2 * _THIRD].translate(None, _NEITHER)
        high = data[at : 2 * _OVERLAP : 2] if bare else data[at::2]
        ends = data[max(at, (len(data) - at) // 2 * 2 - 2 * _OVERLAP + at) :: 2] if bare else high
        self._last, self._at = (before + ends)[-_OVERLAP:], at ^ (len(data) & 1)
        return self._among(before + high, high) or (self._whole and self._among_low(data[1 - at :: 2].lower()))

    def _among(self, joined: bytes, high: bytes) -> bool:
        full = not self._whole and len(high[:_ENDS].translate(None, _NEITHER)) > _ENDS // _RARE
        letters = joined.translate(None, _NO_LETTERS if full else _NEITHER).lower()
        if not letters or not any(part in letters for part in self._parts):
            return False
        joined = joined.lower()
        return any(part in joined for part in self._parts)

    def _among_low(self, low: bytes) -> bool:
        across = self._low + low
        self._low = across[-_OVERLAP:]
        return any(word in across for word in self._words)
