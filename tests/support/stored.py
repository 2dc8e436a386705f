"""Databases of earlier versions, kept with their data: how one is written, and how it is loaded into either engine.

    python -m support.stored dump|load ZONE FILE        in the environment of the zone

The file names every migration that was applied and holds every row. Loading goes as far as those migrations, puts the
rows in through the models of that time, and migrates to today's.
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from typing import Any

MADE_BY_DJANGO = {"contenttypes.contenttype", "auth.permission", "sessions.session"}


def dump(file: Path) -> None:
    """Write the database of this process's zone."""
    from django.apps import apps
    from django.db import connection
    from django.db.migrations.recorder import MigrationRecorder

    applied = sorted(MigrationRecorder(connection).applied_migrations())
    rows = {
        model._meta.label_lower: [
            [_value(field, row) for field in model._meta.concrete_fields]
            for row in model._base_manager.order_by("pk").iterator()
        ]
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and model._meta.label_lower not in MADE_BY_DJANGO
    }
    columns = {
        model._meta.label_lower: [field.attname for field in model._meta.concrete_fields]
        for model in apps.get_models(include_auto_created=True)
    }
    tables = {label: {"columns": columns[label], "rows": some} for label, some in rows.items() if some}
    text = json.dumps({"migrations": applied, "tables": tables}, indent=0, sort_keys=True)
    # Without a moment of its own, so that the same data gives the same file.
    file.write_bytes(gzip.compress(text.encode(), mtime=0))


def _value(field: Any, row: Any) -> Any:
    value = field.value_from_object(row)
    return value if value is None or isinstance(value, str | int | float) else field.value_to_string(row)


def load(file: Path) -> None:
    """Fill the empty database of this process's zone, and migrate it to today's."""
    from django.core.management import call_command
    from django.core.management.color import no_style
    from django.db import connection, transaction
    from django.db.migrations.executor import MigrationExecutor

    kept = json.loads(gzip.decompress(file.read_bytes()))
    executor = MigrationExecutor(connection)
    known = {(app, name) for app, name in kept["migrations"]}
    # Of each app the last one: to name an earlier one would mean to go back to it. A migration that is no longer here
    # is a KeyError: once a hospital has applied it, it stays.
    targets = [key for key in sorted(known) if not _later(executor.loader.graph, key, known)]
    state = executor.migrate(targets)
    models = {model._meta.label_lower: model for model in state.apps.get_models(include_auto_created=True)}
    with transaction.atomic():  # foreign keys are looked at when it ends, so any order will do
        for label, table in kept["tables"].items():
            model = models[label]
            fields = {field.attname: field for field in model._meta.concrete_fields}
            for field in fields.values():
                if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False):
                    field.auto_now = field.auto_now_add = False  # the moment kept, not this one
            model._base_manager.bulk_create(
                model(**{name: fields[name].to_python(v) for name, v in zip(table["columns"], row, strict=True)})
                for row in table["rows"]
            )
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [models[label] for label in kept["tables"]]):
            cursor.execute(statement)
    call_command("migrate", verbosity=0, interactive=False)


def _later(graph: Any, key: tuple[str, str], known: set[tuple[str, str]]) -> bool:
    return any(child.key in known and child.key[0] == key[0] for child in graph.node_map[key].children)


def main(what: str, zone: str, file: str) -> None:
    """Dump or load one zone."""
    from isocentre.cli import zone as zones

    zones.use(zone)
    {"dump": dump, "load": load}[what](Path(file))


if __name__ == "__main__":
    main(*sys.argv[1:])
