"""Judge the words of a text by what is allowed, whoever the patient is: kept, or gone for a reason."""

from __future__ import annotations

import re
from functools import lru_cache

from isocentre.core.deid.clean import vocabulary
from isocentre.core.deid.clean.tokens import Token, cut, pieces

KEPT = ""
MEANING = "meaning"
"""The kind of code meanings: a list somewhere has them, so that only what is known of people goes, and dates."""
_SINGLE = frozenset("lrapsihftcxyzbnmvedwg")
"""Letters that may stand alone: sides, directions, axes, levels of the spine."""
_PARAMETERS_LIST = """
tr te ti td tf fa b bval bvalue fov bw fs nex nsa etl mb dir dirs dyn ph s sl st vol ms rr r p jpeg
"""
_PARAMETERS = frozenset(_PARAMETERS_LIST.split())
"""Short names of parameters: a longer number may follow."""
_UNITS_LIST = """
mm cm m um ms msec s sec hz khz mhz kv kvp ma mas hu px pixels pixel mg ml g kg mci mbq gy cgy mgy us
"""
UNITS = frozenset(_UNITS_LIST.split())
"""Units that follow a number."""
_YEARS = frozenset({"y", "yr", "yrs", "yo", "year", "years"})
_BREAK = re.compile(r"[,;:\n\r()\[\]{}|<>]")
_LABEL_BREAK = re.compile(r"[;\n\r()\[\]{}|<>]")
_MOST_PIECES = 6
"""Words and numbers written together as one (`epfid2d1` has four); what has more is a code that nobody can read."""
_PAIR, _PAIRS = re.compile("[0-9A-Fa-f]{2}"), 5
_OLD, _AFTER_MARK, _AFTER_LABEL, _BEFORE_PLACE = 90, 3, 4, 3

Judged = tuple[str, tuple[Token, ...], tuple[str, ...]]
"""The text, its tokens, and for each why it goes (`KEPT` when it stays)."""


@lru_cache(maxsize=4096)
def judge(text: str, kind: str) -> Judged:
    """What of a text may stay that nobody in particular is known for."""
    tokens = cut(text)
    if kind == MEANING:
        return text, tuple(tokens), tuple(one.form if one.form in ("contact", "date") else KEPT for one in tokens)
    words = vocabulary.words(kind)
    reasons = [_reason(tokens, n, words) for n in range(len(tokens))]
    _coded(tokens, reasons)
    _marks(text, tokens, reasons)
    _places(text, tokens, reasons)
    return text, tuple(tokens), tuple(reasons)


def _reason(tokens: list[Token], n: int, words: frozenset[str]) -> str:
    token = tokens[n]
    if token.form == "decimal":
        return KEPT
    if token.form != "word":
        return token.form
    if token.text.isdecimal():
        return _number(tokens, n)
    if len(token.folded) == 1:
        return KEPT if token.folded in _SINGLE else "word"
    if token.folded in words:
        return KEPT
    if any(char.isdecimal() for char in token.text):
        return _mixed(token.text, words)
    return KEPT if all(piece in words and len(piece) > 1 for piece in pieces(token.text, words)) else "word"


def _number(tokens: list[Token], n: int) -> str:
    text = tokens[n].text
    before = tokens[n - 1].folded if n else ""
    after = tokens[n + 1].folded if n + 1 < len(tokens) else ""
    if not text.isascii() or len(text) > 5:
        return "number"
    if after in _YEARS and int(text) >= _OLD:
        return "number"  # an age over 89 is rare enough to tell
    if len(text) < 4 or before in _PARAMETERS or after in UNITS:
        return KEPT
    if len(text) == 5:
        return "number"
    if text == "2000" and before.isdecimal():
        return KEPT  # the last of a row of b values
    return "date" if "1850" <= text <= "2099" else KEPT


