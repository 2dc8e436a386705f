"""Compare texts as people read them: accents, case, width and invisible characters make no difference."""

from __future__ import annotations

import re
import unicodedata

_STOP = frozenset(
    re.findall(
        r"\w+",
        "a an and are as at be but by for from has he her his if in into is it its no not of on or she so such than "
        "that the their then there these they this to was were will with mr mrs ms dr",
    )
)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?")
_SHORT = 6


def folded(text: str) -> str:
    """The text without accents, case, invisible characters and runs of white space."""
    plain = unicodedata.normalize("NFKD", text)
    kept = (c for c in plain if unicodedata.category(c) not in ("Mn", "Cf"))
    return re.sub(r"\s+", " ", "".join(kept).casefold()).strip()


def words(text: str) -> list[str]:
    """The words of a text that say something, folded."""
    return [word for word in re.findall(r"[^\W_]+", folded(text)) if word not in _STOP]


def number(text: str) -> float | None:
    """The number that the text is, None when it is none."""
    return float(text) if _NUMBER.fullmatch(text.strip().lower()) else None


def retained(wanted: str, there: str) -> bool:
    """Whether every word of `wanted` is in `there`; numbers are compared as numbers."""
    one, two = number(wanted), number(there)
    if one is not None and two is not None:
        return one == two
    return folded(wanted) in folded(there) or set(words(wanted)) <= set(words(there))


def removed(unwanted: str, there: str) -> bool:
    """Whether no word of `unwanted` is in `there`; numbers count as numbers, and one or two digits are no word."""
    one, two = number(unwanted), number(there)
    if one is not None and two is not None:
        return one != two
    if there.strip().upper() == "REMOVED":
        return True
    telling = {word for word in words(unwanted) if len(word) > 2 or not word.isdigit()}
    return not holds(folded(there), unwanted) and not telling & set(words(there))


def holds(haystack: str, needle: str) -> bool:
    """Whether a folded text holds the needle: as a whole word when it is short, else anywhere."""
    small = folded(needle)
    if not small or small not in haystack:
        return False
    if len(small) >= _SHORT:
        return True
    return re.search(rf"(?<![^\W_]){re.escape(small)}(?![^\W_])", haystack) is not None
