"""Holds the series of one scan against a charter: pass, or repeat and why, or not complete yet (design §3.5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any, Literal

from isocentre.core.charter.pairing import pair
from isocentre.core.charter.reading import number, squeezed
from isocentre.core.charter.records import Charter, Rule, ScanKind, Series, called

State = Literal["pass", "repeat", "incomplete", "not_covered"]
MOST_SHOWN = 3
"""Different values of one attribute that are told; more are counted."""
_FURTHEST = 18  # places before or after the point of a number that is compared; none of a header needs more


@dataclass(frozen=True, slots=True)
class SeriesFacts:
    """A series as it lies here: `values` has, by attribute, how many images have each value; absent is empty text."""

    number: str
    modality: str
    description: str
    protocol: str
    images: int
    values: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """Which series it is, as a person reads it."""
        named = " ".join(filter(None, ("series", self.number)))
        return f"{named}, {self.description}" if self.description else named


@dataclass(frozen=True, slots=True)
class ScanFacts:
    """A scan as it lies here. `arriving`: more images may come. `time_point` is empty when nobody knows it."""

    series: tuple[SeriesFacts, ...]
    time_point: str = ""
    arriving: bool = False


@dataclass(frozen=True, slots=True)
class Deviation:
    """What is not as the charter has it. `attribute` is empty where it is about the series or its number of images."""

    series: str
    seen: str
    attribute: str
    wanted: str
    got: str

    @property
    def words(self) -> str:
        """One sentence for whoever scanned."""
        where = f"{self.series} ({self.seen})" if self.seen else self.series
        what = f"{called(self.attribute)}: " if self.attribute else ""
        return f"{where}: {what}wanted {self.wanted}, got {self.got}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of it. `kind`: which kind of scan of the charter it was held against; `version`: of the charter.

    `waiting`: what is not there and may still come, in words.
    """

    state: State
    version: int
    kind: str = ""
    deviations: tuple[Deviation, ...] = ()
    waiting: tuple[str, ...] = ()

    def plain(self) -> dict[str, Any]:
        """As JSON-able data."""
        found = asdict(self)
        return {**found, "deviations": list(found["deviations"]), "waiting": list(self.waiting)}


def verdict_of(data: Mapping[str, Any]) -> Verdict:
    """The verdict that `Verdict.plain` wrote."""
    deviations = tuple(Deviation(**one) for one in data["deviations"])
    return Verdict(data["state"], data["version"], data["kind"], deviations, tuple(data["waiting"]))


def attributes(charter: Charter) -> tuple[str, ...]:
    """Keywords of every attribute that a rule is about, once each, in the charter's order."""
    named = (rule.attribute for kind in charter.scans for series in kind.series for rule in series.rules)
    return tuple(dict.fromkeys(named))


def judge(charter: Charter, scan: ScanFacts) -> Verdict:
    """The verdict about one scan.

    While images arrive it is `incomplete`, with what deviates so far: a series that fits better may be on its way.
    Series the charter does not speak of do not matter. Of several series that fit, the best one counts, so that a
    repeated series mends the first.
    """
    kind = _kind(charter, scan)
    if kind is None:
        return Verdict("incomplete" if scan.arriving else "not_covered", charter.version)
    found = _pairs(kind, scan.series)
    deviations: list[Deviation] = []
    waiting: list[str] = []
    for wanted, had in zip(kind.series, found, strict=True):
        if had is None:
            if wanted.required:
                waiting.append(f"{wanted.name}: {wanted.words}")
                deviations.append(Deviation(wanted.name, "", "", wanted.words, _none_of(scan.series)))
            continue
        if had.images < wanted.minimum_images:
            least = f"at least {_images(wanted.minimum_images)}"
            waiting.append(f"{wanted.name}: {least}, {had.images} here")
            deviations.append(Deviation(wanted.name, had.words, "", least, str(had.images)))
        deviations += _deviations(wanted, had)
    if scan.arriving:
        told = tuple(one for one in deviations if one.attribute)
        return Verdict("incomplete", charter.version, kind.name, told, tuple(waiting))
    return Verdict("repeat" if deviations else "pass", charter.version, kind.name, tuple(deviations))