def _mixed(text: str, words: frozenset[str]) -> str:
    """Letters and digits in one: each part known, and no number long enough to be an id."""
    parts = pieces(text, words)
    if len(parts) > _MOST_PIECES:
        return "number"
    for n, piece in enumerate(parts):
        beside = parts[max(n - 1, 0) : n] + parts[n + 1 : n + 2]
        if piece.isdecimal():
            longest = 4 if any(p in _PARAMETERS or p in UNITS for p in beside) else 3
            if len(piece) > longest or (int(piece) >= _OLD and any(p in _YEARS for p in parts[n + 1 : n + 2])):
                return "number"
        elif (len(piece) == 1 and not any(p.isdecimal() for p in beside)) or (len(piece) > 1 and piece not in words):
            return "word"
    return KEPT


def _coded(tokens: list[Token], reasons: list[str]) -> None:
    """Text written byte by byte in hexadecimal goes: many pairs of digits in a row, letters among them."""
    begin = 0
    for n in range(len(tokens) + 1):
        if n < len(tokens) and _PAIR.fullmatch(tokens[n].text):
            continue
        run = tokens[begin:n]
        if len(run) >= _PAIRS and not all(token.text.isdecimal() for token in run):
            reasons[begin:n] = ["number"] * len(run)
        begin = n + 1


def _is_mark(token: Token, after: str) -> bool:
    if token.folded not in vocabulary.PERSON_MARKS:
        return False
    # MR, MS and DR are a modality, a disease or milliseconds, and a radiograph, unless written as before a name.
    return token.folded not in ("mr", "ms", "dr") or token.text.istitle() or after.startswith(".")


def _marks(text: str, tokens: list[Token], reasons: list[str]) -> None:
    for n, token in enumerate(tokens):
        after = text[token.end : token.end + 2]
        if _is_mark(token, after):
            end = _name_after(text, tokens, reasons, n, _BREAK)
        elif token.folded in vocabulary.USEFUL and ":" not in after:
            continue
        elif token.folded in vocabulary.LABELS:
            end = _name_after(text, tokens, reasons, n, _LABEL_BREAK)
        elif token.folded in vocabulary.NUMBER_LABELS:
            end = _number_after(tokens, reasons, n)
        else:
            continue
        for m in range(n, end):
            reasons[m] = reasons[m] or "name"


def _name_after(text: str, tokens: list[Token], reasons: list[str], n: int, stops: re.Pattern[str]) -> int:
    """Where the name after a mark ends: its first word may be any, what follows is no plain vocabulary."""
    first = True
    for m in range(n + 1, min(n + 1 + _AFTER_MARK, len(tokens))):
        known = not reasons[m] and len(tokens[m].folded) > 1 and tokens[m].folded not in vocabulary.ambiguous()
        if stops.search(text, tokens[m - 1].end, tokens[m].start) or (known and not first):
            return m
        first = first and len(tokens[m].folded) == 1
    return min(n + 1 + _AFTER_MARK, len(tokens))


def _number_after(tokens: list[Token], reasons: list[str], n: int) -> int:
    """Where the number, date or address after a label ends; words of the trade before any of it mean there is none."""
    for m in range(n + 1, min(n + 1 + _AFTER_LABEL, len(tokens))):
        if tokens[m].text.isdecimal() or reasons[m] in ("number", "date", "contact", "place"):
            return m + 1
        if not reasons[m] and tokens[m].folded not in ("no", "number", "nr"):
            return m
    return n + 1


def _places(text: str, tokens: list[Token], reasons: list[str]) -> None:
    for n, token in enumerate(tokens):
        if token.folded not in vocabulary.PLACES or not reasons[n]:
            continue
        reasons[n] = "place"
        for m in range(n - 1, max(n - 1 - _BEFORE_PLACE, -1), -1):
            if _BREAK.search(text, tokens[m].end, tokens[m + 1].start):
                break
            reasons[m] = "place"
        beside = tokens[n + 1] if n + 1 < len(tokens) and tokens[n + 1].start - token.end < 3 else None
        if beside and (beside.text.isdecimal() or len(beside.text) == 1):
            reasons[n + 1] = "place"
