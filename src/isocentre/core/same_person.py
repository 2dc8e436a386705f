"""Whether two notes are of one person: names as lists, headers and people write them, and what looks swapped in a line.

Nothing here says that two people are one: it says what a person should look at.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date

from isocentre.core.ids import NhsNumber

IS_NHS = "By its form and check digit this is an NHS number. If it is one, it belongs under NHS number"
DIGITS = "There are digits in it: has it changed places with another column?"
_SIGNS = {ord("'"): None, ord("’"): None, ord("ł"): "l", ord("Ł"): "L", ord("ø"): "o", ord("Ø"): "O"}
_TITLES = frozenset({"mr", "mrs", "miss", "ms", "dr", "prof", "sir"})


def words_of(name: str) -> list[str]:
    """The words of a name without case, accents, signs and titles: O'Neill-Śmith is oneill, smith."""
    plain = unicodedata.normalize("NFKD", name.translate(_SIGNS))
    bare = "".join(sign for sign in plain if not unicodedata.combining(sign)).casefold()
    return [word for word in re.findall(r"[^\W\d_]+", bare) if word not in _TITLES]


def name_differs(known: str, said: str) -> bool:
    """Whether a name of a header (PS3.5 6.2, PN: Family^Given^Middle, in up to three scripts) is another than `known`,
    a surname or whole name. Where one of them says nothing, or none is in the script of the other, it is not.

    A double name agrees with either part written alone, a whole name in any order with the surname.
    """
    groups = [group for group in said.split("=") if words_of(group) and _latin(group) == _latin(known)]
    return bool(words_of(known) and groups) and not any(_agree(known, group) for group in groups)


def _agree(known: str, said: str) -> bool:
    mine, family = words_of(known.split("^", 1)[0]), words_of(said.split("^", 1)[0])
    everything = words_of(said.replace("^", " "))
    part = set(mine) <= set(everything) and bool(set(mine) & set(family))
    return set(family) <= set(mine) or part or "".join(mine) == "".join(family)


def _latin(name: str) -> bool:
    return all(ord(sign) < 0x250 or not sign.isalpha() for sign in name)


def born_differs(known: date | None, said: str) -> bool:
    """Whether a birth date of a header (DA, 19600131) is another day; one that is none, or none known, is not."""
    digits = said.replace(".", "").replace("-", "").strip()
    return known is not None and re.fullmatch(r"\d{8}", digits) is not None and known.strftime("%Y%m%d") != digits


def odd(values: Mapping[str, str]) -> dict[str, str]:
    """What looks out of place in a line of the enrolment list, by field: columns that changed places do."""
    found = {}
    number = values.get("hospital_number", "").strip()
    if _is_nhs(number) and not values.get("nhs_number", "").strip():
        found["hospital_number"] = IS_NHS
    if re.search(r"\d", values.get("surname", "")):
        found["surname"] = DIGITS
    return found


def _is_nhs(text: str) -> bool:
    try:
        NhsNumber.parse(text)
    except ValueError:
        return False
    return True
