"""Joins what can be fetched, and says whether a shifted date and a clock meet: the attack of design §3, Dates.

A shift is whole weeks back. Whoever knows the shifted date of a scan and any clock time of its first days knows the
shift: the days between, rounded down to weeks. A Fact is one thing fetched (an answer, a row, a file): the names in it
(UIDs, pseudonyms, hashes, random ids) and the days in it. Facts that share a name are joined, over any number of steps.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

_NAME = re.compile(r"(?<![\w.])(?:2\.25\.\d{10,39}|P-[A-Z2-7]{12}|[0-9a-f]{16,64})(?![\w])")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ISO = re.compile(r"(?<!\d)(20\d\d)-?(0[1-9]|1[0-2])-?(0[1-9]|[12]\d|3[01])(?!\d{7,})")
_WORDS = re.compile(r"(?<!\d)(\d{1,2})[ -]([A-Za-z]{3})[a-z]*[ -](20\d\d)")
_EPOCH = re.compile(r"(?<![\d.])(1[6-9]\d{8})(?:\d{3})?(?:\.\d+)?(?!\d)")
_AGO = re.compile(r"\b(?:just now|today|\d+ (?:second|minute|hour)s? ago)\b", re.IGNORECASE)
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Fact:
    """Something fetched: from where, the names and the days in it."""

    source: str
    names: frozenset[str]
    days: frozenset[date]


def fact(source: str, text: str, today: date | None = None) -> Fact:
    """What a text says; `today` is the day that words like `5 minutes ago` speak of."""
    names = {name for name in _NAME.findall(text) if not name.isdigit()}
    return Fact(source, frozenset(names), frozenset(_days(text, today)))


def _days(text: str, today: date | None) -> Iterable[date]:
    for year, month, day in _ISO.findall(text):
        yield from _day(int(year), int(month), int(day))
    for day, month, year in _WORDS.findall(text):
        if month.lower() in _MONTHS:
            yield from _day(int(year), _MONTHS.index(month.lower()) + 1, int(day))
    for seconds in _EPOCH.findall(text):
        yield datetime.fromtimestamp(int(seconds), UTC).date()
    if today is not None and _AGO.search(text):
        yield today


def _day(year: int, month: int, day: int) -> Iterable[date]:
    try:
        yield date(year, month, day)
    except ValueError:
        return


@dataclass(frozen=True)
class Scan:
    """A scan whose shift is sought: one of its names, its shifted date as anybody reads it, its true date."""

    name: str
    shifted: date
    true: date


@dataclass(frozen=True)
class Leak:
    """A way to the shift: the sources joined, the clock met, the shift in whole weeks."""

    scan: Scan
    sources: tuple[str, ...]
    clock: date
    weeks: int


def leaks(facts: Iterable[Fact], scans: Iterable[Scan]) -> list[Leak]:
    """Every scan of which joined facts give the true shift, the shortest way first."""
    named: dict[str, list[Fact]] = defaultdict(list)
    for one in facts:
        for name in one.names:
            named[name].append(one)
    return [found for scan in scans for found in _of(scan, named)]


def _of(scan: Scan, named: dict[str, list[Fact]]) -> list[Leak]:
    """Breadth first from the scan's name, so that the first way to a clock is the shortest."""
    ways: dict[str, tuple[str, ...]] = {scan.name: ()}
    queue, found, seen = [scan.name], [], set()
    for name in queue:
        for one in named.get(name, ()):
            way = (*ways[name], one.source)
            for clock in sorted(one.days):
                shift = (clock - scan.shifted) // WEEK
                if scan.shifted + shift * WEEK == scan.true and (one.source, clock) not in seen:
                    seen.add((one.source, clock))
                    found.append(Leak(scan, way, clock, shift))
            for other in one.names - ways.keys():
                ways[other] = way
                queue.append(other)
    return found
