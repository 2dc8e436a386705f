"""What is known of all people at SRC, so that no copy's name tells of any of them, whosever file it is.

A name may tell of somebody whom the file's own header does not know. So everything is looked at once before anything is
written, and names do not hang on whose file came first. What is kept is a filter of a fixed size, in memory alone: it
says of a word whether a header may have said it, and cannot be read back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from hashlib import blake2b
from itertools import permutations
from struct import iter_unpack, unpack

from isocentre.cli.deid_names import is_trade
from isocentre.core.deid.clean.fold import plain, spellings
from isocentre.core.deid.disguises import is_uid

BITS = 1 << 28
"""Of the filter: 32 MB. With the words of 100,000 people (25 each) in it, it takes one in half a million others for
theirs by chance, with those of 500,000 one in a thousand: then a name goes that could have stayed."""
_DIGEST = 16
_ANSWERS = 4096
_RUNS = re.compile(r"[^\W\d_]+|\d+")
_FEWEST_DIGITS = 4
"""Shorter numbers count slices, and days."""
_INITIALS = 2
_MOST_RUNS = 6
"""Of a name: more are an address, or a text."""
_JOINED = 4
"""So many runs of letters and digits of a file's name may belong together: 1937-02-19, RXH 123-4567."""
_DATE = 8


class People:
    """A filter of words: what was added is always found."""

    def __init__(self, study_key: bytes, bits: int = BITS) -> None:
        self._key, self._mask, self._field = study_key, bits - 1, bytearray(bits // 8)
        self._last = b""
        self._answers: dict[str, bool] = {}

    def add(self, words: bytes) -> None:
        """Take in what `told` made of one header; the next slice says the same."""
        if words == self._last:
            return
        self._last = words
        self._answers.clear()
        for numbers in iter_unpack("<4L", words):
            for one in numbers:
                at = one & self._mask
                self._field[at >> 3] |= 1 << (at & 7)

    def tells(self, part: str) -> bool:
        """Whether a part of a path says something known of anybody; the files of a folder ask the same again."""
        answer = self._answers.get(part)
        if answer is None:
            if len(self._answers) >= _ANSWERS:
                self._answers.clear()
            answer = self._answers[part] = any(map(self._has, _said(part)))
        return answer

    def _has(self, word: str) -> bool:
        field, mask = self._field, self._mask
        numbers = unpack("<4L", _digest(self._key, word))
        return all(field[(one & mask) >> 3] >> (one & mask & 7) & 1 for one in numbers)


def told(known: tuple[str, ...], study_key: bytes) -> bytes:
    """What a header says of people, as `People.add` takes it: keyed hashes of words."""
    return _told(tuple(value for value in known if not is_uid(value)), study_key)


@lru_cache(maxsize=256)
def _told(known: tuple[str, ...], study_key: bytes) -> bytes:
    words = {word for value in known for word in _words(value)}
    return b"".join(_digest(study_key, word) for word in sorted(words))


def _digest(key: bytes, word: str) -> bytes:
    return blake2b(word.encode("utf-8", "surrogatepass"), digest_size=_DIGEST, key=key).digest()


def _runs(text: str) -> Iterator[list[str]]:
    """The letters and digits of a text in runs, in each way that people write accents."""
    yield from (_RUNS.findall(form) for form in sorted(spellings(plain(text))))


def _words(value: str) -> Iterator[str]:
    """The words by which a value of a header would be known in the name of a file."""
    for runs in _runs(value):
        if any(run.isdigit() for run in runs):
            yield from _numbers(runs)
            yield from (run for run in runs if run.isalpha() and len(run) > 2 and not is_trade(run))
        else:
            yield from _names(runs[:_MOST_RUNS])


def _numbers(runs: list[str]) -> Iterator[str]:
    whole = "".join(runs)
    digits = [run for run in runs if run.isdigit()]
    if whole.isdigit() and len(whole) == _DATE:  # as it is written by day or month first, too
        year, month, day = whole[:4], whole[4:6], whole[6:]
        digits += [day + month + year, month + day + year]
    yield from (one for one in (whole, *digits) if sum(map(str.isdigit, one)) >= _FEWEST_DIGITS)


def _names(runs: list[str]) -> Iterator[str]:
    # Two letters are a name (Li) unless they say what a file is (MR, which is a title as well).
    yield from (run for run in runs if len(run) > 2 or (len(run) > 1 and not is_trade(run)))
    for one, other in permutations(runs, 2):
        joined = (one + other, one[0] + other, one + other[0])
        yield from (each for each in joined if len(each) > _INITIALS or not each.isascii())


def _said(part: str) -> Iterable[str]:
    """The words that a part of a path may be read as."""
    found = dict[str, None]()
    for runs in _runs(part):
        for begin in range(len(runs)):
            for end in range(begin + 1, min(begin + _JOINED, len(runs)) + 1):
                found["".join(runs[begin:end])] = None
    return found
