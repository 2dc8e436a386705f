"""When a PACS may be asked and how much at once, as its manager set it; and how many nights a list takes.

Hours are of Europe/London, whole, and may go past midnight. On the nights clocks change an hour is missed or is there
twice: it is asked by the clock on the wall, so that both are as the manager reads them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
BYTES = {"CT": 540_000, "MR": 220_000, "PT": 70_000, "NM": 1_500_000, "US": 1_200_000, "CR": 9_000_000,
         "DX": 14_000_000, "MG": 30_000_000, "XA": 20_000_000, "RF": 10_000_000}  # fmt: skip
"""Bytes an image of a modality commonly has, uncompressed: for an estimate before anything is fetched."""
OTHER = 500_000
_SLOWEST = 0.5
"""Images a second of one association of an idle PACS, at the least: without a limit, an estimate goes by it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """`from_hour` to `to_hour` (24-hour clock, whole hours; the same: all day), requests open at once, and images a
    minute on average (0: as fast as the PACS sends)."""

    from_hour: int = 19
    to_hour: int = 7
    at_once: int = 1
    images_a_minute: int = 0

    def open_at(self, now: datetime) -> bool:
        """Whether the PACS may be asked at this moment."""
        if self.from_hour == self.to_hour:
            return True
        hour = now.astimezone(LONDON).hour
        if self.from_hour < self.to_hour:
            return self.from_hour <= hour < self.to_hour
        return hour >= self.from_hour or hour < self.to_hour

    def opens(self, now: datetime) -> datetime:
        """The next moment it may be asked: now, or the full hour at which it opens.

        Counted in hours that pass: on the night that loses an hour the clock on the wall never shows it.
        """
        at = now.astimezone(UTC)
        while not self.open_at(at):
            at = at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        return at.astimezone(LONDON)

    @property
    def hours(self) -> int:
        """Hours of a day it may be asked."""
        return (self.to_hour - self.from_hour) % 24 or 24


def next_request(limits: Limits, at: datetime, images: int) -> datetime:
    """When the next request may go out after one for so many images went out at `at`, to keep to the rate."""
    if not limits.images_a_minute:
        return at
    return at + timedelta(minutes=images / limits.images_a_minute)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What fetching would be: scans, series, images, bytes (estimated), scans not at hand, and nights it takes."""

    scans: int
    series: int
    images: int
    size: int
    nearline: int
    nights: int


def size_of(modality: str, images: int, seen: Mapping[str, float]) -> int:
    """Bytes of so many images of a modality: as they were here on average (`seen`), else as they commonly are."""
    return round(images * seen.get(modality, BYTES.get(modality, OTHER)))


def nights(limits: Limits, images: int) -> int:
    """Days on which the PACS is asked until so many images were sent, at the rate set or a slow one."""
    a_second = limits.images_a_minute / 60 if limits.images_a_minute else _SLOWEST * limits.at_once
    return ceil(images / (a_second * limits.hours * 3600)) if images else 0


def estimate(
    limits: Limits, wanted: Sequence[tuple[str, int, int]], *, scans: int, nearline: int, seen: Mapping[str, float]
) -> Estimate:  # fmt: skip
    """Of `wanted`, (modality, series, images) to fetch; `seen`: bytes an image had here, by modality."""
    images = sum(count for _, _, count in wanted)
    size = sum(size_of(modality, count, seen) for modality, _, count in wanted)
    return Estimate(scans, sum(count for _, count, _ in wanted), images, size, nearline, nights(limits, images))
