"""Whether a technical text that is kept tells of somebody: something known of the people, or a form of identifiers."""

from __future__ import annotations

import re

from isocentre.core.deid.clean import MOST, Known, vocabulary
from isocentre.core.deid.clean.fold import fold, plain
from isocentre.core.deid.clean.judge import judge
from isocentre.core.deid.clean.tokens import Token, cut, is_nhs_number

_MAKERS = frozenset({0x00080070, 0x00081090})
"""Manufacturer and model: a patient called Philips is not given away by the maker's name, nor a hospital of one."""
_VERSIONS = frozenset(
    {0x00080103, 0x00181019, 0x0018101A, 0x00181020, 0x00189525, 0x00240307, 0x00280401, 0x00660031, 0x3010001A}
)
"""Versions of software, data sets and coding schemes: dates in them are when it was made."""
_CODES = frozenset({0x00080100, 0x00080101, 0x00080119, 0x00080120})
"""Values of codes: numbers of all lengths, by chance also some that check as an NHS number."""
_MARKS = (
    vocabulary.PERSON_MARKS
    | vocabulary.NUMBER_LABELS
    | (vocabulary.LABELS - {"name", "names", "named", "called", "contact"})
)
"""What stands before somebody's name or number; machines have names as well."""
_ANY_PLACE_LIST = """
general royal memorial central national regional district community university north south east west city county
"""
_ANY_PLACE = frozenset(_ANY_PLACE_LIST.split())
"""Words of many institutions' names, and of machines' lists (OB_GENERAL)."""
_YEAR = re.compile(r"(?<![0-9])(?:18|19|20)[0-9]{2}(?![0-9])")
_NUMBERS = re.compile(r"[0-9]+")
_MONTH = re.compile(r"[^\W0-9_]{3}")
_WEB = re.compile(r"(?:https?://|www\.)", re.IGNORECASE)
_NO_TEXT = re.compile(r"[\x00-\x08\x0b\x0e-\x1f]")
_DATE_OF_SIX = 6


def tells(tag: int, text: str, known: Known) -> bool:
    """Whether a value of this attribute says something of a person; the names of makers and codes are read as such."""
    if not text:
        return False
    if len(text) > MOST or _NO_TEXT.search(text):
        return True
    now = plain(text)
    if tag in _MAKERS or tag in _VERSIONS:
        now = _WEB.sub(" ", now)  # programs are named by where they are published: read it word by word
    if tag in _CODES:
        return _code_tells(now, known)
    trade = vocabulary.words("description")
    _, tokens, reasons = judge(now, "description")
    for token, reason in zip(tokens, reasons, strict=True):
        if token.form == "date" and tag in _VERSIONS:
            continue
        marked = reason and token.folded in _MARKS
        if marked or _identifies(token) or (token.folded not in trade and known.like(token.folded)):
            return True
    found = known.find(tokens)
    if tag in _MAKERS:
        names = {n for n, why in found.items() if why != "place"}
        lone = names if len(names) == 1 else set[int]()
        return any(n not in lone or tokens[n].folded not in trade for n in names)
    # A word of the institution's name may be anybody's: it tells where two of them stand together.
    lone_places = {n for n, why in found.items() if why == "place" and found.get(n + 1) != "place"}
    return any(n not in lone_places or (reasons[n] and tokens[n].folded not in _ANY_PLACE) for n in found)


def _identifies(token: Token) -> bool:
    """Whether a word has the form of an identifier, whoever the patient is."""
    if token.form == "date":
        # Versions of software look like dates (5.4.12, 2019.10): a day needs a year, and a month's name or two numbers.
        named = _MONTH.search(token.text) is not None or len(_NUMBERS.findall(token.text)) > 2
        return named and _YEAR.search(token.text) is not None
    if token.form == "number":  # written 3-3-4, or with three points and more, as versions are
        return is_nhs_number("".join(_NUMBERS.findall(token.text)))
    return token.form in ("contact", "place") or any(map(is_nhs_number, _NUMBERS.findall(token.text)))


def _code_tells(text: str, known: Known) -> bool:
    """Whether a code is somebody's name or number, or an e-mail address."""
    tokens = cut(text)
    if any(token.form == "contact" and "@" in token.text for token in tokens):
        return True
    whole = re.sub(r"[\W_]+", "", fold(text))
    # Six digits: a birth date written short is a code of DCM as well (121106).
    short = len(whole) == _DATE_OF_SIX and whole.isdecimal()
    return (whole in known.numbers and not short) or any(token.folded in known.words for token in tokens)
