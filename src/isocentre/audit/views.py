"""The audit trail in words: who did what, filtered by person, action, object and day; CSV of exactly what is shown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from isocentre.audit.models import AuditRow
from isocentre.audit.words import ROUTINE, Called, action_words, called, describe
from isocentre.web import names
from isocentre.web.formats import moment, plural
from isocentre.web.guard import needs
from isocentre.web.listing import Cell, Column, Filter, Listing, Row, chosen_filters, respond

COLUMNS = (
    Column("at", "When", "at"),
    Column("what", "What happened"),
    Column("actor", "Who", "actor"),
    Column("detail", "Detail"),
    Column("chain_no", "In the chain", "chain_no", numeric=True),
)


@needs("audit_view")
def audit(request: HttpRequest) -> HttpResponseBase:
    """The list, newest first."""
    filters = _filters()
    chosen = chosen_filters(request, filters)
    listing = Listing(
        name="audit",
        heading=lambda n: f"{plural(n, 'entry', 'entries')} in the audit trail",
        columns=COLUMNS,
        rows=_rows(chosen),
        present=_present,
        empty="Nothing has been done yet on this side.",
        sort="-at",
        filters=filters,
        intro=_intro(chosen),
    )
    return respond(request, listing)


def _filters() -> tuple[Filter, ...]:
    done = AuditRow.objects.order_by("action").values_list("action", flat=True).distinct()
    kinds = AuditRow.objects.order_by("object_type").values_list("object_type", flat=True).distinct()
    return (
        Filter(
            "routine",
            "Show",
            (("with", "Also the routine of machines"), ("only", "Only the routine of machines")),
            blank="What people did",
        ),
        Filter("person", "Person or gateway"),
        Filter("action", "Action", tuple((a, action_words(a)) for a in done)),
        Filter("kind", "Kind of object", tuple((k, action_words(k)) for k in kinds if k)),
        Filter("object", "Object"),
        Filter("research_study", "Research study", tuple(names.research_studies().items())),
        Filter("from", "From day", day=True),
        Filter("to", "To day", day=True),
    )


def _rows(chosen: dict[str, str]) -> QuerySet[AuditRow]:
    """Rows that pass the filters; a person's tokens count as the person."""
    rows = AuditRow.objects.all()
    routine = Q(actor_kind__in=("system", "gateway"), action__in=ROUTINE)
    if chosen["routine"] == "only":
        rows = rows.filter(routine)
    elif not _with_routine(chosen):
        rows = rows.exclude(routine)
    if chosen["person"]:
        rows = rows.filter(_by(chosen["person"]))
    if chosen["action"]:
        rows = rows.filter(action=chosen["action"])
    if chosen["kind"]:
        rows = rows.filter(object_type=chosen["kind"])
    if chosen["object"]:
        rows = rows.filter(object_id=chosen["object"])
    if slug := chosen["research_study"]:
        rows = rows.filter(Q(detail__research_study=slug) | Q(object_type="research_study", object_id=slug))
    if chosen["from"]:
        rows = rows.filter(at__gte=_midnight(chosen["from"]))
    if chosen["to"]:
        rows = rows.filter(at__lt=_midnight(chosen["to"], after=1))
    return rows


def _by(person: str) -> Q:
    """Rows of a person, by sign-in name or by name, or of a gateway."""
    named = [username for username, name in names.people().items() if name.casefold() == person.casefold()]
    found = Q()
    for actor in (person, *named):
        found |= Q(actor=actor) | Q(actor__startswith=f"{actor}#")
    return found


def _with_routine(chosen: dict[str, str]) -> bool:
    """True when the routine of machines is among the rows: asked for, or what is looked for may be of it."""
    return any(chosen[name] for name in ("routine", "person", "action", "kind", "object"))


def _intro(chosen: dict[str, str]) -> str:
    if chosen["routine"] == "only":
        return "What gateways and Isocentre itself do all day: images received, sent on, stored and the like."
    if _with_routine(chosen):
        return "What people, tokens, gateways and Isocentre itself did on this side."
    return (
        "What people did on this side, and what was not routine. Images received, sent on and stored by machines are "
        "left out: choose them under Show."
    )


def _midnight(day: str, after: int = 0) -> dt.datetime:
    """Midnight at the start of the day chosen, in local time, or of a day after it."""
    start = dt.date.fromisoformat(day) + dt.timedelta(after)
    return timezone.make_aware(dt.datetime.combine(start, dt.time()))


def _present(page: Sequence[AuditRow]) -> list[Row]:
    known = called(page)
    return [
        Row(
            str(row.pk),
            (
                Cell(moment(row.at), row.at.isoformat()),
                Cell(describe(row, known)),
                Cell(_actor(row, known), row.actor),
                Cell(_said(row.detail, known), _said(row.detail)),
                Cell("not sealed yet" if row.chain_no is None else str(row.chain_no), row.chain_no or ""),
            ),
        )
        for row in page
    ]


def _actor(row: AuditRow, known: Called) -> str:
    """`Sam Lee (sam)`: the name, and what a filter or a file takes."""
    name = known.value("person", row.actor)
    return row.actor if row.actor_kind != "person" or row.actor in name else f"{name} ({row.actor})"


def _said(detail: Any, known: Called | None = None) -> str:
    """`site: RZN01, scope: study:a` from the row's plain values; with titles and names where they are known."""
    if not isinstance(detail, dict):
        return str(detail)
    said = {key: known.value(key, value) if known and isinstance(value, str) else value
            for key, value in detail.items()}  # fmt: skip
    span = {key: moment(dt.datetime.fromisoformat(detail[key])) for key in ("from", "to") if key in detail}
    return ", ".join(f"{key.replace('_', ' ')}: {_value(value)}" for key, value in sorted({**said, **span}.items()))


def _value(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_value, value)) or "none"
    if isinstance(value, dict):
        return "; ".join(f"{key.replace('_', ' ')} {_value(one)}" for key, one in value.items() if one != "")
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "none"}[value]
    return str(value)
