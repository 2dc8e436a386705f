"""Selections as people meet them: which they may see, what is in one, freezing a search, ending one."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, QuerySet
from django.utils import timezone

from isocentre.audit import door as audit
from isocentre.core.actor import Actor, Scope
from isocentre.core.checks import Checks
from isocentre.rooms.archive import browsing, freezing, mapping, selecting
from isocentre.rooms.archive.models import ImagingStudy, Instance, Selection, SelectionItem
from isocentre.rooms.archive.scoping import visible
from isocentre.rooms.archive.selecting import ShownAs

MAKE = "selections_make"
TITLE = re.compile(r"[a-z0-9][a-z0-9-]{1,62}")
MOST = 10_000
"""Most images a person freezes at once: they are one transaction, and the database has one writer."""
LONGEST = timedelta(days=366)


def seen(by: Actor) -> list[Selection]:
    """Selections whose every research study and site lies in the actor's scope, by title."""
    return (
        [row for row in Selection.objects.order_by("title", "name") if _covers(by, row)] if by.may("scans_view") else []
    )


def one(by: Actor, name: str) -> Selection | None:
    """The Selection, or None when it is not there or holds anything beyond the actor's scope."""
    row = Selection.objects.filter(name=name).first()
    return row if row is not None and by.may("scans_view") and _covers(by, row) else None


def serves(selection: Selection) -> bool:
    """True until its last day is over, or it was ended."""
    return in_time(selection) and not selection.ended


def in_time(selection: Selection) -> bool:
    """True until its last day is over."""
    return selection.expires_on >= timezone.localdate()


def images(by: Actor, selection: Selection) -> QuerySet[Instance]:
    """Images of the Selection that are still held, in the revision they had; none once it has ended."""
    return visible(Instance, by, Scope(selection=selection.name), raw=True).select_related("series__study")


def recalled(selection: Selection) -> int:
    """Images of it that a hospital took back since: it shows them no more."""
    item = SelectionItem.objects.filter(
        selection=selection, object_uid=OuterRef("object_uid"), revision=OuterRef("revision"), sha256=OuterRef("sha256")
    )
    return Instance.objects.filter(Exists(item), state="recalled").count()


def scans(by: Actor, selection: Selection) -> list[ImagingStudy]:
    """Its scans as it shows them, with the series and images it has of each."""
    held = images(by, selection).order_by().values_list("series__study")
    counted = {int(pk): (s, n) for pk, s, n in held.annotate(s=Count("series", distinct=True), n=Count("pk"))}
    rows = list(ImagingStudy.objects.filter(pk__in=counted))
    shown = map_of(by, selection)
    for row in rows:
        row.series_count, row.instance_count = counted[row.pk]
    return rows if shown is None else [shown.study(row) for row in rows]


def map_of(by: Actor, selection: Selection) -> mapping.Mapped | None:
    """The map of the Selection; None where it shows everything as it is held."""
    return mapping.of(replace(by, scope=Scope(selection=selection.name)))


def found(by: Actor, chosen: Mapping[str, str]) -> QuerySet[Instance]:
    """Images of the scans a search finds."""
    return visible(Instance, by).filter(series__study__in=browsing.scans(by, dict(chosen)).values("pk"))


