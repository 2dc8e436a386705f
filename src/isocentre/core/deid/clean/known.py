"""What is known of one patient and of the people around, as words and numbers to find in text."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable

from isocentre.core.deid.clean import vocabulary
from isocentre.core.deid.clean.fold import plain, spellings
from isocentre.core.deid.clean.numbers import UNITS
from isocentre.core.deid.clean.tokens import Token

_SAY_NOTHING = frozenset({"removed", "unknown", "anonymous", "anonymized", "anonymised", "anon", "none"})
_SHORTEST, _FUZZY, _LONGEST, _LONG_WORD = 3, 5, 256, 64
_MOST, _MOST_HANDLES = 512, 4096
_PARTICLES_LIST = """
van von der den del della des dos das dal ter ten bin ibn bint abu mac saint san santa und the de la le el al du di da
do of st mc
"""
_PARTICLES = frozenset(_PARTICLES_LIST.split())
"""Parts of surnames that are words of their own: they go beside a name."""
_LIKE_LETTERS = (str.maketrans("013457", "oieast"), str.maketrans("013457", "oleast"))
"""Digits that are written for letters."""
_UID = re.compile(r"[0-9]+(?:\.[0-9]+){2,}")


class Known:
    """Words of names, numbers, and initials of people. `names` and `places` are as the header writes them.

    Built once for a person, and asked for every text; it holds what it was given in memory only.
    """

    __slots__ = (
        "_alone", "_coded", "_handles", "_joined", "_longest", "_near", "initials", "numbers", "places", "short",
        "short_places", "words",
    )  # fmt: skip

    def __init__(self, names: Iterable[str], places: Iterable[str] = ()) -> None:
        self.words: set[str] = set()
        self.short: set[str] = set()
        self.numbers: set[str] = set()
        self.initials: set[str] = set()
        self.places: set[str] = set()
        self.short_places: set[str] = set()
        self._coded: set[str] = set()
        self._handles: set[str] = set()
        self._alone: set[str] = set()
        self._near: set[str] | None = None
        for value in list(dict.fromkeys(names))[:_MOST]:
            self._add(plain(value[:_LONGEST]).strip())
        for value in places:
            for word in _words(value[:_LONGEST]):
                kept = self.places if len(word) > _SHORTEST else self.short_places
                kept |= spellings(word)
        self._handles = {word for word in self._handles if not _is_vocabulary(word)}
        found = self.words | self.numbers | self._handles
        self._joined = {word for word in found if len(word) >= _SHORTEST or not word.isascii()} | self._coded
        self._longest = max(map(len, self._joined), default=0)

    def _add(self, value: str) -> None:
        if _UID.fullmatch(value):
            return
        squeezed = re.sub(r"[\W_]+", "", value).lower()
        if any(char.isdecimal() for char in value) and len(squeezed) >= _SHORTEST:
            self.numbers |= {squeezed, squeezed.lstrip("0")} | _dates(squeezed)
            runs = re.findall("[0-9]+", value) + re.findall("[0-9]+", squeezed)
            self.numbers |= {run for run in runs if len(run) > _SHORTEST + 1}
            self.numbers -= {number for number in self.numbers if len(number) < _SHORTEST}
        parts = [word for word in _words(value) if word.lower() not in _SAY_NOTHING]
        if any(char.isdecimal() for char in value) and "^" not in value:
            parts = [word for word in parts if not _is_vocabulary(word)]  # an id like PANCREAS_0001 is nobody's name
        for word in parts:
            name = (len(word) >= _SHORTEST or not word.isascii()) and not (
                word.lower() in _PARTICLES and len(parts) > 2
            )
            kept = self.words if name else self.short
            kept |= spellings(word)
            if len(word) == 2 and word.isascii() and "^" in value and word.lower() not in _PARTICLES:
                self._alone.add(word.lower())
        for word in (*parts, " ".join(parts), " ".join(reversed(parts)), value):
            self._coded |= _codes(word)
        for compound in re.findall(r"[^\W\d_]+(?:['’-][^\W\d_]+)+", value):
            self.words |= spellings(re.sub(r"[\W_]", "", compound))
        if 2 <= len(parts) <= 5:
            first = "".join(spelt[0] for word in parts for spelt in sorted(spellings(word))[:1])
            self.initials |= {first, first[::-1], first[1:] + first[:1], first[:2], first[1::-1], first[0] + first[-1]}
            self.initials |= {first[-1] + first[0]}
            self._add_handles([sorted(spellings(word)) for word in parts])

    def _add_handles(self, parts: list[list[str]]) -> None:
        """What a name makes as one word: all its parts, two that follow each other, initials with a part."""
        plain_parts = [forms[0] for forms in parts]
        begins = "".join(word[0] for word in plain_parts)
        made = {"".join(plain_parts), "".join(reversed(plain_parts))}
        for n, forms in enumerate(parts):
            for word in forms:
                if len(word) < _SHORTEST:
                    continue
                others = begins[:n] + begins[n + 1 :]
                made |= {others + word, word + others, word + others[:1], others[:1] + word}
                made |= {other + word for other in plain_parts} | {word + other for other in plain_parts}
        if len(self._handles) < _MOST_HANDLES:
            self._handles |= {word for word in made if len(word) > _SHORTEST}

    def like(self, word: str) -> bool:
        """True for a word that stands for one of these people in any way: a known name in it, backwards, disguised.

        For text in which a word stays though no list has it.
        """
        for form in {word, word[::-1], word.strip("0123456789"), *map(word.translate, _LIKE_LETTERS)}:
            if self.near(form) or form in self._handles or form in self._coded:
                return True
            if any(name in form for name in self.words if len(name) >= (_FUZZY if name.isascii() else 2)):
                return True
        return self._within(word)

    def near(self, word: str) -> bool:
        """True for a word that is a known name, or one of five letters and more with one typing error in it."""
        if word in self.words:
            return True
        if not _FUZZY - 1 <= len(word) <= _LONG_WORD:
            return False
        if self._near is None:
            self._near = {form for name in self.words if len(name) >= _FUZZY for form in _shorter(name)}
        return not self._near.isdisjoint(_shorter(word))

    def find(self, tokens: tuple[Token, ...]) -> dict[int, str]:
        """Which tokens tell of these people, alone or joined with those beside them, and why."""
        found: dict[int, str] = {}
        if not (self._joined or self.places or self.short or self._alone):
            return found
        plain_forms = [t.folded if t.form == "word" else re.sub(r"[\W_]+", "", t.folded) for t in tokens]
        for n, token in enumerate(tokens):
            if token.folded in self.places:
                found[n] = "place"
            joined = ""
            for m in range(n, len(tokens)):
                joined += plain_forms[m]
                if len(joined) > self._longest:
                    break
                if joined in self._joined:
                    reason = "number" if joined in self.numbers and joined not in self.words else "name"
                    found.update(dict.fromkeys(range(n, m + 1), reason))
            if token.folded in self._alone and n not in found and not _is_counted(tokens, n):
                found[n] = "name"
            mixed = token.form == "word" and len(token.folded) > _SHORTEST and n not in found
            if mixed and (reason := self._with_digits(token.folded)):
                found[n] = reason
        return found

    def _with_digits(self, word: str) -> str:
        """Why a word with digits in it goes: a number is part of it, or they are written for letters (5m1th)."""
        if self._within(word):
            return "number"
        if word.isdecimal() or word.isalpha():
            return ""
        return "name" if any(self.near(word.translate(table)) for table in _LIKE_LETTERS) else ""

    def _within(self, word: str) -> bool:
        """True when a number of four characters and more is part of a longer one."""
        if not any(char.isdecimal() for char in word):
            return False
        return any(number in word for number in self.numbers if len(number) > 3)


def _is_counted(tokens: tuple[Token, ...], n: int) -> bool:
    """Whether a word of two letters is a unit behind a number, or a modality in capitals, rather than a short name."""
    token = tokens[n]
    counted = n > 0 and tokens[n - 1].text[-1].isdecimal() and token.folded in UNITS
    return counted or (token.folded in vocabulary.MODALITIES and token.text.isupper())


def _words(value: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", plain(value))


def _is_vocabulary(word: str) -> bool:
    return word.lower() in vocabulary.words("description") and word.lower() not in vocabulary.ambiguous()


def _codes(word: str) -> set[str]:
    """The word in hexadecimal and in base64, in each case it may be written in, as its tokens are compared."""
    if not _SHORTEST <= len(word) <= _LONG_WORD:
        return set()
    raw = [form.encode() for form in {word, word.lower(), word.upper(), word.title()}]
    return {form.hex() for form in raw} | {re.sub(r"[+/=]", "", b64encode(form).decode()).lower() for form in raw}


def _shorter(word: str) -> set[str]:
    """The word, and the word with any one letter left out: two words share one when they differ by one letter."""
    return {word} | {word[:n] + word[n + 1 :] for n in range(len(word))}


def _dates(digits: str) -> set[str]:
    """The orders in which a date of eight digits is written."""
    if not re.fullmatch(r"(?:18|19|20)[0-9]{6}", digits):
        return set()
    year, month, day = digits[:4], digits[4:6], digits[6:]
    orders = {day + month + year, month + day + year, year + day + month}
    return orders | {day + month + year[2:], month + day + year[2:], year[2:] + month + day}
