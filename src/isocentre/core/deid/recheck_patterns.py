"""What tells of a person whoever it is: numbers with the check of an NHS number, addresses, dates, titles, great ages.

Part of the second check on both sides: the national side knows nobody, and this is all it can look for. Imports nothing
of the engine, whose own forms are in `clean/`. Nothing is looked for where the attribute says what a value is: numbers,
dates and UIDs of their own value representations (PS3.5 6.2) never come here; in what `recheck_sorts` calls DEVICE and
PUBLIC only words are looked for, for there the form says nothing of a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache

from isocentre.core.deid import trade
from isocentre.core.deid.recheck_page import KEPT, Page
from isocentre.core.deid.recheck_sorts import DEVICE, PUBLIC

Hit = tuple[str, int]
"""What was found, in words, and the tag of the attribute it stands in."""

_MONTHS = {
    name: number
    for number, names in enumerate(
        ("january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
         "september sept sep", "october oct", "november nov", "december dec"), 1)
    for name in names.split()
}  # fmt: skip
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_LONG_MONTHS = "|".join(name for name in _MONTHS if len(name) > 4)
_YEAR = "(?:19|20)[0-9]{2}"
_DAY, _MON = "(?:0?[1-9]|[12][0-9]|3[01])", "(?:0?[1-9]|1[0-2])"
_RUN = re.compile(r"[0-9](?<![0-9.][0-9])[0-9 ().,/_-]{4,}[0-9](?!\.?[0-9])")
"""Six digits and signs or more. What must not stand before comes second: a first letter that is known is found fast."""
_DATE = re.compile(
    rf"(?<![0-9.])(?:{_YEAR}([-/._])({_MON})\1({_DAY})"
    rf"|({_DAY})([-/._ ])({_DAY})\5{_YEAR}"
    r"|(?:0[1-9]|[12][0-9]|3[01])([-/.])(?:0[1-9]|[12][0-9]|3[01])\7[0-9]{2}"
    rf"|{_DAY}/{_DAY}/[0-9]{{2}}"
    r"|(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])(?:[0-9]{4}|[0-9]{6})?"
    r"|(?:0[1-9]|[12][0-9]|3[01])(?:0[1-9]|1[0-2])(?:19|20)[0-9]{2})(?!\.?[0-9])"
)
"""Year, month, day; day, month, year, or month and day; with years of two digits; without signs."""
_SPELT_DATE = re.compile(
    rf"(?<![a-z0-9]){_DAY}(?:st|nd|rd|th)?[ .,/_-]{{0,3}}(?:of )?(?:{_MONTH})[ .,/_'-]{{0,3}}"
    rf"(?:{_YEAR}|[0-9]{{2}})(?![0-9])"
    rf"|(?<![a-z])(?:{_MONTH})[ .,/_-]{{0,3}}(?:{_DAY}(?:st|nd|rd|th)?[ ,./_-]{{0,3}})?{_YEAR}(?![0-9])"
    rf"|(?<![a-z0-9]){_DAY}(?:st|nd|rd|th) (?:of )?(?:{_MONTH})(?![a-z])"
    rf"|(?<![a-z0-9.]){_DAY} (?:of )?(?:{_LONG_MONTHS})(?![a-z])"
)
_NUMBER = re.compile(
    r"(?<![0-9.])(?:[0-9]{10}|[0-9]{3}([ ./_-])[0-9]{3}\1[0-9]{4}|[0-9]{6}[ ./_-][0-9]{4}|[0-9]{3}[ ./_-][0-9]{7}"
    r"|[0-9]{5}[ ./_-][0-9]{5}|[0-9]{4}([ ./_-])[0-9]{3}\2[0-9]{3}|[0-9]{2}([ ./_-])[0-9]{2}\3[0-9]{2}\3[0-9]{4}"
    r"|[0-9]{6}[ ./_-][0-9]{3}[ ./_-][0-9]|[0-9](?:[ ./_-][0-9]){9})(?!\.?[0-9])"
)
"""Ten digits in the groups that people write: 3-3-4 (NHS, H&C), 6-4 (CHI), and what is left of those."""
_PHONE = re.compile(
    r"(?:\+|(?<![0-9])00)(?:44|353|[1-9])[ .-]?(?:\(0\))?[0-9 .-]{8,14}[0-9]|(?<![0-9.])\(?0[1-37-9][0-9]{1,4}\)?"
    r"[ -]{0,2}[0-9]{3,4}[ -]{0,2}[0-9]{3,4}(?![0-9])"
)
_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_WEB = re.compile(r"(?:https?|ftp|file)://\w|(?<![a-z0-9])www\.[a-z0-9]")
_AREAS = frozenset(
    """
    AB AL B BA BB BD BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY E EC EH EN EX FK FY G GL
    GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL LN LS LU M ME MK ML N NE NG NN NP NR NW OL OX
    PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA WC WD WF WN
    WR WS WV YO ZE
    """.split()  # noqa: SIM905 - a list of one-word areas is read as words
)
"""Areas of postcodes (Royal Mail)."""
_POSTCODE = re.compile(r"[A-Z](?<![A-Za-z0-9][A-Z])[A-Z]?[0-9][0-9A-Z]?( ?)[0-9][ABD-HJLNP-UW-Z]{2}(?![A-Za-z0-9])")
_INWARD = re.compile(r"[0-9][ABD-HJLNP-UW-Z]{2}(?![A-Za-z0-9])")
_TITLES = frozenset({"mrs", "miss", "prof", "professor", "doctor"})
_TITLE = re.compile(r"(?<![A-Za-z0-9])(?:Dr|Mr|Ms|(?i:mrs|miss|prof|professor|doctor))(?:\.? +|\.)([A-Z][A-Za-z'’-]+)")
_LABELS = frozenset(
    {"nhs", "chi", "hcn", "mrn", "crn", "pid", "hosp", "hospital", "patient", "pat", "dob", "birth", "born"}
)
_LABEL = re.compile(
    r"(?<![a-z])(?:(?:nhs|chi|hcn|mrn|crn|pid)[ .]{0,2}(?:id|no|nr|num|number|#)?"
    r"|(?:hosp(?:ital)?|patient|pat)[ .]{0,2}(?:id|no|nr|num|number|#))[ .:=#-]{0,3}"
    r"[a-z]{0,4}[ -]?[0-9](?:[ -]?[0-9]){3}"
    r"|(?<![a-z])(?:dob|d\.o\.b|date of birth|born)(?: on)?[ .:=-]{0,3}[0-9]"
)
_AGE = re.compile(
    r"(?<![a-z0-9.])(?:(?!99m)(?:9[0-9]|1[0-2][0-9])(?:[fm](?![a-z0-9])|[ -]?(?:yo|yrs?|years?|y/o)(?![a-z]))"
    r"|(?!0?90y)0?(?:9[0-9]|1[0-2][0-9])y(?![a-z0-9])|age[d ]{0,2}[ :=]{0,2}(?:9[0-9]|1[0-2][0-9])(?![0-9.])"
    r"|ninety[ -]?\w{0,6}[ -]years?)"
)
"""An age over 89 (45 CFR 164.514): 97F, 97 yo, 097Y, aged 97. Technetium-99m and yttrium-90 are none; 090Y says "90 or
more" (PS3.15 E.3.7)."""
_AGES = frozenset({"ninety"}.union(*({f"{age}", f"0{age}"} for age in range(90, 130))))


