"""Bring text to one plain form before anything is looked for in it: compatibility forms, hidden signs, lookalikes."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_LOOKALIKES = str.maketrans(
    "АВЕКМНОРСТУХЅІЈԚԜаеорсухѕіјӏԛԝһԁɡΑΒΕΖΗΙΚΜΝΟΡΤΥΧαογνρικτυχꓐꓑꓓꓔꓖꓗꓙꓚꓜꓝꓟꓠꓡꓢꓣꓦꓪꓫꓬꓮꓰꓲꓳꓴ",
    "ABEKMHOPCTYXSIJQWaeopcyxsijlqwhdgABEZHIKMNOPTYXaoyvpiktuxBPDTGKJCZFMNLSRVWXYAEIOU",
)
_SPELT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "oe", "å": "aa", "æ": "ae", "ł": "l"})
_STROKES = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ı": "i", "ħ": "h", "ŧ": "t", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "μ": "u"}
)
"""Letters that NFKD does not take apart; mu is micro, as in μm."""
_PLAIN = re.compile(r"[\t\n\f\r\x20-\x7e\xa0-\xac\xae-\xff]*")
_SIGNS = frozenset("°±×÷–—‘’“”…•·§£€®™©←→≤≥≈∆∅′″‰")
_KEPT_CONTROLS = frozenset("\t\n\f\r")


def is_plain(text: str) -> bool:
    """True for text of ASCII and Latin-1 alone, in which nothing can hide."""
    return _PLAIN.fullmatch(text) is not None


def plain(text: str) -> str:
    """NFKC, without signs that do not show (zero width, right-to-left marks), lookalikes as Latin letters.

    What is neither letter, number nor known punctuation becomes a space: it can carry nothing that is worth keeping.
    """
    if text.isascii() and text.isprintable():
        return text
    composed = unicodedata.normalize("NFKC", text).translate(_LOOKALIKES)
    return "".join(filter(None, map(_shown, composed)))


@lru_cache(maxsize=4096)
def _shown(char: str) -> str:
    category = unicodedata.category(char)
    if char in _KEPT_CONTROLS or char in _SIGNS or (char.isascii() and char.isprintable()) or category[0] in "LN":
        return char
    return "" if category in ("Cf", "Cc", "Mn", "Me") else " "


def fold(word: str) -> str:
    """A word as it is compared: lower case without accents."""
    if word.isascii():
        return word.lower()
    apart = unicodedata.normalize("NFKD", word.casefold()).translate(_STROKES)
    return "".join(char for char in apart if not unicodedata.combining(char))


def spellings(word: str) -> set[str]:
    """The folded forms of a name's word: without accents, and as people write it without them (Mueller)."""
    return {fold(word), fold(word.casefold().translate(_SPELT))}
