"""Clean the text values of one person's objects, bytes in, bytes out; remembered while a series is done."""

from __future__ import annotations

from functools import lru_cache

from isocentre.core.deid import people
from isocentre.core.deid.clean import Known, clean
from isocentre.core.deid.clean.fold import fold
from isocentre.core.deid.clean.structures import MAPPED, standard_name
from isocentre.core.deid.clean.vocabulary import OF_TAG
from isocentre.core.dicom.text import codecs, decode

_REMEMBERED, _LONGEST = 4096, 1024
_UNDIVIDED = frozenset({b"LT", b"ST", b"UT"})
_SHORT = 16

Made = tuple[bytes, dict[str, int]]


class Cleaner:
    """Cleans text by what is known of a person and those around. Memory is bounded: the table is emptied when full."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._made: dict[tuple[int, bytes, bytes], Made] = {}

    def value(self, tag: int, vr: bytes, raw: bytes, charset: bytes) -> Made:
        """The value cleaned, empty when nothing is left of it, and how many words went for which reason.

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
        out = []
        for part in [text] if vr in _UNDIVIDED else text.split("\\"):
            cleaned = clean(part, kind, self._known)
            for reason, count in cleaned.gone.items():
                gone[reason] = gone.get(reason, 0) + count
            shown = standard_name(cleaned.text) if tag in MAPPED and cleaned.whole else ""
            out.append(shown if shown and (vr != b"SH" or len(shown) <= _SHORT) else cleaned.text)
        left = "\\".join(out) if any(out) else ""
        return (raw, gone) if left == text else (_encoded(left, charset), gone)


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
def cleaner(said: people.Said, known: tuple[str, ...]) -> Cleaner:
    """The cleaner for what a header says of people (`people.said`) and what else is known of the patient."""
    charset = next((raw for tag, raw in said if tag == people.CHARSET), b"")
    names, places = list(known), []
    for tag, raw in said:
        values = decode(raw, charset).split("\\")
        if tag in people.PLACES:
            places += values
        elif tag != people.CHARSET:
            names += values
    return Cleaner(Known(names, places))
