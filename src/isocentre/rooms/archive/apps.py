"""Django's entry for the room `archive`."""

from django.apps import AppConfig


class ArchiveConfig(AppConfig):
    """The room `archive`."""

    name = "isocentre.rooms.archive"
    label = "archive"

    def ready(self) -> None:
        """Tell every page what Selections are called."""
        from isocentre.rooms.archive import naming
        from isocentre.web import names

        names.tell(selections=naming.selections)
