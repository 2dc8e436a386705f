"""Score a run: judge every answer of every file, settle the dates of each person, add up, list what failed."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from isocentre.core.score.judging import judge
from isocentre.core.score.model import ACTIONS, LEAKS, LOSSES, Answer, Key, Maps, Verdict
from isocentre.core.score.reading import Found

NO_OUTPUT = "no output"
_LISTED = 200


@dataclass(frozen=True, slots=True)
class Failure:
    """One answer that is wrong: which file, where, what was meant and what was found."""

    file: str
    answer: Answer
    found: str

    def plain(self) -> dict[str, str]:
        """For JSON."""
        return {"file": self.file, "found": self.found, **self.answer._asdict()}

    def line(self) -> str:
        """For a person: one line."""
        a = self.answer
        meant = f"{a.text!r}" + (f" ({a.how})" if a.how else "")
        return f"{self.file}  {a.path}  {a.action}: {meant}, found {self.found[:120]!r}"


@dataclass(frozen=True, slots=True)
class Tally:
    """Answers right, of those that could be judged; `open` those that could not."""

    passed: int = 0
    total: int = 0
    open: int = 0

    def plain(self) -> dict[str, int]:
        """For JSON."""
        return {"passed": self.passed, "total": self.total, "open": self.open}


@dataclass(frozen=True, slots=True)
class Report:
    """What a run scored. `absent`: files that were not put out; those that had to be fail with every answer."""

    actions: dict[str, Tally]
    categories: dict[str, Tally]
    failures: tuple[Failure, ...] = field(repr=False)
    files: int
    absent: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def total(self) -> Tally:
        """All actions together."""
        tallies = self.actions.values()
        return Tally(sum(t.passed for t in tallies), sum(t.total for t in tallies), sum(t.open for t in tallies))

    @property
    def right(self) -> bool:
        """True when at least one answer was judged and none failed."""
        return not self.failures and self.total.total > 0

    def of(self, actions: frozenset[str]) -> int:
        """How many answers of these actions failed in files that were put out."""
        return sum(one.answer.action in actions and one.found != NO_OUTPUT for one in self.failures)

    def as_json(self) -> dict[str, Any]:
        """The whole report, every failure in it."""
        return {
            "total": self.total.plain(),
            "leaks": self.of(LEAKS),
            "losses": self.of(LOSSES),
            "files": self.files,
            "absent": list(self.absent),
            "unknown": list(self.unknown),
            "actions": {name: tally.plain() for name, tally in self.actions.items()},
            "categories": {name: tally.plain() for name, tally in self.categories.items()},
            "failures": [failure.plain() for failure in self.failures],
        }

    def as_text(self, listed: int = _LISTED) -> str:
        """The report for a person; at most `listed` failures."""
        total = self.total
        share = f"{100 * total.passed / total.total:.2f} %" if total.total else "nothing judged"
        lines = [f"{total.passed:,} of {total.total:,} answers right ({share})"]
        lines.append(f"{self.files} files, and {len(self.absent)} not put out")
        lines.append(f"{self.of(LEAKS)} leaks, {self.of(LOSSES)} losses")
        for title, tallies in (("by action", self.actions), ("by category", self.categories)):
            lines += ["", title, *(_row(name, tally) for name, tally in tallies.items())]
        if self.failures:
            lines += ["", "wrong", *(failure.line() for failure in self.failures[:listed])]
        if len(self.failures) > listed:
            lines.append(f"... and {len(self.failures) - listed} more (--json lists all)")
        return "\n".join(lines)


def _row(name: str, tally: Tally) -> str:
    undecided = f"   {tally.open} not judged" if tally.open else ""
    return f"  {name:<26}{tally.passed:>9,} of {tally.total:>9,}{undecided}"


class _Sums:
    """Verdicts added up; of those that are wrong, all is kept."""

    def __init__(self) -> None:
        self.actions: Counter[tuple[str, bool | None]] = Counter()
        self.categories: Counter[tuple[str, bool | None]] = Counter()
        self.failures: list[Failure] = []

    def add(self, file: str, answer: Answer, verdict: Verdict) -> None:
        self.actions[answer.action, verdict.passed] += 1
        self.categories[answer.category or "other", verdict.passed] += 1
        if verdict.passed is False:
            self.failures.append(Failure(file, answer, verdict.found))


class Scorer:
    """Takes the files of a run one by one, and reports once, at the end. Memory grows with what is wrong, and dates."""

    def __init__(self, maps: Maps) -> None:
        self._maps = maps
        self._new_to_old = {new: old for old, new in maps.uids.items()}
        self._sums = _Sums()
        self._moved: list[tuple[Key, Answer, Verdict]] = []
        self._done: set[str] = set()
        self._unknown: list[str] = []

    def original(self, found: Found) -> str:
        """The SOP instance UID of the original that an output was made of: by the map, or its own where unchanged."""
        uid = found.sop_instance_uid
        return self._new_to_old.get(uid, uid)

    def add(self, key: Key, found: Found) -> None:
        """Judge one output."""
        self._done.add(key.sop_instance_uid)
        for answer in key.answers:
            verdict = judge(answer, found, self._maps)
            if verdict.days is None:
                self._sums.add(key.name, answer, verdict)
            else:
                self._moved.append((key, answer, verdict))

    def unknown(self, name: str) -> None:
        """Note an output that belongs to no key, or cannot be read."""
        self._unknown.append(name)

    def report(self, keys: list[Key]) -> Report:
        """Add up, once; `keys` are all that were asked for."""
        absent = [key for key in keys if key.sop_instance_uid not in self._done]
        self._settle()
        for key in absent:
            for answer in key.answers if key.expected == "pass" else ():
                self._sums.add(key.name, answer, Verdict(False, NO_OUTPUT))
        sums = self._sums
        return Report(
            actions={name: _tally(sums.actions, name) for name in ACTIONS if _tally(sums.actions, name) != Tally()},
            categories={name: _tally(sums.categories, name) for name in sorted({name for name, _ in sums.categories})},
            failures=tuple(sums.failures),
            files=len(self._done),
            absent=tuple(sorted(key.name for key in absent)),
            unknown=tuple(sorted(self._unknown)),
        )

    def _settle(self) -> None:
        """Judge the dates: one that moved by another span than most dates of the person is wrong too."""
        spans: defaultdict[str, Counter[int | None]] = defaultdict(Counter)
        for key, _, verdict in self._moved:
            spans[key.patient_id][verdict.days] += 1
        usual = {patient: counts.most_common(1)[0][0] for patient, counts in spans.items()}
        for key, answer, verdict in self._moved:
            same = verdict.days == usual[key.patient_id]
            self._sums.add(key.name, answer, verdict if same else verdict._replace(passed=False))
        self._moved.clear()


def _tally(counts: Counter[tuple[str, bool | None]], name: str) -> Tally:
    passed, failed = counts[name, True], counts[name, False]
    return Tally(passed, passed + failed, counts[name, None])
