"""Which series of a scan are fetched, by rules a person can read: modality, body part, description, images."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

NEVER = frozenset({"PR", "KO"})
"""Presentation states and key objects of people at work: not fetched unless a rule names them."""


@dataclass(frozen=True, slots=True)
class SeriesFound:
    """What a PACS says of one series (PS3.4 C.6.2.1.3). `images` is None where it does not say."""

    series_uid: str = field(repr=False)
    modality: str = ""
    body_part: str = ""
    description: str = ""
    number: int | None = None
    images: int | None = None


@dataclass(frozen=True, slots=True)
class SeriesRule:
    """What is fetched. Empty means any. Words are parts of a description, without case; one of `words` must be in it,
    none of `without`."""

    modalities: frozenset[str] = frozenset()
    body_parts: frozenset[str] = frozenset()
    words: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    least_images: int = 0


@dataclass(frozen=True, slots=True)
class Chosen:
    """A series, and why it is not fetched; empty: it is."""

    series: SeriesFound
    why_not: str = ""


def choose(rule: SeriesRule, found: Iterable[SeriesFound]) -> list[Chosen]:
    """Each series once, with why it is left out, in the order of their numbers."""
    once = {one.series_uid: one for one in found}.values()
    ordered = sorted(once, key=lambda one: (one.number is None, one.number or 0, one.series_uid))
    return [Chosen(one, _why_not(rule, one)) for one in ordered]


def _why_not(rule: SeriesRule, one: SeriesFound) -> str:
    description = one.description.casefold()
    if rule.modalities and one.modality not in rule.modalities:
        return f"its modality is {one.modality or 'not said'}"
    if not rule.modalities and one.modality in NEVER:
        return f"{one.modality} is fetched only where the rule names it"
    # A body part that is not said is no reason: the descriptions then decide.
    if rule.body_parts and one.body_part and one.body_part not in rule.body_parts:
        return f"its body part is {one.body_part}"
    if rule.words and not any(word.casefold() in description for word in rule.words):
        return "its description has none of the words"
    for word in rule.without:
        if word.casefold() in description:
            return "its description has a word that leaves it out"
    if one.images is not None and one.images < rule.least_images:
        return f"it has {one.images} of at least {rule.least_images} images"
    return ""
