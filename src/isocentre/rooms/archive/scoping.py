"""The one function that decides which instances, series and scans a scope may see. Nothing else queries them."""

from __future__ import annotations

from datetime import date
from functools import reduce
from operator import or_
from typing import TypeVar

from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.utils import timezone

from isocentre.core.actor import ANY, Actor, Scope
from isocentre.rooms.archive.models import ImagingStudy, Instance, Selection, SelectionItem, Series

CANARY = "canary"
"""Slug of the research study of canary objects, which only the system itself sees."""

Row = TypeVar("Row", bound=Model)
_TO_STUDY = {ImagingStudy: "", Series: "study__", Instance: "series__study__"}


def visible(kind: type[Row], by: Actor, scope: Scope | None = None, *, raw: bool = False) -> QuerySet[Row]:
    """Rows of `kind` (ImagingStudy, Series or Instance) that `by` may see, within `scope` when one is given.

    Under pairs: current, stored instances of the research studies and sites named, and what holds one. Under a
    Selection: exactly its instances in their frozen revision. An empty scope sees nothing. A Selection with a map shows
    nothing as it is held: only who maps what is found (mapping.py) may ask for it `raw`.
    """
    rows: QuerySet[Row] = kind._default_manager.all()
    for each in (by.scope,) if scope is None else (by.scope, scope):
        rows = _within(rows, kind, each, raw)
    if by.kind != "system":
        rows = rows.exclude(**{f"{_TO_STUDY[kind]}research_study": CANARY})
    return rows


def emptied(by: Actor) -> QuerySet[ImagingStudy]:
    """Scans of which a hospital took back all that was held: for who might have seen them, and may read that it did.

    Under a Selection nobody is told: it holds them no more.
    """
    back = Instance.objects.filter(series__study=OuterRef("pk"), current=True, state="recalled")
    rows = ImagingStudy.objects.filter(Exists(back), instance_count=0).exclude(research_study=CANARY)
    if (ANY, ANY) in by.scope.pairs:
        return rows
    return rows.filter(reduce(or_, (_pair("", study, site) for study, site in sorted(by.scope.pairs)), Q(pk__in=[])))


def _within(rows: QuerySet[Row], kind: type[Row], scope: Scope, raw: bool) -> QuerySet[Row]:
    if scope.selection is not None:
        return _selected(rows, kind, scope.selection, raw)
    to_study = _TO_STUDY[kind]
    rows = rows.filter(current=True, state="stored") if kind is Instance else rows.filter(instance_count__gt=0)
    if not scope.pairs:
        return rows.none()
    if (ANY, ANY) in scope.pairs:
        return rows
    return rows.filter(reduce(or_, (_pair(to_study, study, site) for study, site in sorted(scope.pairs))))


def _pair(to_study: str, study: str, site: str) -> Q:
    named = {f"{to_study}research_study": study, f"{to_study}site": site}
    return Q(**{key: value for key, value in named.items() if value != ANY})


def selection_of(name: str) -> Selection | None:
    """The Selection of this name while it serves."""
    return Selection.objects.filter(name=name, expires_on__gte=_today(), ended=False).first()


def _selected(rows: QuerySet[Row], kind: type[Row], name: str, raw: bool) -> QuerySet[Row]:
    selection = selection_of(name)
    if selection is None or (selection.uid_key and not raw):
        return rows.none()
    item = SelectionItem.objects.filter(
        selection=selection, object_uid=OuterRef("object_uid"), revision=OuterRef("revision"), sha256=OuterRef("sha256")
    )
    chosen = Instance.objects.filter(Exists(item), state="stored")
    if kind is Instance:
        return rows.filter(Exists(item), state="stored")
    if kind is Series:
        return rows.filter(Exists(chosen.filter(series=OuterRef("pk"))))
    return rows.filter(Exists(chosen.filter(series__study=OuterRef("pk"))))


def came(by: Actor) -> bool:
    """True for whoever may be told in which order scans came: the study team, who may read their times.

    To everybody else the order is that of the UIDs, which are keyed hashes. Arrivals have a clock in the audit trail
    and none beside a scan; the n-th of the one beside the n-th of the other would undo a shift (ADR 0012).
    """
    return by.may("realtime_view")


def _today() -> date:
    return timezone.localdate()


def storable(by: Actor, research_study: str, site: str, study_uid: str) -> bool:
    """True when `by` may add an object to this scan, of this research study and site; under a Selection, to its own."""
    if by.scope.selection is not None:
        chosen = visible(ImagingStudy, by, raw=True).filter(study_uid=study_uid)
        return by.may("images_store") and chosen.filter(research_study=research_study, site=site).exists()
    return by.may("images_store") and by.scope.allows(research_study, site)
