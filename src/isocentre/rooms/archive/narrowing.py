"""Finds the few scans that one condition of a search leaves, by its own index, before they are put in order.

A search has an order and a page, so an engine likes to walk all scans in that order until the page is full: quick when
many match, slow when few do. What few match is therefore looked up first; what many match is left to that walk.
"""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.db.models import F, Func, Q, QuerySet

from isocentre.core.dicomweb.query import Match, Query
from isocentre.rooms.archive.models import ImagingStudy, Series

FEW = 1_000
"""Most scans that are named one by one."""


class Walked(Func):
    """A column as it is, whose index SQLite leaves alone (PostgreSQL knows how many match, and decides itself)."""

    template = "%(expressions)s"

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        """SQLite's unary plus does nothing else."""
        return self.as_sql(compiler, connection, template="+%(expressions)s", **context)


def few(query: Query) -> list[int] | None:
    """Keys of scans among which all answers are, when one condition leaves few; None when none does.

    They only narrow: the scope and every condition still decide on each of them.
    """
    for match in query.matches:
        if match.attribute.level == "study":
            found = _candidates(match)
            keys = None if found is None else list(found[: FEW + 1])
            if keys is not None and len(keys) <= FEW:
                return keys
    return None


def _candidates(match: Match) -> QuerySet[Any, int] | None:
    """Keys of all scans that may fulfil the condition, found by an index; None where there is none for it."""
    column, values = match.attribute.column, match.values
    if column == "modalities" and match.kind in ("equal", "in"):
        return Series.objects.filter(modality__in=values).values_list("study_id", flat=True).order_by()
    condition = None
    if column in ("pseudonym", "subject_id", "study_uid", "study_date") and match.kind in ("equal", "in"):
        condition = Q(**{f"{column}__in": values})
    elif column == "study_date" and match.kind == "between":
        low, high = values
        condition = (Q(study_date__gte=low) if low else Q(study_date__gt="")) & (
            Q(study_date__lte=high) if high else Q()
        )
    elif column == "pseudonym" and match.kind == "like" and connection.vendor == "sqlite":
        start = min(values[0].find(sign) for sign in "*?" if sign in values[0])
        # Pseudonyms have no small letters (`admit`), so that of a search without regard to case all lie here.
        if prefix := values[0][:start].upper():
            condition = Q(pseudonym__gte=prefix, pseudonym__lt=prefix + "\U0010ffff")
    return None if condition is None else ImagingStudy.objects.filter(condition).values_list("pk", flat=True).order_by()


def walked(path: str, vr: str) -> Any:
    """The column of a condition, its index left alone where `few` has used it already."""
    return Walked(F(path)) if vr == "DA" else F(path)
