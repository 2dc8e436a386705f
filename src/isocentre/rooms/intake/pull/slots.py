"""Who may ask a PACS now: never more requests at once than its manager allows, over all processes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils import timezone

from isocentre.core.pull.limits import next_request
from isocentre.jobs import claims
from isocentre.rooms.intake.identities.rows import PersonCheck
from isocentre.rooms.intake.pull.rows import PacsNode, Pull, PullLine, PullSeries

Row = TypeVar("Row", PullLine, PullSeries)
REST = timedelta(seconds=30)
"""The longest that a PACS which did not answer is left alone, before one thing is asked again."""


_WHOSE: tuple[tuple[type[Model], str], ...] = (
    (PullLine, "pull__pacs"), (PullSeries, "pull__pacs"), (PersonCheck, "pacs"),
)  # fmt: skip


def open_requests(pacs: PacsNode, now: datetime) -> int:
    """Requests to this PACS that are open: lines and people it is asked about, and series it is sending."""
    held = (
        kind._default_manager.filter(lease_until__isnull=False, lease_until__gt=now).values_list(whose)
        for kind, whose in _WHOSE
    )
    return sum(each == (pacs.pk,) for rows in held for each in rows)


def may_be_asked(pacs: PacsNode, now: datetime, *, images: bool) -> bool:
    """Whether it may be asked one thing more at this moment. `images`: to send, in its hours and at its rate."""
    if pacs.paused or (pacs.away_until is not None and pacs.away_until > now):
        return False
    if images and not (pacs.limits.open_at(now) and (pacs.next_request is None or pacs.next_request <= now)):
        return False
    return open_requests(pacs, now) < pacs.at_once


def first(kind: type[Row], going: QuerySet[Pull], *, state: str, worker: str, images: bool = False) -> Row | None:
    """The first row in this state of the oldest list of each PACS, claimed; None where none may be asked about now.

    List by list and in the order they were made: over all lists at once a database would sort 100,000 lines each time.
    Looked at before the write lock is taken: outside its hours a list would hold up the receivers all day.
    """
    shut: dict[int, bool] = {}
    for pull in going.select_related("pacs").order_by("pk"):
        if pull.pacs_id not in shut:
            shut[pull.pacs_id] = not may_be_asked(pull.pacs, timezone.now(), images=images)
        mine = kind._default_manager.filter(pull=pull, state=state)
        if shut[pull.pacs_id] or not mine.exists():
            continue
        row: Row | None = take(mine.order_by("pk"), pull.pacs_id, worker=worker, images=images)
        if row is not None:
            return row
    return None


def take(rows: QuerySet[Any], pacs_id: int, *, worker: str, images: bool = False) -> Any | None:
    """Claim the first of `rows`, all of one PACS, where it may be asked one thing more; None where not.

    The PACS's own row is locked meanwhile, so that two workers never both take the last place.
    """
    now = timezone.now()
    with transaction.atomic():
        pacs = PacsNode.objects.select_for_update().get(pk=pacs_id)
        if not may_be_asked(pacs, now, images=images):
            return None
        # What a worker that died had a PACS send, it may be sending yet: its place is free when the lease ends.
        found = claims.claim(rows, worker=worker, limit=1, takes_over=not images)
        if not found:
            return None
        if images:
            PacsNode.objects.filter(pk=pacs_id).update(
                next_request=next_request(pacs.limits, now, found[0].expected or 1)
            )
    return found[0]


def give_back(row: Any, worker: str, words: str) -> None:
    """The PACS did not answer: the row waits for its next turn, and all else of this PACS meanwhile, for a while.

    A PACS that is down is so not asked about each line of a long list.
    """
    claims.release(type(row), [row.pk], worker=worker, error=words, attempts=row.attempts)
    until = timezone.now() + min(claims.pause(row.attempts), REST)
    pacs = row.pacs_id if isinstance(row, PersonCheck) else row.pull.pacs_id
    PacsNode.objects.filter(pk=pacs).update(away_until=until)


def let_go(row: Model, worker: str, **fields: Any) -> bool:
    """Record what became of a claimed row, once: False where another worker has it by now."""
    mine = type(row)._default_manager.filter(pk=row.pk, claimed_by=worker)
    return bool(mine.update(claimed_by="", lease_until=None, last_error="", **fields))
