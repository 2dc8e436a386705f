"""Statements of the index's write path, written out: building them anew for each image cost more than running them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import cache
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Model

Row = TypeVar("Row", bound=Model)


def rows(model: type[Row], column: str, values: Collection[str], *, lock: bool = False) -> list[Row]:
    """Rows of `model` whose `column` is one of `values`, in its order; `lock` holds them (PostgreSQL) to the commit."""
    names, columns = _columns(model)
    marks = ", ".join(["%s"] * len(values))
    # Every name is one of our own models' columns, quoted; every value is a parameter.
    sql = f"SELECT {columns} FROM {_table(model)} WHERE {_quoted(column)} IN ({marks}) ORDER BY {_quoted(column)}"  # noqa: S608 - see above
    if lock and connection.features.has_select_for_update:
        sql += " FOR UPDATE"
    with connection.cursor() as cursor:
        cursor.execute(sql, list(values))
        return [model.from_db(connection.alias, names, row) for row in cursor.fetchall()]


def add(model: type[Model], column: str, gained: Iterable[tuple[int, int]]) -> None:
    """Add to a column: (how much, primary key) each."""
    key, quoted = _quoted(str(model._meta.pk.column)), _quoted(column)
    many(f"UPDATE {_table(model)} SET {quoted} = {quoted} + %s WHERE {key} = %s", list(gained))  # noqa: S608 - as above


def many(sql: str, parameters: Sequence[tuple[Any, ...]]) -> None:
    """Run one statement once for each tuple of parameters."""
    with connection.cursor() as cursor:
        cursor.executemany(sql, parameters)


@cache
def _columns(model: type[Model]) -> tuple[list[str], str]:
    fields = model._meta.concrete_fields
    return [field.attname for field in fields], ", ".join(_quoted(str(field.column)) for field in fields)


def _table(model: type[Model]) -> str:
    return _quoted(model._meta.db_table)


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
