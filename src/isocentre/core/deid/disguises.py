"""How people write what is known of a patient: a name's words, initials, typing errors, a date, part of a number.

Part of the second check: shares nothing with the engine. All forms are folded (`recheck_fold`), in lower case.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from isocentre.core.deid import trade
from isocentre.core.deid.recheck_fold import fold

SHORTEST, SURE, MIXED = 3, 8, 6
"""Letters or digits of a word that is looked for alone; of one that is looked for inside others too, and of such an id
that has letters and digits: a shorter one would be found there by chance."""
LONG_NUMBER = 6
"""Digits of a number that is looked for where numbers stand; a shorter one is in texts alone somebody's."""
_FUZZY, _BACKWARDS, _SPELLED = 6, 5, 4
_LONGEST = 324
_NOBODY = """
removed modified unmodified baseline unknown anonymous anonymized anonymised anon none nobody null undefined deleted
dummy name lastname firstname surname forename last first middle patient test testing phantom operator user meduser
admin staff service tech technologist technician radiographer radiologist radiology physicist physics physician doctor
nurse ward hospital clinic
"""
_TITLED = "dr mr mrs ms miss prof professor sir md phd mbbs frcr jr sr ii iii iv"
_TITLES = frozenset(_TITLED.split())
_SILENT = _TITLES | frozenset(_NOBODY.split())
"""What stands where names do: where there is nothing else it tells of nobody. People are called Ward, and First."""
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_MONTHS = (
    ("january", "jan"), ("february", "feb"), ("march", "mar"), ("april", "apr"), ("may",), ("june", "jun"),
    ("july", "jul"), ("august", "aug"), ("september", "sept", "sep"), ("october", "oct"), ("november", "nov"),
    ("december", "dec"),
)  # fmt: skip
_DATE = re.compile(r"((?:18|19|20)[0-9]{2})[-/.]?([01][0-9])[-/.]?([0-3][0-9])")


@dataclass(slots=True)
class Forms:
    """What to look for. `alone`: words; `parts`: those of them that are one part of a name; `near`: words with one
    typing error; `short`: numbers that stand alone in texts; `numbers`: digits, in any groups; `rows`: words side by
    side; `within`: what is sure wherever it stands once signs are left out; `back`: numbers and those from their end;
    `spelled`: names in single letters; `foreign`: words in other letters; `whole`: two parts of a name, in both orders.
    """

    alone: set[str] = field(default_factory=set)
    parts: set[str] = field(default_factory=set)
    short: set[str] = field(default_factory=set)
    near: set[str] = field(default_factory=set)
    rows: set[tuple[str, ...]] = field(default_factory=set)
    within: set[str] = field(default_factory=set)
    spelled: set[str] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)
    back: set[str] = field(default_factory=set)
    foreign: set[str] = field(default_factory=set)
    whole: set[tuple[str, ...]] = field(default_factory=set)

    __hash__ = object.__hash__  # answers are kept by which forms they are of: `all_forms` gives the same ones again


def is_uid(value: str) -> bool:
    """Whether a value is a UID by its form: three parts at least, for 1234.5 is somebody's number."""
    return "." in value and re.fullmatch(r"[012](?:\.(?:0|[1-9][0-9]*)){2,}", value) is not None


@lru_cache(maxsize=4096)
def forms(value: str) -> Forms:
    """Every form of one known value."""
    found = Forms()
    value = value[:_LONGEST]
    for plain in {fold(form).strip(" \0").lower() for form in (value, value.lower().translate(_UMLAUTS))}:
        words, digits = re.findall(r"[^\W\d_]+", plain), re.sub(r"[^0-9]", "", plain)
        if is_uid(plain) or (words and _SILENT.issuperset(words)):
            continue
        if not words:
            _number(found, plain, digits)
        elif digits and "^" not in plain:
            _mixed(found, plain)
        else:
            for name in plain.split("="):
                _name(found, name)
    found.back |= {one[::-1] for one in found.numbers | found.within}
    return found


def _number(found: Forms, plain: str, digits: str) -> None:
    if date := _DATE.fullmatch(plain):
        _date(found, *date.groups())
    if len(digits) >= LONG_NUMBER:
        found.numbers.add(digits)
    elif len(digits) >= SHORTEST:
        found.short.add(digits)