@lru_cache(maxsize=KEPT)
def told(page: Page) -> tuple[Hit, ...]:
    """What of a page tells of somebody, each with the attribute it stands in."""
    return tuple((words, tag) for words, tag, sort, form in _told(page) if sort not in (DEVICE, PUBLIC) or form)


def _told(page: Page) -> Iterator[tuple[str, int, int, bool]]:
    """As `told`, wherever it stands: with how its attribute is treated, and whether it tells by its words alone."""
    text, lower, parts = page.text, page.lower, page.parts.union(page.said)
    if "@" in text:
        yield from _each(page, lower, _MAIL, "An e-mail address", True)
    if "://" in lower or "www." in lower:
        yield from _each(page, lower, _WEB, "A web address", False)
    for run in _RUN.finditer(text):
        if words := _run(text[max(run.start() - 1, 0) : run.end()]):
            yield (words, *page.at(text, run.start()), False)
    if not parts.isdisjoint(_MONTHS):
        yield from _each(page, lower, _SPELT_DATE, "A date", False)
    if _INWARD.search(text):
        for found in _POSTCODE.finditer(text):
            area = found[0].rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")[:2].rstrip("0123456789")
            if area in _AREAS and (found[1] or len(area) > 1):  # one letter and no space is a code of many kinds
                yield ("A postcode", *page.at(text, found.start()), False)
    if "Dr" in text or "Mr" in text or "Ms" in text or not parts.isdisjoint(_TITLES):
        for found in _TITLE.finditer(text):
            if found[1].lower() not in trade.words():
                yield ("The name of a person", *page.at(text, found.start()), True)
    if not parts.isdisjoint(_LABELS) or "d.o.b" in lower:
        yield from _each(page, lower, _LABEL, "A number or date of a patient", True)
    if not parts.isdisjoint(_AGES):
        yield from _each(page, lower, _AGE, "An age over 89", False)


def _each(page: Page, text: str, form: re.Pattern[str], words: str, sure: bool) -> Iterator[tuple[str, int, int, bool]]:
    for found in form.finditer(text):
        yield (words, *page.at(text, found.start()), sure)


def _run(run: str) -> str:
    """What a run of digits with signs between is, or nothing; with what stands before, which may be a plus."""
    for found in _NUMBER.finditer(run):
        if is_checked(re.sub(r"\D", "", found[0])):
            return "A number with the check digit of an NHS number"
    for found in _PHONE.finditer(run):
        if 10 <= len(re.sub(r"\D", "", found[0])) <= 15:
            return "A telephone number"
    return "A date" if _DATE.search(run) else ""


def is_checked(digits: str) -> bool:
    """Whether ten digits are an NHS, CHI or H&C number: modulus 11, in a range that is issued (NHS Data Dictionary, NHS
    NUMBER; SCI CHI; HSC BSO): 4, 6, 7 and for tests 9 of England and Wales, 32 to 39 of Northern Ireland, a date of
    Scotland."""
    sum_ = sum(int(digit) * (10 - n) for n, digit in enumerate(digits[:9]))
    if len(digits) != 10 or (11 - sum_ % 11) % 11 != int(digits[9]) or len(set(digits)) == 1:
        return False
    if digits[0] in "4679" or "32" <= digits[:2] <= "39":
        return True
    return _is_day(int(digits[:2]), int(digits[2:4]))


def _is_day(day: int, month: int) -> bool:
    try:
        date(2000, month, day)
    except ValueError:
        return False
    return True
