"""The JSON of a data set (PS3.18 annex F) from its bytes, never decoding pixel data."""

from __future__ import annotations

import base64
import json
import math
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

from isocentre.core.dicom import dictionary, text
from isocentre.core.dicom.walk import Buffer, Element, Encoding, content_encoding, elements, items

Json: TypeAlias = dict[str, dict[str, Any]]
BulkUri = Callable[[str], str]
"""From the path of a value (`7FE00010`, or tag, item number, tag in a sequence, joined by `/`) to its address."""

INLINE = 4096
"""Longest binary value, in bytes, that is sent inside the JSON (F.2.7); longer ones get a BulkDataURI."""
MAX_TEXT = 1 << 20
LARGE = 1 << 16
"""Bytes of a sequence above which its items are made into text one by one: of ten thousand frames, say."""

_SINGLE = frozenset({"LT", "ST", "UT", "UR"})
_MULTIPLE = frozenset({"AE", "AS", "CS", "DA", "DT", "LO", "SH", "TM", "UC", "UI"})
_BINARY = {"OB": 1, "UN": 1, "OW": 2, "OF": 4, "OL": 4, "OD": 8, "OV": 8}
_NUMBERS = {"FL": "f", "FD": "d", "SL": "i", "SS": "h", "SV": "q", "UL": "I", "US": "H", "UV": "Q"}
_CHARSET, _PIXEL_REPRESENTATION = 0x00080005, 0x00280103


@dataclass(frozen=True, slots=True)
class _Context:
    buffer: Buffer
    bulk: BulkUri
    charset: bytes = b""
    signed: bool = False


def dataset(buffer: Buffer, start: int, end: int, encoding: Encoding, bulk: BulkUri) -> Json:
    """The data set lying in `buffer[start:end]` as PS3.18 F.2 JSON, keyed by eight hex digits, in order of tag.

    Group lengths are left out, text becomes UTF-8 (and (0008,0005) says so). MalformedDicom as `walk.elements`.
    """
    return _dataset(_Context(buffer, bulk), start, end, encoding, "", 0)


def pieces(
    buffer: Buffer, start: int, end: int, encoding: Encoding, bulk: BulkUri, more: Json | None = None
) -> Iterator[str]:
    """The JSON text of what `dataset` gives, `more` at its end; items of large sequences singly."""
    context, found = _read(_Context(buffer, bulk), start, end, encoding, 0)
    part: Json = {}
    opening = "{"
    for element in found:
        key = f"{element.tag:08X}"
        if element.stop - element.value <= LARGE or vr_of(element, context.signed) != "SQ":
            part[key] = _element(context, element, encoding, key, 0)
            continue
        if part:
            yield opening + dumped(part)[1:-1]
            part, opening = {}, ","
        yield f'{opening}"{key}":{{"vr":"SQ","Value":['
        for number, item in enumerate(_items(context, element, encoding, key, 0)):
            yield "," * (number > 0) + dumped(item)
        yield "]}"
        opening = ","
    last = dumped(part | (more or {}))[1:-1]
    yield opening * bool(last or opening == "{") + last + "}"


def dumped(each: Json) -> str:
    """Compact JSON text."""
    return json.dumps(each, ensure_ascii=False, separators=(",", ":"))


def _dataset(context: _Context, start: int, end: int, encoding: Encoding, path: str, depth: int) -> Json:
    context, found = _read(context, start, end, encoding, depth)
    out: Json = {}
    for element in found:
        key = f"{element.tag:08X}"
        out[key] = _element(context, element, encoding, f"{path}{key}", depth)
    return out


def _read(context: _Context, start: int, end: int, encoding: Encoding, depth: int) -> tuple[_Context, list[Element]]:
    """The elements of a data set, group lengths left out, and what is said of their characters and numbers."""
    found = list(elements(context.buffer, start, end, encoding, depth=depth))
    charset = _first(context.buffer, found, _CHARSET, context.charset)
    signed = _first(context.buffer, found, _PIXEL_REPRESENTATION, bytes([context.signed])).strip(b"\0") == b"\1"
    return _Context(context.buffer, context.bulk, charset, signed), [e for e in found if e.tag & 0xFFFF]


def _first(buffer: Buffer, found: list[Element], tag: int, default: bytes) -> bytes:
    return next((bytes(buffer[e.value : e.stop]) for e in found if e.tag == tag), default)


def _element(context: _Context, element: Element, encoding: Encoding, path: str, depth: int) -> dict[str, Any]:
    vr = vr_of(element, context.signed)
    if vr == "SQ":
        value: list[Any] = list(_items(context, element, encoding, path, depth))
        return {"vr": "SQ", "Value": value} if value else {"vr": "SQ"}
    length = element.stop - element.value
    if not length:
        return {"vr": vr}
    if (vr in _BINARY and length > INLINE) or length > MAX_TEXT or element.undefined:
        return {"vr": vr, "BulkDataURI": context.bulk(path)}
    raw = bytes(context.buffer[element.value : element.stop])
    if vr in _BINARY:
        return {"vr": vr, "InlineBinary": base64.b64encode(little(raw, vr, encoding)).decode("ascii")}
    value = _values(vr, raw, encoding, context.charset, element.tag)
    return {"vr": vr, "Value": value} if any(v is not None for v in value) else {"vr": vr}