def _date(found: Forms, year: str, month: str, day: str) -> None:
    """The birth date as people write it, in digits and in words."""
    found.numbers |= {day + month + year, month + day + year}
    short = year[2:]
    found.short |= {day + month + short, month + day + short, short + month + day}
    days, months = {day, day.lstrip("0")}, {month, month.lstrip("0")}
    names = set(_MONTHS[int(month) - 1]) if 1 <= int(month) <= 12 else set()
    for d in days:
        for m in months | names:
            found.rows |= {(d, m, year), (m, d, year), (year, m, d), (d, m, short)}
            found.rows |= {(d + end, m, year) for end in ("st", "nd", "rd", "th")}
        found.alone |= {d + name + y for name in names for y in (year, short)}
        found.rows |= {(m, d, short) for m in months}


def _mixed(found: Forms, plain: str) -> None:
    """An id with letters and digits: whole, in any grouping, and its long numbers; its words are hardly ever a name."""
    squeezed = re.sub(r"[\W_]", "", plain)
    if len(squeezed) >= MIXED:
        found.within.add(squeezed)
    elif len(squeezed) >= SHORTEST:
        found.alone.add(squeezed)
    found.numbers |= {run for run in re.findall("[0-9]+", plain) if len(run) >= LONG_NUMBER}
    words = [word for word in re.findall(r"[a-z]+", plain) if len(word) >= _SPELLED and word not in _SILENT]
    _parts(found, [word for word in words if word not in trade.words() or word in trade.names()])


def _name(found: Forms, name: str) -> None:
    """A name by its components (PS3.5 6.2.1): family, given, middle; prefix and suffix are anybody's."""
    said = " ".join(name.split("^")[:3])
    found.numbers |= {run for run in re.findall("[0-9]+", said) if len(run) >= LONG_NUMBER}
    words = [word for word in re.findall(r"[^\W\d_]+", said) if word not in _TITLES]
    found.foreign |= {word for word in words if not word.isascii() and len(word.encode()) > SHORTEST}
    latin = [word for word in words if word.isascii()][:6]
    _parts(found, latin)
    for component in name.split("^")[:3]:
        bare = re.sub("[^a-z]", "", component)  # O'Brien, van den Berg
        if len(bare) >= _BACKWARDS and bare not in words:
            others = [word[0] for word in latin if word not in component]
            found.alone |= {bare, *(i + bare for i in others), *(bare + i for i in others)} - trade.words()
    if len(latin) >= 2:
        _together(found, latin)


def _parts(found: Forms, words: list[str]) -> None:
    for word in words:
        if len(word) < SHORTEST:
            continue
        found.parts.add(word)
        found.alone.add(word)
        if len(word) >= SURE and word not in trade.words():
            found.within.add(word)
        if len(word) >= _SPELLED:
            found.spelled.add(word)
        if len(word) >= _BACKWARDS:
            found.alone |= {word[::-1]} - trade.words()
        if len(word) >= _FUZZY:
            found.near |= set(_errors(word)) - trade.words()


def _together(found: Forms, words: list[str]) -> None:
    """Several parts of a name: joined, as a sign-in made of initials and surname, and short ones side by side."""
    orders = (words, words[::-1])
    joined = {"".join(order) for order in orders} | {a + b for a in words for b in words if a != b}
    found.alone |= {one for one in joined if len(one) >= _BACKWARDS} - trade.words()
    found.within |= {one for one in joined if len(one) >= SURE}
    found.whole |= {(a, b) for a in words for b in words if a != b and len(a + b) > SHORTEST}
    for word in words:
        others = [one[0] for one in words if one is not word]
        if len(word) >= SHORTEST:
            initials = {*others, "".join(others)}
            found.alone |= {one for i in initials for one in (i + word, word + i)} - trade.words()
        elif len(word) == 2:
            found.rows |= {(word, one) for one in words if one is not word and len(one) > 1}
            found.rows |= {(one, word) for one in words if one is not word and len(one) > 1}


def _errors(word: str) -> Iterator[str]:
    """The word with one typing error: a letter left out, another instead, one too many, two in the wrong order."""
    for n in range(len(word) + 1):
        before, after = word[:n], word[n:]
        yield before + after[1:]
        for letter in _LETTERS:
            yield before + letter + after[1:]
            yield before + letter + after
        if len(after) > 1:
            yield before + after[1] + after[0] + after[2:]


@lru_cache(maxsize=256)
def all_forms(known: tuple[str, ...]) -> Forms:
    """Every form of everything that is known of one person."""
    each = [forms(value) for value in known]
    return Forms(*(set().union(*(getattr(one, name) for one in each)) for name in Forms.__slots__))
