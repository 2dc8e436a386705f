"""Django's entry for the room `register`."""

from django.apps import AppConfig


class RegisterConfig(AppConfig):
    """The room `register`."""

    name = "isocentre.rooms.register"
    label = "register"

    def ready(self) -> None:
        """Tell every page what things are called here."""
        from isocentre.rooms.register import naming
        from isocentre.web import names

        names.tell(research_studies=naming.titles)
