"""The status of one side, the same on both: is it working, what waits, how much room is left."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from isocentre.api.spec import needs
from isocentre.desk import status as desk_status

router = Router(tags=["status"])


class Process(Schema):
    """A process of this side by its last sign of life; `state` is running, late or silent."""

    name: str
    state: str
    doing: str
    last_seen: datetime


class Disk(Schema):
    """The disk under this side's data folder, in bytes."""

    total: int
    free: int


class Side(Schema):
    """Whether this side is ready, its processes, and what waits in each part of it."""

    ready: bool
    phase: str
    processes: list[Process]
    backlog: dict[str, int | str]
    disk: Disk


@router.get("/status", response=Side, summary="The status of this side", openapi_extra=needs("status_view"))
def status(request: HttpRequest) -> dict[str, Any]:
    """As the status page has it."""
    return desk_status.told()
