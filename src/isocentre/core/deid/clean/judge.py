"""Judge the words of a text by what is allowed, whoever the patient is: kept, or gone for a reason."""

from __future__ import annotations

import re
from functools import lru_cache

from isocentre.core.deid.clean import numbers, vocabulary
from isocentre.core.deid.clean.tokens import Token, cut, pieces

KEPT = ""
MEANING, CODE = "meaning", "code"
"""Kinds of coded entries: meanings of public coding schemes, where what is no word of ours may be one of theirs, and
code values of a hospital's own."""
_DOTTED = frozenset("jkoqu")
"""Letters that are no side, axis or level: between dots they are somebody's initials."""
_BREAK = re.compile(r"[,;:\n\r()\[\]{}|<>]")
_LABEL_BREAK = re.compile(r"[;\n\r()\[\]{}|<>]")
_PAIR, _PAIRS = re.compile("[0-9A-Fa-f]{2}"), 5
_AFTER_MARK, _AFTER_LABEL, _BEFORE_PLACE = 3, 4, 3
_LONGEST_CODE, _LONGEST_WARD = 16, 4
_CODE_WITH_LETTERS, _CODE_OF_DIGITS = (5, 4, 12), (6, 2, 7)
"""Digits in a row, groups of digits, and digits together that a code of a hospital's own has at most."""

Judged = tuple[str, tuple[Token, ...], tuple[str, ...]]
"""The text, its tokens, and for each why it goes (`KEPT` when it stays)."""


@lru_cache(maxsize=4096)
def judge(text: str, kind: str) -> Judged:
    """What of a text may stay that nobody in particular is known for."""
    tokens = cut(text)
    if kind == MEANING:
        reasons = [_meaning(token) for token in tokens]
        numbers.runs(text, tokens, reasons)
        _titles(text, tokens, reasons)
        return text, tuple(tokens), tuple(reasons)
    if kind == CODE and _is_code(text):
        return text, tuple(tokens), (KEPT,) * len(tokens)
    words = vocabulary.words("description" if kind == CODE else kind)
    reasons = [_reason(text, tokens, n, words) for n in range(len(tokens))]
    numbers.spelt(tokens, reasons)
    numbers.runs(text, tokens, reasons)
    _coded(tokens, reasons)
    _marks(text, tokens, reasons)
    _places(text, tokens, reasons)
    return text, tuple(tokens), tuple(reasons)


def _meaning(token: Token) -> str:
    """A meaning goes by for what has a form of its own; numbers of seven digits and more are somebody's."""
    if token.form in ("contact", "date", "place", "number"):
        return token.form
    return "number" if token.text.isdecimal() and len(token.text) > 6 else KEPT


def _titles(text: str, tokens: list[Token], reasons: list[str]) -> None:
    """In a meaning, somebody is who stands after a title and is no word of the trade."""
    words = vocabulary.words("description")
    for n, token in enumerate(tokens[:-1]):
        titled = token.folded in vocabulary.TITLES and _is_mark(text, tokens, n)
        if titled and tokens[n + 1].folded not in words:
            reasons[n : n + 2] = ["name", "name"]


def _is_code(text: str) -> bool:
    """A short technical code of a hospital's own coding scheme: one word, and no number that may be a patient's."""
    if len(text) > _LONGEST_CODE or re.fullmatch(r"[A-Za-z0-9._+%/-]+|[0-9]+ [0-9]+", text) is None:
        return False
    runs = [len(run) for run in re.findall("[0-9]+", text)]
    longest, groups, most = _CODE_WITH_LETTERS if re.search("[A-Za-z]", text) else _CODE_OF_DIGITS
    return max(runs, default=0) <= longest and len(runs) <= groups and sum(runs) <= most


def _reason(text: str, tokens: list[Token], n: int, words: frozenset[str]) -> str:
    token = tokens[n]
    if token.form == "decimal":
        return numbers.decimal(tokens, n)
    if token.form == "part":
        return numbers.part(text, tokens, n)
    if token.form == "number":
        return numbers.grouped(token)
    if token.form != "word":
        return token.form
    if token.text.isdecimal():
        return numbers.number(text, tokens, n)
    if len(token.folded) == 1:
        return _single(text, tokens, n, words)
    if token.folded in words:
        return KEPT
    if any(char.isdecimal() for char in token.text):
        return KEPT if vocabulary.is_kernel(token.text) else numbers.mixed(tokens, n, words)
    return KEPT if all(piece in words and len(piece) > 1 for piece in pieces(token.text, words)) else "word"


def _single(text: str, tokens: list[Token], n: int, words: frozenset[str]) -> str:
    """A letter alone says nothing, unless it is written as one of somebody's initials (J.B., J White, but Q.Clear)."""
    token = tokens[n]
    if not token.folded.isascii():
        return "word"
    if token.folded not in _DOTTED:
        return KEPT
    for beside, dot in ((n + 1, text[token.end : token.end + 1]), (n - 1, text[token.start - 1 : token.start])):
        other = numbers.word_of(tokens, beside)
        if other in vocabulary.ambiguous() or (dot == "." and (len(other) == 1 or other not in words)):
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


