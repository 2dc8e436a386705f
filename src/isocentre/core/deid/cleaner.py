"""Clean the text values of one person's objects, bytes in, bytes out; remembered while a series is done."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from isocentre.core.deid import people
from isocentre.core.deid.clean import Known, clean
from isocentre.core.deid.clean.fold import fold
from isocentre.core.deid.clean.structures import MAPPED, standard_name
from isocentre.core.deid.clean.vocabulary import OF_TAG
from isocentre.core.deid.reviewed import NOTHING, Reviewed
from isocentre.core.dicom.text import codecs, decode

_REMEMBERED, _LONGEST = 4096, 1024
_UNDIVIDED = frozenset({b"LT", b"ST", b"UT"})
_SHORT = 16


class Made(NamedTuple):
    """A value cleaned, how many words went for which reason, and the rules used.

    `lost`: texts that lost nothing but words of no list, (before, after).
    """

    value: bytes
    gone: dict[str, int]
    rules: tuple[str, ...]
    lost: tuple[tuple[str, str], ...]


class Cleaner:
    """Cleans text by what is known of a person and those around. Memory is bounded: the table is emptied when full."""

    def __init__(self, known: Known, reviewed: Reviewed = NOTHING) -> None:
        self._known, self._reviewed = known, reviewed
        self._made: dict[tuple[int, bytes, bytes], Made] = {}

    def value(self, tag: int, vr: bytes, raw: bytes, charset: bytes) -> Made:
        """The value cleaned, empty when nothing is left of it, and what was done to it.

        The very bytes come back when nothing went.
        """
        key = (tag, raw, charset)
        made = self._made.get(key)
        if made is None:
            made = self._clean(tag, vr, raw, charset)
            if len(self._made) >= _REMEMBERED:
                self._made.clear()
            if len(raw) <= _LONGEST:
                self._made[key] = made
        return made

    def _clean(self, tag: int, vr: bytes, raw: bytes, charset: bytes) -> Made:
        text = decode(raw, charset)
        kind = OF_TAG.get(tag, "description")
        gone: dict[str, int] = {}
        out, rules, lost = [], dict[str, None](), []
        for part in [text] if vr in _UNDIVIDED else text.split("\\"):
            if kept := self._reviewed.keeps(tag, part):
                rules[kept] = None
                out.append(part)
                continue
            rest, named = self._reviewed.dropped(tag, part)
            if named:
                rules |= dict.fromkeys(named)
                gone["rule"] = gone.get("rule", 0) + len(named)
            cleaned = clean(rest, kind, self._known)
            for reason, count in cleaned.gone.items():
                gone[reason] = gone.get(reason, 0) + count
            if set(cleaned.gone) == {"word"}:
                lost.append((part.strip(" \0"), cleaned.text.strip(" \0")))
            shown = standard_name(cleaned.text) if tag in MAPPED and cleaned.whole else ""
            out.append(shown if shown and (vr != b"SH" or len(shown) <= _SHORT) else cleaned.text)
        left = "\\".join(out) if any(out) else ""
        return Made(raw if left == text else _encoded(left, charset), gone, tuple(rules), tuple(lost))


NOBODY = Cleaner(Known(()))
"""Cleans by vocabulary alone."""


def _encoded(text: str, charset: bytes) -> bytes:
    """The text in the object's first character set; without accents where that has no room for it."""
    if text.isascii():
        return text.encode("ascii")
    try:
        made = text.encode(codecs(charset)[0])
    except UnicodeEncodeError:
        made = b"\x1b"
    return made if b"\x1b" not in made else fold(text).encode("ascii", "ignore")


@lru_cache(maxsize=64)
def cleaner(said: people.Said, known: tuple[str, ...], reviewed: Reviewed = NOTHING) -> Cleaner:
    """The cleaner for what a header says of people (`people.said`), what else is known of the patient, and rules."""
    charset = next((raw for tag, raw in said if tag == people.CHARSET), b"")
    names, places = list(known), []
    for tag, raw in said:
        values = decode(raw, charset).split("\\")
        if tag in people.PLACES:
            places += values
        elif tag != people.CHARSET:
            names += values
    return Cleaner(Known(names, places), reviewed)
