"""What lies in an object just as in the one before: runs of elements, found again by their bytes.

A slice is mostly the slice before it. Whoever walks one may keep what became of a stretch, and take it where the very
bytes lie there again; all else is walked as ever. What has differed once is walked each time from then on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from isocentre.core.dicom.walk import Buffer

NEVER = 1 << 33
"""Above every tag."""
LEAST, LARGEST = 3, 1 << 18
"""Elements of a stretch that is worth it, and bytes of a header that is remembered."""
PICTURE = 0x7FE00000
"""Nothing is remembered from this tag on."""
D = TypeVar("D")


@dataclass(slots=True)
class At:
    """Where a walk is: the next byte, the tag before it, how many of the inserted elements are in."""

    pos: int
    last: int = -1
    waiting: int = 0


@dataclass(slots=True, eq=False)
class Stretch(Generic[D]):
    """Elements one behind the other: their bytes, the tag of each with where it begins, and what became of them."""

    data: bytes
    marks: tuple[tuple[int, int], ...]
    tag: int = field(init=False)
    last: int = field(init=False)
    done: D | None = None

    def __post_init__(self) -> None:
        self.tag, self.last = self.marks[0][0], self.marks[-1][0]

    def split(self, lies: bytes) -> list[Stretch[D]]:
        """Its parts before and behind the first element that is not so in `lies`, where they are worth it."""
        ends = [begin for _, begin in self.marks[1:]] + [len(self.data)]
        same = (self.data[begin:end] == lies[begin:end] for (_, begin), end in zip(self.marks, ends, strict=True))
        first = next(number for number, is_same in enumerate(same) if not is_same)
        out: list[Stretch[D]] = []
        for marks, end in ((self.marks[:first], self.marks[first][1]), (self.marks[first + 1 :], len(self.data))):
            if len(marks) >= LEAST:
                at = marks[0][1]
                out.append(Stretch(self.data[at:end], tuple((tag, begin - at) for tag, begin in marks)))
        return out


def learned(buffer: Buffer, runs: Iterable[tuple[list[tuple[int, int]], int]]) -> tuple[Stretch[D], ...]:
    """Stretches of runs of elements in `buffer`: (tag, where it begins) of each, and where the run ends."""
    out: list[Stretch[D]] = []
    for marks, stop in runs:
        if len(marks) >= LEAST:
            at = marks[0][1]
            out.append(Stretch(bytes(buffer[at:stop]), tuple((tag, begin - at) for tag, begin in marks)))
    return tuple(out)


def follow(
    stretches: tuple[Stretch[D], ...],
    buffer: Buffer,
    at: At,
    ordinary: Callable[[int], None],
    take: Callable[[Stretch[D]], None],
) -> tuple[Stretch[D], ...]:
    """Take the stretches that lie in the object, and walk what is between; returns those that still hold.

    `ordinary` walks from `at` to the first of a tag or above. The very tuple comes back when all lay there.
    """
    waiting, same, changed = list(reversed(stretches)), list[Stretch[D]](), False
    while waiting:
        one = waiting.pop()
        size = len(one.data)
        if bytes(buffer[at.pos : at.pos + size]) != one.data:
            ordinary(one.tag)
            lies = bytes(buffer[at.pos : at.pos + size])
            if lies != one.data:
                waiting += reversed(one.split(lies))
                changed = True
                continue
        take(one)
        same.append(one)
    ordinary(NEVER)
    return tuple(same) if changed else stretches
