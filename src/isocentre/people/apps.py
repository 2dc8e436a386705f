"""Django's entry for `people`."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Support app `people`."""

    name = "isocentre.people"
    label = "people"

    def ready(self) -> None:
        """Audit what allauth and Django tell by signal; say what people are called."""
        from isocentre.people import naming, signals
        from isocentre.web import names

        signals.connect()
        names.tell(people=naming.names)
