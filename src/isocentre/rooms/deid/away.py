"""Whether the national side answers: since when it does not, and when to knock again. All workers share one answer.

Without it every scan that arrives meanwhile would knock anew, and each batch would be de-identified again for nothing.
Scans wait as pending; what arrives is still taken. What the national side answers with an error is another matter:
its batch is sent image by image (`poison.not_taken`), so one object nobody can store never stops the others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.utils import timezone

from isocentre.jobs import door as jobs
from isocentre.rooms.deid import door

log = structlog.get_logger()
SETTING = "platform_away"
LONGEST = timedelta(minutes=5)
KNOCK = timedelta(seconds=2)
"""How long a knock counts as under way."""


@dataclass(frozen=True)
class Away:
    """Since when it has not answered, how often it was tried, and when it is tried again.

    `shut_out`: it did answer, but lets this gateway in no more, which no waiting mends.
    """

    since: datetime
    tries: int
    again_at: datetime
    shut_out: bool = False

    def due(self, now: datetime) -> bool:
        """Whether to knock now; after the clock was set back, too."""
        return now >= self.again_at or self.again_at - now > LONGEST


def state() -> Away | None:
    """What is known, None while it answers."""
    value = jobs.recall(SETTING)
    if not value:
        return None
    since, again_at = (datetime.fromisoformat(value[name]) for name in ("since", "again_at"))
    return Away(since, value["tries"], again_at, value.get("shut_out", False))


def pause(tries: int) -> timedelta:
    """1, 2, 4 … seconds after that many tries, at most five minutes."""
    return min(LONGEST, timedelta(seconds=2 ** min(tries - 1, 16)))


def noted(error: Exception) -> None:
    """It did not answer: nobody knocks for a while. What several workers meet at once counts as one try."""
    with transaction.atomic():
        known, now = state(), timezone.now()
        if known is None:
            _remember(Away(now, 1, now + pause(1), _shut_out(error)))
        elif known.due(now):
            _remember(Away(known.since, known.tries + 1, now + pause(known.tries + 1), _shut_out(error)))


def waiting() -> bool:
    """Whether to leave the national side alone now. One worker knocks when it is time; an answer ends the wait."""
    if state() is None:
        return False
    with transaction.atomic():
        known, now = state(), timezone.now()
        if known is None:
            return False
        if not known.due(now):
            return True
        # Set before the knock, so that no other worker knocks as well; soon, should this one not live to tell.
        _remember(replace(known, again_at=now + KNOCK))
    try:
        door.wall().fetch_study_config()
    except OSError as error:
        tries = known.tries + 1
        _remember(Away(known.since, tries, timezone.now() + pause(tries), _shut_out(error)))
        log.warning("platform_away", error=type(error).__name__, tries=tries, since=known.since.isoformat())
        return True
    jobs.remember(SETTING, {})
    log.info("platform_back", tries=known.tries, since=known.since.isoformat())
    return False


def unless(task: Callable[[str], int]) -> Callable[[str], int]:
    """The task, left out while nobody is to knock."""
    return lambda worker: 0 if waiting() else task(worker)


def _shut_out(error: Exception) -> bool:
    return bool(getattr(error, "shut_out", False))


def _remember(known: Away) -> None:
    value = {"since": known.since.isoformat(), "tries": known.tries, "again_at": known.again_at.isoformat()}
    jobs.remember(SETTING, {**value, "shut_out": known.shut_out})
