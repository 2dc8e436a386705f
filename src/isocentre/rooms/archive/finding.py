"""QIDO-RS over the index: a parsed query becomes one scoped database query, rows become DICOM JSON."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

from django.db.models import Count, Exists, F, Model, OuterRef, Q, QuerySet
from django.db.models.lookups import GreaterThan, GreaterThanOrEqual, LessThanOrEqual, Lookup

from isocentre.core.actor import Actor
from isocentre.core.dicomweb.attributes import ABSENT, Attribute, Level
from isocentre.core.dicomweb.query import Match, Query
from isocentre.rooms.archive import mapping, narrowing
from isocentre.rooms.archive.models import ImagingStudy, Instance, Series
from isocentre.rooms.archive.scoping import came, visible

_KINDS: dict[Level, type[Model]] = {"study": ImagingStudy, "series": Series, "instance": Instance}
_PATHS: dict[tuple[Level, Level], str] = {
    ("study", "study"): "",
    ("series", "series"): "",
    ("instance", "instance"): "",
    ("series", "study"): "study__",
    ("instance", "series"): "series__",
    ("instance", "study"): "series__study__",
}
_ORDERS: dict[Level, tuple[str, ...]] = {
    "study": ("study_uid",),
    "series": ("number", "series_uid"),
    "instance": ("number", "object_uid"),
}


class Like(Lookup):
    """`left` matches a pattern of % and _ without regard to case, on both engines alike."""

    lookup_name = "archive_like"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[str | int, ...]]:
        """UPPER on both sides: SQLite's LIKE ignores the case of ASCII, PostgreSQL's does not."""
        left, left_params = self.process_lhs(compiler, connection)
        right, right_params = self.process_rhs(compiler, connection)
        return f"UPPER({left}) LIKE UPPER({right}) ESCAPE '!'", (*left_params, *right_params)

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, tuple[str | int, ...]]:
        """Without UPPER, which would be called for every row."""
        left, left_params = self.process_lhs(compiler, connection)
        right, right_params = self.process_rhs(compiler, connection)
        return f"{left} LIKE {right} ESCAPE '!'", (*left_params, *right_params)


def pattern(value: str) -> str:
    """A DICOM wildcard (PS3.4 C.2.2.2.4: * any text, ? one character) as a LIKE pattern with `!` as escape."""
    for special in "!%_":
        value = value.replace(special, f"!{special}")
    return value.replace("*", "%").replace("?", "_")


def find(query: Query, *, by: Actor, study_uid: str = "", series_uid: str = "") -> tuple[list[Any], bool]:
    """Rows of the query's level that `by` may see, and whether more remain after this page."""
    mapped = mapping.of(by)
    if mapped is not None:
        return _find_mapped(query, mapped, by, mapped.held(study_uid), mapped.held(series_uid))
    rows = _under(visible(_KINDS[query.level], by), query, study_uid, series_uid)
    for match in query.matches:
        rows = rows.filter(_condition(match, _PATHS[query.level, match.attribute.level]))
    keys = narrowing.few(query)
    if keys is not None:
        rows = rows.filter(**{f"{_PATHS[query.level, 'study']}pk__in": keys})
    order = _ORDERS[query.level]
    if query.level == "study" and came(by):
        order = ("-pk",)
    elif query.level == "series" and not study_uid:
        order = ("-study_id" if came(by) else "study__study_uid", *order)
    page = list(rows.order_by(*order)[query.offset : query.offset + query.limit + 1])
    found = page[: query.limit]
    if by.scope.selection is not None:
        _count_selected(found, query.level, by)
    return found, len(page) > query.limit


def _under(rows: QuerySet[Any], query: Query, study_uid: str, series_uid: str) -> QuerySet[Any]:
    """The rows a path names, with the rows of the wider levels."""
    study, series = _PATHS[query.level, "study"], "" if query.level == "series" else "series__"
    if study_uid:
        rows = rows.filter(**{f"{study}study_uid": study_uid})
    if series_uid:
        rows = rows.filter(**{f"{series}series_uid": series_uid})
    related = {"study": (), "series": ("study",), "instance": ("series__study",)}[query.level]
    if related:
        rows = rows.select_related(*related)
    return rows


def _find_mapped(
    query: Query, mapped: mapping.Mapped, by: Actor, study_uid: str, series_uid: str
) -> tuple[list[Any], bool]:
    """As `find`, under a Selection's map: what it changes is matched and put in order as it is shown."""
    rows = _under(visible(_KINDS[query.level], by, raw=True), query, study_uid, series_uid)
    afterwards = []
    for match in query.matches:
        path = _PATHS[query.level, match.attribute.level]
        if match.attribute.vr == "UI" and match.kind in ("equal", "in"):
            back = Match(match.attribute, match.kind, tuple(map(mapped.held, match.values)))
            rows = rows.filter(_condition(back, path))
        elif match.attribute.column in mapping.CHANGED:
            afterwards.append(match)
        else:
            rows = rows.filter(_condition(match, path))
    listed = list(rows)
    _count_selected(listed, query.level, by)
    shown = [mapped.shown(row) for row in listed]
    kept = [row for row in shown if all(_shown_matches(row, query.level, match) for match in afterwards)]
    kept.sort(key=lambda row: _shown_order(row, query.level))
    return kept[query.offset : query.offset + query.limit], len(kept) > query.offset + query.limit


