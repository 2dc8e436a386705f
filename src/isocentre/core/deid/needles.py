"""Search bytes for what is known of a patient: as it lies, in any character set, backwards, in UTF-16, coded.

Part of the second check: shares nothing with the engine. What people make of names in texts is in `disguises`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from isocentre.core.deid import coded, trade
from isocentre.core.deid.disguises import MIXED, SURE, Forms, all_forms, forms, is_uid
from isocentre.core.deid.recheck_known import where
from isocentre.core.deid.recheck_page import page
from isocentre.core.deid.recheck_sorts import FREE

_CODECS = (
    "utf-8",
    "latin-1",
    "shift_jis",
    "iso2022_jp",
    "euc_kr",
    "gb18030",
    "iso8859-2",
    "iso8859-7",
    "iso8859-5",
    "cp1251",
)
_BREAK = b"\n\x1e\n"
_LEAST, _LEAST_OTHER, _CERTAIN = 4, 4, 10


_SIGNS = b"\0\x0b\x0c\r\x0e\x0f *+,-.`\xad\xfe\xff"
"""Bytes of what does not show in UTF-16, in either order: U+200B to 200F, 202A to 202E, 2060, 00AD, FEFF."""


class Needle(NamedTuple):
    """Bytes to look for (lower case), and which bytes may not stand beside: 0 any may, 1 no digit, 2 none of a word."""

    text: bytes
    alone: int


class Wanted(NamedTuple):
    """What is looked for: bytes wherever they lie (`texts` are theirs), and forms in texts."""

    raw: tuple[Needle, ...]
    texts: frozenset[bytes]
    forms: Forms

    def without(self, words: list[bytes]) -> tuple[Needle, ...]:
        """The bytes less these words: a patient called Philips is not given away by the maker's name."""
        less = self.texts.intersection(words)
        return tuple(one for one in self.raw if one.text not in less) if less else self.raw


@lru_cache(maxsize=256)
def prepare(known: tuple[str, ...]) -> Wanted:
    """Every form in which the known values are looked for. Give UIDs apart (`uids`): they change with each object."""
    raw = {text: Needle(text, alone) for value in known for text, alone in _raw(value, forms(value))}
    sure = [text for text, needle in raw.items() if not needle.alone]
    # What holds another one that is found anywhere need not be looked for.
    raw = {text: one for text, one in raw.items() if not any(other in text and other != text for other in sure)}
    return Wanted(tuple(raw.values()), frozenset(raw), all_forms(known))


def uids(known: tuple[str, ...]) -> tuple[Needle, ...]:
    """UIDs, to be found wherever they lie."""
    return tuple(Needle(value.encode(), 0) for value in known)


def _raw(value: str, each: Forms) -> Iterator[tuple[bytes, int]]:
    """What of a value is looked for in bytes of any kind: long enough not to be there by chance."""
    if is_uid(value):
        yield value.encode(), 0
        return
    for text in sorted((each.parts - trade.words()) | each.within | each.numbers | each.back):
        if text.isdigit():
            yield text.encode(), 0 if len(text) >= _CERTAIN else 1 if len(text) >= SURE else 2
            if SURE <= len(text) < _CERTAIN:  # in UTF-16 whatever stands beside: so many NULs are not there by chance
                yield b"\0".join(bytes([digit]) for digit in text.encode()), 0
        elif len(text) >= _LEAST:
            yield text.encode(), 0 if len(text) >= (SURE if text.isalpha() else MIXED) else 2
    whole = value.strip(" \0").lower()
    if whole.isascii() and not whole.isalnum() and len(whole) > _LEAST:
        yield whole.encode(), 2
    for word in re.findall(r"[^\W\d_]+", value):
        if not word.isascii():
            yield from ((text, 0) for text in _encoded(word))


def _encoded(word: str) -> set[bytes]:
    """A word in each character set, as bytes are searched: in lower case where they are ASCII letters."""
    out: set[bytes] = set()
    for turned in (word, word[::-1]):
        for form in {turned, turned.lower(), turned.upper(), turned.title()}:
            for codec in _CODECS:
                try:
                    out.add(form.encode(codec).lower())
                except UnicodeEncodeError:
                    continue  # this text cannot be written so, hence cannot hide so
    return {text for text in out if len(text) >= _LEAST_OTHER}  # a few bytes come by chance in binary values


def found(values: dict[bytes, int], raw: tuple[Needle, ...]) -> int | None:
    """The tag of the first value in which a needle lies, as it is or with NULs between (UTF-16); None: no hit."""
    if not _lies(_BREAK.join(values), raw):
        return None
    return next((tag for value, tag in values.items() if _lies(value, raw)), 0)


def _lies(data: bytes, raw: tuple[Needle, ...]) -> bool:
    plain = data.lower()
    thin, bare = plain.translate(None, b"\0"), plain.translate(None, _SIGNS)
    return any(
        _find(plain, needle) or _find(thin, needle) or (not needle.alone and needle.text in bare) for needle in raw
    )


def among_digits(values: dict[bytes, int], raw: tuple[Needle, ...]) -> int | None:
    """As `found`, for numbers: a date or an id that further digits were put to."""
    sure = [needle.text for needle in raw if needle.alone == 1]
    if not any(text in said for said in [_BREAK.join(values).translate(None, b"\0 ")] for text in sure):
        return None
    each = ((tag, value.translate(None, b"\0 ")) for value, tag in values.items())
    return next((tag for tag, said in each if any(text in said for text in sure)), 0)


def coded_in(values: dict[bytes, int], raw: tuple[Needle, ...]) -> int | None:
    """As `found`, for what runs of base64 and of hexadecimal digits say."""
    long = [needle for needle in raw if len(needle.text) >= coded.LEAST]
    # Where a code was cut off, nine digits of an NHS number are there: the tenth follows from them.
    long += [Needle(one.text[:-1], 0) for one in long if one.text.isdigit() and len(one.text) == _CERTAIN]
    ascii_only = all(needle.text.isascii() for needle in long)
    if not _says(coded.said(_BREAK.join(values), ascii_only).lower(), long):
        return None
    each = ((tag, coded.said(value, ascii_only).lower()) for value, tag in values.items())
    return next((tag for tag, said in each if _says(said, long)), 0)


def _says(said: bytes, long: list[Needle]) -> bool:
    """Whether a code says something known, also an id or date that others lead up to: those may be of the code."""
    bare = said.translate(None, _SIGNS)
    return any(_find(said, needle) or (needle.alone < 2 and needle.text in bare) for needle in long)


def search(data: bytes, wanted: Wanted) -> bool:
    """Whether `data`, all of it one text, says something known."""
    values = {data: 0}
    said = page({b"ISO_IR 192": [(data, 0, FREE)]})
    return (
        found(values, wanted.raw) is not None
        or where(said, wanted.forms) is not None
        or coded_in(values, wanted.raw) is not None
    )


def _find(data: bytes, needle: Needle) -> bool:
    text, alone = needle
    at = data.find(text)
    while at >= 0:
        if not alone:
            return True
        before, after = data[at - 1 : at], data[at + len(text) : at + len(text) + 1]
        if alone == 1:
            beside = before.isdigit() or after.isdigit()
        else:
            # A digit next to a point or digit is part of a number or UID; a letter next to a letter part of a word.
            joined = b"." if text.isdigit() else b""
            beside = before.isalnum() or after.isalnum() or bool(joined and joined in (before, after))
        if not beside:
            return True
        at = data.find(text, at + 1)
    return False
