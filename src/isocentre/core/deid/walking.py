"""What a walk over one object knows and counts: the rules that hold, the person's keys and words, what was done."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from isocentre.core.deid.cleaner import NOBODY, Cleaner
from isocentre.core.deid.demands import Demands
from isocentre.core.deid.keys import Keys
from isocentre.core.deid.people import CHARSET
from isocentre.core.deid.profile import Profile
from isocentre.core.deid.rules import BURNED_IN, GUARD, TEXT, Change, Decision, decide, says_burned
from isocentre.core.dicom.walk import Element, MalformedDicom, tag_text

if TYPE_CHECKING:
    from isocentre.core.deid.alike import Kept

Inserts: TypeAlias = tuple[tuple[int, bytes], ...]
Tags: TypeAlias = dict[tuple[int, str], int]
Texts: TypeAlias = dict[tuple[int, str], str]
REMEMBERED = 16384
_UNSEEN = re.compile(rb"[\0-\x1f\x7f]")
TAG_AND_VR = 0xFFFFFFFFFFFF
TAG_ONLY = 0xFFFFFFFF


@dataclass(slots=True)
class Rules:
    """Decisions of one profile in one place of one IOD, found once per (tag, VR) and kept.

    `by_head` is keyed by the first bytes of an element as they lie (little-endian tag, and VR when explicit).
    """

    profile: Profile
    demands: Demands
    explicit: dict[int, Decision] = field(default_factory=dict)
    implicit: dict[int, Decision] = field(default_factory=dict)

    def decide(self, tag: int, vr: bytes) -> Decision:
        """The decision on an element."""
        return decide(self.profile, self.demands, tag, vr)

    def found(self, head: int, explicit: bool) -> Decision:
        """Decide on a head seen for the first time. Private tags may fill half of what is remembered at most."""
        tag = (head & 0xFFFF) << 16 | (head >> 16 & 0xFFFF)
        vr = (head >> 32 & 0xFFFF).to_bytes(2, "little") if explicit else b""
        decision = self.decide(tag, vr)
        table = self.explicit if explicit else self.implicit
        if len(table) < (REMEMBERED // 2 if tag >> 16 & 1 else REMEMBERED):
            table[head & (TAG_AND_VR if explicit else TAG_ONLY)] = decision
        return decision


@dataclass(slots=True, kw_only=True)
class Effect:
    """What a walk notes: raw values of top-level elements that were looked at, by tag; elements by action; words that
    went, by reason; rules of people by which text went or stayed; and whether text is said to be burned in.

    `tags`: filled, where it is one, with how many elements got which action; `texts` with texts, by (tag, text), that
    lost nothing but words of no list, and what is left.
    """

    seen: dict[int, bytes] = field(default_factory=dict)
    actions: dict[str, int] = field(default_factory=dict)
    cleaned: dict[str, int] = field(default_factory=dict)
    named: dict[str, None] = field(default_factory=dict)
    burned_in: bool = False
    tags: Tags | None = None
    texts: Texts | None = None

    def add(self, more: Effect) -> None:
        """Note what another walk noted as well."""
        self.seen |= more.seen
        _count(self.actions, more.actions)
        _count(self.cleaned, more.cleaned)
        self.named |= more.named
        if self.tags is not None and more.tags is not None:
            _count(self.tags, more.tags)
        if self.texts is not None and more.texts is not None:
            self.texts |= more.texts
        self.burned_in = self.burned_in or more.burned_in


_NOTED = tuple(one.name for one in fields(Effect))
T = TypeVar("T")


def _count(mine: dict[T, int], more: dict[T, int]) -> None:
    if not mine:
        mine.update(more)
        return
    for what, count in more.items():
        mine[what] = mine.get(what, 0) + count


@dataclass(slots=True)
class Walk(Effect):
    """State of one object's walk, and what it notes. `groups`: what is remembered of private groups of the top level.

    `scheme`: that of the coded entry that is walked; `same`: coded entries in which nothing changes, as they lie.

    `rules` hold at the top level, `inner` inside sequences, `carried` inside Device Sequence (PS3.3 C.7.6.12): what is
    in or on the patient, such as an implant, is one of a kind, and tells of the patient where a scanner does not.
    """

    rules: Rules
    inner: Rules
    carried: Rules
    keys: Keys
    slow: bool = False
    pixel_at: int | None = None
    cleaner: Cleaner = NOBODY
    charset: bytes = b""
    scheme: bytes = b""
    same: set[tuple[bool, bool, bytes, bytes]] = field(default_factory=set)
    groups: dict[int, Kept] = field(default_factory=dict)

    @contextmanager
    def apart(self) -> Iterator[Effect]:
        """What is noted meanwhile, for itself; in the end it is added to the rest."""
        outer = Effect(**{name: getattr(self, name) for name in _NOTED})
        effect = Effect(tags=None if self.tags is None else {}, texts=None if self.texts is None else {})
        for name in _NOTED:
            setattr(self, name, getattr(effect, name))
        try:
            yield effect
        finally:
            effect.burned_in = self.burned_in
            for name in _NOTED:
                setattr(self, name, getattr(outer, name))
            self.add(effect)

    def dropped(self, tags: list[int]) -> None:
        """Count elements that went unread."""
        if tags:
            self.actions["X"] = self.actions.get("X", 0) + len(tags)
        for tag in tags if self.tags is not None else ():
            self.count(tag, "X")

    def count(self, tag: int, letter: str) -> None:
        """Count one element by its tag, where that is asked for."""
        if self.tags is not None:
            self.tags[tag, letter] = self.tags.get((tag, letter), 0) + 1

    def changed(self, element: Element, decision: Decision, change: Change, raw: bytes, depth: int) -> bytes | None:
        """What becomes of a value; None to remove the element. Text is cleaned by what is known of the person."""
        tag = element.tag
        if decision.form is not None and decision.form(raw, 0, len(raw)):
            return raw
        if depth == 0:
            self.seen[tag] = raw
        if tag == BURNED_IN:
            self.burned_in = self.burned_in or says_burned(raw)
        if tag == CHARSET:
            if decision.vr not in (b"CS", b"UN"):  # readers stop at a character set that is a number
                raise MalformedDicom("data set", f"{tag_text(tag)} has the value representation of another attribute")
            if _UNSEEN.search(raw.rstrip(b" \0")):  # readers stop at these too
                raise MalformedDicom("data set", f"{tag_text(tag)} has signs that name no character set")
            self.charset = raw
        if decision.kind not in (TEXT, GUARD):
            return change(self.keys, raw)
        clean = self.cleaner.value if decision.kind == TEXT else self.cleaner.guarded
        made, gone, rules, lost = clean(tag, decision.vr, raw, self.charset, self.scheme)
        for reason, count in gone.items():
            self.cleaned[reason] = self.cleaned.get(reason, 0) + count
        self.named |= dict.fromkeys(rules)
        if self.texts is not None:
            self.texts |= {(tag, before): after for before, after in lost}
        return made if made or not gone else change(self.keys, raw)
