"""Search bytes for what is known of a patient: as it lies, in any character set, backwards, in UTF-16, coded.

Part of the second check: shares nothing with the engine. What people make of names in texts is in `disguises`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
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
_SHORT, _MOST, _KEPT = 256, 512, 8
"""Longest value that is kept as searched, in bytes; most of them; and most sets of words that are left out."""


_SIGNS = b"\0\x0b\x0c\r\x0e\x0f *+,-.`\xad\xfe\xff"
"""Bytes of what does not show in UTF-16, in either order: U+200B to 200F, 202A to 202E, 2060, 00AD, FEFF."""


class Needle(NamedTuple):
    """Bytes to look for (lower case), and which bytes may not stand beside: 0 any may, 1 no digit, 2 none of a word."""

    text: bytes
    alone: int


class Sought:
    """The bytes that are looked for in objects of one patient.

    Nine values of ten are those of the slice before: what was searched once and says nothing is not searched again.
    """

    __slots__ = ("_clean", "coded", "needles")

    def __init__(self, needles: tuple[Needle, ...]) -> None:
        self.needles, self.coded = needles, _long(needles)
        self._clean: dict[str, dict[bytes, bytes]] = {}

    def fresh(self, how: str, values: dict[bytes, int]) -> tuple[dict[bytes, int], list[bytes]]:
        """The values not yet searched in this way; and of the others what was noted of them, where anything was."""
        clean = self._clean.get(how, {})
        new, noted = {}, []
        for value, tag in values.items():
            note = clean.get(value)
            if note is None:
                new[value] = tag
            elif note:
                noted.append(note)
        return new, noted

    def clear(self, how: str, values: Iterable[bytes], notes: Callable[[bytes], bytes] | None = None) -> None:
        """Note that these say nothing of the patient, and what else they say."""
        clean = self._clean.setdefault(how, {})
        if len(clean) > _MOST:
            clean = self._clean[how] = {}
        clean.update((value, notes(value) if notes else b"") for value in values if len(value) <= _SHORT)


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """What is looked for: bytes wherever they lie (`texts` are theirs), and forms in texts."""

    raw: Sought
    texts: frozenset[bytes]
    forms: Forms
    less: dict[frozenset[bytes], Sought] = field(default_factory=dict)

    def without(self, words: list[bytes]) -> Sought:
        """The bytes less these words: a patient called Philips is not given away by the maker's name."""
        less = self.texts.intersection(words)
        if not less:
            return self.raw
        found = self.less.get(less)
        if found is None:
            found = Sought(tuple(one for one in self.raw.needles if one.text not in less))
            if len(self.less) < _KEPT:
                self.less[less] = found
        return found


@lru_cache(maxsize=64)
def prepare(known: tuple[str, ...]) -> Wanted:
    """Every form in which the known values are looked for. Give UIDs apart (`uids`): they change with each object."""
    raw = {text: Needle(text, alone) for value in known for text, alone in _raw(value, forms(value))}
    sure = [text for text, needle in raw.items() if not needle.alone]
    # What holds another one that is found anywhere need not be looked for.
    raw = {text: one for text, one in raw.items() if not any(other in text and other != text for other in sure)}
    return Wanted(Sought(tuple(raw.values())), frozenset(raw), all_forms(known))


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


def found(values: dict[bytes, int], sought: Sought, other: tuple[Needle, ...] = ()) -> int | None:
    """The tag of the first value in which a needle lies, as it is or with NULs between (UTF-16); None: no hit.

    `other`: needles of this object alone (`uids`).
    """
    fresh, _ = sought.fresh("found", values)
    for some, needles in ((fresh, sought.needles), (values, other)):
        if needles and _lies(_BREAK.join(some), needles):
            return next((tag for value, tag in some.items() if _lies(value, needles)), 0)
    sought.clear("found", fresh)
    return None


def _lies(data: bytes, raw: tuple[Needle, ...]) -> bool:
    plain = data.lower()
    thin, bare = plain.translate(None, b"\0"), plain.translate(None, _SIGNS)
    return any(
        _find(plain, needle) or _find(thin, needle) or (not needle.alone and needle.text in bare) for needle in raw
    )


def among_digits(values: dict[bytes, int], sought: Sought) -> int | None:
    """As `found`, for numbers: a date or an id that further digits were put to."""
    sure = [needle.text for needle in sought.needles if needle.alone == 1]
    fresh, _ = sought.fresh("among_digits", values) if sure else ({}, [])
    if not any(text in said for said in [_BREAK.join(fresh).translate(None, b"\0 ")] for text in sure):
        sought.clear("among_digits", fresh)
        return None
    each = ((tag, value.translate(None, b"\0 ")) for value, tag in fresh.items())
    return next((tag for tag, said in each if any(text in said for text in sure)), 0)


def coded_in(values: dict[bytes, int], sought: Sought, other: tuple[Needle, ...] = ()) -> int | None:
    """As `found`, for what runs of base64 and of hexadecimal digits say."""
    long = sought.coded + _long(other)
    ascii_only = all(needle.text.isascii() for needle in long)

    def said(value: bytes) -> bytes:
        return coded.said(value, ascii_only).lower()

    fresh, noted = sought.fresh("coded", values)
    if not _says(_BREAK.join([said(_BREAK.join(fresh)), *noted]), long):
        sought.clear("coded", fresh, said)
        return None
    return next((tag for value, tag in values.items() if _says(said(value), long)), 0)


def _long(needles: tuple[Needle, ...]) -> tuple[Needle, ...]:
    """What is looked for in codes: the needles that are long enough."""
    long = tuple(needle for needle in needles if len(needle.text) >= coded.LEAST)
    # Where a code was cut off, nine digits of an NHS number are there: the tenth follows from them.
    return long + tuple(Needle(one.text[:-1], 0) for one in long if one.text.isdigit() and len(one.text) == _CERTAIN)


def _says(said: bytes, long: tuple[Needle, ...]) -> bool:
    """Whether a code says something known, also an id or date that others lead up to: those may be of the code."""
    bare = said.translate(None, _SIGNS)
    return any(_find(said, needle) or (needle.alone < 2 and needle.text in bare) for needle in long)


def apart(known: Iterable[str]) -> tuple[tuple[str, ...], tuple[Needle, ...]]:
    """What is known without UIDs, for `prepare`, and those: they change with each object, and all else seldom does."""
    each = tuple(known)
    others = tuple(value for value in each if is_uid(value))
    return tuple(value for value in each if value not in others), uids(others)


def search(data: bytes, wanted: Wanted, other: tuple[Needle, ...] = ()) -> bool:
    """Whether `data`, all of it one text, says something known. `other`: needles of this object alone (`apart`)."""
    values = {data: 0}
    said = page({b"ISO_IR 192": [(data, 0, FREE)]})
    return (
        found(values, wanted.raw, other) is not None
        or where(said, wanted.forms) is not None
        or coded_in(values, wanted.raw, other) is not None
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
