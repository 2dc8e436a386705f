"""What `verify` says: findings in words with a count, never an identifier; and how the two sides differ, by UID."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Finding:
    """One kind of thing that is not as it should be: a short name for programs, how many, and words for a person."""

    about: str
    count: int
    words: str


@dataclass(slots=True)
class Proof:
    """The outcome of one check: how many of what were looked at, what was found, and what is only worth knowing."""

    checked: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)

    def find(self, about: str, count: int, words: str) -> None:
        """Add a finding, when there is any."""
        if count:
            self.findings.append(Finding(about, count, words))

    def note(self, about: str, count: int, words: str) -> None:
        """Add something worth knowing that is not wrong, when there is any."""
        if count:
            self.notes.append(Finding(about, count, words))


@dataclass(frozen=True, slots=True)
class Apart:
    """Object UIDs on which the two sides differ."""

    not_held: frozenset[str]
    not_sent: frozenset[str]

    def still(self, earlier: Apart) -> Apart:
        """What differed earlier, too: an object on its way between the two looks is no difference."""
        return Apart(self.not_held & earlier.not_held, self.not_sent & earlier.not_sent)

    def __bool__(self) -> bool:
        return bool(self.not_held or self.not_sent)


def apart(sent_on: Set[str], sent_before: Set[str], held: Set[str]) -> Apart:
    """Hold what the hospital side sent on against what the national side has stored, recalled or erased (design §3).

    `sent_before`: objects whose row is on its way or held again (a correction, other pixels), of which an earlier
    revision was sent on; the national side may hold them, and need not.
    """
    return Apart(frozenset(sent_on - held), frozenset(held - sent_on - sent_before))
