"""Whether a page of texts says anything known of the patient, in any of its forms, and where.

Part of the second check: shares nothing with the engine.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from operator import add

from isocentre.core.deid import trade
from isocentre.core.deid.disguises import SURE, Forms
from isocentre.core.deid.recheck_page import BREAK, KEPT, Page
from isocentre.core.deid.recheck_sorts import CODED, DEVICE, FREE, PUBLIC

_JOINED, _ACROSS = 5, 6
"""Letters of a word that is put together from those side by side; and from the last and first of two values."""
_SINGLE = re.compile(r"(?<![a-z0-9])[a-z](?:[^a-z0-9\x1e]{1,3}[a-z](?![a-z0-9])){3,}")
_WORD, _PART = re.compile(r"[a-z0-9]+"), re.compile(r"[a-z]+|[0-9]+")


@lru_cache(maxsize=KEPT)
def where(page: Page, forms: Forms) -> int | None:
    """The tag of the first text that says something known; None when none does."""
    if not _may(page, forms):
        return None
    lines = page.lower.split(BREAK)
    last, before = "", 0
    for line, (tag, sort) in zip(lines, page.lines, strict=True):
        if says(line, sort, forms):
            return tag
        words = _WORD.findall(line)
        if (
            words
            and last + words[0] in forms.alone
            and len(last + words[0]) >= _ACROSS
            and PUBLIC not in (sort, before)
        ):
            return tag
        last, before = (words[-1] if words else last), sort
    return None


def _may(page: Page, forms: Forms) -> bool:
    """Whether any line may say something: quick, and true a little too often."""
    words, parts, lower = page.words, page.parts, page.lower
    if not (forms.alone.isdisjoint(parts) and forms.near.isdisjoint(parts) and forms.short.isdisjoint(parts)):
        return True
    pairs = list(map(add, words, words[1:]))
    if not (forms.alone.isdisjoint(pairs) and forms.alone.isdisjoint(map(add, pairs, words[2:]))):
        return True
    if forms.rows and not _rows(words, forms):
        return True
    squeezed = "".join(words)
    if any(one in squeezed for one in forms.within | forms.back) or any(one in lower for one in forms.foreign):
        return True
    digits = re.sub("[^0-9]", "", squeezed) if forms.numbers else ""
    if any(one in digits for one in forms.numbers | forms.back) or _spelled(lower, forms):
        return True
    return bool(page.said) and _public(page.said, forms)


def _public(words: list[str], forms: Forms) -> bool:
    """Whether a whole name, an id or a number is among what is said of the maker and the research study."""
    squeezed = "".join(words)
    sure = (one for one in forms.within | forms.numbers | forms.back if not one.isalpha())
    return not forms.whole.isdisjoint(pairwise(words)) or any(one in squeezed for one in sure)


def _rows(words: list[str], forms: Forms) -> bool:
    """Whether no words that belong together stand side by side."""
    after = words[1:]
    return forms.rows.isdisjoint(zip(words, after, strict=False)) and forms.rows.isdisjoint(
        zip(words, after, words[2:], strict=False)
    )


def _spelled(lower: str, forms: Forms) -> bool:
    """Whether a name is written in single letters."""
    if not forms.spelled:
        return False
    runs = [re.sub("[^a-z]", "", run) for run in _SINGLE.findall(lower)]
    return any(name in run for run in runs for name in forms.spelled)


def says(line: str, sort: int, forms: Forms) -> bool:
    """Whether one text, folded and in lower case, says something known where it stands.

    A part of a name that is a word of the trade tells of nobody where codes and settings stand; among what is said of
    the maker and the research study a name must be whole.
    """
    words = _WORD.findall(line)
    # A device may be called BENCH1 where somebody is called Bench.
    parts = set(words) if sort == DEVICE else set(words).union(*(_PART.findall(word) for word in words))
    if _numbers(line, parts, sort, forms) or any(one in line for one in forms.foreign):
        return True
    squeezed = "".join(words)
    if sort == PUBLIC:
        return _public(words, forms)
    pairs = set(map(add, words, words[1:]))
    joined = {one for one in pairs | set(map(add, map(add, words, words[1:]), words[2:])) if len(one) >= _JOINED}
    hits = forms.alone & (parts | joined) | forms.near & parts
    if sort in (CODED, DEVICE):
        hits = {one for one in hits if not (one in forms.parts and one in trade.words())}
    if hits or not _rows(words, forms):
        return True
    back = (one for one in forms.back if not one.isdigit())
    return any(one in squeezed for one in (*forms.within, *back)) or _spelled(line, forms)


def _numbers(line: str, parts: set[str], sort: int, forms: Forms) -> bool:
    if sort == FREE and any(_alone(one).search(line) for one in forms.short & parts):
        return True
    back = (one for one in forms.back if one.isdigit())
    return any(_grouped(one).search(line) for one in (*forms.numbers, *back))


@lru_cache(maxsize=1024)
def _alone(number: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![a-z0-9.]){number}(?![a-z0-9.])")


@lru_cache(maxsize=1024)
def _grouped(number: str) -> re.Pattern[str]:
    """A number with signs between its digits, in any groups; a shorter one with no digit beside it."""
    spaced = r"[ ./_,()-]{0,2}".join(number)
    return re.compile(spaced if len(number) >= SURE else rf"(?<![0-9.]){spaced}(?!\.?[0-9])")
