"""Clean free text: kept whole when it is only vocabulary, else word by word; what may tell of somebody goes."""

from __future__ import annotations

from dataclasses import dataclass

from isocentre.core.deid.clean import vocabulary
from isocentre.core.deid.clean.fold import is_plain, plain
from isocentre.core.deid.clean.judge import CODE, MEANING, Judged, judge
from isocentre.core.deid.clean.known import Known
from isocentre.core.deid.clean.numbers import UNITS, word_of
from isocentre.core.deid.clean.tokens import Token

__all__ = ["CODE", "MEANING", "Cleaned", "Known", "clean"]

MOST = 1 << 15
"""Longest text that is cleaned; what is longer goes whole."""
_ROUNDS = 4
_NOBODY = Known(())


@dataclass(frozen=True, slots=True)
class Cleaned:
    """The text that is left, and how many words went for which reason: name, number, date, place, contact, word."""

    text: str
    gone: dict[str, int]

    @property
    def whole(self) -> bool:
        """True when nothing went."""
        return not self.gone


def clean(text: str, kind: str = "description", known: Known = _NOBODY) -> Cleaned:
    """The text without what may tell of a person, where `kind` (see `vocabulary.KINDS`) says which words are allowed.

    What is left, cleaned again, stays as it is: words that come to stand together are looked at once more.
    """
    if len(text) > MOST:
        return Cleaned("", {"too_long": 1})
    gone: dict[str, int] = {}
    now = plain(text)
    for _ in range(_ROUNDS):
        judged = judge(now, kind)
        reasons = _with(judged, known, kind in (MEANING, CODE))
        if not any(reasons):
            if gone and all(_says_nothing(token.folded) for token in judged[1]):
                return Cleaned("", gone)
            return Cleaned(text if not gone and is_plain(text) else now, gone)
        for n, reason in enumerate(reasons):
            if reason:
                shown = "name" if reason == "word" and known.near(judged[1][n].folded) else reason
                gone[shown] = gone.get(shown, 0) + 1
        now = _left(judged, reasons)
    return Cleaned("", gone)


def _says_nothing(word: str) -> bool:
    return len(word) == 1 or word in vocabulary.EMPTY or not any(char.isalpha() for char in word)


def _with(judged: Judged, known: Known, any_word: bool) -> list[str]:
    """The reasons, with what is known of these people, and what stands beside a name.

    `any_word`: words that no list has may have stayed, so that each is held beside the names.
    """
    _, tokens, given = judged
    reasons = list(given)
    if any_word and known.words:
        trade = vocabulary.words("description")
        for n, token in enumerate(tokens):
            if not reasons[n] and token.folded not in trade and known.like(token.folded):
                reasons[n] = "name"
    found = known.find(tokens)
    for n, reason in found.items():
        # An institution called Heart Centre has words of the trade: they go where two of its words stand together.
        around = {found.get(n - 1), found.get(n + 1), *reasons[max(n - 1, 0) : n], *reasons[n + 1 : n + 2]}
        short = [m for m in (n - 1, n + 1) if reason == "place" and word_of(tokens, m) in known.short_places]
        alone = reason == "place" and not around & {"place", "word"} and not short
        if reasons[n] == "word" or (not reasons[n] and not alone):
            for m in (n, *short):
                reasons[m] = reason
    _initials(judged, reasons, known)
    if "name" in reasons or "word" in reasons:
        order = list(range(len(tokens)))
        for steps, back in ((order, -1), (order[::-1], 1)):
            for n in steps:
                beside = n + back
                near = 0 <= beside < len(tokens) and reasons[beside] in ("name", "word")
                if not reasons[n] and near and _goes_along(tokens[n].folded, known):
                    reasons[n] = "name"
    return reasons


def _goes_along(word: str, known: Known) -> bool:
    """Whether a word beside a name may be part of it."""
    return (len(word) == 1 and word.isalpha()) or word in vocabulary.ambiguous() or word in known.short


def _initials(judged: Judged, reasons: list[str], known: Known) -> None:
    """Initials go where something else of the text did, and where they are written as initials (J.S.)."""
    text, tokens, _ = judged
    other = any(reason in ("name", "word") for reason in reasons)
    for n, token in enumerate(tokens):
        if reasons[n] or not token.folded.isalpha():
            continue
        beside = reasons[max(n - 1, 0) : n] + reasons[n + 1 : n + 2]
        told = len(token.folded) > 1 and token.folded in known.initials and not _at_work(tokens, reasons, n)
        if told and {"name", "word"} & set(beside):
            reasons[n] = "name"
        dotted, m = token.folded, n
        while len(tokens[m].folded) == 1 and m + 1 < len(tokens) and len(tokens[m + 1].folded) == 1 and m < n + 4:
            between = text[tokens[m].end : tokens[m + 1].start]
            if between not in ((".", ". ", " ", "") if other else (".", ". ")):
                break
            m += 1
            dotted += tokens[m].folded
            if dotted in known.initials:
                reasons[n : m + 1] = ["name"] * (m + 1 - n)


def _at_work(tokens: tuple[Token, ...], reasons: list[str], n: int) -> bool:
    """Whether a word is a unit after a number, or a modality that begins a description (CT CHEST): no initials."""
    word = tokens[n].folded
    if word in UNITS and n and not reasons[n - 1] and tokens[n - 1].text[-1].isdecimal():
        return True
    return word in vocabulary.MODALITIES and (n == 0 or (n + 1 < len(tokens) and not reasons[n + 1]))


def _left(judged: Judged, reasons: list[str]) -> str:
    """What stays, with its own punctuation; a space, or the line's end, where something went."""
    text, tokens, _ = judged
    out: list[str] = []
    last = None
    for n, token in enumerate(tokens):
        if reasons[n]:
            continue
        if last is not None:
            between = text[tokens[last].end : token.start]
            if last != n - 1:
                between = "\r\n" if "\n" in between else " "
            out.append(between)
        elif n == 0:
            out.append(text[: token.start])
        out.append(text[token.start : token.end])
        last = n
    if last is not None and last == len(tokens) - 1:
        out.append(text[tokens[last].end :])
    return "".join(out)
