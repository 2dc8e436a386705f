"""Django's entry for the room `archive`."""

from django.apps import AppConfig


class ArchiveConfig(AppConfig):
    """The room `archive`."""

    name = "isocentre.rooms.archive"
    label = "archive"
