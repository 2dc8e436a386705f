"""Cut text into words, numbers and what has a form of its own: dates, phones, mail, postcodes, ids. In linear time."""

from __future__ import annotations

import re
from typing import NamedTuple

from isocentre.core.deid.clean.fold import fold

_AREAS = (
    "AB|AL|BA|BB|BD|BH|BL|BN|BR|BS|BT|CA|CB|CF|CH|CM|CO|CR|CT|CV|CW|DA|DD|DE|DG|DH|DL|DN|DT|DY|EC|EH|EN|EX|FK|FY|GL|GU|GY|"
    "HA|HD|HG|HP|HR|HS|HU|HX|IG|IM|IP|IV|JE|KA|KT|KW|KY|LA|LD|LE|LL|LN|LS|LU|ME|MK|ML|NE|NG|NN|NP|NR|NW|OL|OX|PA|PE|PH|PL|PO|"
    "PR|RG|RH|RM|SA|SE|SG|SK|SL|SM|SN|SO|SP|SR|SS|ST|SW|SY|TA|TD|TF|TN|TQ|TR|TS|TW|UB|WA|WC|WD|WF|WN|WR|WS|WV|YO|ZE"
)
_MONTH = (
    "jan(?:uary|vier|uar)?|feb(?:ruary|ruar)?|f[eé]vrier|mar(?:ch|s)?|m(?:ä|ae)rz|apr(?:il)?|avril|ma[yi]|june?|juni|juin|"
    "july?|juli|juillet|aug(?:ust)?|ao[uû]t|sept?(?:ember|embre)?|o[ck]t(?:ober|obre)?|nov(?:ember|embre)?|"
    "de[cz](?:ember)?|d[eé]cembre|"
    "maart|mei|augustus|gennaio|febbraio|marzo|aprile|maggio|giugno|luglio|agosto|settembre|ottobre|dicembre|"
    "enero|febrero|abril|mayo|junio|julio|septiembre|octubre|noviembre|diciembre"
)
_ROMAN = "I{1,3}|IV|VI{0,3}|IX|XI{0,2}"
_WEEKDAY = "(?:mon|tue|wednes|thurs|fri|satur|sun)day|tues?|wed|thu(?:rs)?|fri|mon|sat|sun"
_DAY, _MON = "(?:0?[1-9]|[12][0-9]|3[01])", "(?:0?[1-9]|1[0-2])"
_YEAR = "(?:18|19|20)[0-9]{2}"
_OWN_YEAR = "(?:18[5-9]|19[0-9]|20[0-3])[0-9]"
"""A year that stands without a day: 2048 is the size of a picture."""
_TH = "(?:st|nd|rd|th)"
_GAP = r"[-\s.,/_']{0,3}"
_WORD, _END = r"(?<![^\W_])", r"(?![^\W_])"
_LONE, _ALONE = r"(?<![^\W_])(?<![/.,-])", r"(?![^\W_]|/|[.,-][0-9])"
_UNIT = r"\s?(?:mm|cm|ms|msec|secs?|mins?|%|x)(?![^\W0-9_])"
_FORMS = (
    ("contact", r"(?:https?|ftp|file)://\S{1,4000}|(?<![^\W_])www\.\S{1,4000}|(?<![\w.+-])[\w.+-]{1,64}@[\w.-]{1,255}"),
    ("number", r"(?<![0-9.])[0-9]+(?:\.[0-9]+){3,}(?![0-9])"),
    (
        "date",
        rf"(?<![0-9]){_YEAR}(?P<a>[-/._ ]){_MON}(?P=a){_DAY}(?![0-9])"
        rf"|(?<![0-9]){_DAY}(?P<b>[-/._ ])(?:{_DAY})(?P=b){_YEAR}(?![0-9])"
        rf"|(?<![0-9]){_DAY}(?P<c>[-/.]){_DAY}(?P=c)[0-9]{{2}}(?![0-9])"
        # Numbers in a row may stand between spaces: as a date only where one is written with its zero.
        rf"|{_WORD}(?<![0-9.,] )(?:0[1-9](?P<d>[ _]){_DAY}|[12][0-9](?P<e>[ _])0[1-9])(?:(?P=d)|(?P=e))"
        rf"[0-9]{{2}}(?![^\W_]|[.,][0-9])"
        rf"|(?<![0-9]){_MON}[-/.](?:19|20)[0-9]{{2}}(?![0-9])|(?<![0-9]){_OWN_YEAR}[-/.](?:0[1-9]|1[0-2])(?![0-9])"
        rf"|{_WORD}{_OWN_YEAR}[_ ]0[1-9]{_END}"
        rf"|(?<![0-9]){_DAY}{_TH}?{_GAP}(?:of\s)?(?:{_MONTH})(?![^\W0-9_])"
        rf"(?:{_GAP}(?:{_YEAR}|[0-9]{{2}}(?![0-9])))?"
        rf"|{_WORD}(?:{_MONTH})(?![^\W0-9_]){_GAP}(?:{_DAY}{_TH}?{_GAP})?(?:{_YEAR}|(?<='){_DAY})(?![0-9])"
        rf"|{_WORD}(?:{_MONTH})(?![^\W0-9_]){_GAP}(?:{_DAY}{_TH}?|[0-9]{{2}}){_END}"
        rf"(?![.,][0-9]|{_UNIT})"
        rf"|(?<![0-9]){_DAY}[-. ](?:{_ROMAN})[-. ]{_YEAR}(?![0-9])"
        rf"|(?<![0-9]){_OWN_YEAR}[-_ ]?W(?:0[1-9]|[1-4][0-9]|5[0-3])(?:-?[1-7])?{_END}"
        rf"|{_WORD}(?:w|wk|kw|cw|week)[-_ ]?[0-9]{{1,2}}[-/_, ]{{1,2}}{_OWN_YEAR}(?![0-9])"
        rf"|{_WORD}(?:{_WEEKDAY})[\s,.]{{1,2}}(?:the\s)?{_DAY}{_TH}{_END}"
        rf"|(?<![\w'’])['’][0-9]{{2}}(?![\w'’\"])"
        rf"|{_LONE}(?:0[1-9]-{_DAY}|[12][0-9]-0[1-9]|3[01]-0[1-9]){_ALONE}",
    ),
    (
        "contact",
        r"(?<![\w.])(?:\+|00(?=[1-9]))[0-9][0-9\s().-]{7,18}[0-9](?![0-9])"
        r"|(?<![\w.])\(?0[0-9]{2,4}\)?[\s.-]{0,2}[0-9]{3,4}[\s.-]{0,2}[0-9]{3,4}(?![0-9])",
    ),
    ("number", r"(?<![0-9.])\(?[0-9]{3}\)?[-\s._/]{1,2}[0-9]{3}[-\s._/][0-9]{4}(?![0-9])"),
    (
        "place",
        # A unit or an ordinal after a level (L1 2nd) is no postcode. Of areas that are none, only what looks like one.
        rf"{_WORD}(?:(?:{_AREAS})[0-9][0-9A-Z]?|[BEGLMNSW][0-9][0-9A-Z])\s?[0-9][ABD-HJLNP-UW-Z]{{2}}{_END}"
        rf"|{_WORD}(?-i:[A-Z]{{2}}[0-9][0-9A-Z]?\s[0-9][ABD-HJLNP-UW-Z]{{2}}){_END}"
        rf"|{_WORD}[BEGLMNSW][0-9]\s?(?!1ST|2ND|3RD|[4-9]TH)[0-9][ABD-HJLNP-UW-Z]{{2}}{_END}",
    ),
    ("part", rf"{_LONE}[0-9]{{1,2}}/[0-9]{{1,2}}{_ALONE}"),
    ("decimal", r"(?<![^\W_])(?<![0-9][.,])[0-9]{1,4}[.,][0-9]{1,6}(?![0-9])(?![^\W0-9_]?[0-9])(?![.,][0-9])"),
    ("word", r"[^\W_]+"),
)
_REASON = [name for name, _ in _FORMS]
_TOKEN = re.compile("|".join(f"(?P<f{n}>{form})" for n, (_, form) in enumerate(_FORMS)), re.IGNORECASE)
_RUNS = re.compile(r"[0-9]+|[^\W0-9_]+")
_CAPITALS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W0-9_]")


def pieces(word: str, known: frozenset[str]) -> list[str]:
    """The folded parts of a word that is written together: numbers, known words, else words by capitals (`ColFA2`)."""
    found: list[str] = []
    for run in _RUNS.findall(word):
        folded = fold(run)
        found += [folded] if folded in known or run.isdecimal() else [fold(part) for part in _CAPITALS.findall(run)]
    return found


class Token(NamedTuple):
    """One stretch of the text: where it lies, its form, and the form in which it is compared."""

    start: int
    end: int
    form: str
    text: str
    folded: str


def cut(text: str) -> list[Token]:
    """The tokens of a text, in order; what lies between them is punctuation."""
    found = []
    for match in _TOKEN.finditer(text):
        word, name = match[0], match.lastgroup or ""  # the outermost group that matched: one of the forms
        found.append(Token(match.start(), match.end(), _REASON[int(name[1:])], word, fold(word)))
    return found


def is_nhs_number(digits: str) -> bool:
    """True for ten digits with the check digit of NHS, CHI and HSC numbers (modulus 11)."""
    if len(digits) != 10 or not digits.isdecimal():
        return False
    left = -sum(int(digit) * (10 - n) for n, digit in enumerate(digits[:9])) % 11
    return left == int(digits[9])
