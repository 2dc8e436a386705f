"""Whether what a header calls an examination is the procedure a research study planned: by code, or by words.

A planned procedure is one or more alternatives with semicolons between: a code of the hospital's or the national list
(NICIP, SNOMED CT), or words. A code must be a code value of the header; of words each must be among those the header
uses, in any order. Case, signs and some abbreviations do not count. A header that names no code, or does not describe
the whole examination, cannot speak against it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_SAME = {
    "thorax": "chest", "thoracic": "chest", "abdo": "abdomen", "abd": "abdomen", "abdominal": "abdomen",
    "pelvic": "pelvis", "mri": "mr", "brain": "head", "cardiac": "heart", "pt": "pet", "contr": "contrast",
}  # fmt: skip
_SEVERAL = {
    "cap": ("chest", "abdomen", "pelvis"), "tap": ("chest", "abdomen", "pelvis"), "petct": ("pet", "ct"),
    "petmr": ("pet", "mr"),
}  # fmt: skip
_EMPTY = frozenset({"of", "the", "and", "with", "w", "scan"})


def agrees(planned: str, *, codes: Iterable[str], study_words: str, protocol: str = "") -> bool:
    """Whether it is, or nothing says that it is not. `study_words`: what describes the whole examination."""
    asked = [one.strip() for one in planned.split(";") if one.strip()]
    if not asked:
        return True
    known = {code.strip().casefold() for code in codes if code.strip()}
    said, described = _words(f"{study_words} {protocol}"), bool(_words(study_words))
    answers = {_agrees(one, known, said, described) for one in asked}
    return True in answers or False not in answers


def _agrees(one: str, known: set[str], said: set[str], described: bool) -> bool | None:
    """None where the header says nothing of that sort."""
    if one.casefold() in known:
        return True
    if re.fullmatch(r"[A-Z]*[0-9][A-Z0-9.-]*", one):
        return False if known else None
    if described and _words(one) <= said:
        return True
    # One word in capitals may be a code of NICIP (CCHAPC): a header without codes does not speak against it.
    maybe_code = re.fullmatch(r"[A-Z]{4,}", one) is not None and not known
    return None if maybe_code or not described else False


def _words(text: str) -> set[str]:
    found = re.findall(r"[^\W_]+", text.casefold())
    plain = (_SAME.get(word, word) for word in found if word not in _EMPTY)
    return {part for word in plain for part in _SEVERAL.get(word, (word,))}
