"""Clean the text values of one person's objects, bytes in, bytes out; remembered while a series is done."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

from isocentre.core.deid import guard, people
from isocentre.core.deid.clean import CODE, MEANING, Cleaned, Known, clean, schemes
from isocentre.core.deid.clean.fold import fold
from isocentre.core.deid.clean.structures import MAPPED, standard_name
from isocentre.core.deid.clean.tokens import cut
from isocentre.core.deid.clean.vocabulary import OF_TAG
from isocentre.core.deid.reviewed import NOTHING, Reviewed
from isocentre.core.deid.rules import CAPTURED
from isocentre.core.dicom.text import codecs, decode

_REMEMBERED, _LONGEST = 4096, 1024
FINE = 64
"""Longest value, in bytes, that is remembered as one that stays: that of most VRs."""
_UNDIVIDED = frozenset({b"LT", b"ST", b"UT"})
_SHORT = 16
_LATIN = ("latin-1", "latin_1")
_NOTHING_LEFT = "REMOVED"
"""A coded entry has a value, a scheme and a meaning (PS3.3 table 8.8-1): what is lost of them says so."""


class Made(NamedTuple):
    """A value cleaned, how many words went for which reason, and the rules used.

    `lost`: texts that lost nothing but words of no list, (before, after).
    """

    value: bytes
    gone: dict[str, int]
    rules: tuple[str, ...]
    lost: tuple[tuple[str, str], ...]


class Cleaner:
    """Cleans text by what is known of a person and those around. Memory is bounded: the tables are emptied when full.

    `fine`: short values of ASCII that stay as they are, by (guarded, tag, value), so that a walk need not ask again.
    `alike`: what walks remember of objects of the person (`alike.Memory`).
    """

    def __init__(self, known: Known, reviewed: Reviewed = NOTHING) -> None:
        self._known, self._reviewed = known, reviewed
        self._made: dict[tuple[int, bytes, bytes, bytes, bool], Made] = {}
        self.fine: set[tuple[bool, int, bytes]] = set()
        self.alike: list[Any] = []

    def value(self, tag: int, vr: bytes, raw: bytes, charset: bytes, scheme: bytes = b"") -> Made:
        """The value cleaned, empty when nothing is left of it, and what was done to it.

        The very bytes come back when nothing went. `scheme`: designator (0008,0102) of the coded entry it stands in.
        """
        return self._remembered(tag, vr, raw, charset, scheme, False)

    def guarded(self, tag: int, vr: bytes, raw: bytes, charset: bytes, scheme: bytes = b"") -> Made:
        """As `value`, but of what tells of nobody everything stays."""
        return self._remembered(tag, vr, raw, charset, scheme, True)

    def _remembered(self, tag: int, vr: bytes, raw: bytes, charset: bytes, scheme: bytes, guarded: bool) -> Made:
        key = (tag, raw, charset, scheme, guarded)
        made = self._made.get(key)
        if made is None:
            made = self._clean(tag, vr, raw, charset, scheme, guarded)
            if len(self._made) >= _REMEMBERED:
                self._made.clear()
                self.fine.clear()
            if len(raw) <= _LONGEST:
                self._made[key] = made
            # What becomes of a coded entry hangs on its scheme too.
            same = made.value == raw and not (made.gone or made.rules or tag in CAPTURED or tag in schemes.CODED)
            if same and len(raw) <= FINE and raw.isascii() and b"\x1b" not in raw:
                self.fine.add((guarded, tag, raw))
        return made

    def _clean(self, tag: int, vr: bytes, raw: bytes, charset: bytes, scheme: bytes, guarded: bool) -> Made:
        text = _decoded(raw, charset)
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
            if guarded and not guard.tells(tag, rest, self._known):
                out.append(rest)
                continue
            cleaned = self._part(tag, rest, scheme)
            for reason, count in cleaned.gone.items():
                gone[reason] = gone.get(reason, 0) + count
            if set(cleaned.gone) == {"word"}:
                lost.append((part.strip(" \0"), cleaned.text.strip(" \0")))
            shown = standard_name(cleaned.text) if tag in MAPPED and cleaned.whole else ""
            out.append(shown if shown and (vr != b"SH" or len(shown) <= _SHORT) else cleaned.text)
        left = "\\".join(out) if any(out) else ""
        if gone and not left and tag in schemes.CODED:
            left = _NOTHING_LEFT
        return Made(raw if left == text else _encoded(left, charset), gone, tuple(rules), tuple(lost))

    def _part(self, tag: int, text: str, scheme: bytes) -> Cleaned:
        """One value cleaned as what its attribute is, coded entries by their scheme."""
        if tag not in schemes.CODED:
            return clean(text, OF_TAG.get(tag, "description"), self._known)
        designator = (decode(scheme, b"") if tag != schemes.DESIGNATOR else text).strip()
        if tag == schemes.MEANING:
            return clean(text, MEANING if schemes.is_public(designator) else "description", self._known)
        if tag in schemes.VALUES and schemes.is_code(designator, text) and not self._tells(text):
            return Cleaned(text, {})
        if tag == schemes.DESIGNATOR and schemes.is_public(designator):
            return Cleaned(text, {})
        return clean(text, CODE, self._known)

    def _tells(self, text: str) -> bool:
        """Whether a code has a word in it that tells of who is known."""
        return any(self._known.like(token.folded) for token in cut(text))


NOBODY = Cleaner(Known(()))
"""Cleans by vocabulary alone."""


def _decoded(raw: bytes, charset: bytes) -> str:
    """The text as it is meant: Latin-1, and what names no character set, is often UTF-8 after all."""
    if not raw.isascii() and b"\x1b" not in raw and codecs(charset)[0] in _LATIN:
        try:
            return raw.rstrip(b" \0").decode("utf-8")
        except UnicodeDecodeError:
            pass  # it is not
    return decode(raw, charset)


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