def _names_nobody(tokens: list[Token], reasons: list[str]) -> bool:
    """Whether the last word is a label with nothing behind it, as in Protocol Name."""
    return len(tokens) > 1 and tokens[-1].folded in vocabulary.LAST and not reasons[-2]


def _is_mark(text: str, tokens: list[Token], n: int) -> bool:
    token = tokens[n]
    if token.folded not in vocabulary.PERSON_MARKS:
        return False
    if token.text == "dr" and numbers.word_of(tokens, n + 1) in vocabulary.ambiguous():
        return True
    # MR, MS and DR are a modality, a disease or milliseconds, and a radiograph, unless written as before a name.
    return token.folded not in vocabulary.USEFUL or token.text.istitle() or text[token.end : token.end + 1] == "."


def _marks(text: str, tokens: list[Token], reasons: list[str]) -> None:
    for n, token in enumerate(tokens):
        glued = token.folded.rstrip("0123456789")
        if glued != token.folded and glued in vocabulary.NUMBER_LABELS - vocabulary.USEFUL:
            for m in range(n, _digits_after(tokens, n)):
                reasons[m] = reasons[m] or "number"
            continue
        after = text[token.end : token.end + 2]
        if _is_mark(text, tokens, n):
            end = _name_after(text, tokens, reasons, n, _BREAK)
        elif token.folded in vocabulary.USEFUL and ":" not in after:
            if token.folded != "id" or not _is_id(tokens, n + 1):
                continue
            end = n + 2
        elif token.folded in vocabulary.LABELS:
            end = _name_after(text, tokens, reasons, n, _LABEL_BREAK)
        elif token.folded in vocabulary.NUMBER_LABELS:
            end = _number_after(tokens, reasons, n)
        else:
            continue
        for m in range(n, end):
            reasons[m] = reasons[m] or "name"
    if _names_nobody(tokens, reasons):
        reasons[-1] = KEPT


def _is_id(tokens: list[Token], n: int) -> bool:
    """Whether a word is written with letters and digits, as ids are."""
    word = numbers.word_of(tokens, n)
    return _has_digit(word) and not word.isdecimal()


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
            return _digits_after(tokens, m)
        if _is_id(tokens, m):
            return m + 1
        if not reasons[m] and tokens[m].folded not in ("no", "number", "nr"):
            return m
    return n + 1


def _digits_after(tokens: list[Token], n: int) -> int:
    """Where the numbers end that follow a token one by one."""
    while n + 1 < len(tokens) and tokens[n + 1].text.isdecimal():
        n += 1
    return n + 1


def _places(text: str, tokens: list[Token], reasons: list[str]) -> None:
    for n, token in enumerate(tokens):
        if token.text in vocabulary.STREETS:
            _address(text, tokens, reasons, n)
        if token.folded not in vocabulary.PLACES or not reasons[n]:
            continue
        reasons[n] = "place"
        for m in range(n - 1, max(n - 1 - _BEFORE_PLACE, -1), -1):
            if _BREAK.search(text, tokens[m].end, tokens[m + 1].start):
                break
            reasons[m] = "place"
        m = n + 1
        if numbers.word_of(tokens, m) in ("no", "number", "num", "nr") and _has_digit(numbers.word_of(tokens, m + 1)):
            reasons[m] = reasons[m + 1] = "place"
        ward = token.folded in ("ward", "wards")
        while m < len(tokens) and _goes_with_place(tokens, m, ward):
            reasons[m], m = "place", m + 1


_TO_A_SAINT = frozenset({"at", "in", "from", "of", "near", "via"})
"""No street is called so: behind these words St is a saint's, of whom the place itself is found."""


def _address(text: str, tokens: list[Token], reasons: list[str], n: int) -> None:
    """12 High St: a number, a word or two, and a street as it is abbreviated. In 350 at St Anne it is a saint."""
    if n and tokens[n - 1].folded in _TO_A_SAINT:
        return
    for m in range(n - 2, max(n - 4, -1), -1):
        if tokens[m].text.isdecimal() and not _BREAK.search(text, tokens[m].end, tokens[n].start):
            reasons[m : n + 1] = ["place"] * (n + 1 - m)
            return


def _has_digit(word: str) -> bool:
    return any(map(str.isdecimal, word))


def _goes_with_place(tokens: list[Token], m: int, ward: bool) -> bool:
    """The number or letter of a ward, and the bed in it."""
    token = tokens[m]
    if token.start - tokens[m - 1].end >= 3:
        return False
    if token.folded in vocabulary.BEDS:
        return numbers.word_of(tokens, m + 1)[:1].isdecimal()
    if token.text.isdecimal() or len(token.text) == 1:
        return True
    return ward and len(token.text) <= _LONGEST_WARD and _has_digit(token.text)
