"""What others may ask of the archive: store, counts, and scoped queries; and the ports it works with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from isocentre.core.actor import Actor
from isocentre.core.ports import Blobs
from isocentre.rooms.archive import tombstones, visible
from isocentre.rooms.archive.models import CANARY, ImagingStudy, Instance, Series
from isocentre.rooms.archive.storing import Stored, store

__all__ = ["Stored", "configure", "counts", "imaging_study", "instances_of", "search", "series_of", "store"]


class Renderer(Protocol):
    """Makes a picture of one frame."""

    def render(
        self, file: bytes, *, frame: int, media: str, window: tuple[float, float] | None, size: int | None
    ) -> bytes:
        """JPEG or PNG bytes; ValueError in words when the object has no picture."""


@dataclass
class Ports:
    """Filled by `config/wiring.py`."""

    blobs: Blobs | None = None
    renderer: Renderer | None = None


ports = Ports()


def configure(*, blobs: Blobs, renderer: Renderer | None = None) -> None:
    """Fill the ports of this process."""
    ports.blobs, ports.renderer = blobs, renderer


def blobs() -> Blobs:
    """The blob store; RuntimeError when the process was not wired."""
    if ports.blobs is None:
        raise RuntimeError("no blob store: the process was started without config/wiring")
    return ports.blobs


def counts() -> dict[str, int]:
    """Stored, recalled and erased objects, the canary left out."""
    stored = Instance.objects.exclude(series__study__research_study=CANARY).count()
    return {"stored": stored, "recalled": len(tombstones.recalled()), "erased": 0}


def search(*, by: Actor, filters: dict[str, str] | None = None) -> Any:
    """Visible imaging studies, newest first, filtered by column (empty values ignored)."""
    rows = visible.studies(by).order_by("-pk")
    for column, value in (filters or {}).items():
        if value:
            rows = rows.filter(**{column: value})
    return rows


def imaging_study(*, by: Actor, study_uid: str) -> ImagingStudy | None:
    """One visible imaging study, None when absent or unseen."""
    return visible.studies(by).filter(study_uid=study_uid).first()


def series_of(*, by: Actor, study_uid: str) -> list[Series]:
    """Series of a visible imaging study."""
    return list(visible.series(by).filter(study__study_uid=study_uid).order_by("pk"))


def instances_of(*, by: Actor, series_uid: str) -> list[Instance]:
    """Instances of a visible series in image order."""
    return list(visible.instances(by).filter(series__series_uid=series_uid).order_by("number", "pk"))
