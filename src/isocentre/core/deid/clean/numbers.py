"""Judge the numbers of a text: parameters, sizes, small ones stay; ages over 89, dates and what may be an id go."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from isocentre.core.deid.clean import vocabulary
from isocentre.core.deid.clean.tokens import Token, is_nhs_number, pieces

KEPT = ""
_PARAMETERS_LIST = """
tr te ti td tf fa b bval bvals bvalue bvalues fov dfov rfov sfov bw fs nex nsa etl mb dir dirs dyn ph s sl st vol ms rr
r p jpeg w l ww wl wc window level width range matrix mtx size hu kev frames slices images delay loc scanogram
"""
PARAMETERS = frozenset(_PARAMETERS_LIST.split())
"""Short names of parameters: a longer number may follow."""
_UNITS_LIST = """
mm cm m um ms msec s sec hz khz mhz kv kvp ma mas hu px pixels pixel mg ml g kg mci mbq gy cgy mgy us ngy ugy kev
keys frames slices images projections views dirs directions
"""
UNITS = frozenset(_UNITS_LIST.split())
"""Units that follow a number."""
_NUMBERED = frozenset({"acrin", "nci", "wip", "mrm", "cmrr"})
"""Names of public trials and of sequences in work that go by numbers."""
_DIFFUSION_LIST = """
dwi diff dti dki adc eadc trace tracew diffusion dwibs noddi ivim advdiff mddw ep2d bval bvals
"""
_DIFFUSION = frozenset(_DIFFUSION_LIST.split())
_SIZES = frozenset({"1024", "2047", "2048", "4095", "4096"})
"""Sides of pictures and ends of grey scales; as years they lie in the future, or before anybody who is alive."""
_YEARS_LIST = """
y yr yrs yo yof yom yold year years ans jahre anni jaar anos ano
"""
_YEARS = frozenset(_YEARS_LIST.split())
_SEXES_LIST = "f m male female man woman lady gentleman boy girl masculine feminine mann frau"
_SEXES = frozenset(_SEXES_LIST.split())
_AGED_LIST = """
age aged ages agé alter edad eta leeftijd old
"""
_AGED = frozenset(_AGED_LIST.split())
_TENS = frozenset({"ninety", "nineties", "ninetieth", "hundred"})
_ONES_LIST = """
and one two three four five six seven eight nine
"""
_ONES = frozenset(_ONES_LIST.split())
_OLD, _OLDEST = 90, 125
"""Ages of 90 and more are rare enough to tell (HIPAA 45 CFR 164.514(b)(2)(i)(C), as MIDI-B scores it)."""
_WHOSE_LIST = """
patient patients pt subject subj case participant volunteer client resident number num nr
"""
_WHOSE = frozenset(_WHOSE_LIST.split())
"""A number after one of these is somebody's."""
_PARTS_LIST = """
segment segments view views phase phases slice slices third thirds dose level levels part parts grade score birads
pirads lirads rads stage station step upper middle mid lower distal proximal c l s t th thickness thk slice recon
interval ratio gap power strength body position positions bed beds of echo stack slab set
"""
_PARTS = frozenset(_PARTS_LIST.split())
"""Beside one of these two numbers are a part of something, or a level of the spine: no day and month."""
_VERSIONS_LIST = """
v ver version vb va vd ve rev release r software build
"""
_VERSIONS = frozenset(_VERSIONS_LIST.split())
_MOST_PIECES = 6
"""Words and numbers written together as one (`epfid2d1` has four); what has more is a code that nobody can read."""
_DAY_MONTH = re.compile(r"(?:0?[1-9]|[12][0-9]|3[01])\.(?:0[1-9]|1[0-2])")
_APART = re.compile(r"[-\s./]{1,2}")
_NHS_DIGITS, _LONG_RUN, _MOST_GROUPS = 10, 7, 5


def word_of(tokens: Sequence[Token], n: int) -> str:
    """The folded token at `n`, empty where there is none."""
    return tokens[n].folded if 0 <= n < len(tokens) else ""


