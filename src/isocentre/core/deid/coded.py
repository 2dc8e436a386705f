"""What runs of base64 and of hexadecimal digits in bytes say, so that a name that was coded is found like any other.

Part of the second check: shares nothing with the engine.
"""

from __future__ import annotations

import re
from binascii import a2b_base64, unhexlify
from collections.abc import Iterator
from functools import lru_cache

LEAST = 5
"""Shortest text worth finding: a shorter one comes by chance in what is no code at all."""
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{7,}")
_HEX = re.compile(rb"[0-9A-Fa-f]{2}(?:[ :,-]?[0-9A-Fa-f]{2}){4,}[0-9A-Fa-f]?")
_BETWEEN, _FILL = b"LCws", b"AAAA"  # three commas, and nothing
_URL = bytes.maketrans(b"-_", b"+/")
_SEPARATORS = b" :,-"
_TELLING = re.compile(rb"[A-Za-z0-9 ./^,'=-]{5,}")


def said(data: bytes, ascii_only: bool = True) -> bytes:
    """Everything that the runs say at any alignment, one after the other; `ascii_only` leaves only what is text.

    A code may follow other letters with nothing between, so each run is read from each of its first letters.
    """
    read = b",".join(_read(data)).replace(b"\0", b"")
    return b"\n".join(_TELLING.findall(read)) if ascii_only else read


def _read(data: bytes) -> Iterator[bytes]:
    yield _base64(tuple(run for run in _BASE64.findall(data) if not run.isdigit()))
    found = [match for match in _HEX.finditer(data) if not _in_uid(data, match)]
    pairs = [match[0].translate(None, _SEPARATORS) for match in found]
    for skipped in range(2):
        yield b",".join(unhexlify(run[skipped : len(run) - (len(run) - skipped) % 2]) for run in pairs)


@lru_cache(maxsize=16)
def _base64(runs: tuple[bytes, ...]) -> bytes:
    """What the runs say, read from each of their first four letters. The slices of a series share most of theirs."""
    runs = tuple(run.translate(_URL) for run in runs)
    cut = ([run[skipped:] + _FILL[: (skipped - len(run)) % 4] for run in runs] for skipped in range(4))
    return b",".join(a2b_base64(_BETWEEN.join(each)) for each in cut)


def _in_uid(data: bytes, run: re.Match[bytes]) -> bool:
    """Whether a run is the number of a keyed UID, of which an object has hundreds; nobody writes into those."""
    return data[run.start() - 5 : run.start()] == b"2.25." and run[0].isdigit()