def _shown_matches(row: Any, level: Level, match: Match) -> bool:
    value = str(getattr(_holders(row, level)[match.attribute.level], match.attribute.column))
    if match.kind == "like":
        # fnmatch knows [ ] as well, which DICOM does not (PS3.4 C.2.2.2.4).
        wanted = match.values[0].upper().replace("[", "[[]")
        return fnmatchcase(value.upper(), wanted)
    if match.kind in ("equal", "in"):
        return value in match.values
    low, high = match.values
    return bool(value) and (not low or value >= low) and (not high or value <= high)


def _shown_order(row: Any, level: Level) -> tuple[Any, ...]:
    holders = _holders(row, level)
    number = getattr(row, "number", None)
    study, series = holders["study"].study_uid, holders["series"].series_uid if level != "study" else ""
    return (study, number is not None, number or 0, series, getattr(row, "object_uid", ""))


def _condition(match: Match, prefix: str) -> Any:
    column = match.attribute.column
    if column in ABSENT:
        return Q(pk__in=[])
    if column == "modalities":
        inner = Series.objects.filter(_condition_on("modality", match), instance_count__gt=0)
        return Exists(inner.filter(study=OuterRef(f"{prefix}pk")))
    return _condition_on(f"{prefix}{column}", match)


def _condition_on(path: str, match: Match) -> Any:
    if match.kind == "like":
        return Like(F(path), pattern(match.values[0]))
    if match.kind == "in":
        return Q(**{f"{path}__in": match.values})
    if match.kind == "equal":
        value: Any = match.values[0]
        if match.attribute.vr in ("IS", "US"):
            value = int(value)
        elif match.attribute.vr == "FD":
            value = float(value)
        return Q(**{path: value})
    low, high = match.values
    if high and match.attribute.vr == "TM":
        # A time of less precision stands for all of its hour or minute (PS3.5 6.2, TM).
        high = high if "." in high else high.ljust(6, "9") + ".999999"
    column = narrowing.walked(path, match.attribute.vr)
    # An empty value comes before every other, and is in no range.
    condition = GreaterThanOrEqual(column, low) if low else GreaterThan(column, "")
    return Q(condition, LessThanOrEqual(column, high)) if high else Q(condition)


def _count_selected(found: list[Any], level: Level, by: Actor) -> None:
    """Under a Selection the counts are of what it holds, not of what the archive holds."""
    if level == "instance":
        found_studies = {row.series.study for row in found}
        found_series = {row.series for row in found}
    else:
        found_studies = {row if level == "study" else row.study for row in found}
        found_series = set(found) if level == "series" else set()
    chosen = visible(Instance, by, raw=True)
    by_study = {
        row["series__study"]: (row["s"], row["n"])
        for row in chosen.filter(series__study__in=found_studies)
        .values("series__study")
        .annotate(s=Count("series", distinct=True), n=Count("pk"))
    }
    by_series = dict(
        chosen.filter(series__in=found_series).values("series").annotate(n=Count("pk")).values_list("series", "n")
    )
    for study in found_studies:
        study.series_count, study.instance_count = by_study.get(study.pk, (0, 0))
    for series in found_series:
        series.instance_count = by_series.get(series.pk, 0)


def as_json(row: Any, query: Query, root: str) -> dict[str, Any]:
    """One answer (PS3.18 F.2 and 10.6.3.3): the attributes asked for, RetrieveURL under `root`, sorted by tag."""
    holders = _holders(row, query.level)
    out: dict[str, Any] = {"00080056": {"vr": "CS", "Value": ["ONLINE"]}}
    url = f"{root}/studies/{holders['study'].study_uid}"
    if "series" in holders:
        url += f"/series/{holders['series'].series_uid}"
    if "instance" in holders:
        url += f"/instances/{holders['instance'].object_uid}"
    out["00081190"] = {"vr": "UR", "Value": [url]}
    for attribute in query.returns:
        out[attribute.key] = _attribute(attribute, holders[attribute.level])
    return dict(sorted(out.items()))


def _holders(row: Any, level: Level) -> dict[Level, Any]:
    if level == "study":
        return {"study": row}
    if level == "series":
        return {"series": row, "study": row.study}
    return {"instance": row, "series": row.series, "study": row.series.study}


def _attribute(attribute: Attribute, holder: Any) -> dict[str, Any]:
    value = "" if attribute.column in ABSENT else getattr(holder, attribute.column)
    if value in ("", None):
        return {"vr": attribute.vr}
    if attribute.vr == "PN":
        return {"vr": "PN", "Value": [{"Alphabetic": value}]}
    many = attribute.column == "modalities"
    return {"vr": attribute.vr, "Value": value.split("\\") if many else [value]}