def number(text: str, tokens: list[Token], n: int) -> str:
    """Why a number of digits alone goes; `KEPT` when it stays."""
    value, before, after = tokens[n].text, word_of(tokens, n - 1), word_of(tokens, n + 1)
    if not value.isascii() or len(value) > 5:
        return "number"
    if _is_age(text, tokens, n):
        return "number"
    if len(value) > 2 and _is_numbered(text, tokens[n].start):
        return "number"
    counted = (before in PARAMETERS and not value.startswith("0")) or after in UNITS
    if before in _WHOSE and not counted and (len(value) > 2 or int(value) >= _OLD):
        return "number"
    if len(value) < 4 or value in _SIZES:
        return KEPT
    if len(value) == 5:
        return KEPT if after in UNITS or (before in PARAMETERS and len(before) > 1) else "number"
    if counted or _in_context(text, tokens, n):
        return KEPT
    return "date" if "1850" <= value <= "2039" else "number"


def _is_age(text: str, tokens: list[Token], n: int) -> bool:
    value = tokens[n].text
    if not _OLD <= int(value) <= _OLDEST:
        return False
    before, after = word_of(tokens, n - 1), word_of(tokens, n + 1)
    if after in _YEARS or before in _AGED or after == "old":
        return True
    following = text[tokens[n].end : tokens[n + 1].start] if after else ""
    if after in _SEXES and not following.strip(" /-,("):
        return True
    preceding = text[tokens[n - 1].end : tokens[n].start] if before else ""
    return before in _SEXES and preceding in (" ", "/", ": ", ", ")


def _is_numbered(text: str, start: int) -> bool:
    """Whether a number stands behind # or no., as numbers of files do."""
    before = text[max(start - 4, 0) : start].rstrip().lower()
    return before.endswith(("#", "no.", "no:", "nr."))


def _in_context(text: str, tokens: list[Token], n: int) -> bool:
    """Whether a number of four digits is a side of a matrix, a b value, or the number of a device or of a trial."""
    before, value = word_of(tokens, n - 1), int(tokens[n].text)
    if before in _NUMBERED or before in vocabulary.makers():
        return True
    first = n
    while first and tokens[first - 1].text.isdecimal():
        first -= 1
    leader = word_of(tokens, first - 1)
    parts = pieces(leader, PARAMETERS)
    named = leader in PARAMETERS or (len(parts) > 1 and parts[-1].isdecimal() and parts[-2] in PARAMETERS)
    if first < n and named:
        return True
    if value % 50 or value > 5000:
        return False
    if first < n and int(tokens[n - 1].text) < value:  # a row of b values
        return any(_of_diffusion(token) for token in tokens) or value == 2000
    return not 1850 <= value <= 1999 and any(_of_diffusion(token) for token in tokens)


def _of_diffusion(token: Token) -> bool:
    return token.folded in _DIFFUSION or re.fullmatch("b[0-9]{1,4}", token.folded) is not None


def part(text: str, tokens: list[Token], n: int) -> str:
    """Why two short numbers with a stroke between go: they are a day and a month, unless the words beside differ."""
    first, second = map(int, tokens[n].text.split("/"))
    if not (1 <= min(first, second) <= 12 and max(first, second) <= 31):
        return KEPT
    before, after = word_of(tokens, n - 1), word_of(tokens, n + 1)
    counted = after in UNITS or text[tokens[n].end : tokens[n].end + 2].strip().startswith("%")
    return KEPT if counted or after in _PARTS or before in _PARTS | PARAMETERS else "date"


def decimal(tokens: list[Token], n: int) -> str:
    """Why a decimal number goes: 12.03 is a day and a month, unless it is measured or a version."""
    if not _DAY_MONTH.fullmatch(tokens[n].text):
        return KEPT
    before, after = word_of(tokens, n - 1), word_of(tokens, n + 1)
    counted = after in UNITS or after in ("t", "x") or before in PARAMETERS or before in _VERSIONS
    return KEPT if counted or before in ("x", "thickness", "thk", "slice") else "date"


