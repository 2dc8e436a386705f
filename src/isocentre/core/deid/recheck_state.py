"""What the second check finds while it follows the bytes of an object: findings, and what the values say."""

from __future__ import annotations

import mmap
from dataclasses import dataclass, field
from typing import TypeAlias

from isocentre.core.deid.recheck_naming import STAYING
from isocentre.core.deid.recheck_sorts import DEVICE, FREE

Bytes: TypeAlias = bytes | bytearray | memoryview | mmap.mmap


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with an object: a code, and words that never quote a value."""

    code: str
    words: str


class Broken(ValueError):
    """The bytes cannot be followed."""


Texts: TypeAlias = dict[int, dict[bytes, int]]
"""Values by how their attribute is treated (`recheck_naming.sort_of`), each with the tag it first came with."""


@dataclass(slots=True)
class State:
    """What is found while an object is followed. `texts`: its text values, by their character set.

    `formal`: numbers, dates and UIDs as text; `binary`: all other values. Each value is kept once, with the tag it
    first came with, so that the frames of an enhanced object are read once where they say the same. `alike`: the item
    last judged, by its sequence and where that stands.
    """

    data: Bytes
    explicit: bool
    little: bool
    found: list[Finding] = field(default_factory=list)
    values: dict[int, bytes] = field(default_factory=dict)
    pixel: tuple[int, int] | None = None
    codes: list[bytes] = field(default_factory=list)
    staying: list[int] = field(default_factory=list)
    sealed: int = 0
    private: dict[int, bool] = field(default_factory=dict)
    dated: set[int] = field(default_factory=set)
    unkeyed: set[int] = field(default_factory=set)
    allowed: frozenset[tuple[int, str]] = frozenset()
    texts: dict[bytes, Texts] = field(default_factory=dict)
    formal: dict[bytes, int] = field(default_factory=dict)
    binary: dict[bytes, int] = field(default_factory=dict)
    alike: dict[tuple[int, int, bool, bytes, int], bytes] = field(default_factory=dict)

    def names(self, tag: int) -> None:
        """Note an attribute that may not say anything."""
        if tag in STAYING and not self.sealed:
            self.staying.append(tag)
        else:
            self.add("forbidden", "An attribute that names a person or an order", tag)

    def says(self, code: bytes) -> bool:
        """Whether the object says that it was done by this method of CID 7050."""
        return any(code in codes and b"DCM" in codes for codes in self.codes)

    def add(self, code: str, words: str, tag: int | None = None) -> None:
        """Note a finding, once."""
        place = "" if tag is None else f" at ({tag >> 16:04X},{tag & 0xFFFF:04X})"
        finding = Finding(code, words + place + ".")
        if finding not in self.found:
            self.found.append(finding)

    def texts_in(self, charset: bytes) -> Texts:
        """Where the texts of a character set are gathered."""
        if charset not in self.texts:
            self.texts[charset] = {sort: {} for sort in range(FREE, DEVICE + 1)}
        return self.texts[charset]
