"""Run by test_faults.py in its own process, on PostgreSQL: the row with the lower id commits after the higher one."""

from __future__ import annotations

import json

import django

django.setup()

from django.core.management import call_command  # noqa: E402 - Django must be set up first
from django.db import connection  # noqa: E402 - as above

from isocentre.jobs import claims  # noqa: E402 - as above
from isocentre.jobs.models import OutboxRow  # noqa: E402 - as above

INSERT = (
    "INSERT INTO jobs_outboxrow (event, payload, listener, state, claimed_by, attempts, last_error)"
    " VALUES ('none', '{}', %s, 'waiting', '', 0, '') RETURNING id"
)


def claimed(worker: str) -> list[str]:
    """Listeners of the rows this worker gets, which it then finishes."""
    rows = claims.claim(OutboxRow.objects.filter(state="waiting").order_by("pk"), worker=worker, limit=50)
    OutboxRow.objects.filter(pk__in=[row.pk for row in rows], claimed_by=worker).delete()
    return [row.listener for row in rows]


def main() -> None:
    """The first row is written first and commits last; between, a worker claims what it sees."""
    call_command("migrate", verbosity=0)
    slow = connection.copy()  # type: ignore[no-untyped-call]  # django-stubs leaves it untyped
    slow.set_autocommit(False)
    with slow.cursor() as cursor:
        cursor.execute(INSERT, ["first"])
        early = cursor.fetchone()[0]
    with connection.cursor() as cursor:
        cursor.execute(INSERT, ["second"])
        late = cursor.fetchone()[0]
    before = claimed("one")
    slow.commit()
    slow.close()
    after = claimed("two")
    print(json.dumps([early < late, before, after, claimed("three")]))


main()
