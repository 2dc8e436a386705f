"""What is new on a home page since this person last looked at it in this role: counts now against counts then.

Counts, not times: most roles of the national side may know no clock beside a scan, and a count needs none. Page loads
less than half an hour apart are one look, so that reloading the page does not make the news disappear.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from isocentre.core.actor import Actor
from isocentre.core.hooks import Tally
from isocentre.desk.models import LastLook

ONE_LOOK = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class News:
    """One line: `3 scans stored`, and where to see them."""

    text: str
    url: str


def since_last_look(by: Actor, tallies: Iterable[Tally], now: datetime | None = None) -> list[News] | None:
    """What was added since the last look, and remember this one; None at the first look, when nothing is compared.

    No audit row: nobody but the person is told, as with the last use of a token.
    """
    now = now or timezone.now()
    listed = list(tallies)
    counts = {tally.key: tally.count for tally in listed}
    before = _looked(by, counts, now)
    if before is None:
        return None
    gained = ((tally, tally.count - before[tally.key]) for tally in listed if tally.key in before)
    return [News(f"{n:,} {tally.one if n == 1 else tally.many}", tally.url) for tally, n in gained if n > 0]


def _looked(by: Actor, counts: dict[str, int], now: datetime) -> dict[str, int] | None:
    """The counts to compare with; the look is kept."""
    scope = by.scope.texts()
    with transaction.atomic():
        row, made = LastLook.objects.select_for_update().get_or_create(
            username=by.name, role=by.role, defaults={"scope": scope, "seen": counts, "at": now}
        )
        if made:
            return None
        if row.scope != scope:
            row.before = None
        elif now - row.at > ONE_LOOK:
            row.before = row.seen
        row.scope, row.seen, row.at = scope, counts, now
        row.save()
    before: dict[str, int] | None = row.before
    return before
