"""Images whose work fails: one never holds up others, is tried again by itself, and after some tries is held.

Tries are counted when a row is claimed, so one that ends the whole process counts too: out of memory, a crash inside a
library. Whatever was tried before is claimed alone, after longer and longer pauses, and above the limit not worked on
again. What the log says of a failure is its kind and place in our code, never its text, which may hold a name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import structlog
from django.db import OperationalError, transaction
from django.utils import timezone

from isocentre.core.actor import SYSTEM
from isocentre.jobs import claims
from isocentre.jobs.loop import where
from isocentre.rooms.intake import door as intake

log = structlog.get_logger()
T = TypeVar("T")
ALONE = 16
"""Rows tried again in one turn: what is new waits no longer than they take."""
TAKES = timedelta(minutes=11)
"""The national side takes images when it stored one within this time: a canary goes every five minutes."""
ENDED = "the program that worked on it was ended, often for want of memory"


@dataclass(frozen=True)
class Failed:
    """A row that failed; it was given back and is tried again."""


def each_alone(worker: str, take: Callable[[list[Any], str], int], stop: Callable[[], bool]) -> int:
    """Have `take` work on rows that were tried before, one at a time, until none is due or `stop`; how many moved."""
    moved = 0
    for _ in range(ALONE):
        row = None if stop() else intake.claim_tried(worker=worker)
        if row is None:
            break
        moved += take([row], worker)
    return moved


def guarded(row: Any, worker: str, make: Callable[[], T]) -> T | intake.Outcome | Failed:
    """What `make` makes of the row. A failure nobody foresaw is the row's own; too many, and it is held."""
    if row.attempts > claims.MAX_ATTEMPTS and not row.last_error:  # the last try left no word: it ended the worker
        return _held(row, row.attempts - 1, ENDED)
    try:
        return make()
    except OperationalError:
        raise  # the database is busy, which is no fault of the row
    except Exception as error:  # noqa: BLE001 - logged by kind and place, and held for a person when it goes on
        return _failed(row, worker, "image_failed", error) or Failed()


def not_taken(rows: Sequence[Any], worker: str, words: str, *, silent: bool) -> list[intake.Outcome]:
    """Give back rows of one batch that the national side gave no answer for, or an error; `words` without full stop.

    What was tried before is a batch of its own: one that it will not have too often, while it takes others, is held.
    """
    worn = [row for row in rows if row.attempts >= claims.MAX_ATTEMPTS]
    if worn and intake.sent_since(timezone.now() - TAKES):
        return [_held(row, row.attempts, f"{words}, and took other images meanwhile") for row in worn]
    keys, tried = [row.pk for row in rows], max(row.attempts for row in rows)
    # While it is away all rows wait for one knock, so theirs stays short; else each waits by itself.
    tried = min(tried, 4) if silent else tried
    claims.release(intake.LedgerRow, keys, worker=worker, error=f"{words}.", attempts=tried)
    if worn:  # it takes nothing of anybody, which is no fault of theirs: they are counted anew
        intake.LedgerRow.objects.filter(pk__in=keys, claimed_by="").update(attempts=1)
    return []


def record(
    outcomes: Sequence[intake.Outcome], rows: dict[int, Any], worker: str, said: Mapping[int, Iterable[str]]
) -> int:
    """Record outcomes, and what headers said of people (by enrolment); where one cannot be, the others are. Returns
    how many rows moved."""
    try:
        return intake.record_outcomes(by=SYSTEM, worker=worker, outcomes=outcomes, told=said.items())
    except OperationalError:
        raise
    except Exception as error:  # noqa: BLE001 - the one that fails is found below
        if len(outcomes) > 1:
            return sum(record([one], rows, worker, said) for one in outcomes)
        held = _failed(rows[outcomes[0].row_id], worker, "outcome_failed", error)
        return intake.record_outcomes(by=SYSTEM, worker=worker, outcomes=[held]) if held else 0


def told(event: str, tell: Callable[[list[T]], object], things: Iterable[T]) -> None:
    """Tell of things that are done; one that cannot be told of is logged as `event`, and costs nobody else."""
    listed = list(things)
    try:
        with transaction.atomic():  # told again one by one, nothing is counted twice
            tell(listed)
    except OperationalError:
        raise
    except Exception as error:  # noqa: BLE001 - logged by kind and place
        if len(listed) > 1:
            for one in listed:
                told(event, tell, [one])
            return
        log.error(event, error=type(error).__name__, where=where(error))


def _failed(row: Any, worker: str, event: str, error: Exception) -> intake.Outcome | None:
    """Log it, and give the row back; its outcome instead when this was its last try."""
    log.error(event, row=row.pk, attempts=row.attempts, error=type(error).__name__, where=where(error))
    words = f"{type(error).__name__} in {where(error)}"
    if row.attempts >= claims.MAX_ATTEMPTS:
        return _held(row, row.attempts, words)
    claims.release(intake.LedgerRow, [row.pk], worker=worker, error=words, attempts=row.attempts)
    return None


def _held(row: Any, tries: int, why: str) -> intake.Outcome:
    return intake.Outcome(row.pk, "held", intake.FAILED, f"Tried {tries} times without success. The last time: {why}.")
