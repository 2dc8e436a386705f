"""Looks for planted values in bytes, in every disguise a leak could wear; shares no code with the product's own search.

A form is looked for in the bytes as they lie, in each gzip, zlib and zip member inside them, and in every cell of a
SQLite database (a long cell lies in pieces in the file).
"""

from __future__ import annotations

import base64
import hashlib
import re
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

SHORTEST = 5
MOST = 64 * 1024 * 1024
_URL = bytes.maketrans(b"+/", b"-_")
_MEMBER = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]|PK\x03\x04")
_DATE = re.compile(r"(\d{4})(\d\d)(\d\d)")


def spellings(value: str) -> set[str]:
    """The value, its parts when it is a name or a phrase, and a date as people write it."""
    found = {value, *(part for part in re.split(r"[\^\s]+", value) if len(part) >= SHORTEST)}
    if "^" in value:
        parts = value.split("^")
        found |= {join.join(order) for join in (" ", ", ", "_") for order in (parts, parts[::-1])}
    if date := _DATE.fullmatch(value):
        year, month, day = date.groups()
        found |= {join.join(order) for join in "-/." for order in ((year, month, day), (day, month, year))}
    return found


def forms(value: str) -> dict[str, set[bytes]]:
    """Every form of the value by kind; kinds that begin with `any case` are looked for in lower case."""
    found: dict[str, set[bytes]] = {"any case": set(), "any case, hex": set(), "base64": set()}
    for text in spellings(value):
        small = text.lower()
        for order in (small, small[::-1]):
            found["any case"] |= {order.encode(codec) for codec in ("utf-8", "utf-16-le", "utf-16-be")}
        for case in {text, small, text.upper()}:
            raw = case.encode()
            found["any case, hex"] |= {raw.hex().encode(), hashlib.sha256(raw).hexdigest().encode()}
            aligned = {_aligned(raw, shift) for shift in range(3)}
            found["base64"] |= aligned | {one.translate(_URL) for one in aligned}
    return found


def _aligned(raw: bytes, shift: int) -> bytes:
    """Base64 of `raw` where `shift` bytes come before it: the characters that depend on nothing else."""
    coded = base64.b64encode(bytes(shift) + raw)
    return coded[(0, 2, 3)[shift] : (shift + len(raw)) * 8 // 6]


class Search:
    """Looks for several values at once."""

    def __init__(self, values: Iterable[str]) -> None:
        self._forms = [(value, forms(value)) for value in values]

    def within(self, data: bytes, depth: int = 2) -> set[str]:
        """The values found in the bytes, or in a compressed member of them."""
        small = data.lower()
        found = {
            value
            for value, kinds in self._forms
            if any(
                form in (small if kind.startswith("any case") else data)
                for kind, all_ in kinds.items()
                for form in all_
            )
        }
        if depth:
            for member in members(data):
                found |= self.within(member, depth - 1)
        return found

    def below(self, *folders: Path) -> dict[str, set[str]]:
        """Values found in the name or content of each file below the folders, and in each cell of each database."""
        found: dict[str, set[str]] = {}
        for folder in folders:
            for path in sorted(p for p in folder.rglob("*") if p.is_file()):
                where = str(path.relative_to(folder))
                try:
                    content = path.read_bytes()
                except FileNotFoundError:  # a side at work forgets a token that ended: nothing lies there now
                    continue
                hits = self.within(content) | self.within(where.encode(), 0)
                if path.suffix == ".sqlite3":
                    hits |= set().union(*(self.within(cell) for cell in cells(path)))
                if hits:
                    found[where] = hits
        return found


def members(data: bytes) -> Iterator[bytes]:
    """What the gzip, zlib and zip members in the bytes hold."""
    for at in _MEMBER.finditer(data):
        start, wbits = at.start(), zlib.MAX_WBITS | 32
        if at.group() == b"PK\x03\x04":
            name, extra = (int.from_bytes(data[start + i : start + i + 2], "little") for i in (26, 28))
            start, wbits = start + 30 + name + extra, -zlib.MAX_WBITS
        machine = zlib.decompressobj(wbits)
        try:
            inside = machine.decompress(data[start : start + MOST], MOST)
        except zlib.error:
            continue
        if inside:
            yield inside


def cells(database: Path) -> Iterator[bytes]:
    """Every value of every table, as bytes."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30)) as opened:
        tables = [name for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            for row in opened.execute(f'SELECT * FROM "{table}"'):
                yield b"\0".join(v if isinstance(v, bytes) else str(v).encode() for v in row if v is not None)
