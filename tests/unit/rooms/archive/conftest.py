"""An archive with blobs in memory and the real renderer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import LazySettings
from django.urls import clear_url_caches
from mapped_world import World, build
from support.archive_book import MemoryBlobs

from isocentre.adapters.rendering import Rendering
from isocentre.rooms.archive import door, ports


@pytest.fixture
def archive(db: None, settings: LazySettings) -> Iterator[MemoryBlobs]:
    """The wired room with its addresses."""
    before = list(ports._filled)
    blobs = MemoryBlobs()
    door.configure(blobs=blobs, renderer=Rendering(), second_check=lambda whole: ())
    settings.ROOT_URLCONF = "isocentre.config.urls_platform"
    clear_url_caches()
    yield blobs
    ports._filled[:] = before
    clear_url_caches()


@pytest.fixture
def world(archive: MemoryBlobs) -> World:
    """A Selection with a map, over real objects."""
    return build(archive)
