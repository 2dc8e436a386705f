"""Texts as the second check compares them: decoded, as they are seen, without accents; with its own tables."""

from __future__ import annotations

import re
import unicodedata
from html import unescape
from urllib.parse import unquote

_LOOKALIKES = str.maketrans(
    "АВЕКМНОРСТУХЅІЈЬаеорсухѕіјһԁкмнтвгпΑΒΕΖΗΙΚΜΝΟΡΤΥΧανικορτυχɑɡıȷłŁøØđĐħŧŋ",
    "ABEKMHOPCTYXSIJbaeopcyxsijhdkmhtbrnABEZHIKMNOPTYXavikoptuxagijlLoOdDhtn",
)
_SPELT = {"ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "þ": "th", "Þ": "TH", "ð": "d", "Ð": "D"}
_LETTERS = str.maketrans(_SPELT)
_HIDDEN = frozenset({"Cf", "Mn", "Me", "Cc"})
_SPACES = frozenset("\t\n\r\f")
_CODECS = {
    b"ISO_IR 100": "latin-1", b"ISO_IR 101": "iso8859-2", b"ISO_IR 109": "iso8859-3", b"ISO_IR 110": "iso8859-4",
    b"ISO_IR 144": "iso8859-5", b"ISO_IR 127": "iso8859-6", b"ISO_IR 126": "iso8859-7", b"ISO_IR 138": "iso8859-8",
    b"ISO_IR 148": "iso8859-9", b"ISO_IR 203": "iso8859-15", b"ISO_IR 13": "shift_jis", b"ISO_IR 166": "tis_620",
    b"ISO_IR 192": "utf-8", b"GB18030": "gb18030", b"GBK": "gbk",
}  # fmt: skip
"""Defined terms of (0008,0005) (PS3.3 table C.12-2 to C.12-5)."""
_ESCAPES = {
    b"\x1b$B": ("iso2022_jp", True), b"\x1b$@": ("iso2022_jp", True), b"\x1b$(D": ("iso2022_jp_2", True),
    b"\x1b$)C": ("euc_kr", False), b"\x1b$)A": ("gb2312", False), b"\x1b(J": ("shift_jis", False),
    b"\x1b)I": ("shift_jis", False), b"\x1b(B": ("latin-1", False), b"\x1b-A": ("latin-1", False),
    b"\x1b-B": ("iso8859-2", False), b"\x1b-C": ("iso8859-3", False), b"\x1b-D": ("iso8859-4", False),
    b"\x1b-L": ("iso8859-5", False), b"\x1b-G": ("iso8859-6", False), b"\x1b-F": ("iso8859-7", False),
    b"\x1b-H": ("iso8859-8", False), b"\x1b-M": ("iso8859-9", False), b"\x1b-T": ("tis_620", False),
}  # fmt: skip
"""Escape sequences (PS3.3 table C.12-3 and C.12-4), and whether Python's codec wants to see them."""
_STRETCH = re.compile(rb"\x1b(?:\$[()]?.|[()-].)[^\x1b]*|[^\x1b]+|\x1b", re.DOTALL)


_NUMBERED = re.compile(r"(?:\\x|0x|\\u00)([0-9a-fA-F]{2})")
UNWRAPPED = ("&", "%", "\\x", "0x", "\\u00")
"""What is in a text that hides letters as numbers."""


def decoded(raw: bytes, charset: bytes) -> tuple[str, ...]:
    """The text of a value: by the character set that is named, and as UTF-8 where it is that as well. Never fails."""
    terms = [term.strip(b" \0") for term in charset.split(b"\\")]
    codec = _CODECS.get(terms[0].replace(b"ISO 2022 IR", b"ISO_IR"), "latin-1")
    if b"\x1b" in raw:
        return ("".join(_stretch(match[0], codec) for match in _STRETCH.finditer(raw)),)
    text = raw.decode(codec, "replace")
    try:
        other = raw.decode("utf-8")
    except UnicodeDecodeError:
        return (text,)
    return (text,) if other == text else (text, other)


def _stretch(piece: bytes, codec: str) -> str:
    for escape, (name, whole) in _ESCAPES.items():
        if piece.startswith(escape):
            return (piece if whole else piece[len(escape) :]).decode(name, "replace")
    return piece.decode(codec, "replace")


def fold(text: str) -> str:
    """As it is seen: one form of a letter, no accents, nothing that does not show; case stays."""
    if text.isascii() and text.isprintable():
        return text
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).translate(_LETTERS))
    return apart.translate(_LOOKALIKES).translate(_SHOWN)


class _Shown(dict[int, str]):
    """How each character is seen, found out when it first comes."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        seen = " " if char in _SPACES else "" if unicodedata.category(char) in _HIDDEN else char
        if len(self) < _REMEMBERED:
            self[code] = seen
        return seen


_REMEMBERED = 4096
_SHOWN = _Shown()


def unwrapped(text: str) -> str:
    """The text without what hides letters as numbers: entities of HTML, percent signs, backslash and x; empty if none.

    Twice, as what was sent through two systems is.
    """
    now = text
    for _ in range(2):
        now = _NUMBERED.sub(_letter, unquote(unescape(now), "latin-1"))
    return "" if now == text else fold(now)


def _letter(code: re.Match[str]) -> str:
    return chr(int(code[1], 16))