def mixed(tokens: list[Token], n: int, words: frozenset[str]) -> str:
    """Letters and digits in one: each part known, and no number long enough to be an id."""
    parts = pieces(tokens[n].text, words)
    if len(parts) > _MOST_PIECES or _aged(parts, word_of(tokens, n - 1)):
        return "number"
    for m, piece in enumerate(parts):
        beside = parts[max(m - 1, 0) : m] + parts[m + 1 : m + 2]
        if piece.isdecimal():
            if len(piece) > _longest(parts, m):
                return "number"
        elif len(piece) == 1:
            if not any(p.isdecimal() for p in beside):
                return "word"
        elif piece not in words and not (
            piece in vocabulary.numbered() and parts[m + 1 : m + 2] and _is_digits(parts[m + 1])
        ):
            return "word"
    return KEPT


def _aged(parts: list[str], before: str) -> bool:
    """Whether a word is an age and a sex (97F), or an age in years (097Y); technetium 99m is neither."""
    if len(parts) != 2 or (parts == ["99", "m"] and before == "tc"):
        return False
    old = any(_is_digits(p) and _OLD <= int(p) <= _OLDEST for p in parts)
    return old and not (_YEARS | _SEXES).isdisjoint(parts)


def _is_digits(piece: str) -> bool:
    return piece.isascii() and piece.isdecimal()


def _longest(parts: list[str], n: int) -> int:
    """How many digits a number may have that is written together with these."""
    value, beside = int(parts[n]), parts[max(n - 1, 0) : n] + parts[n + 1 : n + 2]
    if parts[n].startswith("0") or (n and parts[n - 1] in _WHOSE):
        return 3 - (n > 0 and parts[n - 1] in _WHOSE)
    if any(len(p) > 1 and (p in PARAMETERS or p in UNITS or p in vocabulary.makers()) for p in beside):
        return 4
    if "b" in beside:
        return 4 if not value % 50 else 3
    crossed = parts[n + 1 : n + 3] if parts[n + 1 : n + 2] == ["x"] else parts[max(n - 2, 0) : n][::-1]
    return 4 if len(crossed) == 2 and crossed[0] == "x" and crossed[1].isdecimal() else 3


def grouped(token: Token) -> str:
    """Why numbers written 3-3-4 go, as those of the NHS are: a row of b values is written so as well."""
    groups = re.findall("[0-9]+", token.text)
    return KEPT if len(groups) == 3 and not any(int(group) % 50 for group in groups) else "number"


def spelt(tokens: list[Token], reasons: list[str]) -> None:
    """An age over 89 in words goes, with the ones behind it (ninety-seven)."""
    for n, token in enumerate(tokens):
        if token.folded in _TENS:
            reasons[n], m = "number", n + 1
            while word_of(tokens, m) in _ONES:
                reasons[m], m = "number", m + 1


def runs(text: str, tokens: list[Token], reasons: list[str]) -> None:
    """Numbers that are one when read together go: an NHS number in any groups, a long number with dashes."""
    begin = 0
    for n in range(len(tokens) + 1):
        joined = n < len(tokens) and tokens[n].text.isdecimal() and tokens[n].text.isascii()
        if joined and (n == begin or _APART.fullmatch(text, tokens[n - 1].end, tokens[n].start)):
            continue
        if n - begin > 1:
            _run(text, tokens[begin:n], begin, reasons)
        begin = n if joined else n + 1


def _run(text: str, run: list[Token], begin: int, reasons: list[str]) -> None:
    for first in range(len(run) - 1):
        digits = run[first].text
        for last in range(first + 1, min(first + _MOST_GROUPS, len(run))):
            digits += run[last].text
            if len(digits) > _NHS_DIGITS:
                break
            group = run[first : last + 1]
            if is_nhs_number(digits) and any(int(one.text) % 10 for one in group):
                reasons[begin + first : begin + last + 1] = ["number"] * len(group)
    dashed = all(text[one.end : two.start] == "-" for one, two in pairwise(run))
    long = sum(len(one.text) for one in run) >= _LONG_RUN and all(len(one.text) > 1 for one in run)
    if dashed and long and any(int(one.text) % 10 for one in run):
        reasons[begin : begin + len(run)] = ["number"] * len(run)
