"""Facts about this side's running: processes, canary, demo, disk, backlog. Read by the status page and by machines."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from isocentre.jobs import door
from isocentre.jobs.models import Beat

CANARY_LIMIT = timedelta(minutes=11)  # design §4: sent at start, then every 5 minutes
QUIET = timedelta(seconds=30)
SILENT = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Process:
    """One process by its last sign of life; `state` is running, late or silent."""

    name: str
    at: datetime
    doing: str
    state: str


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether this side is ready, the phase it is in, and that phase in words."""

    ready: bool
    phase: str
    words: str
    detail: dict[str, Any]


def processes(now: datetime | None = None) -> list[Process]:
    """Every process that ever beat here in the last day, by name."""
    now = now or timezone.now()
    rows = Beat.objects.filter(at__gte=now - timedelta(days=1)).order_by("process")
    return [Process(row.process, row.at, row.doing, _state(now - row.at)) for row in rows]


def _state(age: timedelta) -> str:
    return "running" if age <= QUIET else "late" if age <= SILENT else "silent"


def canary_at() -> datetime | None:
    """When a canary object last made the whole way; None when none has, or when the stored value cannot be read."""
    value = door.recall("canary", {})
    return _moment(value.get("ok_at") if isinstance(value, dict) else None)


def last_verified() -> tuple[datetime, int] | None:
    """When `isocentre verify` last ran on this side, and how many things it found wrong; None when it never did."""
    value = door.recall("verified", {})
    at = _moment(value.get("at") if isinstance(value, dict) else None)
    return None if at is None else (at, int(value.get("findings", 0)))


def _moment(text: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return timezone.make_aware(moment) if moment is not None and timezone.is_naive(moment) else moment


def readiness(now: datetime | None = None) -> Readiness:
    """Ready when the canary passed in the last 11 minutes and, in the demonstration, the demo is stored."""
    now = now or timezone.now()
    seen = canary_at()
    if seen is None:
        return Readiness(False, "canary", "Waiting for the first test object to make the whole way.", {})
    age = now - seen
    detail: dict[str, Any] = {"canary_ok_seconds_ago": max(0, int(age.total_seconds()))}
    if age > CANARY_LIMIT:
        return Readiness(False, "canary", "No test object has made the whole way in the last 11 minutes.", detail)
    if getattr(settings, "DEMO", False):
        demo = door.recall("demo", {})
        demo = demo if isinstance(demo, dict) else {}
        if demo.get("stored") is not True:
            detail |= {key: demo[key] for key in ("phase", "done", "total") if key in demo}
            return Readiness(False, "demo", "The demonstration is still being sent and stored.", detail)
    return Readiness(True, "ready", "A test object made the whole way in the last 11 minutes.", detail)


def disk() -> dict[str, int]:
    """Bytes of the disk under this side's data folder: total, free."""
    path = Path(getattr(settings, "ZONE_HOME", "/"))
    while not path.exists() and path != path.parent:
        path = path.parent
    usage = shutil.disk_usage(path)
    return {"total": usage.total, "free": usage.free}


def is_low(room: dict[str, int]) -> bool:
    """Whether less than a tenth of the disk is free."""
    return room["free"] < room["total"] // 10


def backlog() -> dict[str, int]:
    """What waits: events, and events set aside."""
    return door.backlog()
