"""Reads from the header of one object what the rules of a charter are about, as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from struct import calcsize, unpack_from

from isocentre.core.dicom import dictionary
from isocentre.core.dicom import text as _text
from isocentre.core.dicom.header import Header
from isocentre.core.dicom.walk import Element, Encoding, content_encoding, elements, items

FRAMES = 0x00280008
GROUPS = (0x52009229, 0x52009230)
"""Shared and per-frame functional groups: where enhanced objects keep what others have at the top (PS3.3 C.7.6.16)."""
_BINARY = {"US": "H", "SS": "h", "UL": "L", "SL": "l", "FL": "f", "FD": "d", "UV": "Q", "SV": "q"}
_DEEPEST = 2  # a macro's sequence in a functional group; nothing a rule is about lies deeper


def frames(header: Header) -> int:
    """How many pictures the object holds, 1 where it does not say."""
    said = header.text(FRAMES)
    return int(said) if said.isascii() and said.isdigit() and int(said) > 0 else 1


def values(header: Header, attributes: Iterable[str]) -> dict[str, str]:
    """Text of each attribute by keyword, several values with a backslash between them; empty where there is none.

    What is not at the top is looked for in the functional groups, where frames may differ: then each value once.
    Raises MalformedDicom when those cannot be followed.
    """
    tags = {word: tag for word in attributes if (tag := dictionary.tag_of(word)) is not None}
    found = {word: _said(header, tag) for word, tag in tags.items()}
    missing = {tag: word for word, tag in tags.items() if not found[word]}
    if missing and any(tag in header for tag in GROUPS):
        seen: dict[int, dict[str, None]] = {tag: {} for tag in missing}
        for group in GROUPS:
            for tag, text in _inside(header, group, missing):
                seen[tag][text] = None
        found |= {missing[tag]: "\\".join(told) for tag, told in seen.items()}
    return found


def _said(header: Header, tag: int) -> str:
    span = header.elements.get(tag)
    return "" if span is None else _as_text(header, tag, span.vr, header.bytes(tag), header.encoding)


def _as_text(header: Header, tag: int, vr: bytes, raw: bytes, encoding: Encoding) -> str:
    # Under implicit VR, and where the standard leaves a choice, the first that it names (PS3.6).
    kind = vr.decode("ascii") if vr.decode("ascii") in _BINARY else dictionary.vr(tag).split(" or ")[0]
    form = _BINARY.get(kind)
    if form is None:
        return _text.decode(raw, header.bytes(0x00080005)).strip(" \0")
    order, size = "<" if encoding.little else ">", calcsize(f"={form}")
    numbers = unpack_from(f"{order}{len(raw) // size}{form}", raw)
    # A single-precision number has seven digits; more would be an artefact of how it is shown.
    return "\\".join(f"{number:.7g}" if form == "f" else str(number) for number in numbers)


def _inside(header: Header, group: int, wanted: dict[int, str]) -> Iterator[tuple[int, str]]:
    span = header.elements.get(group)
    if span is not None:
        start, stop = span.offset, span.offset + span.length
        yield from _walked(header, Element(group, span.vr, start, start, stop, stop, False), wanted, header.encoding, 0)


def _walked(
    header: Header, sequence: Element, wanted: dict[int, str], encoding: Encoding, depth: int
) -> Iterator[tuple[int, str]]:  # fmt: skip
    encoding = content_encoding(header.buffer, sequence, encoding)
    for item in items(header.buffer, sequence, encoding, depth=depth):
        for one in elements(header.buffer, item.value, item.stop, encoding, depth=depth + 1):
            if one.tag in wanted:
                raw = bytes(header.buffer[one.value : one.stop])
                if text := _as_text(header, one.tag, one.vr, raw, encoding):
                    yield one.tag, text
            elif depth < _DEEPEST and _is_sequence(one):
                yield from _walked(header, one, wanted, encoding, depth + 1)


def _is_sequence(one: Element) -> bool:
    if one.vr:
        return one.vr == b"SQ"
    try:
        return dictionary.vr(one.tag) == "SQ"
    except KeyError:
        return False