def _items(context: _Context, element: Element, encoding: Encoding, path: str, depth: int) -> Iterator[Json]:
    inner = content_encoding(context.buffer, element, encoding)
    for number, item in enumerate(items(context.buffer, element, inner, depth=depth), 1):
        yield _dataset(context, item.value, item.stop, inner, f"{path}/{number}/", depth + 1)


def vr_of(element: Element, signed: bool = False) -> str:
    """The value representation of an element, from the dictionary where the bytes do not say it (PS3.5 annex A.1)."""
    if element.vr and not (element.vr == b"UN" and element.undefined):
        return element.vr.decode("ascii")
    if element.undefined:
        return "SQ"
    vr = _known(element.tag)
    if vr == "US or SS":
        return "SS" if signed else "US"
    return "OW" if " or " in vr else vr


@lru_cache(maxsize=8192)
def _known(tag: int) -> str:
    if tag >> 16 & 1:
        return "LO" if 0x10 <= tag & 0xFFFF <= 0xFF else "UN"
    try:
        return dictionary.vr(tag)
    except KeyError:
        return "UN"


def little(raw: bytes, vr: str, encoding: Encoding) -> bytes:
    """A binary value in little-endian order, as JSON and bulk data want it (F.2.7)."""
    size = _BINARY.get(vr, 1)
    if encoding.little or size == 1 or len(raw) % size:
        return raw
    words = array({2: "H", 4: "I", 8: "Q"}[size], raw)
    words.byteswap()
    return words.tobytes()


def _values(vr: str, raw: bytes, encoding: Encoding, charset: bytes, tag: int) -> list[Any]:
    if tag == _CHARSET:
        return ["ISO_IR 192"]
    if vr in _NUMBERS or vr == "AT":
        return list(_binary_numbers(vr, raw, encoding))
    decoded = text.decode(raw, charset)
    if vr in _SINGLE:
        return [decoded.rstrip(" ") or None]
    parts = [part.strip(" \0") for part in decoded.split("\\")]
    if vr == "PN":
        return [_person_name(part) for part in parts]
    if vr in ("DS", "IS"):
        return [_number(vr, part) for part in parts]
    return [part or None for part in parts]


def _binary_numbers(vr: str, raw: bytes, encoding: Encoding) -> Iterator[Any]:
    code = "H" if vr == "AT" else _NUMBERS[vr]
    numbers = array(code)
    numbers.frombytes(raw[: len(raw) - len(raw) % numbers.itemsize])
    if not encoding.little:
        numbers.byteswap()
    if vr == "AT":
        yield from (f"{group:04X}{number:04X}" for group, number in zip(numbers[::2], numbers[1::2], strict=False))
    else:
        yield from (n if math.isfinite(n) else _not_finite(n) for n in numbers)


def _not_finite(number: float) -> str:
    # F.2.4: JSON has no such numbers, so they travel as these words.
    return "NaN" if math.isnan(number) else "inf" if number > 0 else "-inf"


def _number(vr: str, part: str) -> int | float | str | None:
    if not part:
        return None
    try:
        number = int(part) if vr == "IS" else float(part)
    except ValueError:
        return part
    return number if math.isfinite(number) else part


def _person_name(part: str) -> dict[str, str] | None:
    groups = zip(("Alphabetic", "Ideographic", "Phonetic"), part.split("="), strict=False)
    return {name: group.strip(" ") for name, group in groups if group.strip(" ^")} or None


def find_value(
    buffer: Buffer, start: int, end: int, encoding: Encoding, path: list[str]
) -> tuple[Element, Encoding] | None:
    """The element at a path made by `dataset` (tag, then item number and tag …), or None when there is none."""
    depth = 0
    while True:
        element = next((e for e in elements(buffer, start, end, encoding, depth=depth) if _is(e, path[0])), None)
        if element is None or len(path) == 1:
            return None if element is None else (element, encoding)
        if vr_of(element) != "SQ" or len(path) == 2 or not path[1].isascii() or not path[1].isdigit():
            return None
        encoding = content_encoding(buffer, element, encoding)
        number, found = int(path[1]), None
        for at, item in enumerate(items(buffer, element, encoding, depth=depth), 1):
            if at == number:
                found = item
        if found is None:
            return None
        start, end, path, depth = found.value, found.stop, path[2:], depth + 1


def _is(element: Element, key: str) -> bool:
    return f"{element.tag:08X}" == key.upper()
