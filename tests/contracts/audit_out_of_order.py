"""Run by test_audit_order.py in a process of its own, on PostgreSQL: commits ids out of order around the sealer."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import django

django.setup()

from django.core.management import call_command  # noqa: E402 - Django must be set up first
from django.db import connection  # noqa: E402 - as above

from isocentre.audit import door  # noqa: E402 - as above
from isocentre.audit.models import AuditRow  # noqa: E402 - as above
from isocentre.core.actor import Actor  # noqa: E402 - as above

BY = Actor("person", "ada", "auditor")


def entry(name: str) -> list[door.Entry]:
    return [door.Entry("site_changed", "site", name, {"ratio": 0.1, "large": 1e20})]


def main(home: Path) -> None:
    """Row 1 is written first and commits last; between, the sealer runs."""
    call_command("migrate", verbosity=0)
    slow = connection.copy()  # type: ignore[no-untyped-call]  # django-stubs leaves it untyped
    slow.set_autocommit(False)
    with slow.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_auditrow (at, actor_kind, actor, role, action, object_type, object_id, detail, reason,"
            " digest) VALUES (now(), 'person', 'eve', '', 'site_changed', 'site', 'first', '{}', '', '') RETURNING id"
        )
        early = cursor.fetchone()[0]
    door.record(by=BY, entries=entry("second"))
    sealed_before = door.seal(home)
    slow.commit()
    slow.close()
    sealed_after = door.seal(home)
    report = door.verify(home)
    order = list(AuditRow.objects.order_by("chain_no").values_list("object_id", "chain_no"))
    later = AuditRow.objects.get(object_id="second").pk
    print(json.dumps([sealed_before, sealed_after, order, early < later, report.whole, report.sealed, report.unsealed]))


main(Path(sys.argv[1]))
