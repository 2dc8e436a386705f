"""The way an object came: sent on by a hospital's gateway, or stored here directly by a person's or algorithm's token.

A hospital's ledger knows only what its gateway sent on. So that nothing stored directly can go unnoticed either, its
objects are counted as they come, apart from the index; a count tells no order and no time (ADR 0012).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from django.db.models import F, QuerySet, Sum

from isocentre.core.actor import Actor
from isocentre.core.proof import Proof
from isocentre.rooms.archive.models import DirectTotal, Instance
from isocentre.rooms.archive.scoping import CANARY


def direct(by: Actor) -> bool:
    """True when what this actor stores was not sent on by a hospital."""
    return by.kind != "gateway"


def count(new: Iterable[Instance], known: Mapping[str, Sequence[Instance]]) -> None:
    """Add the objects that are here directly for the first time; `known`: all rows of each object, earliest first."""
    _add(Counter(_study(row) for row in new if row.direct and known[row.object_uid][0] is row))


def sent_too(rows: Sequence[Instance]) -> None:
    """A hospital sent on, to the byte, what was here directly: from now on it is what came over."""
    saved = [row for row in rows if row.pk and row.direct]
    Instance.objects.filter(pk__in=[row.pk for row in saved]).update(direct=False)
    _add(Counter({study: -n for study, n in Counter(_study(row) for row in _once(saved)).items()}))
    for row in rows:
        row.direct = False


def _study(row: Instance) -> str:
    return row.series.study.research_study


def _once(rows: Iterable[Instance]) -> Iterable[Instance]:
    return {row.object_uid: row for row in rows}.values()


def _add(objects: Mapping[str, int]) -> None:
    for study in sorted(objects):
        DirectTotal.objects.get_or_create(research_study=study)
        DirectTotal.objects.filter(research_study=study).update(objects_stored=F("objects_stored") + objects[study])


def prove(proof: Proof) -> None:
    """Hold the index against what was counted. Objects come while this looks: what lies between two counts is right."""
    before = _counted()
    indexed = held().count()
    after = _counted()
    if indexed or after:
        proof.checked["direct"] = indexed
    proof.find("direct", max(0, min(before, after) - indexed), "objects that were stored here directly are no longer "
               "in the index")  # fmt: skip
    proof.find("direct", max(0, indexed - max(before, after)), "objects are in the index as stored here directly, but "
               "were not counted when they came")  # fmt: skip


def held() -> QuerySet[Instance]:
    """One row an object that is here directly: stored, recalled or erased, canaries left out."""
    rows = Instance.objects.filter(direct=True, current=True)
    return rows.exclude(series__study__research_study=CANARY)


def _counted() -> int:
    totals = DirectTotal.objects.exclude(research_study=CANARY).aggregate(n=Sum("objects_stored"))
    return totals["n"] or 0