def freeze_scans(
    *, by: Actor, chosen: Mapping[str, str], title: str, purpose: str, last_day: date | None, relabel: bool
) -> Selection:
    """Freeze every image of the scans a search finds into a new Selection. Unfit with words by field.

    Two teams may call theirs the same: "taken" would tell of a Selection that may not be seen. Its name, which tokens
    and addresses use, is the title with a random end.
    """
    _require(by)
    uids = list(found(by, chosen).values_list("object_uid", flat=True)[: MOST + 1])
    checks = Checks()
    checks.form("title", title, TITLE, "Use 2 to 63 small letters, figures and dashes, like lung-readers")
    checks.nobody("title", title)
    checks.nobody("purpose", purpose)
    checks.that(all(row.title != title for row in seen(by)), "title", "Another Selection has this name")
    checks.filled("purpose", purpose, "Say what the Selection is for", most=200)
    today = timezone.localdate()
    fits = last_day is not None and today <= last_day <= today + LONGEST
    checks.that(fits, "last_day", "Choose its last day: from today on, within 366 days")
    checks.that(bool(uids), "scans", "No image is left under these filters")
    checks.that(len(uids) <= MOST, "scans", f"More than {MOST:,} images: narrow the filters, and make several")
    checks.done()
    assert last_day is not None
    _may_be_released(places(by, chosen), last_day)
    shown = _labels(by, chosen) if relabel else None
    name = f"{title}-{secrets.token_hex(4)}"
    freezing.freeze(
        by=by, name=name, title=title, purpose=purpose, expires_on=last_day, object_uids=uids, shown_as=shown
    )
    return Selection.objects.get(name=name)


def end(*, by: Actor, name: str, reason: str) -> None:
    """End a Selection now: what works under it sees nothing any more. Its last day is kept, so `reopen` can undo it.

    KeyError when it is not there, Unfit without a reason; safe to repeat.
    """
    _require(by)
    checks = Checks()
    checks.filled("reason", reason, "Say why the Selection ends", most=500)
    checks.nobody("reason", reason)
    checks.done()
    with transaction.atomic():
        if serves(_locked(by, name)):
            changes = {"ended": True, "ended_by": by.name, "end_reason": reason}
            Selection.objects.filter(name=name).update(**changes)
            audit.record(by=by, entries=[audit.Entry("selection_ended", "selection", name, reason=reason)])


def reopen(*, by: Actor, name: str) -> None:
    """Undo an end: what worked under the Selection sees its images again. Unfit once its last day is over.

    KeyError when it is not there; safe to repeat.
    """
    _require(by)
    with transaction.atomic():
        row = _locked(by, name)
        checks = Checks()
        checks.that(in_time(row), "last_day", "Its last day is over: freeze the scans anew")
        checks.done()
        if row.ended:
            _may_be_released(row.places, row.expires_on)
            Selection.objects.filter(pk=row.pk).update(ended=False, ended_by="", end_reason="")
            audit.record(by=by, entries=[audit.Entry("selection_reopened", "selection", name)])


def places(by: Actor, chosen: Mapping[str, str]) -> list[tuple[str, str]]:
    """Research studies and sites of the scans a search finds."""
    found = browsing.scans(by, dict(chosen)).order_by().values_list("research_study", "site").distinct()
    return sorted(found)


def _may_be_released(places: Iterable[tuple[str, str]], last_day: date) -> None:
    """Unfit, in words, while a contribution agreement does not let what these contributed be released until then."""
    why_not = selecting.why_not_release(places, last_day)
    words = "Leave those scans out, or give a last day within the agreement. The study team sees to the agreement"
    checks = Checks()
    checks.that(not why_not, "scans", f"Not to be released until that day: {'; '.join(why_not)}. {words}")
    checks.done()


def _locked(by: Actor, name: str) -> Selection:
    """The row, held to the commit where the engine does that; KeyError when it is not there for this actor."""
    row = Selection.objects.select_for_update().filter(name=name).first()
    if row is None or one(by, name) is None:
        raise KeyError("no such Selection")
    return row


def _labels(by: Actor, chosen: Mapping[str, str]) -> dict[str, ShownAs]:
    """`S-001` and so on; in order of pseudonyms, which are keyed hashes, so the order tells nothing."""
    subjects = set(browsing.scans(by, dict(chosen)).order_by().values_list("pseudonym", flat=True))
    return {pseudonym: ShownAs(label=f"S-{n:03}") for n, pseudonym in enumerate(sorted(subjects), 1)}


def _covers(by: Actor, row: Selection) -> bool:
    if by.scope.selection is not None:
        return row.name == by.scope.selection
    places: list[Any] = row.places
    return bool(places) and all(by.scope.allows(study, site) for study, site in places)


def _require(by: Actor) -> None:
    if not by.may(MAKE):
        raise PermissionError("this role makes no Selections")
