"""Django's entry for the room `intake`."""

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    """The room `intake`."""

    name = "isocentre.rooms.intake"
    label = "intake"

    def ready(self) -> None:
        """Tell every page what things are called here."""
        from isocentre.rooms.intake import naming
        from isocentre.web import names

        names.tell(research_studies=naming.titles, sites=naming.names)
