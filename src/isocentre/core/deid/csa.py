"""Siemens CSA headers (form SV10): read, and written anew from a list of fields. Text and names never pass.

Nothing of the source is copied as it lies: no padding, no leftovers behind a name, no field that is not on the list.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from struct import Struct
from types import MappingProxyType

from isocentre.core.deid import _safe_private

_MARK = b"SV10\4\3\2\1"
_MAX_FIELDS, _MAX_ITEMS, _MAX_VALUE = 512, 4096, 64
_COUNTS = Struct("<LL")
_FIELD = Struct("<64sl4slll")
_ITEM = Struct("<4l")
_FILLED, _EMPTY = 77, 205
_NUMBER = "[+-]?([0-9]{1,7}([.][0-9]{0,10})?|[.][0-9]{1,10})([eE][+-]?[0-9]{1,2})?"
# The writer's own number for a VR; readers do not use it, and the source's could carry something.
_KINDS = {
    b"DS": 3,
    b"FD": 4,
    b"FL": 5,
    b"IS": 6,
    b"SL": 7,
    b"SS": 8,
    b"UL": 9,
    b"US": 10,
    b"CS": 16,
    b"LO": 19,
    b"SH": 22,
}


@cache
def _fields() -> MappingProxyType[bytes, tuple[bytes, re.Pattern[bytes]]]:
    return MappingProxyType(
        {
            name.encode(): (vr.encode(), re.compile((_NUMBER if form == "number" else form).encode()))
            for name, (vr, form) in _safe_private.CSA.items()
        }
    )


@lru_cache(maxsize=16)
def rewrite(raw: bytes) -> bytes | None:
    """A CSA header with only the fields of the list; None when it cannot be followed or nothing of it stays.

    The header of a series comes with each of its images, so the last few are remembered.
    """
    if raw[:8] != _MARK or len(raw) < 16:
        return None
    count, unused = _COUNTS.unpack_from(raw, 8)
    if count > _MAX_FIELDS or unused != _FILLED:
        return None
    out: list[bytes] = []
    pos = 16
    for _ in range(count):
        if pos + _FIELD.size > len(raw):
            return None
        name, vm, vr, _, size, _ = _FIELD.unpack_from(raw, pos)
        values, pos = _values(raw, pos + _FIELD.size, size)
        if pos < 0:
            return None
        name = name.partition(b"\0")[0]
        known = _fields().get(name)
        if known and known[0] == vr[:2] and 0 <= vm <= _MAX_ITEMS and all(known[1].fullmatch(v) for v in values if v):
            out.append(_written(name, vm, known[0], values))
    if not out:
        return None
    return _MARK + _COUNTS.pack(len(out), _FILLED) + b"".join(out) + bytes(4)


def _values(raw: bytes, pos: int, size: int) -> tuple[list[bytes], int]:
    """The items of a field without their padding, and where they end; -1 when they cannot be followed.

    A value that is too long to be one of ours stands as `?`, which no form fits.
    """
    values: list[bytes] = []
    if not 0 <= size <= _MAX_ITEMS:
        return values, -1
    for _ in range(size):
        if pos + _ITEM.size > len(raw):
            return values, -1
        _, length, _, _ = _ITEM.unpack_from(raw, pos)
        pos += _ITEM.size
        if not 0 <= length <= len(raw) - pos:
            return values, -1
        value = raw[pos : pos + length].partition(b"\0")[0].strip(b" ") if length <= _MAX_VALUE else b"?"
        values.append(value)
        pos += length + -length % 4
    return values, pos


def _written(name: bytes, vm: int, vr: bytes, values: list[bytes]) -> bytes:
    out = [_FIELD.pack(name, vm, vr, _KINDS[vr], len(values), _FILLED if values else _EMPTY)]
    for value in values:
        text = value + b"\0" if value else b""
        out.append(_ITEM.pack(len(text), len(text), _FILLED if text else _EMPTY, len(text)) + text)
        out.append(bytes(-len(text) % 4))
    return b"".join(out)
