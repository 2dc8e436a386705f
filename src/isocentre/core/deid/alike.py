"""What the engine remembers of an object: where the next one of a person has the very bytes, its outcome is taken.

Outcomes hold under the same rules, keys and words of one person, and character set (see `core.dicom.stretches`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, TypeAlias

from isocentre.core.deid.blocks import FACES
from isocentre.core.deid.keys import Keys
from isocentre.core.deid.plan import Piece, parts
from isocentre.core.deid.private import Group
from isocentre.core.deid.walking import Effect, Inserts, Rules, Walk
from isocentre.core.dicom import stretches
from isocentre.core.dicom.stretches import NEVER, PICTURE, At, follow, learned
from isocentre.core.dicom.walk import Buffer, Encoding, elements

_MEMORIES = 4
_OWN_ELEMENTS = 0x1000
Given = tuple[bytes, Mapping[int, object]]


class Done(NamedTuple):
    """What became of a stretch: pieces by block (0 outside private groups), what was noted, the character set after it.

    `given`: what that hung on besides the bytes, character set and creators of private blocks. `waiting`: how many of
    the inserted elements were in after it.
    """

    given: Given
    made: tuple[tuple[int, bytes], ...]
    effect: Effect
    charset: bytes
    waiting: int


Stretch: TypeAlias = stretches.Stretch[Done]


@dataclass(slots=True, eq=False)
class Kept:
    """The stretches of one place, ascending; `whole`: what was last noted of several, each and all together.

    Threads may share it: what stands here is replaced, never changed.
    """

    stretches: tuple[Stretch, ...] = ()
    whole: tuple[list[Effect], Effect] | None = None


@dataclass(slots=True, eq=False)
class Memory:
    """What is remembered of objects of one person walked by the same rules, with the same keys and insertions.

    `noted`: whether elements are counted by tag, and texts written down that lost words.
    """

    rules: Rules
    keys: Keys
    added: Inserts
    encoding: Encoding
    noted: tuple[bool, bool]
    seen_before: bool = False
    top: Kept = field(default_factory=Kept)
    groups: dict[int, Kept] = field(default_factory=dict)

    def fits(self, walk: Walk, added: Inserts, encoding: Encoding) -> bool:
        """Whether it was made under the very same rules; those of nested places come with those of the top level."""
        same = self.rules is walk.rules and self.keys is walk.keys and self.added is added
        return same and self.encoding == encoding and self.noted == _noted_by(walk)

    def learn(self, buffer: Buffer, start: int, end: int) -> None:
        """Remember the second object, where nothing is yet; of private groups what is behind the creators."""
        if not self.seen_before:
            self.seen_before = True
            return
        if self.top.stretches or self.groups:
            return
        runs: list[tuple[int, list[tuple[int, int]], int]] = []
        place = None
        for tag, _, begin, _, _, stop, _ in elements(buffer, start, end, self.encoding):
            if tag >= PICTURE or stop - start > stretches.LARGEST:
                break
            number = tag >> 16 if tag >> 16 & 1 else 0
            if number and tag & 0xFFFF < _OWN_ELEMENTS:
                place = None
                continue
            # The mark of faces is put in, and may be taken out again: it lies between stretches.
            here = (number, tag > FACES)
            if here != place:
                runs.append((number, [], stop))
                place = here
            runs[-1][1].append((tag, begin))
            runs[-1] = (number, runs[-1][1], stop)
        self.top.stretches = learned(buffer, ((marks, stop) for number, marks, stop in runs if not number))
        for number in {number for number, _, _ in runs if number}:
            self.groups[number] = Kept(learned(buffer, ((m, stop) for odd, m, stop in runs if odd == number)))


def _noted_by(walk: Walk) -> tuple[bool, bool]:
    return walk.tags is not None, walk.texts is not None


def memory(walk: Walk, added: Inserts, encoding: Encoding) -> Memory | None:
    """What is remembered of objects like this one, on the cleaner of its person; None where UIDs are written down.

    Memory is bounded: a cleaner has few, and there are few cleaners.
    """
    if walk.slow or not encoding.little or walk.keys.logs:
        return None
    known: list[Memory] = walk.cleaner.alike
    for one in known:
        if one.fits(walk, added, encoding):
            return one
    made = Memory(walk.rules, walk.keys, added, encoding, _noted_by(walk))
    walk.cleaner.alike = [made, *known[: _MEMORIES - 1]]
    return made


class Ordinary(Protocol):
    """The ordinary road: elements up to `end`, or the first of tag `until` or above; insertions below `flush`."""

    def __call__(self, pieces: list[Piece], end: int, until: int, flush: int) -> None: ...


def top(
    walk: Walk, kept: Kept, buffer: Buffer, at: At, end: int, inserts: Inserts, pieces: list[Piece], ordinary: Ordinary
) -> None:  # fmt: skip
    """Walk the top level of a data set, by what is remembered of it and else by the `ordinary` road."""
    taken: list[Effect] = []

    def take(one: Stretch) -> None:
        while at.waiting < len(inserts) and inserts[at.waiting][0] < one.tag:
            pieces.append(inserts[at.waiting][1])
            at.waiting += 1
        done = one.done
        if done is None or done.given[0] != walk.charset:
            given, made = (walk.charset, dict[int, object]()), list[Piece]()
            with walk.apart() as effect:
                ordinary(made, at.pos + len(one.data), NEVER, one.last)
            whole = b"".join(part for piece in made for part in parts(piece, buffer))
            one.done = Done(given, ((0, whole),), effect, walk.charset, at.waiting)
            pieces.append(whole)
            return
        pieces.append(done.made[0][1])
        taken.append(done.effect)
        at.pos, at.last, at.waiting, walk.charset = at.pos + len(one.data), one.last, done.waiting, done.charset

    try:
        kept.stretches = follow(kept.stretches, buffer, at, lambda until: ordinary(pieces, end, until, until), take)
    finally:
        _noted(walk, kept, taken)


def group(walk: Walk, found: Group, kept: Kept, buffer: Buffer, pos: int, end: int) -> tuple[int, int]:
    """Take every element of a private group, as `Group.scan`: where it ends, and the last tag."""
    at, taken = At(pos), list[Effect]()

    def scan(until: int, stop: int = end) -> None:
        at.pos, at.last = found.scan(at.pos, stop, 0, at.last, until)

    def take(one: Stretch) -> None:
        done = one.done
        if done is None or done.given != (walk.charset, found.blocks):
            given = (walk.charset, dict(found.blocks))
            before, found.made = found.made, []
            with walk.apart() as effect:
                found.actions = walk.actions
                scan(NEVER, at.pos + len(one.data))
            found.actions = walk.actions
            made = tuple((block, b"".join(parts(piece, buffer))) for block, piece in found.made)
            one.done = Done(given, made, effect, walk.charset, 0)
            found.made = [*before, *made]
            return
        found.made += done.made
        taken.append(done.effect)
        at.pos, at.last = at.pos + len(one.data), one.last

    try:
        kept.stretches = follow(kept.stretches, buffer, at, scan, take)
    finally:
        _noted(walk, kept, taken)
    return at.pos, at.last


def _noted(walk: Walk, kept: Kept, taken: list[Effect]) -> None:
    """Add what was noted of stretches that were taken; of mostly the same ones it is put together once."""
    held = kept.whole
    if held is None or held[0] != taken:
        made = Effect(tags={}, texts={})
        for effect in taken:
            made.add(effect)
        held = kept.whole = (taken, made)
    walk.add(held[1])
