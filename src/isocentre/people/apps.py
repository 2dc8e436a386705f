"""Django's entry for `people`."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Support app `people`."""

    name = "isocentre.people"
    label = "people"

    def ready(self) -> None:
        """Audit what allauth and Django tell by signal."""
        from isocentre.people import signals

        signals.connect()