def _kind(charter: Charter, scan: ScanFacts) -> ScanKind | None:
    """The kind of scan it is: of those whose modalities are all there, the one with the most."""
    there = {one.modality for one in scan.series}
    point = squeezed(scan.time_point)
    fitting = [
        one
        for one in charter.scans
        if set(one.modalities) <= there and (not one.time_points or point in map(squeezed, one.time_points))
    ]
    return max(fitting, key=lambda one: len(set(one.modalities)), default=None)


def _pairs(kind: ScanKind, series: Sequence[SeriesFacts]) -> list[SeriesFacts | None]:
    """The series that each expected one is held against: as few deviations as can be, then as many images."""
    most = max((one.images for one in series), default=0) + 1

    def cost(wanted: Series, had: SeriesFacts) -> int | None:
        if not _is(wanted, had):
            return None
        short = had.images < wanted.minimum_images
        return (len(_deviations(wanted, had)) + short) * most * 1000 + most - had.images

    chosen = pair([[cost(wanted, had) for had in series] for wanted in kind.series])
    return [None if n is None else series[n] for n in chosen]


def _is(wanted: Series, had: SeriesFacts) -> bool:
    description, protocol = squeezed(had.description), squeezed(had.protocol)

    def has(words: Sequence[str], text: str) -> bool:
        return any(squeezed(word) in text for word in words)

    return (
        had.modality == wanted.modality
        and (not wanted.description or has(wanted.description, description))
        and not has(wanted.not_description, description)
        and (not wanted.protocol or has(wanted.protocol, protocol))
    )


def _deviations(wanted: Series, had: SeriesFacts) -> list[Deviation]:
    found = []
    for rule in wanted.rules:
        values = had.values.get(rule.attribute) or {"": had.images}
        wrong = {value: images for value, images in values.items() if not meets(rule, value)}
        if wrong:
            got = _got(rule, wrong, had.images)
            found.append(Deviation(wanted.name, had.words, rule.attribute, rule.words, got))
    return found


def meets(rule: Rule, value: str) -> bool:
    """Whether a value, as text of the header, meets a rule; of several values, in one attribute, each must.

    An absent value meets none. Numbers are rounded to the rule's decimals first, and bounds are inclusive.
    """
    if not value.strip():
        return False
    if rule.kind == "present":
        return True
    if not rule.numeric:
        return value.strip() in rule.values
    return all(_number_meets(rule, part) for part in value.split("\\"))


def _number_meets(rule: Rule, text: str) -> bool:
    exact = number(text)
    if exact is None:
        return False
    got = _rounded(exact, rule.decimals)
    if rule.kind in ("exact", "one_of"):
        return got in [_rounded(Decimal(value), rule.decimals) for value in rule.values]
    least, most = rule.least, rule.most
    if rule.value is not None:
        by = rule.within if rule.within is not None else abs(rule.value) * (rule.percent or Decimal()) / 100
        least, most = rule.value - by, rule.value + by
    return (least is None or _rounded(least, rule.decimals) <= got) and (
        most is None or got <= _rounded(most, rule.decimals)
    )


def _rounded(value: Decimal, places: int) -> Decimal:
    if not value or value.adjusted() > _FURTHEST:
        return value  # too large for its places to matter
    return Decimal() if value.adjusted() < -_FURTHEST else value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)


def _got(rule: Rule, wrong: Mapping[str, int], images: int) -> str:
    """The values that do not meet a rule, the commonest first, and of how many images where not of all."""
    unit = f" {rule.unit}" if rule.unit else ""
    ordered = sorted(wrong.items(), key=lambda one: (-one[1], one[0]))
    told = []
    for value, count in ordered[:MOST_SHOWN]:
        said = f"{' and '.join(value.strip().split(chr(92)))}{unit}" if value.strip() else "no value"
        told.append(said if count == images else f"{said} in {count} of {_images(images)}")
    more = len(ordered) - MOST_SHOWN
    return "; ".join([*told, *([f"{more} more"] if more > 0 else [])])


def _none_of(series: Sequence[SeriesFacts]) -> str:
    return f"none of the {len(series)} series here" if len(series) > 1 else "another series"


def _images(number_of: int) -> str:
    return f"{number_of} image{'' if number_of == 1 else 's'}"
