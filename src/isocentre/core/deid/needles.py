"""Search bytes for what is known of a patient in its disguises: case, order, spacing, UTF-16, codes, lookalikes, parts.

Part of the second check: shares nothing with the engine.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from isocentre.core.deid import coded

_CODECS = (
    "utf-8",
    "latin-1",
    "utf-16-le",
    "utf-16-be",
    "shift_jis",
    "iso2022_jp",
    "euc_kr",
    "gb18030",
    "iso8859-7",
    "iso8859-5",
    "cp1251",
)
_SHORTEST = 3
_NUMBER = 6
_SURE = 8
"""A needle this long is looked for anywhere; a shorter one only where it stands alone, or it would hit by chance."""

_ODD = re.compile(
    rb"\xc2\xad|[\xcc-\xd5][\x80-\xbf]|\xe2[\x80\x81][\x80-\xbf]|\xef(?:[\xb8\xbc\xbd][\x80-\xbf]|\xbb\xbf)"
)
"""UTF-8 of what may look like a Latin letter, or like nothing: Greek, Cyrillic, accents, wide forms, hidden signs."""
_LOOKALIKES = str.maketrans(
    "АВЕКМНОРСТУХЅІЈаеорсухѕіјһԁΑΒΕΖΗΙΚΜΝΟΡΤΥΧοανι", "ABEKMHOPCTYXSIJaeopcyxsijhdABEZHIKMNOPTYXoavi"
)

_SAY_NOTHING = frozenset(
    {"removed", "modified", "unmodified", "baseline", "unknown", "anonymous", "anonymized", "none"}
)

_BODY_PARTS = """
abdomen abdomenpelvis ankle aorta arm bladder brain breast bronchus cardiac chest clavicle colon cspine elbow extremity
face femur finger foot forearm hand head headneck heart hip humerus kidney knee leg liver lspine lung mandible
mediastinum neck orbit pancreas pelvis prostate rectum sacrum shoulder skull spine spleen sternum stomach testis thigh
thorax thyroid tibia toe tspine uterus wholebody wrist
"""
_PLACES = frozenset(_BODY_PARTS.split())
"""Body parts (PS3.16 annex L): as part of an id such as PANCREAS-0001 they tell of nobody."""


class Needle(NamedTuple):
    """Bytes to look for (lower case), whether they must stand alone as a word or number, whether part of a name."""

    text: bytes
    alone: bool
    part: bool


@lru_cache(maxsize=256)
def prepare(known: tuple[str, ...]) -> tuple[Needle, ...]:
    """Every form in which the known values are looked for; values under 3 characters are left out as meaningless."""
    found: dict[bytes, Needle] = {}
    for value in known:
        whole = value.strip(" \0")
        parts = _parts(whole)
        for form in _forms(whole, parts):
            if form.lower() in _SAY_NOTHING:
                continue
            # Digits under 8 and letters under 8 stand alone; a mix of both is rare enough to be sure from 6.
            mixed = not form.isdigit() and not form.isalpha()
            alone = len(form) < (6 if mixed else _SURE)
            # Nobody hides a short number backwards, and 0010 backwards is a time zone of +0100.
            backwards = set() if form.isdigit() and len(form) < _NUMBER else _encoded(form[::-1])
            for text in _encoded(form) | backwards:
                if len(text) < (_SHORTEST if text.isascii() else _SHORTEST + 1):
                    continue  # two or three bytes of another script come by chance in binary values
                found.setdefault(text, Needle(text, alone, form in parts))
    return tuple(found.values())


def whole_name(text: bytes, known: tuple[str, ...]) -> bool:
    """Whether a name of several parts stands in `text` (lower case), in either order, with any signs in between."""
    return any(pattern.search(text) for pattern in _names(known))


@lru_cache(maxsize=256)
def _names(known: tuple[str, ...]) -> tuple[re.Pattern[bytes], ...]:
    lists = [[re.escape(part.lower().encode()) for part in _parts(value.strip(" \0"))] for value in known]
    orders = [order for parts in lists if len(parts) > 1 for order in (parts, parts[::-1])]
    return tuple(re.compile(rb"[^a-z0-9]*".join(order)) for order in orders)


def _parts(value: str) -> list[str]:
    """The words of a name; none for a UID or a number."""
    if _uid_like(value) or not re.search(r"[^\W\d]", value):
        return []
    silent = _PLACES if "^" not in value and any(map(str.isdigit, value)) else frozenset()
    return [
        part
        for part in re.split(r"[\^=\s,\-']+", value)
        if len(part) >= (_SHORTEST if part.isascii() else 1) and not part.isdigit() and part.lower() not in silent
    ]


def _forms(value: str, parts: list[str]) -> set[str]:
    forms = {value, re.sub(r"[\s\-^,=.']+", "", value) if not _uid_like(value) else value}
    digits = re.sub(r"[\s-]", "", value)
    if re.fullmatch(r"\d{10}", digits):  # an NHS number as people write it
        forms |= {digits, f"{digits[:3]} {digits[3:6]} {digits[6:]}", f"{digits[:3]}-{digits[3:6]}-{digits[6:]}"}
    date = re.fullmatch(r"((?:19|20)\d\d)[-/.]?(\d\d)[-/.]?(\d\d)", value)
    if date:
        year, month, day = date.groups()
        forms |= {f"{year}{month}{day}", f"{day}{month}{year}"}
        forms |= {join.join(parts) for join in "-/." for parts in ((year, month, day), (day, month, year))}
    forms |= set(parts) | {_bare(part) for part in parts}
    if 2 <= len(parts) <= 4:
        forms |= {join.join(order) for join in ("^", " ", "") for order in (parts, parts[::-1])}
    return {form for form in forms if len(form) >= _SHORTEST or (form and not form.isascii())}


def _uid_like(value: str) -> bool:
    return re.fullmatch(r"\d+(\.\d+)+", value) is not None


def _bare(word: str) -> str:
    """A word without its accents, as people type it."""
    return "".join(char for char in unicodedata.normalize("NFKD", word) if not unicodedata.combining(char))


def _encoded(text: str) -> set[bytes]:
    """The text in each character set, as it is searched: bytes lower the case of ASCII letters alone."""
    if text.isascii():
        return {text.lower().encode()}
    out: set[bytes] = set()
    for form in {text, text.lower(), text.upper(), text.title()}:
        for codec in _CODECS:
            try:
                out.add(form.encode(codec).lower())
            except UnicodeEncodeError:
                continue  # this text cannot be written so, hence cannot hide so
    return out


def search(data: bytes, needles: tuple[Needle, ...]) -> int | None:
    """Offset in `data` of the first needle found: as it lies, without NUL bytes (UTF-16), as it is seen, or coded.

    The offset of a hit found only without NULs or as it is seen is -1: it is in there, but its place is not known.
    None: no hit.
    """
    plain = data.lower()
    for needle in needles:
        at = _find(plain, needle)
        if at is not None:
            return at
    squeezed = plain.replace(b"\0", b"")
    shown = _ODD.sub(_shown, data).lower()
    for other in (squeezed, shown):
        if other != plain and any(_find(other, needle) is not None for needle in needles):
            return -1
    return _coded(data, needles)


def _shown(odd: re.Match[bytes]) -> bytes:
    """As what a letter or sign is seen, where that is a Latin letter or nothing."""
    char = odd[0].decode("utf-8", "replace")
    if unicodedata.category(char[0]) in ("Cf", "Mn"):
        return b""
    plain = unicodedata.normalize("NFKC", char).translate(_LOOKALIKES)
    return plain.encode() if plain.isascii() else odd[0]


def _coded(data: bytes, needles: tuple[Needle, ...]) -> int | None:
    """As `search`, in what runs of base64 and hexadecimal digits say."""
    long = [needle for needle in needles if len(needle.text) >= coded.LEAST]
    said = coded.said(data, all(needle.text.isascii() for needle in long)).lower()
    hit = next((needle.text for needle in long if _find(said, needle) is not None), None)
    return None if hit is None else coded.place(data, hit)


def _find(data: bytes, needle: Needle) -> int | None:
    text, alone, _ = needle
    at = data.find(text)
    while at >= 0:
        if not alone:
            return at
        before, after = data[at - 1 : at], data[at + len(text) : at + len(text) + 1]
        # A digit next to a point or digit is part of a number or UID; a letter next to a letter part of a word.
        joined = b"." if text.isdigit() else b""
        if not (before.isalnum() or after.isalnum() or (joined and joined in (before, after))):
            return at
        at = data.find(text, at + 1)
    return None
