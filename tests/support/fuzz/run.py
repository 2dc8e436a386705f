"""A run over a seed: inputs one after another, counts of what became of them, and one finding of each kind kept."""

from __future__ import annotations

import gc
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from support.fuzz.inputs import made, profiles
from support.fuzz.oracle import judge

WHOLE = 256
"""Of the inputs on the fast road, every so manieth is read by pydicom as well."""


@dataclass(frozen=True)
class Found:
    """One finding: the input's number, and what is wrong with what became of it."""

    number: int
    base: str
    profile: str
    wrong: str
    words: str
    data: bytes = field(repr=False)

    @property
    def kind(self) -> str:
        """Findings of one kind are one fault, as far as can be told."""
        return f"{self.wrong}: {self.words}"


@dataclass
class Run:
    """What a run did, as far as it came."""

    seed: int
    first: int
    both: bool
    inputs: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    outcomes: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    found: list[Found] = field(default_factory=list)

    def line(self) -> dict[str, Any]:
        """The run as a line of the ledger."""
        return {
            "seed": self.seed, "first": self.first, "inputs": self.inputs, "both_roads": self.both,
            "seconds": round(self.seconds), "slowest_ms": round(self.slowest * 1000),
            "outcomes": dict(sorted(self.outcomes.items())), "findings": dict(sorted(self.kinds.items())),
        }  # fmt: skip


def run(seed: int, first: int, inputs: int, seconds: float, *, both: bool = False) -> Run:
    """Inputs `first` and on of a seed, until there were so many or so many seconds have gone."""
    done = Run(seed, first, both)
    profiles()
    gc.freeze()  # what stays for the whole run is not looked through again for each thousand inputs
    begun = time.monotonic()
    for number in range(first, first + inputs):
        one = made(seed, number)
        before = time.process_time()
        verdict = judge(one.data, profiles()[one.profile], both=both, whole=both or number % WHOLE == 0)
        done.slowest = max(done.slowest, time.process_time() - before)
        done.inputs += 1
        if verdict.wrong:
            found = Found(number, one.base, one.profile, verdict.wrong, verdict.words, one.data)
            done.kinds[found.kind] += 1
            if done.kinds[found.kind] == 1:
                done.found.append(found)
        else:
            done.outcomes[verdict.outcome] += 1
        if not number & 0xFF and time.monotonic() - begun > seconds:
            break
    done.seconds = time.monotonic() - begun
    return done
