"""The national data opt-out service in memory: the fake of `core.ports.OptOuts`, held to the port's contract."""

from __future__ import annotations

from datetime import date

from isocentre.core.ids import NhsNumber
from isocentre.core.optout import Sweep, Verdict


class MemoryOptOuts:
    """What was asked and answered, in memory."""

    def __init__(self) -> None:
        self._asked: frozenset[NhsNumber] = frozenset()
        self._answer: tuple[Sweep, frozenset[NhsNumber], frozenset[NhsNumber]] | None = None

    def ask(self, numbers: frozenset[NhsNumber]) -> None:
        self._asked = numbers

    def asked(self) -> frozenset[NhsNumber]:
        return self._asked

    def take(self, allowed: frozenset[NhsNumber], *, answered_on: date) -> Sweep:
        if not allowed <= self._asked:
            raise ValueError("the answer names people who were not asked about")
        sweep = Sweep(answered_on, len(self._asked), len(allowed))
        self._answer = (sweep, self._asked, allowed)
        return sweep

    def sweep(self) -> Sweep | None:
        return self._answer[0] if self._answer else None

    def look_up(self, number: NhsNumber) -> Verdict:
        if self._answer is None or number not in self._answer[1]:
            return "not_asked"
        return "allowed" if number in self._answer[2] else "opted_out"
