"""What a new Selection's map may be, and keeping it: labels and days by subject."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone

from isocentre.core.dicomweb.mapped import LABEL, MOST_DAYS
from isocentre.rooms.archive.models import ImagingStudy, Selection, SelectionSubject
from isocentre.rooms.register import door as register
from isocentre.web import names


@dataclass(frozen=True, slots=True)
class ShownAs:
    """How a Selection shows one subject: by this label (empty: by pseudonym), dates so many days later."""

    label: str = ""
    days: int = 0


def checked(shown_as: Mapping[str, ShownAs] | None, pseudonyms: set[str]) -> dict[str, ShownAs]:
    """The map; ValueError, without a value, when it names another subject, a label twice, or cannot be."""
    shown = dict(shown_as or {})
    labels = [one.label for one in shown.values() if one.label]
    if set(shown) - pseudonyms:
        raise ValueError("the map names a subject the Selection does not hold")
    if len(set(labels)) != len(labels) or (set(labels) & pseudonyms):
        raise ValueError("a label stands for one subject, and is nobody's pseudonym")
    if not all(LABEL.fullmatch(label) for label in labels):
        raise ValueError("a label is up to 64 letters, figures, dots, dashes and underscores")
    if any(abs(one.days) > MOST_DAYS for one in shown.values()):
        raise ValueError(f"dates move by at most {MOST_DAYS} days")
    return shown


def told(studies: Iterable[ImagingStudy]) -> dict[str, Any]:
    """What a new Selection tells of its scans: how many, and of which research studies and sites."""
    found = {one.pk: [one.research_study, one.site] for one in studies}
    return {"scans": len(found), "places": sorted({tuple(place) for place in found.values()})}


def why_not_release(places: Iterable[tuple[str, str]], last_day: date) -> list[str]:
    """Why what these (research study, site) contributed may not be released from today to a day, each in words."""
    if not register.agreements.required():
        return []
    some = sorted({(study, site) for study, site in places})
    now, then = (register.agreements.standings(some, day) for day in (timezone.localdate(), last_day))
    why = {place: now[place].why_not or then[place].why_not for place in some}
    return [
        f"{names.research_study(study)}, {names.site(site)}: {words}" for (study, site), words in why.items() if words
    ]


def last_day(places: Iterable[tuple[str, str]], wanted: date) -> date:
    """The day offered as a Selection's last: the one wanted, or the first before it on which an agreement ends."""
    if not register.agreements.required():
        return wanted
    found = register.agreements.standings(places, timezone.localdate()).values()
    return min([wanted, *(one.until for one in found if one.in_force and one.until is not None)])


def same(selection: Selection, mapped: bool, shown: Mapping[str, ShownAs], made: bool) -> bool:
    """True when the Selection was made just now, or has this very map."""
    if made:
        return True
    rows = SelectionSubject.objects.filter(selection=selection)
    held = {row.pseudonym: ShownAs(row.label, row.days) for row in rows}
    return bool(selection.uid_key) == mapped and held == dict(shown)


def keep(selection: Selection, shown: Mapping[str, ShownAs]) -> None:
    """Keep the map of a Selection made just now."""
    SelectionSubject.objects.bulk_create(
        SelectionSubject(selection=selection, pseudonym=pseudonym, label=one.label, days=one.days)
        for pseudonym, one in sorted(shown.items())
    )
