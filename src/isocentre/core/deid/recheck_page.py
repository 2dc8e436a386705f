"""All that the texts of one object say, as the second check reads it: one value a line, folded, each with its tag."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from isocentre.core.deid.recheck_fold import UNWRAPPED, decoded, fold, unwrapped
from isocentre.core.deid.recheck_sorts import CODED, DEVICE, FREE, PUBLIC

BREAK = "\x1e"
"""Between two values: no text may have it (PS3.5 6.1.3)."""
_BREAK = BREAK.encode()
_SILENT = bytes(code for code in (*range(32), 127) if chr(code) not in "\t\n\f\r\x1b")
_SHORT = 64 * 1024
"""Bytes of texts from which a page is made anew each time: none like it is expected soon."""
KEPT = 32
"""Pages that are kept, and answers about them: the slices of a series mostly say the same."""
_WORD, _PART = re.compile(r"[a-z0-9]+"), re.compile(r"[a-z]+|[0-9]+")

Value = tuple[bytes, int, int]
"""A value, its tag, and how its attribute is treated."""


@dataclass(slots=True, eq=False)
class Page:
    """`text` as it is seen, `lower` in lower case; `lines`: (tag, sort) of each line.

    `words` of letters and digits, in order, but for those in PUBLIC, which are `said`. `parts`: the words, and what is
    letters and digits in words of both; not of those in DEVICE, for a device is called BENCH1 where somebody is Bench.
    """

    text: str
    lines: list[tuple[int, int]]
    lower: str
    words: list[str]
    said: list[str]
    parts: set[str]

    def at(self, text: str, pos: int) -> tuple[int, int]:
        """Tag and sort of the line that has offset `pos` of `text`, which is one of this page's own."""
        return self.lines[text.count(BREAK, 0, pos)]


def page(values: dict[bytes, list[Value]]) -> Page:
    """The page of what was gathered, by character set; the same one for slices that say the same."""
    said = tuple((charset, tuple(each)) for charset, each in values.items() if each)
    return _made(said) if sum(len(raw) for _, each in said for raw, _, _ in each) > _SHORT else _kept(said)


def _made(said: tuple[tuple[bytes, tuple[Value, ...]], ...]) -> Page:
    texts: list[str] = []
    lines: list[tuple[int, int]] = []
    found: list[list[str]] = []
    for sorts in ((FREE, CODED), (DEVICE,), (PUBLIC,)):
        before = len(texts)
        for charset, each in said:
            _read([one for one in each if one[2] in sorts], charset, texts, lines)
        found.append(_WORD.findall(BREAK.join(texts[before:]).lower()))
    parts = {*found[0], *found[1]}
    for word in {word for word in found[0] if not (word.isalpha() or word.isdigit())}:
        parts.update(_PART.findall(word))
    text = BREAK.join(texts)
    return Page(text, lines, text.lower(), found[0] + found[1], found[2], parts)


_kept = lru_cache(maxsize=KEPT)(_made)


def _read(said: list[Value], charset: bytes, texts: list[str], lines: list[tuple[int, int]]) -> None:
    """Add what these values say, line by line."""
    if not said:
        return
    plain = _BREAK.join([raw.translate(None, _SILENT) if _BREAK in raw else raw for raw, _, _ in said])
    if plain.isascii() and b"\x1b" not in plain:
        whole = plain.translate(None, _SILENT_BUT_BREAK).decode("ascii")
        new, places = [whole], [(tag, sort) for _, tag, sort in said]
    else:
        new, places = _odd(said, charset)
        whole = BREAK.join(new)
    hidden = _hidden(whole)
    texts += [*new, *(text for _, text in hidden)]
    lines += [*places, *(places[number] for number, _ in hidden)]


_SILENT_BUT_BREAK = _SILENT.replace(_BREAK, b"")


def _odd(said: list[Value], charset: bytes) -> tuple[list[str], list[tuple[int, int]]]:
    """Values that are not ASCII alone: in each way they may be read."""
    read = [(text, tag, sort) for raw, tag, sort in said for text in decoded(raw, charset)]
    return [fold(text.replace(BREAK, "")) for text, _, _ in read], [(tag, sort) for _, tag, sort in read]


def _hidden(whole: str) -> list[tuple[int, str]]:
    """Lines that write letters as numbers: (which, what they say)."""
    if not any(sign in whole for sign in UNWRAPPED):
        return []
    found = ((number, unwrapped(line)) for number, line in enumerate(whole.split(BREAK)))
    return [(number, text) for number, text in found if text]
